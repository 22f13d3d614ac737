"""From what models wrote to what the product stores: tidied, numbered and weighed in code."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from domain import scoring
from domain.challenge import (
    Anchor,
    AnswerPart,
    Criterion,
    CriterionKey,
    KeyPoint,
    Scenario,
    ScenarioContext,
    ScenarioQuestion,
    ScenarioSolution,
)
from domain.enums import Dimension
from domain.text import one_line, paragraphs
from workflows.scenario.agent.output import WrittenCase, WrittenCriterion, WrittenKeyPoint, WrittenRubric
from workflows.scenario.agent.state import Case

MOST_TAGS: Final = 6
_DIMENSIONS: Final[Mapping[Dimension, Callable[[WrittenRubric], Sequence[WrittenCriterion]]]] = MappingProxyType(
    {
        Dimension.TECHNICAL_ACCURACY: lambda rubric: rubric.technical_accuracy,
        Dimension.PROBLEM_SOLVING: lambda rubric: rubric.problem_solving,
        Dimension.BUSINESS_IMPACT: lambda rubric: rubric.business_impact,
        Dimension.COMMUNICATION: lambda rubric: rubric.communication,
    }
)
"""In the order in which a rubric is shown."""
_NO_TAG = re.compile(r"[^a-z0-9+#.]+")


def case_of(written: WrittenCase) -> Case:
    """Tidy a case and number its questions. Whether it holds is for `claims` to say."""
    return Case(
        title=one_line(written.title),
        tags=tags_of(written.tags),
        context=ScenarioContext(
            company=one_line(written.company),
            role=one_line(written.role),
            situation=paragraphs(written.situation),
            constraints=tuple(_distinct(written.constraints)),
        ),
        questions=tuple(
            ScenarioQuestion(f"q{number}", paragraphs(text)) for number, text in enumerate(written.questions, start=1)
        ),
    )


def scenario_of(case: Case, written: WrittenRubric) -> tuple[Scenario, ScenarioSolution]:
    """Number the criteria, share the points of each dimension out by importance, and join them with the case."""
    rubric: list[Criterion] = []
    keys: list[CriterionKey] = []
    for dimension, lines_of in _DIMENSIONS.items():
        lines = lines_of(written)
        shares = scoring.apportion(scoring.points_of(dimension), [line.importance for line in lines])
        for line, points in zip(lines, shares, strict=True):
            criterion = Criterion(f"c{len(rubric) + 1}", dimension, one_line(line.title), points)
            rubric.append(criterion)
            keys.append(CriterionKey(criterion.id, tuple(_key_points(line.key_points)), _anchors(line)))
    answers = tuple(
        AnswerPart(f"q{number}", paragraphs(text)) for number, text in enumerate(written.model_answers, start=1)
    )
    return Scenario(case.context, case.questions, tuple(rubric)), ScenarioSolution(answers, tuple(keys))


def tags_of(written: Iterable[str]) -> tuple[str, ...]:
    """As the curated bank writes them: lower case, words joined by hyphens."""
    tags = (_NO_TAG.sub("-", one_line(tag).casefold()).strip("-") for tag in written)
    return tuple(dict.fromkeys(tag for tag in tags if tag))[:MOST_TAGS]


def _key_points(written: Iterable[WrittenKeyPoint]) -> Iterator[KeyPoint]:
    told: set[str] = set()
    for point in written:
        text = one_line(point.text)
        if text and text.casefold() not in told:
            told.add(text.casefold())
            yield KeyPoint(text, tuple(_distinct(point.phrasings, besides=text)))


def _anchors(line: WrittenCriterion) -> tuple[Anchor, ...]:
    written = (Anchor(0, one_line(line.level_0)), Anchor(3, one_line(line.level_3)), Anchor(5, one_line(line.level_5)))
    return tuple(anchor for anchor in written if anchor.text)


def _distinct(lines: Iterable[str], *, besides: str = "") -> Iterator[str]:
    """The lines, tidied; none empty, and none twice."""
    told = {"", besides.casefold()}
    for line in map(one_line, lines):
        if line.casefold() not in told:
            told.add(line.casefold())
            yield line
