"""What a dimension's judges come to: a model, the embedded grader beside it, and a second model where one is due.

A second model is asked, by preference of another provider, when quotes stayed unfounded, when two judgements did not
fit the rubric, when the answer talks to the grader, or when model and embedded grader are more than 25 points apart.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from loguru import logger

from domain import agreement, scoring
from domain.enums import Dimension, EvaluationFailureCode
from domain.errors import BudgetExceeded, DeadlineExceeded, GradingFailed, ProviderUnavailable
from domain.evaluation import CriterionGrade, DimensionGrade, DimensionScore
from domain.language_models import OnCall
from workflows.evaluation import quotes
from workflows.evaluation.case import Case
from workflows.evaluation.judging import Judge, Opinion, Unfit
from workflows.metrics import JUDGEMENTS, SECOND_JUDGES
from workflows.ports import AnswerGrader

Ask = Callable[[OnCall], Awaitable[Opinion | Unfit]]
"""Gets the first judgement. Raises ProviderUnavailable."""
Meanwhile = Awaitable[tuple[DimensionGrade, float]]
"""The embedded grader's judgement and its score, made while a model is asked."""


class Reason(StrEnum):
    """Why a second judge is due."""

    UNFOUNDED = "unfounded"
    UNFIT = "unfit"
    INSTRUCTION = "instruction"
    DISAGREEMENT = "disagreement"


_FAILED_CHECKS = frozenset({Reason.UNFOUNDED, Reason.UNFIT})


