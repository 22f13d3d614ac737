"""Written feedback as it grows: sentence by sentence and item by item, each shown once it is checked.

A sentence or an item is complete when something follows it. Only then is it made plain, held against the guard and
handed over; what gives away a key point is left out of the summary and of the strengths, and replaced among the
improvements. What is stored in the end is what was handed over, so the pieces of a section make up its final text.
"""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from domain import scoring
from domain.enums import Dimension, FeedbackSection
from domain.evaluation import DimensionScore, Feedback, FeedbackDelta, Improvement
from domain.language_models import Partial
from workflows.evaluation.guard import Guard, plain
from workflows.evaluation.opinions import FeedbackText
from workflows.metrics import WITHHELD

Emit = Callable[[FeedbackDelta], Awaitable[None]]

_END: Final = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+|(?<=[。！？।])")
_FIELDS: Final[Mapping[FeedbackSection, str]] = {
    FeedbackSection.SUMMARY: "summary",
    FeedbackSection.STRENGTHS: "strengths",
    FeedbackSection.IMPROVEMENTS: "improvements",
}
_DIMENSIONS: Final = {dimension.value: dimension for dimension in Dimension}


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence of the summary or an item of a list, as the model wrote it. Only improvements have a dimension."""

    section: FeedbackSection
    text: str
    dimension: Dimension | None = None


def units(written: Mapping[str, Any], *, done: bool) -> Iterator[Unit]:
    """What is complete of an unfinished answer, in order, up to the first thing that is not what was asked for.

    A field is over when another one is being written, in whichever order the model writes them.
    """
    being_written = next(reversed([*written]), None)
    for section, field in _FIELDS.items():
        over = done or field != being_written
        value = written.get(field)
        if section is FeedbackSection.SUMMARY:
            if not isinstance(value, str):
                return
            pieces = _sentences(value)
        elif isinstance(value, list):
            pieces = value
        else:
            return
        for piece in pieces if over else pieces[:-1]:
            unit = _unit(section, piece)
            if unit is None:
                return
            yield unit
        if not over:
            return


class Manuscript:
    """The feedback of one run, as its watchers see it grow.

    Args:
        guard: what must not be given away.
        scores: all dimensions, final.
        emit: takes each piece.
        rewrite: the number of the first attempt; each one that replaces what was shown gets the next.
    """

    def __init__(self, guard: Guard, scores: Sequence[DimensionScore], emit: Emit, *, rewrite: int) -> None:
        self._guard = guard
        self._scores = scores
        self._emit = emit
        self._rewrite = rewrite
        self._attempt = 0
        self._shown = False
        self._begin()

    async def follow(self, partial: Partial) -> None:
        """Show what has become complete. A greater attempt begins afresh; what an earlier one says is not shown."""
        if partial.attempt < self._attempt:
            return
        if partial.attempt > self._attempt:
            self._attempt = partial.attempt
            self.begin_again()
        await self._show(list(units(partial.value, done=False)))

    async def finish(self, text: FeedbackText) -> Feedback:
        """Show the rest, and say what was shown."""
        await self._show(list(units(text.model_dump(), done=True)))
        await self._summarise()
        return Feedback(
            summary=" ".join(self._said[FeedbackSection.SUMMARY]),
            strengths=tuple(self._said[FeedbackSection.STRENGTHS]),
            improvements=tuple(
                Improvement(dimension, priority, item)
                for priority, (dimension, item) in enumerate(
                    zip(self._dimensions, self._said[FeedbackSection.IMPROVEMENTS], strict=True), start=1
                )
            ),
        )

    def begin_again(self) -> int:
        """Void what was shown, and say the number of the attempt that replaces it."""
        if self._shown:
            self._rewrite += 1
        self._begin()
        return self._rewrite

    def _begin(self) -> None:
        self._shown = False
        self._read: list[Unit] = []
        self._said: dict[FeedbackSection, list[str]] = {section: [] for section in FeedbackSection}
        self._dimensions: list[Dimension] = []
        self._advised: set[str] = set()

    async def _show(self, written: Sequence[Unit]) -> None:
        if list(written[: len(self._read)]) != self._read:
            self.begin_again()  # the provider took something back
        for unit in written[len(self._read) :]:
            self._read.append(unit)
            await self._check(unit)

    async def _check(self, unit: Unit) -> None:
        if unit.section is not FeedbackSection.SUMMARY:
            await self._summarise()
        text = plain(unit.text)
        if not text:
            return
        # With what was said before it: half a key point in each of two sentences is a key point.
        if self._guard.leaks(" ".join((*self._said[unit.section][-1:], text))):
            WITHHELD.inc()
            text = self._advice(unit.dimension) if unit.dimension is not None else ""
        if text:
            await self._say(unit.section, text)
            if unit.dimension is not None:
                self._dimensions.append(unit.dimension)

    async def _summarise(self) -> None:
        """A summary of which nothing could be shown is written in code."""
        if not self._said[FeedbackSection.SUMMARY]:
            overall = scoring.overall(self._scores)
            await self._say(FeedbackSection.SUMMARY, f"The answer reaches {overall:g} of 100.")

    async def _say(self, section: FeedbackSection, text: str) -> None:
        said = self._said[section]
        joint = "" if not said else " " if section is FeedbackSection.SUMMARY else "\n"
        said.append(text)
        self._shown = True
        await self._emit(FeedbackDelta(section, joint + text, self._rewrite))

    def _advice(self, dimension: Dimension) -> str:
        """Where to look instead of what to say: the weakest criterion of the dimension that was not named yet."""
        results = [result for score in self._scores if score.dimension is dimension for result in score.criteria]
        for result in sorted(results, key=lambda result: result.level):
            if result.criterion_id not in self._advised:
                self._advised.add(result.criterion_id)
                return f"Work on “{result.title}” (level {result.level} of {scoring.HIGHEST_LEVEL})."
        return ""


def _unit(section: FeedbackSection, piece: object) -> Unit | None:
    if section is not FeedbackSection.IMPROVEMENTS:
        return Unit(section, piece) if isinstance(piece, str) else None
    if not isinstance(piece, Mapping) or not isinstance(piece.get("text"), str):
        return None
    dimension = _DIMENSIONS.get(str(piece.get("dimension")))
    return None if dimension is None else Unit(section, piece["text"], dimension)


def _sentences(text: str) -> list[str]:
    """The sentences; the last one may be unfinished, or empty."""
    return [piece.strip() for piece in _pieces(text)]


def _pieces(text: str) -> Iterator[str]:
    at = 0
    for match in _END.finditer(text):
        yield text[at : match.end()]
        at = match.end()
    yield text[at:]
