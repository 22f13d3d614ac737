"""What each question of one call is to be about.

Code plans, no model: topics and levels are the order's, so a model could only choose among what is known here, for
another call's price and wait. And left to itself a model goes back to the favourites of a topic; chance over angles
does not, so that one call's questions differ, and differ from yesterday's. The writer still invents the case: that is
what it is good at.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from domain.enums import Difficulty


@dataclass(frozen=True, slots=True)
class Line:
    """One question: its topic, from which side it comes, and what the mind has to do with it."""

    topic: str
    angle: str
    skill: str


ANGLES: Final = (
    "Diagnosis: observations with figures are given, and one cause explains all of them.",
    "Prediction: a change or an event is described, and what follows from it is asked.",
    "Choice under a constraint: several designs would work, and a stated limit leaves one.",
    "Reading code, a query or a configuration of at most 12 lines: what it does, or where it goes wrong.",
    "Estimate: figures are given, and an order of magnitude decides; wrong options come from plausible slips.",
    "Trade-off: something was improved, and what was paid for it is asked.",
    "Limit of a rule of thumb: a case in which the usual advice fails, and why.",
    "First step: something is broken or unknown, and the most informative next action is asked.",
    "Reading output: a plan, a log, a metric or a small table is shown, and what it proves is asked.",
    "A colleague's claim: it is nearly right, and the reply that corrects it is asked.",
    "Two things that are often confused: a case in which the difference decides.",
    "Failure: part of a system stops or lies, and what users or data then see is asked.",
)
SKILLS: Final[Mapping[Difficulty, Sequence[str]]] = {
    Difficulty.EASY: ("understand: tell an idea by its effect", "apply: use one idea in a plain case"),
    Difficulty.MEDIUM: ("apply: combine two ideas in a realistic case", "analyse: find which of several facts matters"),
    Difficulty.HARD: ("analyse: trace an interaction of mechanisms", "evaluate: judge between options that all work"),
}
"""Levels of Bloom's taxonomy, in its revision of 2001, that suit a difficulty; recall alone suits none."""


def plan(topics: Sequence[str], difficulty: Difficulty, *, lines: int, random: Random) -> tuple[Line, ...]:
    """So many questions: topics as evenly as they go, no angle twice while there are others.

    Raises:
        ValueError: there is no topic.
    """
    if not topics:
        raise ValueError("An order names at least one topic.")
    shuffled_topics = random.sample(topics, len(topics))
    angles = random.sample(ANGLES, len(ANGLES))
    skills = SKILLS[difficulty]
    return tuple(
        Line(shuffled_topics[at % len(topics)], angles[at % len(angles)], skills[at % len(skills)])
        for at in range(lines)
    )
