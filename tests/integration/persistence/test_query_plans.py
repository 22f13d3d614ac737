"""Every list and every poll is served from an index: SQLite's plans for the statements as they are executed."""

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, create_engine, event, insert
from sqlalchemy.engine import make_url

from domain.days import stretches
from domain.enums import ChallengeKind, Difficulty, Domain, EvaluationStatus
from domain.history import HistoryFilter
from domain.ids import ChallengeId, EvaluationId, UserId
from domain.likeness import sketch
from domain.paging import PageRequest, Position
from domain.user import Principal
from persistence import models, tables
from persistence.codec import CONTENT_TYPES, SOLUTION_TYPES, encode
from persistence.database import UnitOfWork
from persistence.repositories.idempotency import KeyName
from persistence.sqlite import system_clock
from tests.integration.persistence.seeds import CHOICE, DAWN, MINUTE, SCENARIO, SECOND
from tests.stocked import CELL, question, written

ROWS = 3_000
PEOPLE = 3
ALICE = UserId("user-0")
TOP = PageRequest(20)
NEXT = PageRequest(20, Position(DAWN + 1_500 * SECOND, "id-1500"))
NOW = DAWN + timedelta(days=1)
SKETCH = sketch(question(1))
CHALLENGES = [ChallengeId(f"id-{number}") for number in range(0, 60, 3)]


def _fill(engine: Engine) -> None:
    drafts = (CHOICE, SCENARIO)
    contents = [encode(draft.content, CONTENT_TYPES[draft.kind]) for draft in drafts]
    solutions = [encode(draft.solution, SOLUTION_TYPES[draft.kind]) for draft in drafts]
    moments = [DAWN + number * SECOND for number in range(ROWS)]
    with engine.begin() as connection:
        connection.execute(
            insert(tables.users),
            [
                {"id": f"user-{n}", "issuer": "urn:test", "subject": f"s-{n}", "timezone": "UTC", "created_at": DAWN}
                for n in range(ROWS)
            ],
        )
        connection.execute(
            insert(tables.challenges),
            [
                {
                    "id": f"id-{n}",
                    "user_id": f"user-{n % PEOPLE}",
                    "kind": drafts[n % 2].kind,
                    "domain": list(Domain)[n % 14],
                    "topic": "topic",
                    "difficulty": list(Difficulty)[n % 3],
                    "title": "title",
                    "suggested_minutes": 5,
                    "engine": "EMBEDDED",
                    "version": "1",
                    "degraded": False,
                    "repeated": False,
                    "tags": "[]",
                    "content": contents[n % 2],
                    "solution": solutions[n % 2],
                    "search_text": "text",
                    "created_at": moment,
                    "answered_at": moment if n % 4 else None,
                    "handed_in_at": moment if n % 4 else None,
                    "first_score": 50.0 if n % 4 else None,
                    "sketch": SKETCH if n % 5 else None,
                }
                for n, moment in enumerate(moments)
            ],
        )
        connection.execute(
            insert(tables.evaluations),
            [
                {
                    "id": f"id-{n}",
                    "user_id": f"user-{n % PEOPLE}",
                    "challenge_id": f"id-{n % 60}",
                    "status": EvaluationStatus.COMPLETED if n % 5 else EvaluationStatus.QUEUED,
                    "answer": "{}",
                    "lease_expires_at": moment if n % 50 == 0 else None,
                    "created_at": moment,
                }
                | dict.fromkeys(
                    ("completed_steps", "total_steps", "last_sequence", "attempt", "stalled_attempts", "fence"), 0
                )
                for n, moment in enumerate(moments)
            ],
        )
        connection.execute(
            insert(tables.evaluation_events),
            [
                {
                    "evaluation_id": f"id-{n // 10}",
                    "sequence": n % 10 + 1,
                    "type": "Queued",
                    "payload": "{}",
                    "occurred_at": moment,
                }
                for n, moment in enumerate(moments)
            ],
        )
        connection.execute(
            insert(tables.quota_ledger),
            [
                {
                    "id": f"id-{n}",
                    "user_id": f"user-{n % PEOPLE}",
                    "day": 1,
                    "reason": "CHALLENGE",
                    "subject_id": f"subject-{n}",
                    "amount": 1,
                    "state": "RESERVED",
                    "created_at": moment,
                    "expires_at": moment if n % 50 == 0 else None,
                }
                for n, moment in enumerate(moments)
            ],
        )
        connection.execute(
            insert(tables.idempotency_keys),
            [
                {
                    "user_id": f"user-{n % PEOPLE}",
                    "mutation": "m",
                    "key": f"key-{n}",
                    "input_hash": "",
                    "owner": "",
                    "created_at": moment,
                    "expires_at": moment,
                }
                for n, moment in enumerate(moments)
            ],
        )


