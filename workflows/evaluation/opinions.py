"""What a model answers. The order of fields is the order of writing: evidence before the judgement that rests on it.

Sources: rubrics with anchored levels and reasons before scores, Kim et al. 2024 (Prometheus 2); evidence first, Liu et
al. 2023 (G-Eval). No field takes a total: code adds up.
"""

from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.enums import Dimension
from domain.scoring import HIGHEST_LEVEL


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Verdict(StrEnum):
    """Whether a criterion is met."""

    MET = "met"
    PARTLY_MET = "partly_met"
    UNMET = "unmet"


class Quotation(_Strict):
    """A stretch of the candidate's answer, copied to the letter, for or against the criterion."""

    text: str = Field(min_length=1, max_length=4_000)
    supports: bool


class CriterionOpinion(_Strict):
    """One criterion: quotes, then the reasoning from them, then the verdict, then the level."""

    criterion_id: str = Field(max_length=200)
    quotes: list[Quotation] = Field(max_length=8)
    reasoning: str = Field(max_length=4_000)
    verdict: Verdict
    level: int = Field(ge=0, le=HIGHEST_LEVEL)

    @model_validator(mode="after")
    def _verdict_and_level_agree(self) -> Self:
        if (self.verdict is Verdict.UNMET) != (self.level == 0):
            raise ValueError("level 0 goes with the verdict unmet, and no other level does")
        return self


class DimensionOpinion(_Strict):
    """Every criterion that was asked for, and what to tell the candidate about the dimension."""

    criteria: list[CriterionOpinion] = Field(min_length=1, max_length=60)
    rationale: str = Field(min_length=1, max_length=2_000)


class NamedOpinion(_Strict):
    """The same, for one of several dimensions."""

    dimension: Dimension
    criteria: list[CriterionOpinion] = Field(min_length=1, max_length=60)
    rationale: str = Field(min_length=1, max_length=2_000)


class ImprovementText(_Strict):
    """One thing to do better. Its priority is its place."""

    dimension: Dimension
    text: str = Field(min_length=1, max_length=1_500)


class FeedbackText(_Strict):
    """What the candidate takes away. An answer without a strength gets none."""

    summary: str = Field(min_length=1, max_length=3_000)
    strengths: list[str] = Field(max_length=4)
    improvements: list[ImprovementText] = Field(min_length=2, max_length=5)


class WholeOpinion(_Strict):
    """All dimensions that were asked for, and the feedback."""

    dimensions: list[NamedOpinion] = Field(min_length=1, max_length=len(Dimension))
    feedback: FeedbackText
