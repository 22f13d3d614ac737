"""Challenges. A solution leaves the database only for those who may see it, or for grading."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, ScalarSelect, bindparam, case, func, insert, null, select, update

from domain.challenge import Challenge, ChallengeDraft, Content, MultipleChoice, told
from domain.enums import ChallengeKind, Difficulty, Dimension, Domain
from domain.history import HistoryFilter
from domain.ids import ChallengeId, EvaluationId, UserId
from domain.likeness import sketch
from domain.paging import Page, PageRequest
from persistence.codec import CONTENT_TYPES, SOLUTION_TYPES, Strings, decode, encode, encode_calls, later, provenance_of
from persistence.repositories.paging import newest_first, page_of
from persistence.tables import challenges, dimension_scores, evaluations, first_scores

_FOR_ANALYTICS = {"handed_in_at", "first_score", *(column.key for column in first_scores.values())}
_NOT_SHOWN = {"solution", "search_text", "sketch", "calls", *_FOR_ANALYTICS}
_OPEN = tuple(column for column in challenges.c if column.key not in _NOT_SHOWN)
_SHOWN = (*_OPEN, case((challenges.c.answered_at.is_not(None), challenges.c.solution), else_=null()).label("solution"))
_COMPLETE = (*_OPEN, challenges.c.solution)
_ADD = insert(challenges)
_OF_VIEWER = select(*_SHOWN).where(challenges.c.user_id == bindparam("viewer"))
_MANY = _OF_VIEWER.where(challenges.c.id.in_(bindparam("ids", expanding=True)))
_FOR_GRADING = select(*_COMPLETE).where(challenges.c.id == bindparam("id"))
_TO_ANSWER = _FOR_GRADING.where(challenges.c.user_id == bindparam("viewer"))
_NUMBER = select(func.count()).where(challenges.c.user_id == bindparam("viewer"))
_DOMAINS = {domain.value: domain for domain in Domain}
_DIFFICULTIES = {difficulty.value: difficulty for difficulty in Difficulty}
_EVALUATION = bindparam("evaluation", type_=evaluations.c.id.type)


def _of_evaluation(column: ColumnElement[Any]) -> ScalarSelect[Any]:
    return select(column).where(evaluations.c.id == _EVALUATION).scalar_subquery()


def _of_dimension(dimension: Dimension) -> ScalarSelect[Any]:
    columns = dimension_scores.c
    return (
        select(columns.score)
        .where(columns.evaluation_id == _EVALUATION, columns.dimension == dimension)
        .scalar_subquery()
    )


_REVEAL = (
    update(challenges)
    .where(challenges.c.id == _of_evaluation(evaluations.c.challenge_id), challenges.c.answered_at.is_(None))
    .values(
        {
            challenges.c.answered_at: bindparam("now", type_=challenges.c.answered_at.type),
            challenges.c.handed_in_at: _of_evaluation(evaluations.c.created_at),
            challenges.c.first_score: _of_evaluation(evaluations.c.overall_score),
            **{column: _of_dimension(dimension) for dimension, column in first_scores.items()},
        }
    )
)


class Challenges:
    """Challenges of people; a viewer's id goes into every statement that shows one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, draft: ChallengeDraft, *, id: ChallengeId, user_id: UserId, now: datetime) -> Challenge:
        """Store a draft as a challenge of that person."""
        self._connection.execute(
            _ADD,
            {
                "id": id,
                "user_id": user_id,
                "kind": draft.kind,
                "domain": draft.domain,
                "topic": draft.topic,
                "difficulty": draft.difficulty,
                "title": draft.title,
                "tags": encode(draft.tags, Strings),
                "suggested_minutes": draft.suggested_minutes,
                "content": encode(draft.content, CONTENT_TYPES[draft.kind]),
                "solution": encode(draft.solution, SOLUTION_TYPES[draft.kind]),
                "search_text": _search_text(draft),
                "engine": draft.provenance.engine,
                "model": draft.provenance.model,
                "version": draft.provenance.version,
                "degraded": draft.provenance.degraded,
                "repeated": draft.repeated,
                "created_at": now,
                "answered_at": None,
                "sketch": sketch(told(draft.content)),
                "calls": encode_calls(draft.calls),
            },
        )
        return self.many(user_id, [id])[id]

    def many(self, viewer: UserId, ids: Sequence[ChallengeId]) -> dict[ChallengeId, Challenge]:
        """The viewer's challenges among those ids."""
        rows = self._connection.execute(_MANY, {"ids": ids, "viewer": viewer})
        return {ChallengeId(row.id): _challenge(row) for row in rows}

    def to_answer(self, viewer: UserId, id: ChallengeId) -> Challenge | None:
        """The viewer's challenge with its solution, for whoever will grade the answer. Not for showing."""
        row = self._connection.execute(_TO_ANSWER, {"id": id, "viewer": viewer}).one_or_none()
        return None if row is None else _challenge(row)

    def with_solution(self, id: ChallengeId) -> Challenge:
        """A challenge for grading, whoever owns it. Not for showing.

        Raises:
            pydantic.ValidationError: its texts cannot be read: better now than when grading has begun.
        """
        challenge = _challenge(self._connection.execute(_FOR_GRADING, {"id": id}).one())
        challenge.read_content()
        if challenge.read_solution is not None:
            challenge.read_solution()
        return challenge

    def page(self, viewer: UserId, narrowed: HistoryFilter, request: PageRequest) -> Page[Challenge]:
        """The viewer's challenges, newest first."""
        statement = newest_first(_OF_VIEWER.where(*_matching(narrowed)), challenges, request)
        rows = self._connection.execute(statement, {"viewer": viewer}).all()
        return page_of(rows, request, _challenge)

    def count(self, viewer: UserId, narrowed: HistoryFilter) -> int:
        """How many challenges the viewer has that match."""
        statement = _NUMBER.where(*_matching(narrowed))
        return self._connection.execute(statement, {"viewer": viewer}).scalar_one()

    def mark_answered_by(self, evaluation_id: EvaluationId, now: datetime) -> None:
        """Reveal the solution of a completed evaluation's challenge, and count its score.

        The first one stays; of two that complete at once, the one that is stored first.
        """
        self._connection.execute(_REVEAL, {"evaluation": evaluation_id, "now": now})


