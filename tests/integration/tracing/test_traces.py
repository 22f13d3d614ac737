"""What LangSmith is told of the main job, and what it is not: everything that was sent is read back, byte by byte."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from domain.enums import ChallengeKind, Dimension, EvaluationPhase
from domain.ids import UserId
from tests.integration.providers.dialects import CACHED, INPUT, OUTPUT, Responses
from tests.integration.providers.loopback import as_json
from tests.integration.tracing.conftest import API_KEY, MODEL
from tests.integration.tracing.doubles import SAID, SECRETS
from tests.unit.workflows.doubles import brief, choice_assignment, scenario_assignment

RUNS_OF_AN_EVALUATION = 1 + 6 + 2 * 5
"""The graph, its nodes, and for each of five questions the question and its one request."""
ANSWERS = (SECRETS["answer"], f"{SECRETS['answer']} by {SECRETS['mail']}")


def a_brief(kind: ChallengeKind):
    return replace(brief(kind), user_id=UserId(SECRETS["user"]))


async def main_job(traced) -> None:
    """One of everything, a provider that fails once with a complaint, and a dimension that cannot be graded."""
    complaint = as_json({"error": {"message": SECRETS["provider's complaint"], "code": "server_error"}}, status=500)
    traced.provider.will(complaint, Responses().plain(SAID))
    graphs = traced.graphs()
    await graphs.write(a_brief(ChallengeKind.MULTIPLE_CHOICE))
    await graphs.write(a_brief(ChallengeKind.SCENARIO))
    await graphs.evaluate(choice_assignment("b"))
    await graphs.evaluate(scenario_assignment(texts=ANSWERS))
    with pytest.raises(RuntimeError):
        await traced.graphs(refuses=Dimension.COMMUNICATION).evaluate(scenario_assignment(texts=ANSWERS))
    await traced.traces.close()


async def test_nothing_that_people_wrote_or_were_told_leaves_the_house(traced, receiver):
    await main_job(traced)

    sent = receiver.everything()
    assert len(receiver.runs) > 30
    assert {name: secret.encode() in sent for name, secret in SECRETS.items()} == dict.fromkeys(SECRETS, False)
    asked = b"".join(str(request.body).encode() for request in traced.provider.received)
    assert SECRETS["answer"].encode() in asked  # the sentinels were really under way
    assert all((run["inputs"], run["outputs"]) == ({}, {}) for run in receiver.runs.values())


async def test_an_evaluation_is_a_tree_of_its_steps_with_the_models_requests_in_them(traced, receiver):
    await traced.graphs().evaluate(scenario_assignment(texts=ANSWERS))
    await traced.traces.close()

    (root,) = receiver.children(None)
    steps = receiver.children(root)
    scored = [step for step in steps if step["name"] == "score"]
    assert (root["name"], root["run_type"], root["session_name"]) == ("evaluation", "chain", "rehearsal")
    assert root["extra"]["metadata"] == {
        "evaluation_id": "evaluation",
        "challenge_id": "challenge",
        "kind": "SCENARIO",
        "domain": "DATABASES",
        "difficulty": "MEDIUM",
        "attempt": 2,
        "request_id": "request-1",
    }
    assert [step["name"] for step in steps] == ["screen", *["score"] * 4, "conclude"]
    assert {step["extra"]["metadata"]["dimension"] for step in scored} == {dimension.value for dimension in Dimension}
    for step in [*scored, *(step for step in steps if step["name"] == "conclude")]:
        (question,) = receiver.children(step)
        (request,) = receiver.children(question)
        assert request["run_type"] == "llm"
        assert (request["trace_id"], request["session_name"]) == (root["id"], "rehearsal")
        assert step["start_time"] <= request["end_time"] <= step["end_time"]
    assert all("error" not in run for run in receiver.runs.values())


async def test_a_request_to_a_model_shows_what_it_took(traced, receiver):
    traced.provider.will(Responses().error(500, "api_error"), Responses().plain(SAID))

    await traced.graphs().write(a_brief(ChallengeKind.MULTIPLE_CHOICE))
    await traced.traces.close()

    (root,) = receiver.children(None)
    write = receiver.children(root)[0]
    (question,) = receiver.children(write)
    failed, answered = receiver.children(question)
    assert [step["name"] for step in receiver.children(root)] == ["write", "inspect", "arrange"]
    assert question["extra"]["metadata"].items() >= {
        "engine": "OPENAI", "model": MODEL, "attempts": 2, "degraded": False, "streamed": False, "effort": "low"
    }.items()  # fmt: skip
    assert (failed["error"], failed["extra"]["metadata"]["attempt"]) == ("server_fault", 1)
    usage = answered["extra"]["metadata"].pop("usage_metadata")
    assert answered["extra"]["metadata"] == {
        "ls_provider": "openai",
        "ls_model_name": MODEL,
        "ls_model_type": "chat",
        "task": "MULTIPLE_CHOICE",
        "prompt_version": "multiple_choice-1",
        "attempt": 2,
        "outcome": "answered",
    }
    assert Decimal(str(usage.pop("total_cost"))) > 0
    assert usage == {
        "input_tokens": INPUT,
        "output_tokens": OUTPUT,
        "total_tokens": INPUT + OUTPUT,
        "input_token_details": {"cache_read": CACHED, "cache_creation": 0},
    }


async def test_a_failure_shows_its_type_at_every_step_and_no_word_of_its_text(traced, receiver):
    with pytest.raises(RuntimeError):
        await traced.graphs(refuses=Dimension.COMMUNICATION).evaluate(scenario_assignment(texts=ANSWERS))
    await traced.traces.close()

    (root,) = receiver.children(None)
    failed = [step for step in receiver.children(root) if step.get("error") == "RuntimeError"]
    assert root["error"] == "RuntimeError"
    assert [step["extra"]["metadata"].get("dimension") for step in failed] == ["COMMUNICATION"]


async def test_evaluations_at_the_same_time_are_trees_of_their_own(traced, receiver):
    graphs = traced.graphs()
    await asyncio.gather(*(graphs.evaluate(scenario_assignment(texts=ANSWERS)) for _ in range(3)))
    await traced.traces.close()

    roots = receiver.children(None)
    assert len(roots) == 3
    for root in roots:
        of_it = [run for run in receiver.runs.values() if run["trace_id"] == root["id"]]
        assert len(of_it) == RUNS_OF_AN_EVALUATION
        assert all(run["dotted_order"].startswith(root["dotted_order"]) for run in of_it)


async def test_the_key_goes_where_the_settings_say(traced, receiver):
    await traced.graphs().evaluate(choice_assignment("b"))
    await traced.traces.close()

    assert all(f"x-api-key: {API_KEY}".encode() in head.lower() for head in receiver.heads)
    assert [head.split()[1] for head in receiver.heads] == [b"/runs/multipart"]
    assert traced.journal.steps == [("enter", EvaluationPhase.SCORING), ("complete", None)]
