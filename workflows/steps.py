"""How many steps an evaluation has. Known without loading the graphs."""

from domain.enums import ChallengeKind, Dimension

SCENARIO_STEPS = 1 + len(Dimension) + 1 + 1
"""Screening, one a dimension, verifying, feedback."""
MULTIPLE_CHOICE_STEPS = 1
"""Comparing with the key."""


def total_steps(kind: ChallengeKind) -> int:
    """The steps of an evaluation of that kind."""
    return SCENARIO_STEPS if kind is ChallengeKind.SCENARIO else MULTIPLE_CHOICE_STEPS
