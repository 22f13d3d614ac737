"""The arithmetic: exact values, and never a surprise from a better level."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import scoring
from domain.challenge import Criterion, Provenance
from domain.enums import Dimension, Engine
from domain.evaluation import CriterionGrade, DimensionGrade, DimensionScore, Evidence

PROVENANCE = Provenance(Engine.EMBEDDED, None, "test-1")


def criterion(number: int, points: int) -> Criterion:
    return Criterion(f"c{number}", Dimension.TECHNICAL_ACCURACY, f"Title {number}", points)


def scored(
    *levels_and_points: tuple[int, int], confidences: tuple[float, ...] = (), dimension: Dimension | None = None
) -> DimensionScore:
    criteria = [criterion(number, points) for number, (_, points) in enumerate(levels_and_points)]
    sure = confidences or (1.0,) * len(criteria)
    grade = DimensionGrade(
        dimension or Dimension.TECHNICAL_ACCURACY,
        "Why.",
        tuple(
            CriterionGrade(line.id, level, confidence, f"About {line.id}.")
            for line, (level, _), confidence in zip(criteria, levels_and_points, sure, strict=True)
        ),
        PROVENANCE,
    )
    return scoring.score_dimension(grade, criteria)


def of(dimension: Dimension, score: float) -> DimensionScore:
    return DimensionScore(dimension, scoring.WEIGHTS[dimension], score, 1.0, "Why.", (), PROVENANCE)


def test_the_weights_are_the_contracts_and_add_up_to_1() -> None:
    assert scoring.WEIGHTS == {
        Dimension.TECHNICAL_ACCURACY: 0.40,
        Dimension.PROBLEM_SOLVING: 0.30,
        Dimension.COMMUNICATION: 0.10,
        Dimension.BUSINESS_IMPACT: 0.20,
    }
    assert math.isclose(sum(scoring.WEIGHTS.values()), 1, abs_tol=1e-12)


@pytest.mark.parametrize(
    ("level", "points", "awarded"), [(0, 15, 0.0), (1, 15, 3.0), (3, 7, 4.2), (4, 40, 32.0), (5, 13, 13.0)]
)
def test_a_level_earns_its_fifths_of_the_points(level: int, points: int, awarded: float) -> None:
    result = scoring.award(criterion(1, points), CriterionGrade("c1", level, 1.0, "Because."))

    assert (result.criterion_id, result.title, result.rationale) == ("c1", "Title 1", "Because.")
    assert (result.level, result.points, result.awarded) == (level, points, awarded)


@pytest.mark.parametrize(
    ("levels_and_points", "score"),
    [
        ([(0, 10), (0, 30)], 0.0),
        ([(5, 10), (5, 30)], 100.0),
        ([(5, 10), (0, 30)], 25.0),
        ([(3, 20), (4, 10)], 66.7),  # 200/3
        ([(1, 7)], 20.0),
        ([(2, 1), (3, 2)], 53.3),  # 160/3
    ],
)
def test_criteria_weigh_by_their_points_and_the_score_has_one_decimal(
    levels_and_points: list[tuple[int, int]], score: float
) -> None:
    assert scored(*levels_and_points).score == score


def test_confidence_is_the_mean_weighed_by_points_to_two_decimals() -> None:
    assert scored((5, 30), (0, 10), confidences=(0.9, 0.5)).confidence == 0.8
    assert scored((5, 2), (0, 1), confidences=(1.0, 0.0)).confidence == 0.67


def test_a_dimension_keeps_evidence_and_criteria_in_the_order_of_judging_and_says_who_judged() -> None:
    first, second = (Evidence("q1", "an", at, at + 2, supports=True, criterion_id=f"c{at}") for at in (0, 1))
    grade = DimensionGrade(
        Dimension.COMMUNICATION,
        "Clear.",
        (CriterionGrade("c1", 5, 1.0, "", (second,)), CriterionGrade("c0", 5, 1.0, "", (first,))),
        PROVENANCE,
    )

    score = scoring.score_dimension(grade, [criterion(0, 10), criterion(1, 10)])

    assert score.evidence == (second, first)
    assert [result.criterion_id for result in score.criteria] == ["c1", "c0"]
    assert (score.dimension, score.weight, score.rationale) == (Dimension.COMMUNICATION, 0.10, "Clear.")
    assert score.provenance is PROVENANCE


@pytest.mark.parametrize(
    ("technical", "solving", "communication", "business", "overall"),
    [
        (100.0, 100.0, 100.0, 100.0, 100.0),
        (0.0, 0.0, 0.0, 0.0, 0.0),
        (100.0, 0.0, 0.0, 0.0, 40.0),
        (0.0, 100.0, 0.0, 0.0, 30.0),
        (0.0, 0.0, 100.0, 0.0, 10.0),
        (0.0, 0.0, 0.0, 100.0, 20.0),
        (66.7, 53.3, 20.0, 80.0, 60.7),  # 26.68 + 15.99 + 2 + 16 = 60.67
    ],
)
def test_the_overall_score_is_the_weighted_sum_in_any_order(
    technical: float, solving: float, communication: float, business: float, overall: float
) -> None:
    scores = [
        of(Dimension.TECHNICAL_ACCURACY, technical),
        of(Dimension.PROBLEM_SOLVING, solving),
        of(Dimension.COMMUNICATION, communication),
        of(Dimension.BUSINESS_IMPACT, business),
    ]
    assert scoring.overall(scores) == overall
    assert scoring.overall(reversed(scores)) == overall


LINES = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 60)), min_size=1, max_size=6)


@given(LINES, st.data())
def test_raising_a_level_never_lowers_a_score(lines: list[tuple[int, int]], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(lines) - 1))
    level, points = lines[place]
    raised = [*lines]
    raised[place] = (data.draw(st.integers(level, 5)), points)

    before, after = scored(*lines), scored(*raised)

    others = [of(dimension, 50.0) for dimension in Dimension if dimension is not Dimension.TECHNICAL_ACCURACY]
    assert 0 <= before.score <= after.score <= 100
    assert scoring.overall([before, *others]) <= scoring.overall([after, *others])


@given(st.lists(st.integers(0, 1000), min_size=4, max_size=4))
def test_the_overall_score_is_within_half_a_decimal_of_the_exact_sum(tenths: list[int]) -> None:
    scores = [of(dimension, tenth / 10) for dimension, tenth in zip(Dimension, tenths, strict=True)]
    shares = {dimension: round(weight * 10) for dimension, weight in scoring.WEIGHTS.items()}
    exact = sum(shares[dimension] * tenth for dimension, tenth in zip(Dimension, tenths, strict=True)) / 100

    assert abs(scoring.overall(scores) - exact) <= 0.05 + 1e-9


def test_the_dimensions_points_are_their_weights_and_add_up() -> None:
    assert [scoring.points_of(dimension) for dimension in Dimension] == [40, 30, 10, 20]
    assert scoring.TOTAL_POINTS == 100


@pytest.mark.parametrize(
    ("total", "weights", "points"),
    [
        (40, [1], (40,)),
        (40, [1, 1, 1], (14, 13, 13)),
        (30, [5, 1], (24, 6)),
        (10, [5, 1, 1, 1], (5, 2, 2, 1)),
        (4, [5, 1, 1, 1], (1, 1, 1, 1)),
    ],
)
def test_points_go_by_weight_and_everybody_gets_one(total: int, weights: list[int], points: tuple[int, ...]) -> None:
    assert scoring.apportion(total, weights) == points


@given(st.lists(st.integers(1, 5), min_size=1, max_size=10), st.integers(10, 100))
def test_points_add_up_and_a_greater_weight_never_gets_less(weights: list[int], total: int) -> None:
    points = scoring.apportion(total, weights)

    assert sum(points) == total
    assert min(points) >= 1
    assert all(
        mine >= other
        for mine, weight in zip(points, weights, strict=True)
        for other, lighter in zip(points, weights, strict=True)
        if weight > lighter
    )


def test_too_few_points_are_refused() -> None:
    with pytest.raises(ValueError, match="2 points are too few for 3 criteria"):
        scoring.apportion(2, [1, 1, 1])