def _matching(narrowed: HistoryFilter) -> list[ColumnElement[bool]]:
    columns = challenges.c
    where: list[ColumnElement[bool]] = []
    if narrowed.domains:
        where.append(columns.domain.in_(narrowed.domains))
    if narrowed.difficulties:
        where.append(columns.difficulty.in_(narrowed.difficulties))
    if narrowed.kinds:
        where.append(columns.kind.in_(narrowed.kinds))
    if narrowed.answered is not None:
        where.append(columns.answered_at.is_not(None) if narrowed.answered else columns.answered_at.is_(None))
    if narrowed.created_after is not None:
        where.append(columns.created_at >= narrowed.created_after)
    if narrowed.created_before is not None:
        where.append(columns.created_at < narrowed.created_before)
    where.extend(columns.search_text.contains(word, autoescape=True) for word in _folded(narrowed.search or "").split())
    return where


def _search_text(draft: ChallengeDraft) -> str:
    return _folded(" ".join((draft.title, draft.topic, *draft.tags, _body(draft.content))))


def _folded(text: str) -> str:
    """Text without case, and with one spelling of each letter: an umlaut may be typed as one character or as two."""
    return unicodedata.normalize("NFKC", text).casefold()


def _body(content: Content) -> str:
    if isinstance(content, MultipleChoice):
        return content.question
    return " ".join(
        (content.context.company, content.context.situation, *(question.prompt for question in content.questions))
    )


def _challenge(row: Sequence[Any]) -> Challenge:
    # By place: see evaluation_of.
    (
        id,
        user_id,
        kind,
        domain,
        topic,
        difficulty,
        title,
        tags,
        suggested_minutes,
        content,
        engine,
        model,
        version,
        degraded,
        repeated,
        created_at,
        answered_at,
        solution,
    ) = row
    kind = ChallengeKind(kind)
    return Challenge(
        id=id,
        user_id=user_id,
        kind=kind,
        domain=_DOMAINS[domain],
        topic=topic,
        difficulty=_DIFFICULTIES[difficulty],
        title=title,
        tags=decode(tags, Strings),
        suggested_minutes=suggested_minutes,
        read_content=later(content, CONTENT_TYPES[kind]),
        read_solution=None if solution is None else later(solution, SOLUTION_TYPES[kind]),
        provenance=provenance_of(engine, model, version, degraded),
        repeated=repeated,
        created_at=created_at,
        answered_at=answered_at,
    )
