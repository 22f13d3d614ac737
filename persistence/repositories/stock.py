"""The stock of challenges that models wrote ahead: who may get which, and who fills it up."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, literal_column, select, text, update

from domain.challenge import ChallengeDraft, told
from domain.enums import ChallengeKind, Difficulty, Domain
from domain.ids import UserId
from domain.likeness import Familiar, Sketch, sketch
from domain.stock import Cell, Claimed, Told
from persistence.codec import (
    CONTENT_TYPES,
    SOLUTION_TYPES,
    Calls,
    Strings,
    decode,
    encode,
    encode_calls,
    provenance_of,
)
from persistence.columns import to_micros
from persistence.tables import challenges, stock_leases, stock_servings, stocked_challenges, users

MET = 200
"""How many of the newest challenges that a person has met in a domain are compared with what they may get."""
TOLD = 200
"""How many of the newest challenges of a cell a new one is compared with."""
_LOOK = 8
"""Challenges that are read at a time to find one that the person has not met; nearly always the first one serves."""

_S = stocked_challenges.c
_AVAILABLE = _S.servings_left > literal_column("0")  # a parameter would keep SQLite from using the partial indexes
_IN_CELL = (_S.kind == bindparam("kind"), _S.domain == bindparam("domain"), _S.difficulty == bindparam("difficulty"))
_NOT_HAD = ~(
    select(stock_servings.c.item_id)
    .where(stock_servings.c.user_id == bindparam("user_id"), stock_servings.c.item_id == _S.id)
    .exists()
)
_OLDEST = (_S.created_at, _S.id)
_ONE_BY_ONE = select(users.c.id).where(users.c.id == bindparam("user_id")).with_for_update(key_share=True)
_CANDIDATES = select(_S.id, _S.sketch).where(*_IN_CELL, _AVAILABLE, _NOT_HAD).order_by(*_OLDEST).limit(_LOOK)
_CANDIDATES_ON_TOPIC = _CANDIDATES.where(_S.topic == bindparam("topic"))
_FREE = (
    select(_S.id)
    .where(_S.id.in_(bindparam("ids", expanding=True)), _AVAILABLE)
    .order_by(*_OLDEST)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_SERVE = (
    update(stocked_challenges)
    .where(_S.id == bindparam("item_id"), _AVAILABLE)
    .values(servings_left=_S.servings_left - 1)
    .returning(*_S)
)
_NOTE = insert(stock_servings)
# Counted in Python: grouped, SQLite would rather go through all that the cell ever had. There are some dozens at most.
_LEFT = select(_S.topic).where(*_IN_CELL, _AVAILABLE).order_by(*_OLDEST)
_LEFT_FOR = _LEFT.where(_NOT_HAD)
_TOLD = select(_S.sketch, _S.title).where(*_IN_CELL).order_by(_S.created_at.desc()).limit(TOLD)
_MET = (
    select(challenges.c.sketch)
    .where(
        challenges.c.user_id == bindparam("user_id"),
        challenges.c.domain == bindparam("domain"),
        challenges.c.sketch.is_not(None),
    )
    .order_by(challenges.c.created_at.desc())
    .limit(MET)
)
_TAKE_TURN = text(
    """
    INSERT INTO stock_leases (kind, domain, difficulty, fence, expires_at)
    VALUES (:kind, :domain, :difficulty, 1, :expires_at)
    ON CONFLICT (kind, domain, difficulty) DO UPDATE
    SET fence = stock_leases.fence + 1, expires_at = excluded.expires_at
    WHERE stock_leases.expires_at <= :now
    RETURNING fence
    """
)


class Stock:
    """Stocked challenges, servings of them, and leases on filling their cells."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def claim(self, user_id: UserId, cell: Cell, topic: str | None, *, now: datetime) -> Claimed | None:
        """Serve the oldest challenge of the cell that this person has not had and not met the like of.

        One of the same like counts as had from now on.

        Returns:
            None when there is none for this person.
        """
        # One claim at a time for a person, as for draws from the bank: no two may get the same challenge.
        self._connection.execute(_ONE_BY_ONE, {"user_id": user_id})
        met: Familiar | None = None
        while candidates := self._candidates(user_id, cell, topic):
            if met is None:
                values = {"user_id": user_id, "domain": cell.domain}
                met = Familiar(self._connection.execute(_MET, values).scalars())
            alike = [id for id, sketched in candidates if met.near_duplicates(sketched)]
            if alike:
                self._note_served(user_id, alike, now)
            row = self._serve([id for id, _ in candidates if id not in alike])
            if row is not None:
                self._note_served(user_id, [row.id], now)
                return Claimed(_draft(row), sum(self.available(cell, user_id).values()))
        return None

    def _candidates(self, user_id: UserId, cell: Cell, topic: str | None) -> Sequence[tuple[str, Sketch]]:
        statement = _CANDIDATES if topic is None else _CANDIDATES_ON_TOPIC
        values = _values(cell) | {"user_id": user_id} | ({} if topic is None else {"topic": topic})
        return [(id, sketched) for id, sketched in self._connection.execute(statement, values)]

    def _serve(self, ids: Sequence[str]) -> Any | None:  # noqa: ANN401 - SQLAlchemy rows have the columns as attributes
        """Count a serving of the first of those that can be had without waiting, else of the first that can be had."""
        free = self._connection.execute(_FREE, {"ids": ids}).scalar_one_or_none()
        # On PostgreSQL others may be serving all of them just now: then wait for them, always in the same order.
        for id in ids if free is None else (free,):
            row = self._connection.execute(_SERVE, {"item_id": id}).one_or_none()
            if row is not None:
                return row
        return None

    def _note_served(self, user_id: UserId, item_ids: Sequence[str], now: datetime) -> None:
        self._connection.execute(_NOTE, [{"user_id": user_id, "item_id": id, "served_at": now} for id in item_ids])

    def available(self, cell: Cell, user_id: UserId | None = None) -> Mapping[str, int]:
        """How many of a cell can still be served, by topic: to anybody, or to that person."""
        if user_id is None:
            topics = self._connection.execute(_LEFT, _values(cell)).scalars()
        else:
            topics = self._connection.execute(_LEFT_FOR, _values(cell) | {"user_id": user_id}).scalars()
        return Counter(topics)

    def levels(self) -> Mapping[ChallengeKind, int]:
        """How many can still be served to anybody, by kind."""
        counted = select(_S.kind, func.count()).where(_AVAILABLE).group_by(_S.kind)
        return dict.fromkeys(ChallengeKind, 0) | {
            ChallengeKind(kind): amount for kind, amount in self._connection.execute(counted)
        }

    def told(self, cell: Cell) -> Told:
        """What must not be told again in that cell."""
        rows = self._connection.execute(_TOLD, _values(cell)).all()
        return Told(tuple(row[0] for row in rows), tuple(row[1] for row in rows), self.available(cell))

    def add(self, drafts: Mapping[str, ChallengeDraft], *, servings: int, now: datetime) -> int:
        """Stock drafts under those ids, but for near-duplicates of what their cell has had.

        Returns:
            How many are new.
        """
        rows: list[dict[str, Any]] = []
        had: dict[Cell, Familiar] = {}
        for id, draft in drafts.items():
            cell = Cell.of(draft)
            known = had.get(cell)
            if known is None:
                known = had[cell] = Familiar(row[0] for row in self._connection.execute(_TOLD, _values(cell)))
            fresh = sketch(told(draft.content))
            if not known.near_duplicates(fresh):
                known.add(fresh)
                counts = {"servings": servings, "servings_left": servings}
                rows.append(_row(id, draft, fresh) | counts | {"created_at": now})
        if rows:
            self._connection.execute(insert(stocked_challenges), rows)
        return len(rows)

    def any_older(self, before: datetime) -> bool:
        """Whether something can be served that was written at that moment or earlier."""
        found = select(_S.id).where(_AVAILABLE, _S.created_at <= before).limit(1)
        return self._connection.execute(found).first() is not None

    def retire(self, before: datetime) -> int:
        """Serve nothing any more that was written at that moment or earlier.

        Returns:
            How many were taken out.
        """
        retired = update(stocked_challenges).where(_AVAILABLE, _S.created_at <= before).values(servings_left=0)
        return self._connection.execute(retired).rowcount

    def take_turn(self, cell: Cell, *, now: datetime, duration: timedelta) -> int | None:
        """Become the one who fills that cell, for that time.

        Returns:
            The fence of the lease; None while somebody else has it.
        """
        values = {"now": to_micros(now), "expires_at": to_micros(now + duration)}
        return self._connection.execute(_TAKE_TURN, _values(cell) | values).scalar_one_or_none()

    def keep_turn(self, cell: Cell, fence: int, *, until: datetime) -> bool:
        """Hold a lease until then, or hand it back with the present moment. False when somebody else has taken over."""
        columns = stock_leases.c
        mine = (columns.kind == cell.kind, columns.domain == cell.domain, columns.difficulty == cell.difficulty)
        kept = update(stock_leases).where(*mine, columns.fence == fence).values(expires_at=until)
        return self._connection.execute(kept).rowcount == 1


