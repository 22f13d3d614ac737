"""The embedded grader: deterministic, from authored key points, with quotes as evidence."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable, Sequence

from cachetools import LRUCache

from domain.challenge import Provenance
from domain.enums import Dimension, Engine
from domain.evaluation import DimensionGrade, DimensionScore, Feedback, FeedbackDelta
from domain.grading import GradingTask
from providers.embedded import feedback
from providers.embedded.analysis import AnswerAnalysis, Standing, analyse
from providers.embedded.judging import Judgement, coverage, judge
from providers.embedded.matching import Phrasing, Weights, key_point_texts, match_key_point, read_phrasing

PROVENANCE = Provenance(engine=Engine.EMBEDDED, model=None, version="rubric-1")
"""Raise the version with every change that can alter a level: scores of one version are comparable."""

_ANSWERS_KEPT = 16
"""The dimensions of an answer are graded side by side; each answer of 40,000 characters weighs about 2 MB."""
_PHRASINGS_KEPT = 16_384


class Assessment:
    """One answer with the judgement of every criterion."""

    __slots__ = ("analysis", "judgements")

    def __init__(self, analysis: AnswerAnalysis, judgements: tuple[Judgement, ...]) -> None:
        self.analysis = analysis
        self.judgements = judgements


class EmbeddedGrader:
    """Grades scenario answers by how far their sentences state the rubric's key points.

    The same corpus and the same task give the same grade, on every machine and in every order of calls. A sentence
    added between any two others lowers no level. `corpus` are the texts that tell common words from telling ones: the
    bank's key points and model answers; they are read at the first grade, or in `warm`.
    """

    def __init__(self, corpus: Iterable[str]) -> None:
        self._corpus: tuple[str, ...] = tuple(corpus)
        self._weights: Weights | None = None
        self._phrasings: LRUCache[str, Phrasing] = LRUCache(_PHRASINGS_KEPT)
        self._assessments: LRUCache[GradingTask, Assessment] = LRUCache(_ANSWERS_KEPT)
        # Held while an answer is read: the other dimensions of the same answer wait for it instead of reading it again.
        self._lock = threading.Lock()

    def warm(self) -> None:
        """Read the corpus now. Safe to call from any thread, and again."""
        with self._lock:
            self._prepared()

    async def grade(self, task: GradingTask, dimension: Dimension) -> DimensionGrade:
        """Judge every criterion of one dimension. Needs no network and does not fail."""
        assessment = await asyncio.to_thread(self.assess, task)
        judgements = [found for found in assessment.judgements if found.line.criterion.dimension is dimension]
        return DimensionGrade(
            dimension=dimension,
            rationale=describe(judgements, assessment.analysis),
            criteria=tuple(found.grade for found in judgements),
            provenance=PROVENANCE,
        )

    async def write_feedback(
        self,
        task: GradingTask,
        scores: Sequence[DimensionScore],
        emit: Callable[[FeedbackDelta], Awaitable[None]],
    ) -> Feedback:
        """Write feedback from the final scores. Depends on the task and the scores alone."""
        assessment = await asyncio.to_thread(self.assess, task)
        written = feedback.compose(task, scores, assessment.analysis)
        for delta in feedback.deltas(written):
            await emit(delta)
        return written

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

    def _prepared(self) -> Weights:
        if self._weights is None:
            self._weights = Weights.of(self._corpus)
            self._corpus = ()
        return self._weights

    def _phrasing(self, text: str) -> Phrasing:
        known = self._phrasings.get(text)
        if known is None:
            known = self._phrasings[text] = read_phrasing(text, self._prepared())
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
