"""What the solver answers with, and whether that confirms a key."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, Field

from workflows.multiple_choice.agent.lenient import OrNone

SURE_PERCENT: Final = 60
"""Who guesses among four is right once in four times: that confirms nothing."""


def _label(value: object) -> object:
    return value.strip(" \n().:`*\"'").lower() if isinstance(value, str) else value


OptionLabel = Annotated[Literal["a", "b", "c", "d"], BeforeValidator(_label)]
Answer = Annotated[Literal["a", "b", "c", "d", "none"], BeforeValidator(_label)]


class Verdict(BaseModel):
    """On one question. The reasoning comes first, so that the answer follows from it."""

    question: int = Field(description="The number of the question.")
    reasoning: str = Field(description="How the answer is found, and what is wrong with each other option. Brief.")
    answer: Answer = Field(description="The label of the best option; none when no option is right.")
    also_defensible: list[OptionLabel] = Field(
        description="Labels of other options that a competent specialist could defend. Empty when there is none."
    )
    confidence_percent: int = Field(ge=0, le=100, description="How sure the answer is, 0 to 100.")


class Verdicts(BaseModel):
    """The answer of one call."""

    verdicts: list[OrNone[Verdict]] = Field(description="One verdict for each question, in their order.")


class Doubt(StrEnum):
    """Why a key is not confirmed."""

    NO_VERDICT = "no_verdict"
    OTHER_KEY = "other_key"
    SECOND_DEFENSIBLE = "second_defensible"
    UNSURE = "unsure"


def doubt(verdicts: Sequence[Verdict], key: str) -> Doubt | None:
    """What speaks against a key, by every verdict on its question; None when it is confirmed."""
    if not verdicts:
        return Doubt.NO_VERDICT
    if any(verdict.answer != key for verdict in verdicts):
        return Doubt.OTHER_KEY
    if any(set(verdict.also_defensible) - {key} for verdict in verdicts):
        return Doubt.SECOND_DEFENSIBLE
    if any(verdict.confidence_percent < SURE_PERCENT for verdict in verdicts):
        return Doubt.UNSURE
    return None
