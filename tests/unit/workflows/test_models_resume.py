"""Models judge what is missing and nothing else, at once, and each dimension is stored once."""

import asyncio
from collections.abc import Sequence
from itertools import combinations

import pytest
from prometheus_client import REGISTRY

from domain.enums import Dimension, EvaluationPhase
from domain.errors import LeaseLost, ProviderUnavailable
from domain.evaluation import Lease
from domain.results import Step
from tests.unit.workflows.doubles import RecordingJournal, ScriptedGrader, grade, landed, scenario_assignment
from tests.unit.workflows.examiner import Answer, Examiner, evaluate, judged
from workflows.compiled import Compiled

TECHNICAL, SOLVING, COMMUNICATION, BUSINESS = Dimension
UNAVAILABLE = ProviderUnavailable("No language model could answer.", retry_after_seconds=15)


@pytest.mark.parametrize("there", [chosen for amount in range(5) for chosen in combinations(Dimension, amount)])
async def test_a_resumed_run_asks_about_what_is_missing(compiled: Compiled, there: tuple[Dimension, ...]) -> None:
    examiner, grader = Examiner(), ScriptedGrader()
    before = [landed(dimension) for dimension in there]

    journal = await evaluate(
        compiled, scenario_assignment(phase=EvaluationPhase.SCORING, scores=before), examiner, grader=grader
    )

    missing = [dimension for dimension in Dimension if dimension not in there]
    assert sorted(asked.about for asked in examiner.asked) == sorted([*missing, "feedback"])
    assert sorted(grader.asked) == sorted(missing)
    assert set(journal.of("land")) == set(missing)
    assert len(journal.results) == 1


@pytest.mark.parametrize("steps_left", range(11))
async def test_when_the_lease_is_lost_nothing_more_is_stored(compiled: Compiled, steps_left: int) -> None:
    journal = RecordingJournal(steps_left=steps_left)

    with pytest.raises(LeaseLost):
        await evaluate(compiled, scenario_assignment(), Examiner(), journal=journal)

    assert len(journal.steps) == steps_left


async def test_dimensions_are_asked_about_side_by_side(compiled: Compiled) -> None:
    all_asked = asyncio.Barrier(4)

    async def before(about: str) -> None:
        if about != "feedback":
            await asyncio.wait_for(all_asked.wait(), timeout=10)

    journal = await evaluate(compiled, scenario_assignment(), Examiner(before=before))

    assert len(journal.scores) == 4


async def test_a_dimension_is_stored_while_others_are_still_judged(compiled: Compiled) -> None:
    stored = asyncio.Event()

    class Telling(RecordingJournal):
        async def store(self, lease: Lease, steps: Sequence[Step]) -> None:
            await super().store(lease, steps)
            if self.scores:
                stored.set()

    async def before(about: str) -> None:
        if about in {SOLVING, COMMUNICATION, BUSINESS}:
            await asyncio.wait_for(stored.wait(), timeout=10)

    journal = await evaluate(compiled, scenario_assignment(), Examiner(before=before), journal=Telling())

    assert journal.of("land")[0] is TECHNICAL


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


WRONG: Answer = {"criteria": judged(SOLVING)["criteria"], "rationale": "Another dimension's."}
FAKE: Answer = judged(TECHNICAL, 5, "Not there.")


@pytest.mark.parametrize(
    ("answers", "outcome", "reason"),
    [
        ([judged(TECHNICAL)], "accepted", None),
        ([FAKE, judged(TECHNICAL)], "looked_again", None),
        ([FAKE, FAKE, judged(TECHNICAL)], "unfounded", "unfounded"),
        ([WRONG, WRONG, judged(TECHNICAL)], "unfit", "unfit"),
        ([UNAVAILABLE], "fallback", None),
        ([judged(TECHNICAL, 0)], "accepted", "disagreement"),
    ],
)
async def test_what_became_of_a_judgement_is_counted(
    compiled: Compiled, answers: list[Answer], outcome: str, reason: str | None
) -> None:
    def figures() -> list[float]:
        return [
            counted("intrvu_model_judgements_total", outcome=outcome),
            counted("intrvu_second_judges_total", reason=reason or "instruction", outcome="heard"),
            counted("intrvu_dimension_landing_duration_seconds_count"),
        ]

    before = figures()
    there = [landed(dimension) for dimension in (SOLVING, COMMUNICATION, BUSINESS)]
    await evaluate(
        compiled,
        scenario_assignment(phase=EvaluationPhase.SCORING, scores=there),
        Examiner({TECHNICAL: answers}),
        grader=ScriptedGrader({TECHNICAL: [grade(TECHNICAL)]}),
    )

    at_once = outcome == "accepted" and reason is None
    counts = [now - then for now, then in zip(figures(), before, strict=True)]
    assert counts == [1.0, float(reason is not None), float(at_once)]
