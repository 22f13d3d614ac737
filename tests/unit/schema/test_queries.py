"""Reading."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain.enums import ChallengeKind, Domain, EvaluationStatus, QuotaEntryState, QuotaReason
from domain.errors import StorageUnavailable
from domain.history import HistoryFilter
from domain.ids import ChallengeId, EvaluationId, QuotaEntryId, UserId
from domain.paging import Position
from domain.quota import QuotaEntry
from schema import ids
from schema.connections import LEDGER, write_cursor
from tests.unit.schema.doubles import NOW, SOLUTION, Client, challenge, evaluation

C1 = ids.challenge(ChallengeId("c1"))
E1 = ids.evaluation(EvaluationId("e1"))
SOLVED = "{ solution { correctOptionId } }"


@pytest.fixture
def held(client: Client) -> Client:
    client.work.challenges_held[ChallengeId("c1")] = challenge()
    client.work.evaluations_held[EvaluationId("e1")] = evaluation()
    return client


async def test_a_node_is_found_by_its_id(held: Client) -> None:
    source = "query($id: ID!) { node(id: $id) { __typename id } }"

    assert await held.data(source, {"id": C1}) == {"node": {"__typename": "MultipleChoiceChallenge", "id": C1}}
    assert await held.data(source, {"id": E1}) == {"node": {"__typename": "Evaluation", "id": E1}}
    alice = ids.user(UserId("alice"))
    assert await held.data(source, {"id": alice}) == {"node": {"__typename": "User", "id": alice}}


@pytest.mark.parametrize(
    "id",
    [ids.challenge(ChallengeId("other")), ids.user(UserId("bob")), ids.quota_entry(QuotaEntryId("q1"))],
)
async def test_what_is_not_there_is_null(held: Client, id: str) -> None:
    source = "query($id: ID!) { node(id: $id) { id } challenge(id: $id) { id } evaluation(id: $id) { id } }"

    assert await held.data(source, {"id": id}) == {"node": None, "challenge": None, "evaluation": None}


@pytest.mark.parametrize("field", ["node", "challenge", "evaluation"])
async def test_a_malformed_id_is_bad_input(client: Client, field: str) -> None:
    error = await client.error('{ x: %s(id: "c1") { id } }' % field)  # noqa: UP031 - braces

    assert error["extensions"] == {"code": "BAD_USER_INPUT", "field": "id", "requestId": "request-1"}
    assert error["message"] == "id is malformed: send an id as this API gave it, unchanged."


async def test_a_solution_is_null_until_it_may_be_seen(held: Client) -> None:
    source = f'{{ challenge(id: "{C1}") {{ ... on MultipleChoiceChallenge {SOLVED} }} }}'
    hidden = await held.data(source)
    held.work.challenges_held[ChallengeId("c1")] = challenge(solution=SOLUTION, answered_at=NOW)

    assert hidden == {"challenge": {"solution": None}}
    assert await held.data(source) == {"challenge": {"solution": {"correctOptionId": "2"}}}


async def test_a_page_of_history_comes_with_one_look_up_for_all_its_evaluations(held: Client) -> None:
    held.work.challenges_held[ChallengeId("c2")] = challenge("c2")

    data = await held.data(
        "{ history(first: 5) { nodes { title latestEvaluation { status dimensionScores { score } } "
        "evaluations { nodes { id } } } } }"
    )

    assert [node["evaluations"]["nodes"] for node in data["history"]["nodes"]] == [[{"id": E1}], []]
    assert sorted(held.work.asked) == ["challenges.page", "evaluations.pages", "evaluations.pages", "scores.many"]


async def test_rows_are_counted_only_for_those_who_ask(held: Client) -> None:
    await held.data("{ history { nodes { id evaluations { edges { cursor } } } pageInfo { endCursor } } }")
    unasked = list(held.work.asked)
    data = await held.data("{ history { totalCount } }")

    assert "challenges.count" not in unasked
    assert "evaluations.counts" not in unasked
    assert data == {"history": {"totalCount": 1}}
    assert held.work.asked[-1] == "challenges.count"


async def test_a_filter_reaches_the_use_case_in_the_domains_words(client: Client) -> None:
    vienna = datetime(2026, 11, 1, 1, 0, tzinfo=timezone(timedelta(hours=1)))
    filter = {
        "domains": ["DATABASES", "DATABASES"],
        "kinds": None,
        "answered": False,
        "search": "  index ",
        "createdAfter": vienna.isoformat(),
    }

    await client.data("query($f: HistoryFilter) { history(filter: $f) { nodes { id } } }", {"f": filter})

    (asked,) = client.work.filters
    assert asked == HistoryFilter(
        domains=(Domain.DATABASES,),
        answered=False,
        search="index",
        created_after=datetime(2026, 11, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("arguments", "field", "says"),
    [
        ("first: 0", "first", "first is 0: ask for 1 to 100 rows"),
        ("first: 101", "first", "first is 101"),
        ('after: "nonsense"', "after", "after is not a cursor"),
        (f'after: "{write_cursor(LEDGER, Position(NOW, "x"))}"', "after", "a cursor of another list"),
        (
            'filter: {createdAfter: "2026-01-02T00:00:00Z", createdBefore: "2026-01-02T00:00:00Z"}',
            "filter.createdAfter",
            "filter.createdAfter is not before filter.createdBefore",
        ),
        (f'filter: {{search: "{"x" * 201}"}}', "filter.search", "at most 200 characters"),
        ('filter: {search: "a\\u0000b"}', "filter.search", "without NUL"),
    ],
)
async def test_arguments_that_make_no_sense_are_bad_input(
    client: Client, arguments: str, field: str, says: str
) -> None:
    error = await client.error(f"{{ history({arguments}) {{ totalCount }} }}")

    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["extensions"]["field"] == field
    assert says in error["message"]
    assert client.work.asked == []


@pytest.mark.parametrize(
    ("moment", "says"),
    [
        ("2026-01-02T00:00:00", "names no time zone"),
        ("2026-01-02", "names no time zone"),
        ("yesterday", "is not an ISO 8601 date and time"),
        ("0001-01-01T00:00:00+23:00", "is not an ISO 8601 date and time"),
    ],
)
async def test_a_moment_without_a_zone_is_bad_input(client: Client, moment: str, says: str) -> None:
    source = "query($f: HistoryFilter) { history(filter: $f) { totalCount } }"

    as_variable = await client.error(source, {"f": {"createdAfter": moment}})
    as_literal = await client.error(f'{{ history(filter: {{createdAfter: "{moment}"}}) {{ totalCount }} }}')

    for error in (as_variable, as_literal):
        assert error["extensions"] == {"code": "BAD_USER_INPUT", "requestId": "request-1"}
        assert says in error["message"]


async def test_moments_are_told_in_utc(client: Client) -> None:
    abroad = NOW.astimezone(timezone(timedelta(hours=5, minutes=45)))
    client.work.challenges_held[ChallengeId("c1")] = challenge(created_at=abroad)

    data = await client.data("{ history { nodes { createdAt } } }")

    assert data == {"history": {"nodes": [{"createdAt": "2026-11-23T09:30:00Z"}]}}


async def test_the_ledger_names_what_it_paid_for(client: Client) -> None:
    client.work.entries = (
        QuotaEntry(
            id=QuotaEntryId("q1"),
            reason=QuotaReason.CHALLENGE,
            subject_id="c1",
            amount=1,
            state=QuotaEntryState.CHARGED,
            created_at=NOW,
            settled_at=NOW,
        ),
    )

    data = await client.data("{ quota { limit used remaining ledger { totalCount nodes { subjectId state } } } }")

    ledger = {"totalCount": 1, "nodes": [{"subjectId": C1, "state": "CHARGED"}]}
    assert data == {"quota": {"limit": 20, "used": 20, "remaining": 0, "ledger": ledger}}


@pytest.mark.parametrize("first", [0, 101, -1])
async def test_the_number_of_revisions_has_the_bounds_of_a_page(held: Client, first: int) -> None:
    error = await held.error(f'{{ evaluation(id: "{E1}") {{ revisions(first: {first}) {{ id }} }} }}')

    assert error["extensions"] == {"code": "BAD_USER_INPUT", "field": "first", "requestId": "request-1"}
    assert error["message"] == f"first is {first}: ask for 1 to 100 rows."
    assert "evaluations.revisions" not in held.work.asked


async def test_an_evaluation_leads_to_what_revises_it(held: Client) -> None:
    for id in ("e2", "e3"):
        held.work.evaluations_held[EvaluationId(id)] = evaluation(id, revises=EvaluationId("e1"))
    e2, e3 = (ids.evaluation(EvaluationId(id)) for id in ("e2", "e3"))

    data = await held.data(
        f'{{ evaluation(id: "{E1}") {{ all: revisions {{ id }} null: revisions(first: null) {{ id }}'
        " one: revisions(first: 1) { id } } }"
    )

    both = [{"id": e2}, {"id": e3}]
    assert data["evaluation"] == {"all": both, "null": both, "one": [{"id": e2}]}


async def test_an_evaluation_leads_to_its_challenge_and_to_what_it_revises(held: Client) -> None:
    held.work.evaluations_held[EvaluationId("e2")] = evaluation(
        "e2", status=EvaluationStatus.QUEUED, revises=EvaluationId("e1")
    )
    e2 = ids.evaluation(EvaluationId("e2"))

    data = await held.data(f'{{ evaluation(id: "{e2}") {{ challenge {{ kind }} revisionOf {{ id }} }} }}')

    assert data["evaluation"] == {"challenge": {"kind": ChallengeKind.MULTIPLE_CHOICE.value}, "revisionOf": {"id": E1}}


FIELDS = [
    "viewer { id }",
    f'node(id: "{C1}") {{ id }}',
    f'challenge(id: "{C1}") {{ id }}',
    f'evaluation(id: "{E1}") {{ id }}',
    "history { totalCount }",
    "quota { used }",
    "analytics { accuracy }",
    "domains { label }",
    "recommendedPractice { reason }",
]


@pytest.mark.parametrize("field", FIELDS)
async def test_nobody_reads_anything(nobody: Client, field: str) -> None:
    error = await nobody.error(f"{{ {field} }}")

    assert error["extensions"] == {"code": "UNAUTHENTICATED", "requestId": "request-1"}
    assert error["message"] == "Sign in first."
    assert nobody.work.asked == []


async def test_in_development_nobody_may_introspect(nobody: Client) -> None:
    assert await nobody.data("{ __typename }") == {"__typename": "Query"}
    assert await nobody.data('{ __type(name: "Node") { name } }') == {"__type": {"name": "Node"}}


@pytest.mark.parametrize("source", ["{ __typename }", "{ __schema { queryType { name } } }", "{", "{ nonsense }"])
async def test_in_production_nobody_learns_anything(nobody: Client, source: str) -> None:
    nobody.services.production = True

    error = await nobody.error(source)

    assert error == {
        "message": "Sign in first.",
        "extensions": {"code": "UNAUTHENTICATED", "requestId": "request-1"},
    }


async def test_one_failure_does_not_blank_its_neighbours(client: Client) -> None:
    result = await client.execute('{ domains { label } node(id: "x") { id } }')

    assert result.data == {"domains": [{"label": "Databases"}], "node": None}
    assert result.errors is not None


async def test_a_storage_that_is_down_says_so_safely(client: Client) -> None:
    client.readings.append(StorageUnavailable("The database is not reachable: start it, or mend DATABASE_URL."))

    error = await client.error("{ quota { used } }")

    assert error["extensions"]["code"] == "STORAGE_UNAVAILABLE"
    assert error["message"].startswith("The database is not reachable")


async def test_a_query_counts_once_however_many_fields_it_has(client: Client) -> None:
    await client.data("{ viewer { id } domains { label } quota { used } }")

    assert client.services.rates.spent == 1


async def test_too_many_queries_are_refused_before_anything_is_read(client: Client) -> None:
    client.services.rates.exhausted = True

    error = await client.error("{ quota { used } }")

    assert error["extensions"] == {"code": "RATE_LIMITED", "retryAfterSeconds": 1.5, "requestId": "request-1"}
    assert client.work.asked == []


async def test_nobody_is_not_counted(nobody: Client) -> None:
    nobody.services.rates.exhausted = True

    assert await nobody.data("{ __typename }") == {"__typename": "Query"}


async def test_a_document_with_several_operations_needs_a_name(client: Client) -> None:
    error = await client.error("query A { __typename } query B { __typename }")

    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "operationName" in error["message"]
