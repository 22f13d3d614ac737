"""Dimension scores and criterion judgements."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, insert, literal, select

from domain.enums import Dimension, EvaluationStatus
from domain.evaluation import CriterionResult, DimensionScore
from domain.ids import EvaluationId, UserId
from persistence.codec import EvidenceList, decode, encode, encode_calls, provenance_of
from persistence.tables import criterion_judgements, dimension_scores, evaluations

_S = dimension_scores.c
_C = criterion_judgements.c
_IN_SHORT = tuple(column for column in dimension_scores.c if column.key not in {"evidence", "calls"})
_SCORES = (*_IN_SHORT, _S.evidence)
_WIDTH = len(_SCORES)
_NONE = "[]"
"""No evidence, as JSON."""


def _of_viewer(*columns: ColumnElement[Any]) -> Select[Any]:
    return (
        select(*columns, evaluations.c.status)
        .join(evaluations, evaluations.c.id == _S.evaluation_id)
        .where(_S.evaluation_id.in_(bindparam("ids", expanding=True)), evaluations.c.user_id == bindparam("viewer"))
    )


_OF_VIEWER = _of_viewer(*_SCORES)
_OF_VIEWER_IN_SHORT = _of_viewer(*_IN_SHORT, literal(_NONE).label("evidence"))
_JUDGED = select(criterion_judgements).where(_C.evaluation_id.in_(bindparam("ids", expanding=True))).order_by(_C.place)
_ADD = insert(dimension_scores)
_ADD_CRITERIA = insert(criterion_judgements)
_DIMENSIONS = {dimension.value: dimension for dimension in Dimension}
_ORDER: dict[str, int] = {dimension: place for place, dimension in enumerate(Dimension)}


class Scores:
    """What a grader judged, weighed by code."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, evaluation_id: EvaluationId, scores: Sequence[DimensionScore]) -> None:
        """Store dimensions, one or more, with their criteria, final."""
        self._connection.execute(
            _ADD,
            [
                {
                    "evaluation_id": evaluation_id,
                    "dimension": score.dimension,
                    "weight": score.weight,
                    "score": score.score,
                    "confidence": score.confidence,
                    "rationale": score.rationale,
                    "evidence": encode(score.evidence, EvidenceList),
                    "engine": score.provenance.engine,
                    "model": score.provenance.model,
                    "version": score.provenance.version,
                    "degraded": score.provenance.degraded,
                    "calls": encode_calls(score.calls),
                }
                for score in scores
            ],
        )
        criteria = [
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
            for score in scores
            for place, result in enumerate(score.criteria)
        ]
        if criteria:
            self._connection.execute(_ADD_CRITERIA, criteria)

    def landed(self, evaluation_id: EvaluationId) -> int:
        """How many dimensions of an evaluation are stored."""
        statement = select(func.count()).where(dimension_scores.c.evaluation_id == evaluation_id)
        return self._connection.execute(statement).scalar_one()

    def for_grading(self, evaluation_id: EvaluationId) -> tuple[DimensionScore, ...]:
        """The dimensions that have landed, with their criteria, whatever the evaluation's status."""
        rows = self._connection.execute(select(*_SCORES).where(_S.evaluation_id == evaluation_id)).all()
        return self._assemble(rows, {evaluation_id}).get(evaluation_id, ())

    def many(
        self, viewer: UserId, ids: Sequence[EvaluationId], *, reasons: bool = True
    ) -> dict[EvaluationId, tuple[DimensionScore, ...]]:
        """The dimensions of the viewer's evaluations.

        Without `reasons` their evidence and criteria are left out; with them, criteria come only of those evaluations
        that are completed.
        """
        statement = _OF_VIEWER if reasons else _OF_VIEWER_IN_SHORT
        rows = self._connection.execute(statement, {"ids": ids, "viewer": viewer}).all()
        return self._assemble(
            rows, {row.evaluation_id for row in rows if reasons and row.status == EvaluationStatus.COMPLETED}
        )

    def _assemble(
        self, rows: Sequence[Any], open_ids: set[EvaluationId]
    ) -> dict[EvaluationId, tuple[DimensionScore, ...]]:
        criteria: dict[tuple[str, str], list[CriterionResult]] = defaultdict(list)
        if open_ids:
            for row in self._connection.execute(_JUDGED, {"ids": list(open_ids)}):
                criteria[row.evaluation_id, row.dimension].append(_criterion(row))
        found: dict[EvaluationId, list[DimensionScore]] = defaultdict(list)
        for row in sorted(rows, key=_in_order):
            evaluation_id, dimension = row[0], row[1]
            found[evaluation_id].append(_score(row, tuple(criteria.get((evaluation_id, dimension), ()))))
        return {evaluation_id: tuple(scores) for evaluation_id, scores in found.items()}


def _in_order(row: Sequence[Any]) -> int:
    return _ORDER[row[1]]


def _criterion(row: Any) -> CriterionResult:  # noqa: ANN401 - SQLAlchemy rows have the columns as attributes
    return CriterionResult(row.criterion_id, row.title, row.level, row.points, row.awarded, row.rationale)


def _score(row: Sequence[Any], criteria: tuple[CriterionResult, ...]) -> DimensionScore:
    # By place: see evaluation_of.
    _, dimension, weight, score, confidence, rationale, engine, model, version, degraded, evidence = row[:_WIDTH]
    return DimensionScore(
        dimension=_DIMENSIONS[dimension],
        weight=weight,
        score=score,
        confidence=confidence,
        rationale=rationale,
        evidence=() if evidence == _NONE else decode(evidence, EvidenceList),
        provenance=provenance_of(engine, model, version, degraded),
        criteria=criteria,
    )
