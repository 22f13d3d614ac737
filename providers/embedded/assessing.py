"""Judging answers against rubrics: the half of the embedded grader that works, and loads what reading text takes."""

import threading
from collections.abc import Iterable, Sequence

from cachetools import LRUCache

from domain.enums import Dimension
from domain.evaluation import CriterionGrade, DimensionScore, Feedback, FeedbackDelta
from domain.grading import GradingTask
from providers.embedded import feedback
from providers.embedded.analysis import AnswerAnalysis, Standing, analyse
from providers.embedded.judging import Judgement, coverage, judge
from providers.embedded.matching import Phrasing, Weights, key_point_texts, match_key_point, read_phrasing

_ANSWERS_KEPT = 16
"""The dimensions of an answer are graded side by side; each answer of 40,000 characters weighs about 2 MB."""
_PHRASINGS_KEPT = 16_384


class Assessment:
    """One answer with the judgement of every criterion."""

    __slots__ = ("analysis", "judgements")

    def __init__(self, analysis: AnswerAnalysis, judgements: tuple[Judgement, ...]) -> None:
        self.analysis = analysis
        self.judgements = judgements


class Assessor:
    """Judges answers, each once however many ask. May be called from any thread.

    Reads the corpus when it is made.
    """

    def __init__(self, corpus: Sequence[str]) -> None:
        self._weights = Weights.of(corpus)
        self._phrasings: LRUCache[str, Phrasing] = LRUCache(_PHRASINGS_KEPT)
        self._assessments: LRUCache[GradingTask, Assessment] = LRUCache(_ANSWERS_KEPT)
        # Held while an answer is read: the other dimensions of the same answer wait for it instead of reading it again.
        self._lock = threading.Lock()

    def judge(self, task: GradingTask, dimension: Dimension) -> tuple[str, tuple[CriterionGrade, ...]]:
        """What one dimension's score rests on, and the grade of each of its criteria."""
        assessment = self.assess(task)
        judgements = [found for found in assessment.judgements if found.line.criterion.dimension is dimension]
        return describe(judgements, assessment.analysis), tuple(found.grade for found in judgements)

    def write_feedback(
        self, task: GradingTask, scores: Sequence[DimensionScore]
    ) -> tuple[Feedback, Iterable[FeedbackDelta]]:
        """The whole feedback, and its pieces in the order in which they are told."""
        written = feedback.compose(task, scores, self.assess(task).analysis)
        return written, feedback.deltas(written)

    def assess(self, task: GradingTask) -> Assessment:
        """Judge every criterion of the task's rubric: processor work, up to about 100 ms for the longest answers."""
        with self._lock:
            known = self._assessments.get(task)
            if known is None:
                known = self._assessments[task] = self._assess(task)
            return known

    def _assess(self, task: GradingTask) -> Assessment:
        analysis = analyse(task)
        matched = []
        for line in task.rubric:
            short_allowed = line.criterion.dimension is Dimension.COMMUNICATION
            matches = tuple(
                match_key_point(
                    [self._phrasing(text) for text in key_point_texts(point)], analysis, short_allowed=short_allowed
                )
                for point in line.key_points
            )
            matched.append((line, matches))
        covered = coverage(matched)
        return Assessment(analysis, tuple(judge(line, matches, analysis, covered) for line, matches in matched))

    def _phrasing(self, text: str) -> Phrasing:
        known = self._phrasings.get(text)
        if known is None:
            known = self._phrasings[text] = read_phrasing(text, self._weights)
        return known


def describe(judgements: Sequence[Judgement], analysis: AnswerAnalysis) -> str:
    """What a dimension's score rests on, by criterion titles and counts: key points stay hidden."""
    if not analysis.words:
        return "The answer is empty."
    evidenced = sum(found.evidenced for found in judgements)
    pieces = [f"{evidenced} of {len(judgements)} criteria have evidence in the answer."]
    weakest = min(judgements, key=lambda found: (found.grade.level, -found.line.criterion.points), default=None)
    if weakest is not None and evidenced and weakest.grade.level < 5:
        pieces[0] = pieces[0].removesuffix(".") + f"; least in “{weakest.line.criterion.title}”."
    if any(match.term_list for found in judgements for match in found.matches):
        pieces.append("Part of it is a list of key terms, which earns less than saying what they do.")
    if any(match.against for found in judgements for match in found.matches):
        pieces.append("A sentence speaks against what is looked for here.")
    copied, instructing = analysis.count(Standing.COPIED), analysis.count(Standing.INSTRUCTION)
    if copied:
        pieces.append(f"{_sentences(copied)} repeated from the question or the situation and not counted.")
    if instructing:
        pieces.append(f"{_sentences(instructing)} addressed to the grader and not counted.")
    return " ".join(pieces)


def _sentences(count: int) -> str:
    return "1 sentence is" if count == 1 else f"{count} sentences are"
