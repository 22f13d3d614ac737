"""What nobody is told: not in an answer, not in a log."""

import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from loguru import logger

from domain.enums import EvaluationFailureCode
from domain.errors import GradingFailed
from domain.quota import Quota
from schema.errors import MASKED
from schema.extensions import Parsing, Validating
from tests.unit.schema.doubles import ALICE, NOW, Client

SECRET = "s3cret-of-the-database"
WRITTEN = "what-alice-wrote"


@pytest.fixture
def log() -> Iterator[list[str]]:
    """All that is logged, with every extra field, as text."""
    lines: list[str] = []
    handler = logger.add(lambda line: lines.append(str(line)), format="{message} {extra}", level=0, diagnose=True)
    yield lines
    logger.remove(handler)


@pytest.fixture
def failing(client: Client) -> Client:
    client.readings.append(RuntimeError(SECRET))
    return client


SOURCE = "query OfAlice($f: HistoryFilter) { history(filter: $f) { totalCount nodes { id } } }"
VARIABLES = {"f": {"search": WRITTEN}}


async def test_an_unexpected_error_is_masked(failing: Client, log: list[str]) -> None:
    result = await failing.execute(SOURCE, VARIABLES)

    assert result.data == {"history": None}
    assert result.errors is not None
    (error,) = result.errors
    assert error.formatted["message"] == MASKED
    assert error.formatted["extensions"] == {"code": "INTERNAL", "requestId": "request-1"}
    assert error.original_error is None
    assert SECRET not in repr(error.formatted)


async def test_an_unexpected_error_is_logged_by_type_and_request_and_nothing_else(
    failing: Client, log: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        await failing.execute(SOURCE, VARIABLES)

    (line,) = log
    assert "operation_failed" in line
    assert "'request_id': 'request-1'" in line
    assert "'error_type': 'RuntimeError'" in line
    assert "schema/queries.py" in line
    for unwanted in (SECRET, WRITTEN, "OfAlice", "totalCount"):
        assert unwanted not in line
        assert unwanted not in caplog.text
    assert caplog.records == []


async def test_errors_of_clients_are_not_logged(
    client: Client, log: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        await client.execute(SOURCE, {"f": {"search": 5}})
        await client.execute("{ nonsense }")
        await client.execute("{")
        await client.execute('{ node(id: "x") { id } }')

    assert log == []
    assert caplog.records == []


async def test_an_error_of_ours_that_is_not_for_clients_is_masked(client: Client, log: list[str]) -> None:
    client.outcomes.append(GradingFailed(SECRET, code=EvaluationFailureCode.INTERNAL))

    error = await client.error("mutation { updatePreferences(input: {}) { userErrors { message } } }")

    assert error["message"] == MASKED
    assert error["extensions"]["code"] == "INTERNAL"
    assert SECRET not in "".join(log)


async def test_a_field_that_may_not_be_null_does_not_tell_why_it_was(client: Client, log: list[str]) -> None:
    client.readings.append(Quota(ALICE.id, 20, None, NOW))  # type: ignore[arg-type] # what must not be

    error = await client.error("{ quota { used } }")

    assert error["message"] == MASKED


async def test_neither_fields_nor_types_are_suggested(client: Client) -> None:
    field = await client.execute("{ vieweR { id } }")
    type_ = await client.execute("query($x: HistoryFilte) { history(filter: $x) { totalCount } }")

    told = [error.message for result in (field, type_) for error in result.errors or ()]
    assert any("Cannot query field" in message for message in told)
    assert any("Unknown type" in message for message in told)
    assert not any("Did you mean" in message for message in told)


async def test_equal_mistakes_of_two_requests_each_carry_their_own_request(client: Client) -> None:
    first = await client.error("{ mistake }")
    client.context.request_id = "request-2"
    second = await client.error("{ mistake }")

    assert first["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED", "requestId": "request-1"}
    assert second["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED", "requestId": "request-2"}


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ a(b: " + "[" * 300 + "]" * 300 + ") }", "GRAPHQL_PARSE_FAILED"),
        ("{ nonsense }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ viewer { id } } fragment f on User { id }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ viewer { ...f } } fragment f on User { ...f }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ " + "__typename " * 4000 + "}", "LIMIT_EXCEEDED"),
        ("{ __typename } # " + "x" * 32 * 1024, "LIMIT_EXCEEDED"),
        ("{ __typename } # " + "ü" * 17 * 1024, "LIMIT_EXCEEDED"),
        ("{ " + "".join(f"a{i}: __typename " for i in range(31)) + "}", "LIMIT_EXCEEDED"),
        ("query($n: Int) { history(first: $n) { totalCount } }", "BAD_USER_INPUT"),
    ],
)
async def test_every_refusal_has_a_code_on_both_wires_and_every_time(client: Client, source: str, code: str) -> None:
    variables = {"n": "three"}

    for _ in range(2):  # the second time everything is in the caches
        error = await client.error(source, variables)
        (streamed,) = await client.stream(source, variables)
        assert error["extensions"]["code"] == code
        assert error["extensions"]["requestId"] == "request-1"
        assert "data" not in error
        assert [each.formatted for each in streamed.errors] == [error]


async def test_a_document_of_just_the_size_passes(client: Client) -> None:
    source = "{ __typename } # "

    assert await client.data(source + "x" * (32 * 1024 - len(source))) == {"__typename": "Query"}


async def test_limits_hold_when_the_document_is_in_the_cache_and_only_the_variables_grow(client: Client) -> None:
    source = (
        "query($n: Int) { history(first: $n) { nodes { evaluations(first: 100) { nodes "
        "{ answer { optionId } progress { phase } provenance { model } } } } } }"
    )
    assert await client.data(source, {"n": 1}) == {"history": {"nodes": []}}

    error = await client.error(source, {"n": 100})

    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert "the cost is 40,201, at most 25,000" in error["message"]
    assert client.services.rates.spent == 1


def test_importing_the_schema_makes_nothing_and_loads_no_model_library() -> None:
    program = (
        "import sys, schema; assert 'strawberry' not in sys.modules; schema.schema; "
        "print([m for m in ('langgraph', 'langsmith', 'openai', 'anthropic') if m in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)

    assert done.stdout.strip() == "[]"


async def test_a_long_document_is_executed_and_not_remembered(client: Client) -> None:
    parsed: Any = Parsing().cached_parse_document  # functools does not publish the type of what lru_cache makes
    validated: Any = Validating().cached_validate_document
    before = parsed.cache_info().currsize, validated.cache_info().currsize

    await client.data("{ __typename } # " + "long" * 3000)
    after = parsed.cache_info().currsize, validated.cache_info().currsize

    assert after == before