@dataclass(frozen=True, slots=True)
class Panel:
    """The judges of one case.

    `fallback`: the embedded grader stands in where no model judges. `thrifty`: a second judge is heard after failed
    checks only; where another one is due, the judgement stands with little confidence.
    """

    case: Case
    judge: Judge
    grader: AnswerGrader
    fallback: bool
    thrifty: bool = False

    async def score(self, dimension: Dimension, ask: Ask, on_call: OnCall) -> DimensionScore:
        """Judge one dimension, final.

        Raises:
            GradingFailed: no model judges, and nobody may stand in; the code says why.
        """
        meanwhile = asyncio.create_task(self.embedded(dimension))
        try:
            return self._weighed(await self._grade(dimension, ask, meanwhile, on_call))
        finally:
            meanwhile.cancel()

    async def embedded(self, dimension: Dimension) -> tuple[DimensionGrade, float]:
        """What the embedded grader says, and its score; prepares the case for the model's answer too."""
        task = (await self.case.ready()).task
        grade = await self.grader.grade(task, dimension)
        quotes.check_complete(task, dimension, grade)
        founded = quotes.without(grade, quotes.unfounded(task, grade))
        return founded, self._weighed(founded).score

    async def _grade(self, dimension: Dimension, ask: Ask, meanwhile: Meanwhile, on_call: OnCall) -> DimensionGrade:
        try:
            first = await ask(on_call)
        except ProviderUnavailable as exc:
            return await self._stand_in(dimension, meanwhile, failed(exc))
        if isinstance(first, Unfit):
            return await self._instead(dimension, first, meanwhile, on_call)
        embedded, embedded_score = await meanwhile
        model_score = self._weighed(first.grade).score
        JUDGEMENTS.labels(
            "unfounded" if first.unfounded else "looked_again" if first.looked_again else "accepted"
        ).inc()
        reason = await self._due(first, model_score, embedded_score)
        if reason is None:
            return _confident(first.grade, agreement.unaided(model_score, embedded_score))
        engine = first.grade.provenance.engine
        second = None
        if not self.thrifty or reason in _FAILED_CHECKS:
            second = await self._second(dimension, reason, self.judge.second(dimension, on_call, apart_from=engine))
        if second is None:
            return _confident(first.grade, agreement.unconfirmed(model_score, embedded_score))
        combined = self._combined(first.grade, second.grade, embedded)
        sure = agreement.confirmed(model_score, self._weighed(second.grade).score)
        if second.grade.provenance.engine is engine:
            sure = min(sure, agreement.unaided(self._weighed(combined).score, embedded_score))
        return _confident(combined, sure)

    async def _due(self, opinion: Opinion, model_score: float, embedded_score: float) -> Reason | None:
        """Why somebody else should be heard on a judgement; None where it may stand alone."""
        if opinion.unfounded:
            return Reason.UNFOUNDED
        if (await self.case.ready()).task.instructions:
            return Reason.INSTRUCTION
        return Reason.DISAGREEMENT if agreement.apart(model_score, embedded_score) else None

    async def _second(self, dimension: Dimension, reason: Reason, asked: Awaitable[Opinion | None]) -> Opinion | None:
        try:
            second = await asked
        except ProviderUnavailable:
            second = None
        SECOND_JUDGES.labels(reason.value, "heard" if second is not None else "not_heard").inc()
        logger.bind(dimension=dimension.value, reason=reason.value, heard=second is not None).info(
            "evaluation_second_judge"
        )
        return second

    async def _instead(
        self, dimension: Dimension, first: Unfit, meanwhile: Meanwhile, on_call: OnCall
    ) -> DimensionGrade:
        """After two judgements that did not fit the rubric: somebody else's, in their place."""
        JUDGEMENTS.labels("unfit").inc()
        asked = self.judge.second(dimension, on_call, apart_from=first.engine)
        second = await self._second(dimension, Reason.UNFIT, asked)
        if second is None:
            message = f"The models' judgements of {dimension.value} do not fit the rubric."
            return await self._stand_in(
                dimension, meanwhile, GradingFailed(message, code=EvaluationFailureCode.OUTPUT_INVALID)
            )
        model_score = self._weighed(second.grade).score
        _, embedded_score = await meanwhile
        # Nobody is left to be asked about this one.
        due = await self._due(second, model_score, embedded_score)
        sure = (agreement.unaided if due is None else agreement.unconfirmed)(model_score, embedded_score)
        provenance = replace(second.grade.provenance, degraded=True)
        return _confident(replace(second.grade, provenance=provenance), sure)

    async def _stand_in(self, dimension: Dimension, meanwhile: Meanwhile, failure: GradingFailed) -> DimensionGrade:
        if not self.fallback:
            raise failure
        JUDGEMENTS.labels("fallback").inc()
        logger.bind(dimension=dimension.value, code=failure.code.value).warning("evaluation_stand_in_graded")
        embedded, _ = await meanwhile
        return replace(embedded, provenance=replace(embedded.provenance, degraded=True))

    def _combined(self, first: DimensionGrade, second: DimensionGrade, embedded: DimensionGrade) -> DimensionGrade:
        """The level of each criterion from three voices; who gives it also gives reasons and evidence.

        The dimension's rationale is that of the model whose score is nearer to the outcome.
        """
        ids = self.case.ids(first.dimension)
        voices = [{grade.criterion_id: grade for grade in voice.criteria} for voice in (first, second, embedded)]
        combined = replace(first, criteria=tuple(_settled(*(voice[id] for voice in voices)) for id in ids))
        outcome = self._weighed(combined).score
        nearer = min((first, second), key=lambda grade: abs(self._weighed(grade).score - outcome))
        return replace(combined, rationale=nearer.rationale)

    def _weighed(self, grade: DimensionGrade) -> DimensionScore:
        return scoring.score_dimension(grade, (line.criterion for line in self.case.lines(grade.dimension)))


def failed(exc: ProviderUnavailable) -> GradingFailed:
    """How an evaluation ends when no model answers and nobody may stand in."""
    if isinstance(exc, BudgetExceeded):
        code, why = EvaluationFailureCode.BUDGET_EXCEEDED, "Today's budget for language models is spent."
    elif isinstance(exc, DeadlineExceeded):
        code, why = EvaluationFailureCode.DEADLINE_EXCEEDED, "No language model answered in time."
    else:
        code, why = EvaluationFailureCode.PROVIDER_UNAVAILABLE, "No language model could answer."
    return GradingFailed(f"{why} Hand the answer in again later.", code=code)


def _settled(first: CriterionGrade, second: CriterionGrade, embedded: CriterionGrade) -> CriterionGrade:
    level = agreement.level_of(first.level, second.level, embedded.level)
    return next(voice for voice in (first, second, embedded) if voice.level == level)


def _confident(grade: DimensionGrade, confidence: float) -> DimensionGrade:
    return replace(grade, criteria=tuple(replace(criterion, confidence=confidence) for criterion in grade.criteria))
