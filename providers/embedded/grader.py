"""The embedded grader: deterministic, from authored key points, with quotes as evidence.

This is its door, which is light: what reads and stems text is loaded by `warm`, or by the first grade.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from domain.challenge import Provenance
from domain.enums import Dimension, Engine
from domain.evaluation import DimensionGrade, DimensionScore, Feedback, FeedbackDelta
from domain.grading import GradingTask

if TYPE_CHECKING:
    from providers.embedded.assessing import Assessment, Assessor

PROVENANCE = Provenance(engine=Engine.EMBEDDED, model=None, version="rubric-1")
"""Raise the version with every change that can alter a level: scores of one version are comparable."""


class EmbeddedGrader:
    """Grades scenario answers by how far their sentences state the rubric's key points.

    The same corpus and the same task give the same grade, on every machine and in every order of calls. A sentence
    added between any two others lowers no level. `corpus` are the texts that tell common words from telling ones: the
    bank's key points and model answers; they are read at the first grade, or in `warm`.
    """

    def __init__(self, corpus: Iterable[str]) -> None:
        self._corpus: tuple[str, ...] = tuple(corpus)
        self._assessor: Assessor | None = None
        self._making = threading.Lock()

    def warm(self) -> "Assessor":
        """Load what reads text, and read the corpus. Safe to call from any thread, and again."""
        from providers.embedded.assessing import Assessor  # noqa: PLC0415 - loads two native libraries and word lists

        with self._making:
            if self._assessor is None:
                self._assessor = Assessor(self._corpus)
                self._corpus = ()
            return self._assessor

    async def grade(self, task: GradingTask, dimension: Dimension) -> DimensionGrade:
        """Judge every criterion of one dimension. Needs no network and does not fail."""
        rationale, criteria = await asyncio.to_thread(lambda: self.warm().judge(task, dimension))
        return DimensionGrade(dimension=dimension, rationale=rationale, criteria=criteria, provenance=PROVENANCE)

    async def write_feedback(
        self,
        task: GradingTask,
        scores: Sequence[DimensionScore],
        emit: Callable[[FeedbackDelta], Awaitable[None]],
    ) -> Feedback:
        """Write feedback from the final scores. Depends on the task and the scores alone."""
        written, deltas = await asyncio.to_thread(lambda: self.warm().write_feedback(task, scores))
        for delta in deltas:
            await emit(delta)
        return written

    def assess(self, task: GradingTask) -> "Assessment":
        """Judge every criterion of the task's rubric: processor work, up to about 100 ms for the longest answers."""
        return self.warm().assess(task)
