"""Every example operation works as it stands, in order, for somebody who has just come."""

from collections.abc import Iterator
from typing import Any

from gql import gql

from tests.e2e.conftest import over_http, over_websocket, run
from tests.integration.operations.examples import FOLDER, examples, fill


def _user_errors(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.get("userErrors", [])
        for item in value.values():
            yield from _user_errors(item)
    elif isinstance(value, list):
        for item in value:
            yield from _user_errors(item)


async def test_every_example_works_in_order_for_a_new_user(serve):
    server = serve()
    token = server.token("somebody-new")
    results: dict[str, Any] = {}
    events: list[dict[str, Any]] = []
    async with over_http(server, token) as http, over_websocket(server, token) as websocket:
        for example in examples():
            variables = fill(example.variables, results)
            if example.is_subscription:
                request = gql(example.document)
                request.variable_values = variables
                async for results[example.name] in websocket.subscribe(request):
                    events.append(results[example.name]["evaluationProgress"])
            else:
                results[example.name] = await run(http, example.document, **variables)
            assert list(_user_errors(results[example.name])) == [], example.name

    answered = results["AnswerChoice"]["evaluateAnswer"]["evaluation"]
    assert answered["status"] == "COMPLETED"
    assert answered["challenge"]["solution"]["correctOptionId"]
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert [event["score"]["dimension"] for event in events if "score" in event] != []
    assert events[-1]["__typename"] == "EvaluationCompleted"
    evaluation = results["Evaluation"]["evaluation"]
    assert evaluation["overallScore"] == events[-1]["evaluation"]["overallScore"] > 40
    assert all(score["evidence"] for score in evaluation["dimensionScores"])
    assert evaluation["feedback"]["improvements"]
    assert [challenge["kind"] for challenge in results["History"]["history"]["nodes"]] == [
        "SCENARIO",
        "MULTIPLE_CHOICE",
    ]
    assert results["Quota"]["quota"]["used"] == 3
    analytics = results["Analytics"]["analytics"]
    assert (analytics["challengesGenerated"], analytics["answersEvaluated"]) == (2, 2)
    assert analytics["currentStreakDays"] >= 1
    assert results["Start"]["viewer"]["name"] == "somebody-new"
    assert len(results["Start"]["domains"]) == 14
    assert results["Start"]["recommendedPractice"]["reason"].startswith("You have not answered anything yet")


def test_every_file_is_listed_and_every_set_of_variables_has_its_operation():
    listed = (FOLDER / "README.md").read_text()
    assert [example.path.name for example in examples() if f"]({example.path.name})" not in listed] == []
    assert [path.name for path in FOLDER.glob("*.json") if not path.with_suffix(".graphql").exists()] == []


def test_names_are_unique_because_placeholders_go_by_them():
    names = [example.name for example in examples()]
    assert len(names) == len(set(names))
