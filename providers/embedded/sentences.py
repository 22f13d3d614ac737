"""Sentences of a text with their exact places in it.

Where a sentence ends depends on its own words and the character after it, never on text further away. Quotes and
brackets are therefore blanked before the splitter looks: an unbalanced one would otherwise join everything after it.
That is what makes grades monotone: a sentence put between two others changes neither.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

import sentencex  # type: ignore[import-untyped] # a Rust extension without stubs

from domain.text import NormalisedText, normalise
from providers.embedded.negation import denied
from providers.embedded.words import Pause, Word, read_words

LONGEST_SENTENCE = 60
"""Words. A longer run is read in stretches, so that a text without full stops is not one sentence that says it all."""
_STRETCH = 40
_STRIDE = 20

_LINE = re.compile(r"[^\n\r\v\f\x85\u2028\u2029]+")
_LINE_BREAK = re.compile(r"[\n\r\v\f\x85\u2028\u2029]")
_SINGLE_BREAK = frozenset({"\n", "\r\n", "\r", "\u2028"})
_MARKER = re.compile(r"\s*(?:(?:[-*+•‣◦▪·–—>]|#{1,6}|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])\s+)*")
_ENDED = re.compile(r"[.!?:;…。！？][\"'”’)\]*_]*\s*$")
# The splitter takes "miss." and the like for abbreviations.
_PLAIN_END = re.compile(r"(?<=[a-z]{4}[.!?])\s+(?=[A-Z])")
_BLANKED = re.compile(r"[\"'“”‘’«»‹›„‚()\[\]{}`*]")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A stretch of the original text, `text[start:end]` in code points; `denied` says which of its words are denied."""

    start: int
    end: int
    words: tuple[Word, ...]
    denied: tuple[bool, ...]


class _Span(NamedTuple):
    """A sentence in the normalised text, and the lines that it runs over when they are several."""

    start: int
    end: int
    lines: list[tuple[int, int]]


def split_sentences(text: str) -> list[Sentence]:
    """Read a text as sentences, in order of their starts.

    A line break ends a sentence, unless the next line goes on in lower case: then the whole is a sentence and each of
    its lines is one too, because nobody can tell wrapped prose from a list without marks. Stretches of a run longer
    than LONGEST_SENTENCE overlap. What is denied is read from the whole, so that a cut frees no word of its "not".
    """
    normalised = normalise(text)
    return [sentence for span in _spans(normalised.text) for sentence in _read(text, normalised, span)]


def _spans(text: str) -> Iterator[_Span]:
    for block in _blocks(text):
        start, end = block[0][0], block[-1][1]
        # One character for one: offsets stay true.
        masked = _BLANKED.sub(" ", _LINE_BREAK.sub(" ", text[start:end]))
        for first, last in _boundaries(masked, start):
            reached = bisect_right(block, first, key=itemgetter(1))
            beyond = bisect_left(block, last, key=itemgetter(0))
            lines = [(max(first, a), min(last, b)) for a, b in block[reached:beyond]]
            yield _Span(first, last, lines if len(lines) > 1 else [])


def _boundaries(text: str, offset: int) -> Iterator[tuple[int, int]]:
    for boundary in sentencex.get_sentence_boundaries("en", text):
        first, last = boundary["start_index"], boundary["end_index"]
        for ending in _PLAIN_END.finditer(text, first, last):
            yield offset + first, offset + ending.start()
            first = ending.end()
        yield offset + first, offset + last


def _blocks(text: str) -> list[list[tuple[int, int]]]:
    """Lines without their list marks; lines that go on in lower case stand together."""
    blocks: list[list[tuple[int, int]]] = []
    for match in _LINE.finditer(text):
        marker = _MARKER.match(text, match.start(), match.end())
        start = marker.end() if marker else match.start()
        if start >= match.end():
            continue
        unmarked = not text[match.start() : start].strip()
        previous = blocks[-1][-1] if blocks else None
        goes_on = (
            previous is not None
            and unmarked
            and text[start].islower()
            and not _ENDED.search(text, *previous)
            and text[previous[1] : match.start()] in _SINGLE_BREAK
        )
        if goes_on:
            blocks[-1].append((start, match.end()))
        else:
            blocks.append([(start, match.end())])
    return blocks


def _read(original: str, normalised: NormalisedText, span: _Span) -> Iterator[Sentence]:
    words = read_words(normalised.text[span.start : span.end])
    marks = denied(words)
    starts = [span.start + word.start for word in words]
    pieces = [(span.start, span.end), *span.lines]
    for start, end in pieces:
        first, last = bisect_left(starts, start), bisect_left(starts, end)
        if last - first <= LONGEST_SENTENCE:
            stretches = [(start, end, first, last)] if last > first else []
        else:
            cuts = [(at, min(at + _STRETCH, last)) for at in range(first, last - _STRIDE, _STRIDE)]
            stretches = [(starts[at], span.start + words[to - 1].end, at, to) for at, to in cuts]
        for begin, finish, at, to in stretches:
            opening = words[at]._replace(pause=Pause.CLAUSE)
            yield Sentence(
                *_place(original, normalised, begin, finish), (opening, *words[at + 1 : to]), tuple(marks[at:to])
            )


def _place(original: str, normalised: NormalisedText, start: int, end: int) -> tuple[int, int]:
    """The stretch of the original that a stretch of the normalised text stands for, without white space around it."""
    text = normalised.text
    while end > start and text[end - 1].isspace():
        end -= 1
    while start < end and text[start].isspace():
        start += 1
    first, last = normalised.original_span(start, end)
    while last < len(original) and unicodedata.combining(original[last]):
        last += 1
    return first, last
