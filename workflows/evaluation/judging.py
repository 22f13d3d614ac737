"""One model's judgement of one dimension, held against the answer before anybody relies on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from domain.challenge import Provenance
from domain.enums import Dimension, Engine
from domain.errors import ProviderUnavailable
from domain.evaluation import CriterionGrade, DimensionGrade, Evidence
from domain.language_models import Completion, OnCall
from workflows.evaluation import prompts, quotes
from workflows.evaluation.case import Asking, Prepared
from workflows.evaluation.guard import in_short, plain
from workflows.evaluation.opinions import CriterionOpinion, DimensionOpinion

_UNDECIDED: Final = 0.0
"""Confidence until all voices are heard."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """A judgement that fits the rubric, its quotes found in the answer.

    `unfounded` are criteria that count as unmet because their quotes are not in the answer. `looked_again`: some were
    judged once more. Confidences are not set yet.
    """

    grade: DimensionGrade
    unfounded: frozenset[str] = frozenset()
    looked_again: bool = False


@dataclass(frozen=True, slots=True)
class Unfit:
    """That model's judgement did not fit the rubric, and neither did its second."""

    engine: Engine


@dataclass(frozen=True, slots=True)
class _Read:
    """A criterion as read: its grade, and how many of its quotes were not found, of 0 or more; None: it stands."""

    grade: CriterionGrade
    missing: int | None


class Judge:
    """Has dimensions of one case judged."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._case = asking.case

    async def first(self, dimension: Dimension, on_call: OnCall) -> Opinion | Unfit:
        """A judgement, once more where it does not fit the rubric, and once more for criteria without a true quote.

        Raises:
            ProviderUnavailable: no model judges.
        """
        ids = self._case.ids(dimension)
        asked = await self._asking.about_rubric(prompts.judge(dimension, ids), DimensionOpinion, on_call)
        if not _fits(ids, asked.value.criteria):
            return await self.once_more(dimension, on_call)
        return await self.held(dimension, asked.value.criteria, asked.value.rationale, asked.provenance, on_call)

    async def once_more(self, dimension: Dimension, on_call: OnCall) -> Opinion | Unfit:
        """A judgement after one that did not fit the rubric. Raises as `first` does."""
        ids = self._case.ids(dimension)
        asked = await self._asking.about_rubric(prompts.judge_completely(dimension, ids), DimensionOpinion, on_call)
        if not _fits(ids, asked.value.criteria):
            return Unfit(asked.engine)
        return await self.held(dimension, asked.value.criteria, asked.value.rationale, asked.provenance, on_call)

    async def second(self, dimension: Dimension, on_call: OnCall, *, apart_from: Engine) -> Opinion | None:
        """What somebody else says, asked once; None when it does not fit the rubric. Raises as `first` does."""
        ids = self._case.ids(dimension)
        asked = await self._asking.about_rubric(
            prompts.judge(dimension, ids), DimensionOpinion, on_call, apart_from=apart_from
        )
        if not _fits(ids, asked.value.criteria):
            return None
        prepared = await self._case.ready()
        read = self._read(prepared, ids, asked.value.criteria)
        return self._opinion(prepared, read, DimensionGrade(dimension, asked.value.rationale, (), asked.provenance))

    def fits(self, dimension: Dimension, criteria: Sequence[CriterionOpinion]) -> bool:
        """Whether every criterion of the dimension is judged, once, and no other."""
        return _fits(self._case.ids(dimension), criteria)

    async def held(
        self,
        dimension: Dimension,
        criteria: Sequence[CriterionOpinion],
        rationale: str,
        provenance: Provenance,
        on_call: OnCall,
    ) -> Opinion:
        """Hold a judgement that fits against the answer; what has no true quote is judged once more."""
        ids = self._case.ids(dimension)
        prepared = await self._case.ready()
        read = self._read(prepared, ids, criteria)
        missing = {id: found.missing for id, found in read.items() if found.missing is not None}
        if missing:
            again = await self._looked_again(dimension, missing, on_call)
            if any(found.grade.level != read[id].grade.level for id, found in again.items()):
                rationale = ""  # it spoke of other levels
            read |= again
        held = self._opinion(prepared, read, DimensionGrade(dimension, rationale, (), provenance))
        return replace(held, looked_again=bool(missing))

    async def _looked_again(
        self, dimension: Dimension, missing: Mapping[str, int], on_call: OnCall
    ) -> dict[str, _Read]:
        """Those criteria judged once more; none where nobody answers or the answer does not fit."""
        try:
            again: Completion[DimensionOpinion] = await self._asking.about_rubric(
                prompts.judge_again(dimension, missing), DimensionOpinion, on_call
            )
        except ProviderUnavailable:
            return {}
        if not _fits(tuple(missing), again.value.criteria):
            return {}
        return self._read(await self._case.ready(), tuple(missing), again.value.criteria)

    def _opinion(self, prepared: Prepared, read: Mapping[str, _Read], said: DimensionGrade) -> Opinion:
        """What was read, under what the model `said` of the whole dimension."""
        unfounded = frozenset(id for id, found in read.items() if found.missing is not None)
        grade = quotes.without(replace(said, criteria=tuple(found.grade for found in read.values())), unfounded)
        rationale = plain(said.rationale)
        # What was said of it rests on what did not stand, or says what must stay hidden.
        if unfounded or not rationale or prepared.guard.leaks(rationale):
            rationale = in_short(grade.criteria, self._case.lines(said.dimension))
        return Opinion(replace(grade, rationale=rationale), unfounded)

    def _read(self, prepared: Prepared, ids: Sequence[str], criteria: Sequence[CriterionOpinion]) -> dict[str, _Read]:
        """The criteria in rubric order."""
        by_id = {criterion.criterion_id: criterion for criterion in criteria}
        return {id: self._read_one(prepared, by_id[id]) for id in ids}

    def _read_one(self, prepared: Prepared, opinion: CriterionOpinion) -> _Read:
        evidence: list[Evidence] = []
        missing = 0
        texts = self._case.texts
        for quote in opinion.quotes:
            found = prepared.reading.find(quote.text)
            if found is None:
                missing += 1
            elif not found.instructs:
                evidence.extend(
                    Evidence(
                        span.question_id,
                        texts[span.question_id][span.start : span.end],
                        span.start,
                        span.end,
                        supports=quote.supports,
                        criterion_id=opinion.criterion_id,
                    )
                    for span in found.spans
                )
        grade = CriterionGrade(
            opinion.criterion_id, opinion.level, _UNDECIDED, plain(opinion.reasoning), tuple(dict.fromkeys(evidence))
        )
        founded = opinion.level == 0 or any(piece.supports for piece in evidence)
        return _Read(grade, None if founded and not missing else missing)


def _fits(ids: Sequence[str], criteria: Sequence[CriterionOpinion]) -> bool:
    return sorted(ids) == sorted(criterion.criterion_id for criterion in criteria)
