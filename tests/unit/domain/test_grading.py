"""What a grader is given of a rubric: the line as shown, joined with what is hidden of it."""

import pytest

from domain.challenge import (
    Anchor,
    Criterion,
    CriterionKey,
    KeyPoint,
    Scenario,
    ScenarioContext,
    ScenarioSolution,
)
from domain.enums import Dimension
from domain.grading import RubricLine, rubric_lines

CAUSE = Criterion("c1", Dimension.TECHNICAL_ACCURACY, "Cause", 60)
WORTH = Criterion("c2", Dimension.BUSINESS_IMPACT, "Worth", 40)
SCENARIO = Scenario(ScenarioContext("A shop", "Engineer", "It is slow.", ()), (), (CAUSE, WORTH))
INDEX, CARTS = KeyPoint("An index is missing."), KeyPoint("Carts are abandoned.")
ANCHORS = (Anchor(0, "Says nothing."), Anchor(5, "Names the index."))


def test_lines_follow_the_rubric_whatever_the_order_of_the_keys() -> None:
    solution = ScenarioSolution((), (CriterionKey("c2", (CARTS,)), CriterionKey("c1", (INDEX,), ANCHORS)))

    assert rubric_lines(SCENARIO, solution) == (RubricLine(CAUSE, (INDEX,), ANCHORS), RubricLine(WORTH, (CARTS,), ()))


def test_a_criterion_without_a_key_is_refused() -> None:
    with pytest.raises(KeyError, match="c2"):
        rubric_lines(SCENARIO, ScenarioSolution((), (CriterionKey("c1", (INDEX,)),)))
