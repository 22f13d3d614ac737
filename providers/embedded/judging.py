"""From matched key points to levels, confidence and evidence of a criterion."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.enums import Dimension
from domain.evaluation import CriterionGrade, Evidence
from domain.grading import RubricLine
from domain.scoring import HIGHEST_LEVEL
from providers.embedded.analysis import AnswerAnalysis, Standing
from providers.embedded.matching import RAMP_END, RAMP_START, Match

CONFIDENCE_CEILING = {
    Dimension.TECHNICAL_ACCURACY: 0.9,
    Dimension.PROBLEM_SOLVING: 0.85,
    Dimension.BUSINESS_IMPACT: 0.7,
    Dimension.COMMUNICATION: 0.55,
}
"""The most that matching words can know about each side of an answer: least about how it is said."""

FULL_COVERAGE = {Dimension.COMMUNICATION: 0.5, Dimension.BUSINESS_IMPACT: 0.2}
"""Share of the technical and problem-solving key points from which on a dimension's levels are not capped.

How a thing is said, and what it is worth, counts in so far as the thing itself is said.
"""

_SUPPORTING = 3
_UNDERMINING = 2
_LEAST_CONFIDENCE = 0.4
_FLAG_FACTOR = 0.8
_ENGLISH_GRAMMAR_SHARE = 0.2
_FOREIGN_WORDS = 30
_FOREIGN_FACTOR = 0.5


@dataclass(frozen=True, slots=True)
class Judgement:
    """A criterion's grade beside what it was reached from."""

    line: RubricLine
    matches: tuple[Match, ...]
    grade: CriterionGrade

    @property
    def evidenced(self) -> bool:
        """Whether some of the answer earned something here."""
        return any(match.credit > 0 for match in self.matches)


def coverage(lines: Iterable[tuple[RubricLine, Sequence[Match]]]) -> float:
    """Mean credit of the technical and problem-solving criteria, weighed by points; 1 where a rubric has none."""
    points = earned = 0.0
    for line, matches in lines:
        if line.criterion.dimension in {Dimension.TECHNICAL_ACCURACY, Dimension.PROBLEM_SOLVING}:
            points += line.criterion.points
            earned += line.criterion.points * mean_credit(matches)
    return earned / points if points else 1.0


def mean_credit(matches: Sequence[Match]) -> float:
    """Mean credit of a criterion's key points, 0..1; 0 where it has none."""
    return sum(match.credit for match in matches) / len(matches) if matches else 0.0


def judge(line: RubricLine, matches: tuple[Match, ...], analysis: AnswerAnalysis, covered: float) -> Judgement:
    """Grade one criterion.

    The level is five times the mean credit, rounded half up, and at most what the coverage allows; both grow with
    every credit, so no added sentence lowers a level.
    """
    earned = _level(mean_credit(matches))
    allowed = level_cap(line.criterion.dimension, covered)
    level = min(earned, allowed)
    grade = CriterionGrade(
        criterion_id=line.criterion.id,
        level=level,
        confidence=confidence(line.criterion.dimension, matches, analysis),
        rationale=_rationale(line, matches, capped=allowed < earned),
        evidence=_evidence(line.criterion.id, matches, analysis),
    )
    return Judgement(line, matches, grade)


def _level(credit: float) -> int:
    # The summand absorbs what floating-point means lose: nine tenths are nine tenths.
    return math.floor(HIGHEST_LEVEL * credit + 0.5 + 1e-9)


def level_cap(dimension: Dimension, covered: float) -> int:
    """The highest level that a coverage in 0..1 allows."""
    full = FULL_COVERAGE.get(dimension)
    return HIGHEST_LEVEL if full is None else min(HIGHEST_LEVEL, math.floor(HIGHEST_LEVEL * covered / full + 1e-9))


def confidence(dimension: Dimension, matches: Sequence[Match], analysis: AnswerAnalysis) -> float:
    """How likely a person would give much the same level, 0..1: a judgement of margins, not a measured probability.

    High where every key point is stated clearly or not at all, low where strengths lie on the ramp; lowered where a
    sentence speaks against a key point, where terms are merely listed, and where the text hardly reads as English.
    """
    if not matches:
        return 0.0
    middle, half = (RAMP_START + RAMP_END) / 2, (RAMP_END - RAMP_START) / 2
    margins = [min(1.0, abs(match.strength - middle) / (2 * half)) for match in matches]
    value = _LEAST_CONFIDENCE + (1 - _LEAST_CONFIDENCE) * sum(margins) / len(margins)
    if any(match.against for match in matches):
        value *= _FLAG_FACTOR
    if any(match.term_list for match in matches):
        value *= _FLAG_FACTOR
    if analysis.words >= _FOREIGN_WORDS and analysis.grammar_share < _ENGLISH_GRAMMAR_SHARE:
        value *= _FOREIGN_FACTOR
    return round(value * CONFIDENCE_CEILING[dimension], 2)


def _evidence(criterion_id: str, matches: Sequence[Match], analysis: AnswerAnalysis) -> tuple[Evidence, ...]:
    """The sentences that earned the most, in the order of the answer, then those that speak against."""
    ranked = sorted((match for match in matches if match.statement is not None), key=lambda match: -match.credit)
    supporting = dict.fromkeys(match.statement for match in ranked if match.credit > 0 and match.statement is not None)
    chosen = sorted(list(supporting)[:_SUPPORTING])
    against = sorted({number for match in matches for number in match.against} - set(supporting))[:_UNDERMINING]
    return tuple(
        _quote(criterion_id, number, analysis, supports=supports)
        for numbers, supports in ((chosen, True), (against, False))
        for number in numbers
    )


def _quote(criterion_id: str, number: int, analysis: AnswerAnalysis, *, supports: bool) -> Evidence:
    statement = analysis.statements[number]
    return Evidence(
        question_id=statement.question_id,
        quote=statement.quote,
        start=statement.start,
        end=statement.end,
        supports=supports,
        criterion_id=criterion_id,
    )


def _rationale(line: RubricLine, matches: Sequence[Match], *, capped: bool) -> str:
    found = [point.text for point, match in zip(line.key_points, matches, strict=True) if match.credit >= 1]
    partly = [point.text for point, match in zip(line.key_points, matches, strict=True) if 0 < match.credit < 1]
    missing = [point.text for point, match in zip(line.key_points, matches, strict=True) if match.credit <= 0]
    pieces = [f"{len(found)} of {len(matches)} key points are stated."]
    pieces += [
        f"{label}: {'; '.join(_bare(text) for text in texts)}."
        for label, texts in (("Stated", found), ("In part", partly), ("Missing", missing))
        if texts
    ]
    if any(match.term_list for match in matches):
        pieces.append(f"A sentence that is {Standing.TERM_LIST.value} earns part of the credit at most.")
    if any(match.against for match in matches):
        pieces.append("A sentence says the opposite of a key point.")
    if capped:
        pieces.append("The level is limited because the answer says little about the matter itself.")
    return " ".join(pieces)


def _bare(text: str) -> str:
    return text.rstrip(". ")
