"""Dimension scores and criterion judgements."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select

from domain.challenge import Provenance
from domain.enums import Dimension, Engine, EvaluationStatus
from domain.evaluation import CriterionResult, DimensionScore
from domain.ids import EvaluationId, UserId
from persistence.codec import EvidenceList, decode, encode
from persistence.tables import criterion_judgements, dimension_scores, evaluations

_S = dimension_scores.c
_C = criterion_judgements.c
_SCORES = tuple(dimension_scores.c)
_ORDER: dict[str, int] = {dimension: place for place, dimension in enumerate(Dimension)}


class Scores:
    """What a grader judged, weighed by code."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, evaluation_id: EvaluationId, score: DimensionScore) -> None:
        """Store a dimension with its criteria, final."""
        self._connection.execute(
            insert(dimension_scores).values(
                evaluation_id=evaluation_id,
                dimension=score.dimension,
                weight=score.weight,
                score=score.score,
                confidence=score.confidence,
                rationale=score.rationale,
                evidence=encode(score.evidence, EvidenceList),
                engine=score.provenance.engine,
                model=score.provenance.model,
                version=score.provenance.version,
                degraded=score.provenance.degraded,
            )
        )
        if not score.criteria:
            return
        self._connection.execute(
            insert(criterion_judgements),
            [
                {
                    "evaluation_id": evaluation_id,
                    "criterion_id": result.criterion_id,
                    "dimension": score.dimension,
                    "place": place,
                    "title": result.title,
                    "level": result.level,
                    "points": result.points,
                    "awarded": result.awarded,
                    "rationale": result.rationale,
                }
                for place, result in enumerate(score.criteria)
            ],
        )

    def landed(self, evaluation_id: EvaluationId) -> int:
        """How many dimensions of an evaluation are stored."""
        statement = select(func.count()).where(dimension_scores.c.evaluation_id == evaluation_id)
        return self._connection.execute(statement).scalar_one()

    def for_grading(self, evaluation_id: EvaluationId) -> tuple[DimensionScore, ...]:
        """The dimensions that have landed, with their criteria, whatever the evaluation's status."""
        return self._assemble(select(*_SCORES).where(_S.evaluation_id == evaluation_id), reveal=True).get(
            evaluation_id, ()
        )

    def many(self, viewer: UserId, ids: Sequence[EvaluationId]) -> dict[EvaluationId, tuple[DimensionScore, ...]]:
        """The dimensions of the viewer's evaluations; criteria only of those that are completed."""
        return self._assemble(
            select(*_SCORES, evaluations.c.status)
            .join(evaluations, evaluations.c.id == _S.evaluation_id)
            .where(_S.evaluation_id.in_(ids), evaluations.c.user_id == viewer),
            reveal=False,
        )

    def _assemble(self, statement: Select[Any], *, reveal: bool) -> dict[EvaluationId, tuple[DimensionScore, ...]]:
        rows = self._connection.execute(statement).all()
        open_ids = {row.evaluation_id for row in rows if reveal or row.status == EvaluationStatus.COMPLETED}
        criteria: dict[tuple[str, str], list[CriterionResult]] = defaultdict(list)
        if open_ids:
            judged = select(criterion_judgements).where(_C.evaluation_id.in_(open_ids)).order_by(_C.place)
            for row in self._connection.execute(judged):
                criteria[row.evaluation_id, row.dimension].append(_criterion(row))
        found: dict[EvaluationId, list[DimensionScore]] = defaultdict(list)
        for row in sorted(rows, key=lambda row: _ORDER[row.dimension]):
            found[EvaluationId(row.evaluation_id)].append(
                _score(row, tuple(criteria[row.evaluation_id, row.dimension]))
            )
        return {evaluation_id: tuple(scores) for evaluation_id, scores in found.items()}


def _criterion(row: Any) -> CriterionResult:  # noqa: ANN401 - SQLAlchemy rows have the columns as attributes
    return CriterionResult(row.criterion_id, row.title, row.level, row.points, row.awarded, row.rationale)


def _score(row: Any, criteria: tuple[CriterionResult, ...]) -> DimensionScore:  # noqa: ANN401 - as above
    return DimensionScore(
        dimension=Dimension(row.dimension),
        weight=row.weight,
        score=row.score,
        confidence=row.confidence,
        rationale=row.rationale,
        evidence=decode(row.evidence, EvidenceList),
        provenance=Provenance(Engine(row.engine), row.model, row.version, row.degraded),
        criteria=criteria,
    )