def _stock(engine: Engine) -> None:
    """A thousand, of which every tenth can still be served, and 3,000 that people have had."""
    kinds, domains, difficulties = list(ChallengeKind), list(Domain), list(Difficulty)
    with engine.begin() as connection:
        connection.execute(
            insert(tables.stocked_challenges),
            [
                {
                    "id": f"item-{n:04}",
                    "kind": kinds[n % 2],
                    "domain": domains[n // 2 % 14],
                    "difficulty": difficulties[n // 28 % 3],
                    "topic": "topic",
                    "title": "title",
                    "tags": "[]",
                    "suggested_minutes": 3,
                    "content": "{}",
                    "solution": "{}",
                    "engine": "OPENAI",
                    "version": "1",
                    "degraded": False,
                    "sketch": SKETCH,
                    "servings": 20,
                    "servings_left": 0 if n % 10 else 5,
                    "created_at": DAWN + n * SECOND,
                }
                for n in range(1_000)
            ],
        )
        connection.execute(
            insert(tables.stock_servings),
            [{"user_id": f"user-{n % 30}", "item_id": f"item-{n // 30:04}", "served_at": DAWN} for n in range(ROWS)],
        )


@pytest.fixture(scope="module")
def engine(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    path = tmp_path_factory.mktemp("plans") / "intrvu.db"
    shutil.copy(sqlite_template, path)
    engine = create_engine(make_url(f"sqlite+pysqlite:///{path}"))
    _fill(engine)
    _stock(engine)
    yield engine
    engine.dispose()


def plans(engine: Engine, work: Callable[[UnitOfWork], object]) -> list[list[str]]:
    """How SQLite carries out each statement that the work executes, step by step. What it writes is rolled back."""
    executed: list[tuple[str, tuple[object, ...]]] = []

    def remember(
        _connection: object, _cursor: object, statement: str, parameters: tuple[object, ...], *_: object
    ) -> None:
        executed.append((statement, parameters))

    with engine.connect() as connection:
        event.listen(connection, "before_cursor_execute", remember)
        work(UnitOfWork(connection, system_clock))
        event.remove(connection, "before_cursor_execute", remember)
        found = [
            [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            for statement, parameters in executed
        ]
        connection.rollback()
    return [steps for steps in found if steps]  # an INSERT has none


def history(filter: HistoryFilter, request: PageRequest = TOP) -> Callable[[UnitOfWork], object]:
    return lambda work: (work.challenges.page(ALICE, filter, request), work.challenges.count(ALICE, filter))


HISTORY = "ix_challenges_history"
ANSWERED = "challenges USING INDEX ix_challenges_answered (user_id=? AND handed_in_at>?)"
COMPLETED = "evaluations USING INDEX ix_evaluations_completed (user_id=?)"
CUT = stretches(ZoneInfo("Europe/Vienna"), DAWN - timedelta(days=365), DAWN)
FILTERS = {
    "no filter": HistoryFilter(),
    "domains": HistoryFilter(domains=(Domain.DATABASES, Domain.MLOPS)),
    "difficulties": HistoryFilter(difficulties=(Difficulty.EASY,)),
    "kinds": HistoryFilter(kinds=(ChallengeKind.SCENARIO,)),
    "answered": HistoryFilter(answered=True),
    "unanswered": HistoryFilter(answered=False),
    "created after": HistoryFilter(created_after=DAWN + MINUTE),
    "created before": HistoryFilter(created_before=DAWN + MINUTE),
    "between": HistoryFilter(created_after=DAWN, created_before=DAWN + MINUTE),
    "everything but search": HistoryFilter(
        domains=(Domain.DATABASES,),
        difficulties=(Difficulty.EASY, Difficulty.HARD),
        kinds=(ChallengeKind.SCENARIO,),
        answered=False,
        created_after=DAWN,
        created_before=DAWN + MINUTE,
    ),
}
SERVED: dict[str, tuple[Callable[[UnitOfWork], object], str]] = {
    **{f"history, {name}": (history(filter), HISTORY) for name, filter in FILTERS.items()},
    **{f"history after a cursor, {name}": (history(filter, NEXT), HISTORY) for name, filter in FILTERS.items()},
    "evaluations of many challenges": (
        lambda work: work.evaluations.pages(ALICE, CHALLENGES, TOP),
        "ix_evaluations_by_challenge",
    ),
    "evaluations of many challenges after a cursor": (
        lambda work: work.evaluations.pages(ALICE, CHALLENGES, NEXT),
        "ix_evaluations_by_challenge",
    ),
    "counts of many challenges": (
        lambda work: work.evaluations.counts(ALICE, CHALLENGES),
        "ix_evaluations_by_challenge",
    ),
    "revisions of many evaluations": (
        lambda work: work.evaluations.revisions(ALICE, [EvaluationId("id-3"), EvaluationId("id-6")], first=10),
        "ix_evaluations_revises",
    ),
    "ledger": (
        lambda work: (work.ledger.page(ALICE, TOP), work.ledger.count(ALICE)),
        "ix_quota_ledger_history",
    ),
    "ledger after a cursor": (lambda work: work.ledger.page(ALICE, NEXT), "ix_quota_ledger_history"),
    "ledger by subject": (
        lambda work: work.ledger.charge_subject("nothing", now=NOW),
        "ix_quota_ledger_subject_id",
    ),
    "expired reservations": (lambda work: work.ledger.any_expired(now=NOW), "ix_quota_ledger_expires_at"),
    "refund of expired reservations": (
        lambda work: work.ledger.refund_expired(now=DAWN - SECOND),
        "ix_quota_ledger_expires_at",
    ),
    "expired keys": (
        lambda work: (work.idempotency.any_expired(now=NOW), work.idempotency.forget_expired(now=NOW)),
        "ix_idempotency_keys_expires_at",
    ),
    "key by name": (
        lambda work: work.idempotency.find(KeyName(ALICE, "m", "key-3"), now=NOW),
        "sqlite_autoindex_idempotency_keys_1",
    ),
    "events after a sequence": (
        lambda work: work.events.after(EvaluationId("id-3"), 100, limit=50),
        "sqlite_autoindex_evaluation_events_1",
    ),
    "runnable leases": (lambda work: work.leases.any_free(now=NOW), "ix_evaluations_lease_expires_at"),
    "taking a lease": (
        lambda work: work.leases.take(now=DAWN - SECOND, duration=MINUTE),
        "ix_evaluations_lease_expires_at",
    ),
    "user by subject": (lambda work: work.users.find(Principal("urn:test", "s-7")), "uq_users_issuer_subject"),
    "scores of many evaluations": (
        lambda work: work.scores.many(ALICE, [EvaluationId("id-1"), EvaluationId("id-2")]),
        "sqlite_autoindex_dimension_scores_1",
    ),
}


@pytest.mark.parametrize("name", SERVED)
def test_a_list_is_served_from_its_index(engine: Engine, name: str) -> None:
    work, index = SERVED[name]

    made = plans(engine, work)

    assert made
    for steps in made:
        plan = "\n".join(steps)
        assert re.search(rf"^SEARCH \w+ USING (COVERING )?INDEX {index} \(", plan, re.MULTILINE), plan
        for table in models.metadata.tables:
            assert f"SCAN {table}" not in plan
        assert "TEMP B-TREE" not in plan


def test_a_page_after_a_cursor_begins_at_the_cursor(engine: Engine) -> None:
    (page, _count) = plans(engine, history(HistoryFilter(), NEXT))

    assert page == ["SEARCH challenges USING INDEX ix_challenges_history (user_id=? AND (created_at,id)<(?,?))"]


def test_search_reads_only_the_viewers_own_challenges(engine: Engine) -> None:
    for steps in plans(engine, history(HistoryFilter(search="word"))):
        assert steps == ["SEARCH challenges USING INDEX ix_challenges_history (user_id=?)"]


COUNTED: dict[str, tuple[Callable[[UnitOfWork], object], str]] = {
    "earliest": (lambda work: work.analytics.earliest(ALICE), COMPLETED),
    "answers by day": (lambda work: work.analytics.evaluated(ALICE, CUT), COMPLETED),
    "latest answers of each topic": (lambda work: work.analytics.latest(ALICE, of_each_topic=3), ANSWERED),
    **{
        f"{name}, {reach}": (count, ANSWERED)
        for reach, since in (("all time", None), ("a range", DAWN))
        for name, count in (
            ("first answers by day", lambda work, since=since: work.analytics.days(ALICE, CUT, since)),
            ("first answers by field", lambda work, since=since: work.analytics.fields(ALICE, since)),
            ("dimensions", lambda work, since=since: work.analytics.dimensions(ALICE, since)),
        )
    },
}


@pytest.mark.parametrize("name", COUNTED)
def test_analytics_read_the_viewers_own_stretch_of_one_index_and_nothing_else(engine: Engine, name: str) -> None:
    work, index = COUNTED[name]

    (steps,) = plans(engine, work)

    read = [step for step in steps if re.match(rf"SEARCH|SCAN ({'|'.join(models.metadata.tables)})", step)]
    assert [step.replace(" COVERING", "") for step in read] == [f"SEARCH {index}"]


PERSON = "users USING COVERING INDEX sqlite_autoindex_users_1 (id=?)"
AVAILABLE = "stocked_challenges USING INDEX ix_stocked_challenges_available (kind=? AND domain=? AND difficulty=?)"
TOLD = "stocked_challenges USING INDEX ix_stocked_challenges_told (kind=? AND domain=? AND difficulty=?)"
ONE = "stocked_challenges USING INDEX sqlite_autoindex_stocked_challenges_1 (id=?)"
HAD = "stock_servings USING COVERING INDEX sqlite_autoindex_stock_servings_1 (user_id=? AND item_id=?)"
MET = "challenges USING INDEX ix_challenges_sketched (user_id=? AND domain=?)"
OLDER = "stocked_challenges USING INDEX ix_stocked_challenges_age (created_at<?)"
STOCK: dict[str, tuple[Callable[[UnitOfWork], object], set[str]]] = {
    "claim": (
        lambda work: (
            work.stock.add({"fresh": written(2)}, servings=1, now=NOW),
            work.stock.claim(ALICE, CELL, None, now=NOW),
        ),
        {PERSON, AVAILABLE, HAD, MET, ONE, TOLD},
    ),
    "claim on a topic": (
        lambda work: work.stock.claim(ALICE, CELL, "another topic", now=NOW),
        {PERSON, AVAILABLE, HAD},
    ),
    "what is left for a person": (lambda work: work.stock.available(CELL, ALICE), {AVAILABLE, HAD}),
    "what was told": (lambda work: work.stock.told(CELL), {TOLD, AVAILABLE}),
    "whether something is old": (lambda work: work.stock.any_older(NOW), {OLDER}),
    "retiring": (lambda work: work.stock.retire(NOW), {OLDER}),
    "keeping a turn": (
        lambda work: work.stock.keep_turn(CELL, 1, until=NOW),
        {"stock_leases USING INDEX sqlite_autoindex_stock_leases_1 (kind=? AND domain=? AND difficulty=?)"},
    ),
}


@pytest.mark.parametrize("name", STOCK)
def test_the_stock_is_reached_through_its_cell_and_a_person_through_what_they_had(engine: Engine, name: str) -> None:
    work, expected = STOCK[name]

    steps = [step for plan in plans(engine, work) for step in plan]

    read = {step.removeprefix("SEARCH ") for step in steps if re.match(r"SEARCH|SCAN \w", step)}
    assert {step.replace("COVERING INDEX ix", "INDEX ix") for step in read} == expected
    assert not [step for step in steps if "TEMP B-TREE" in step]
