"""The door to the graphs: they load once, whoever asks, and the brief's kind decides."""

import asyncio
from random import Random

from domain.challenge import MultipleChoice, Scenario
from domain.enums import ChallengeKind, Engine, EvaluationPhase
from tests.unit.workflows.doubles import (
    RecordingJournal,
    ScriptedGrader,
    ScriptedWriter,
    brief,
    choice_assignment,
    draft,
    scenario_assignment,
)
from tests.unit.workflows.examiner import Examiner
from workflows.evaluation.grading import Grading
from workflows.graphs import Graphs
from workflows.steps import total_steps


async def no_pace() -> None:
    """Nothing to wait for."""


def graphs(journal: RecordingJournal | None = None, grading: Grading | None = None) -> Graphs:
    writer = ScriptedWriter(draft=draft())
    return Graphs(
        multiple_choice_writer=writer,
        scenario_writer=writer,
        grader=ScriptedGrader(),
        journal=journal or RecordingJournal(),
        random=Random(1),
        pace=no_pace,
        grading=grading,
    )


async def test_the_brief_decides_which_graph_writes() -> None:
    door = graphs()

    assert isinstance((await door.write(brief(ChallengeKind.MULTIPLE_CHOICE))).content, MultipleChoice)
    assert isinstance((await door.write(brief(ChallengeKind.SCENARIO))).content, Scenario)


async def test_warming_from_many_threads_compiles_once() -> None:
    door = graphs()

    compiled = await asyncio.gather(*(asyncio.to_thread(door.warm) for _ in range(8)))

    assert len({id(one) for one in compiled}) == 1


async def test_an_evaluation_runs_through_the_journal_that_was_given() -> None:
    journal = RecordingJournal()

    await graphs(journal).evaluate(choice_assignment("b"))

    assert journal.steps == [("enter", EvaluationPhase.SCORING), ("complete", None)]


async def test_models_judge_where_they_were_given() -> None:
    with_models, without = RecordingJournal(), RecordingJournal()

    await graphs(with_models, Grading(models=Examiner())).evaluate(scenario_assignment())
    await graphs(without).evaluate(scenario_assignment())

    assert with_models.results[0].provenance.engine is Engine.OPENAI
    assert without.results[0].provenance.engine is Engine.EMBEDDED


def test_a_scenario_has_7_steps_and_a_choice_1() -> None:
    assert {kind: total_steps(kind) for kind in ChallengeKind} == {
        ChallengeKind.SCENARIO: 7,
        ChallengeKind.MULTIPLE_CHOICE: 1,
    }
