"""A LangSmith that hangs, fails or is not there costs its traces, and nothing else."""

import os
import subprocess
import sys
from functools import partial
from time import monotonic

import pytest
from prometheus_client import REGISTRY
from uuid_utils.compat import uuid7

from providers.tracing.post import Post, client
from providers.tracing.spans import LangSmith
from tests.integration.tracing.receiver import Manner
from tests.integration.tracing.test_traces import RUNS_OF_AN_EVALUATION
from tests.unit.workflows.doubles import scenario_assignment


def runs(outcome: str) -> float:
    return REGISTRY.get_sample_value("intrvu_traced_runs_total", {"outcome": outcome}) or 0.0


async def test_one_that_hangs_delays_neither_the_evaluation_nor_the_shutdown(traced, receiver):
    receiver.manner = Manner.HANGS
    graphs = traced.graphs()
    for _ in range(3):
        await graphs.evaluate(scenario_assignment())
    receiver.wait_for_a_request()

    began = monotonic()
    await traced.traces.close()

    assert traced.journal.of("complete") == [None] * 3
    assert monotonic() - began < 6  # CLOSE_SECONDS, on a slow machine
    assert receiver.runs == {}


@pytest.mark.parametrize("gone", [True, False], ids=["refuses", "answers 500"])
async def test_one_that_takes_nothing_fails_nothing(traced, receiver, gone):
    lost = runs("lost")
    receiver.manner = Manner.FAILS
    if gone:
        receiver.server.socket.close()

    await traced.graphs().evaluate(scenario_assignment())
    await traced.traces.close()

    assert traced.journal.of("complete") == [None]
    assert runs("lost") - lost == RUNS_OF_AN_EVALUATION


async def test_settings_that_langsmiths_client_refuses_fail_nothing():
    lost = runs("lost")
    traces = LangSmith(Post(partial(client, api_key="k", endpoint="no address")), new_id=uuid7)

    with traces.span("evaluation"):
        pass
    await traces.close()

    assert runs("lost") - lost == 1


WITHOUT_A_KEY = """
import asyncio, gc, sys
from random import Random
from tests.unit.workflows.doubles import RecordingJournal, ScriptedGrader, ScriptedWriter, draft, scenario_assignment
from workflows.graphs import Graphs

async def main():
    async def no_pace(): pass
    journal = RecordingJournal()
    writer = ScriptedWriter(draft=draft())
    graphs = Graphs(multiple_choice_writer=writer, scenario_writer=writer, grader=ScriptedGrader(), journal=journal,
                    random=Random(1), pace=no_pace)
    await graphs.evaluate(scenario_assignment())
    assert journal.results

import providers.tracing.questions
assert "langsmith" not in sys.modules
asyncio.run(main())
clients = [thing for thing in gc.get_objects() if type(thing).__module__ == "langsmith.client"
           and type(thing).__name__ == "Client"]
print(len(clients))
"""


@pytest.mark.parametrize(
    "switch", ["LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2", "LANGCHAIN_TRACING"]
)
def test_without_our_key_no_switch_of_langchains_builds_a_client_or_sends_a_byte(receiver, switch):
    environment = {
        **os.environ,
        switch: "true",
        "LANGSMITH_ENDPOINT": receiver.endpoint,
        "LANGCHAIN_ENDPOINT": receiver.endpoint,
    }

    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT_A_KEY], env=environment, capture_output=True, text=True, timeout=100, check=False
    )

    assert (ran.returncode, ran.stdout.strip()) == (0, "0"), ran.stderr
    assert (receiver.heads, receiver.bodies) == ([], [])


async def test_with_our_key_langchains_own_tracer_stays_out(traced, receiver, monkeypatch):
    for switch in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"):
        monkeypatch.setenv(switch, "true")
    monkeypatch.setenv("LANGSMITH_ENDPOINT", receiver.endpoint)

    await traced.graphs().evaluate(scenario_assignment())
    await traced.traces.close()

    assert len(receiver.runs) == RUNS_OF_AN_EVALUATION
    assert len(receiver.children(None)) == 1
