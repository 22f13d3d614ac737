"""Finding what a judge quotes where it stands in the answer.

Models rarely copy to the letter: white space, typographic quotation marks, dashes and composed letters come out in
another form, and "..." stands for what they leave out. So a quote that is not there to the letter is looked for in a
folded copy of the answer, whose offsets lead back to the original. Case and words must agree.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from domain.challenge import AnswerPart
from domain.grading import Span
from domain.text import normalise

MOST_PIECES: Final = 6
"""Pieces of a quote with omissions: one patched together from more of them proves nothing."""
LEAST_CHARACTERS: Final = 2
"""Letters and digits that a piece must have: a single one, or a stop, is in every answer."""

_LIKE = str.maketrans(
    dict.fromkeys("‘’‚‛′´`", "'") | dict.fromkeys("“”„‟″«»", '"') | dict.fromkeys("‐‑‒–—−", "-")  # noqa: RUF100
)
_OMISSION = re.compile(r"\s*(?:\[\.{3,}\]|\(\.{3,}\)|\.{3,})\s*")
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Found:
    """Where a quote stands, a span for each of its pieces. `instructs`: some of it talks to the grader."""

    spans: tuple[Span, ...]
    instructs: bool


class _Folded:
    """A text folded, and where each of its characters comes from."""

    __slots__ = ("ends", "starts", "text")

    def __init__(self, original: str) -> None:
        normalised = normalise(original)
        words: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        for match in _WORD.finditer(normalised.text):
            if words:  # the blank between two words stands for all that is between them
                self.starts.append(self.ends[-1])
                self.ends.append(normalised.origins[match.start()])
            words.append(match.group())
            self.starts.extend(normalised.origins[match.start() : match.end()])
            self.ends.extend(normalised.ends[match.start() : match.end()])
        self.text = " ".join(words).translate(_LIKE)

    def original(self, start: int, end: int) -> tuple[int, int]:
        return self.starts[start], self.ends[end - 1]


class Reading:
    """An answer in which quotes are looked up. `instructions` of a part are in order and apart from each other."""

    def __init__(self, parts: Sequence[AnswerPart], instructions: Iterable[Span]) -> None:
        self._parts = parts
        self._instructions: dict[str, list[Span]] = {}
        for span in instructions:
            self._instructions.setdefault(span.question_id, []).append(span)
        self._folded: tuple[_Folded, ...] | None = None

    def prepare(self) -> None:
        """Fold the answer ahead of the first quote that needs it. May be called in any thread, and again."""
        if self._folded is None:
            self._folded = tuple(_Folded(part.text) for part in self._parts)

    def find(self, quote: str) -> Found | None:
        """Where a quote stands: to the letter, or else in another form, or else in pieces; None when nowhere.

        Of several places the first that does not talk to the grader is taken.
        """
        exact = quote.strip()
        if _tells(exact) and (found := self._first(self._exactly(exact))) is not None:
            return found
        self.prepare()
        folded = _Folded(quote).text
        for candidate in dict.fromkeys((folded, folded.strip("'\""))):
            if _tells(candidate) and (found := self._first(self._folded_places(candidate))) is not None:
                return found
        return self._in_pieces(folded.strip("'\""))

    def _first(self, places: Iterable[Span]) -> Found | None:
        flagged: Found | None = None
        for place in places:
            if not self._instructs(place):
                return Found((place,), instructs=False)
            flagged = flagged or Found((place,), instructs=True)
        return flagged

    def _exactly(self, quote: str) -> Iterator[Span]:
        for part in self._parts:
            at = part.text.find(quote)
            while at >= 0:
                yield Span(part.question_id, at, at + len(quote))
                at = part.text.find(quote, at + len(quote))

    def _folded_places(self, quote: str) -> Iterator[Span]:
        for part, folded in self._pairs():
            at = folded.text.find(quote)
            while at >= 0:
                yield Span(part.question_id, *folded.original(at, at + len(quote)))
                at = folded.text.find(quote, at + len(quote))

    def _in_pieces(self, quote: str) -> Found | None:
        """All pieces of a quote with omissions, in one part and in their order."""
        pieces = [piece for piece in _OMISSION.split(quote) if piece]
        if not pieces or len(pieces) > MOST_PIECES or not all(map(_tells, pieces)):
            return None
        for part, folded in self._pairs():
            spans: list[Span] = []
            at = 0
            for piece in pieces:
                at = folded.text.find(piece, at)
                if at < 0:
                    break
                spans.append(Span(part.question_id, *folded.original(at, at + len(piece))))
                at += len(piece)
            else:
                return Found(tuple(spans), instructs=any(map(self._instructs, spans)))
        return None

    def _pairs(self) -> Iterable[tuple[AnswerPart, _Folded]]:
        return zip(self._parts, self._folded or (), strict=True)

    def _instructs(self, place: Span) -> bool:
        # An answer may hold a thousand of them, and a quote may stand in each.
        spans = self._instructions.get(place.question_id, ())
        before = bisect_left(spans, place.end, key=lambda span: span.start)
        return before > 0 and spans[before - 1].end > place.start


def _tells(piece: str) -> bool:
    return sum(map(str.isalnum, piece)) >= LEAST_CHARACTERS
