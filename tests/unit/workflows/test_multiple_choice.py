"""Writing a multiple-choice challenge: code chooses the order, and refuses what cannot be answered."""

from collections import Counter
from collections.abc import MutableSequence
from random import Random
from typing import Any

import pytest

from domain.challenge import ChallengeDraft, MultipleChoice, MultipleChoiceSolution
from domain.enums import ChallengeKind
from domain.errors import ProviderUnavailable
from tests.unit.workflows.doubles import PROVENANCE, ScriptedWriter, brief, item
from workflows.compiled import Compiled
from workflows.multiple_choice.nodes import arrange
from workflows.multiple_choice.state import Context

BRIEF = brief(ChallengeKind.MULTIPLE_CHOICE)


class Reversing(Random):
    """A shuffle that everybody can foresee."""

    def shuffle(self, x: MutableSequence[Any]) -> None:
        x.reverse()


class Passed:
    """What LangGraph passes to a node beside the state."""

    def __init__(self, context: Context) -> None:
        self.context = context


def content_of(draft: ChallengeDraft) -> tuple[MultipleChoice, MultipleChoiceSolution]:
    assert isinstance(draft.content, MultipleChoice)
    assert isinstance(draft.solution, MultipleChoiceSolution)
    return draft.content, draft.solution


async def test_four_options_get_ids_by_position_in_the_order_of_the_random_that_is_passed_in(
    compiled: Compiled,
) -> None:
    writer = ScriptedWriter()

    draft = await compiled.write_multiple_choice(BRIEF, writer, Reversing())

    content, solution = content_of(draft)
    assert [(option.id, option.text) for option in content.options] == [
        ("a", "wrong 3"),
        ("b", "wrong 2"),
        ("c", "wrong 1"),
        ("d", "right"),
    ]
    assert solution.correct_option_id == "d"
    assert [(wrong.option_id, wrong.text) for wrong in solution.misconceptions] == [
        ("a", "believes wrong 3"),
        ("b", "believes wrong 2"),
        ("c", "believes wrong 1"),
    ]
    assert writer.briefs == [BRIEF]


async def test_everything_else_is_the_writers(compiled: Compiled) -> None:
    written = item()

    draft = await compiled.write_multiple_choice(BRIEF, ScriptedWriter(written), Random(1))

    content, solution = content_of(draft)
    assert (content.question, solution.explanation) == (written.question, written.explanation)
    assert draft.kind is ChallengeKind.MULTIPLE_CHOICE
    assert (draft.domain, draft.topic, draft.difficulty) == (written.domain, written.topic, written.difficulty)
    assert (draft.title, draft.tags, draft.suggested_minutes) == (
        written.title,
        written.tags,
        written.suggested_minutes,
    )
    assert (draft.provenance, draft.repeated) == (PROVENANCE, True)


async def test_the_same_seed_gives_the_same_order_and_another_one_another(compiled: Compiled) -> None:
    async def order(seed: int) -> list[str]:
        content, _ = content_of(await compiled.write_multiple_choice(BRIEF, ScriptedWriter(), Random(seed)))
        return [option.text for option in content.options]

    assert await order(7) == await order(7)
    assert await order(7) != await order(8)


async def test_over_1000_shuffles_the_key_is_at_every_position_about_as_often() -> None:
    runtime = Passed(Context(ScriptedWriter(), Random(20261105)))
    written = item()

    keys = Counter[str]()
    for _ in range(1_000):
        state = await arrange({"brief": BRIEF, "item": written}, runtime)  # type: ignore[arg-type]  # a node reads only the context
        keys[content_of(state["draft"])[1].correct_option_id] += 1

    # 250 expected, standard deviation 13.7: four of them on either side.
    assert sorted(keys) == ["a", "b", "c", "d"]
    assert all(195 <= times <= 305 for times in keys.values())


@pytest.mark.parametrize(
    ("correct", "wrong"),
    [
        ("right", ("wrong", "wrong", "other")),
        ("right", ("right", "wrong 1", "wrong 2")),
        ("right", ("RIGHT ", "wrong 1", "wrong 2")),
        ("right answer", ("right  answer", "wrong 1", "wrong 2")),
        ("right", ("wrong 1", "wrong 2")),
        ("right", ("wrong 1", "wrong 2", "wrong 3", "wrong 4")),
        ("right", ("wrong 1", "wrong 2", " ")),
        ("", ("wrong 1", "wrong 2", "wrong 3")),
    ],
)
async def test_without_four_different_options_the_item_is_refused(
    compiled: Compiled, correct: str, wrong: tuple[str, ...]
) -> None:
    with pytest.raises(ProviderUnavailable, match="four different options"):
        await compiled.write_multiple_choice(BRIEF, ScriptedWriter(item(correct, wrong)), Random(1))