def _values(cell: Cell) -> dict[str, object]:
    return {"kind": cell.kind, "domain": cell.domain, "difficulty": cell.difficulty}


def _row(id: str, draft: ChallengeDraft, sketched: Sketch) -> dict[str, Any]:
    return {
        "id": id,
        "kind": draft.kind,
        "domain": draft.domain,
        "difficulty": draft.difficulty,
        "topic": draft.topic,
        "title": draft.title,
        "tags": encode(draft.tags, Strings),
        "suggested_minutes": draft.suggested_minutes,
        "content": encode(draft.content, CONTENT_TYPES[draft.kind]),
        "solution": encode(draft.solution, SOLUTION_TYPES[draft.kind]),
        "engine": draft.provenance.engine,
        "model": draft.provenance.model,
        "version": draft.provenance.version,
        "degraded": draft.provenance.degraded,
        "sketch": sketched,
        "calls": encode_calls(draft.calls),
    }


def _draft(row: Any) -> ChallengeDraft:  # noqa: ANN401 - SQLAlchemy rows have the columns as attributes
    kind = ChallengeKind(row.kind)
    return ChallengeDraft(
        kind=kind,
        domain=Domain(row.domain),
        topic=row.topic,
        difficulty=Difficulty(row.difficulty),
        title=row.title,
        tags=decode(row.tags, Strings),
        suggested_minutes=row.suggested_minutes,
        content=decode(row.content, CONTENT_TYPES[kind]),
        solution=decode(row.solution, SOLUTION_TYPES[kind]),
        provenance=provenance_of(row.engine, row.model, row.version, row.degraded),
        calls=() if row.calls is None else _shared(decode(row.calls, Calls), row.servings),
    )


def _shared(calls: Calls, servings: int) -> Calls:
    """The calls as each of those challenges tells of them that may come of one in the stock."""
    return tuple(replace(call, serves=call.serves * servings) for call in calls)
