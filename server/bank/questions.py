"""Multiple choice: how each question is written, and whether looks or position tell the key over the bank."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from random import Random
from typing import Final

from domain.item_writing import OPTION_COUNT, QuestionDraft, flaws, shown_length
from providers.embedded.bank import ChoiceItem
from server.bank.chance import CHI_SQUARE_BOUND, chi_square, expected_range
from server.bank.content import MULTIPLE_CHOICE
from server.bank.findings import Finding
from workflows.multiple_choice.options import OPTION_IDS, shuffled

SHUFFLES: Final = 1_000


def written(items: Iterable[ChoiceItem]) -> Iterator[Finding]:
    """Every item-writing flaw of every question."""
    for item in items:
        for flaw in flaws(QuestionDraft.of(item.question, correct=item.correct, distractors=item.distractors)):
            yield Finding(item.id, flaw.detail, flaw.remedy)


def lengths(items: Iterable[ChoiceItem]) -> Iterator[Finding]:
    """Is the key the longest option, or the shortest, about as often as chance would have it?

    Of the questions in which one option alone is the longest, the key should be that one in a quarter, give or take
    what chance allows: who picks the longest, or never does, is then no better off. The same for the shortest.
    """
    options = [_lengths(item) for item in items]
    for name, extreme, more, less in (
        ("longest", max, "shorten keys, or lengthen distractors,", "lengthen keys, or shorten distractors,"),
        ("shortest", min, "lengthen keys, or shorten distractors,", "shorten keys, or lengthen distractors,"),
    ):
        alone, keys = standing_out(options, extreme)
        fewest, most = expected_range(alone, 1 / OPTION_COUNT)
        if not fewest <= keys <= most:
            detail = (
                f"the key is the {name} option in {keys} of the {alone} questions in which one option alone is, "
                f"and {fewest} to {most} would be chance"
            )
            yield Finding(MULTIPLE_CHOICE, detail, f"{more if keys > most else less} in some of them")


def _lengths(item: ChoiceItem) -> list[int]:
    return [shown_length(text) for text in (item.correct, *(wrong.text for wrong in item.distractors))]


def standing_out(options: Iterable[Sequence[int]], extreme: Callable[[Sequence[int]], int]) -> tuple[int, int]:
    """In how many questions one option alone has the extreme length; in how many of these it is the first, the key."""
    alone = [lengths for lengths in options if lengths.count(extreme(lengths)) == 1]
    return len(alone), sum(lengths[0] == extreme(lengths) for lengths in alone)


def positions(items: Iterable[ChoiceItem], random: Random) -> Iterator[Finding]:
    """Does the key land at every position equally often, shuffled as the server shuffles for a draw?"""
    options = [(item.correct, [wrong.text for wrong in item.distractors]) for item in items]
    sound = [(correct, wrong) for correct, wrong in options if len({correct, *wrong}) == len(wrong) + 1 == OPTION_COUNT]
    if not sound:
        return
    landed = Counter[str]()
    for draw in range(SHUFFLES):
        correct, wrong = sound[draw % len(sound)]
        landed[shuffled(correct, wrong, random)[1]] += 1
    statistic = chi_square([landed[id] for id in OPTION_IDS])
    if statistic > CHI_SQUARE_BOUND:
        each = ", ".join(f"{id} {landed[id]}" for id in OPTION_IDS)
        detail = f"over {SHUFFLES:,} shuffles the key lands at {each} (chi-square {statistic:.1f} > {CHI_SQUARE_BOUND})"
        yield Finding(MULTIPLE_CHOICE, detail, "report it: the program shuffles unevenly")
