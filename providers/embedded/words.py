"""Words of English text: folded, stemmed, and marked as content or grammar."""

import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

import Stemmer  # type: ignore[import-not-found] # a C extension without stubs

from providers.embedded.lexicon import FUNCTION_WORDS, SAME_WORD, SYNONYMS

_TOKEN = re.compile(
    r"(?P<name>[^\W\d_](?:\+\+|\#)(?!\w))"
    r"|(?P<word>[^\W\d_][^\W_]*(?:'[^\W\d_]+)?)"
    r"|(?P<number>\d+(?:[.,]\d+)*)"
    r"|(?P<percent>%)"
    r"|(?P<stop>[;:()\[\]{}—–]|[.!?]+(?=\s|$)|\s-+\s)"
    r"|(?P<comma>,)"
)
_AMERICAN_Z = re.compile(r"(?<=[a-z]{3})([iy])z(?=(?:e|ed|es|er|ers|ing|ation|ations|ational)$)")
_BRITISH_OUR = re.compile(r"^(col|behavi|fav|neighb|lab|hon|flav|harb)our")
_GLUE = frozenset("-‐‑_")
_CODE = frozenset("_=<>(){}[]/\\*@#$|")


class Pause(IntEnum):
    """What stands between a word and the one before it."""

    NONE = 0
    COMMA = 1
    CLAUSE = 2


class Word(NamedTuple):
    """One word: `start` and `end` are offsets in the text it was read from.

    `glued` says that only a hyphen or underscore parts it from the word before; `code` that it is a number or touches
    a symbol of program text.
    """

    text: str
    stem: str
    start: int
    end: int
    content: bool
    glued: bool
    code: bool
    pause: Pause


class _Stemmers(threading.local):
    """A Snowball stemmer of each thread's own: one keeps state while it works."""

    def __init__(self) -> None:
        self.english = Stemmer.Stemmer("english")


_STEMMERS = _Stemmers()


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """The Snowball (English) stem of a lower-case word; spellings, irregular forms and synonyms share one."""
    plain = _plain_stem(word)
    return _representatives().get(plain, plain)


def _plain_stem(word: str) -> str:
    folded = SAME_WORD.get(word, word)
    if "z" in folded:
        folded = _AMERICAN_Z.sub(r"\1s", folded)
    if "our" in folded:
        folded = _BRITISH_OUR.sub(r"\1or", folded)
    stemmed: str = _STEMMERS.english.stemWord(folded)
    return stemmed


@lru_cache(maxsize=1)
def _representatives() -> Mapping[str, str]:
    return {_plain_stem(word): _plain_stem(group[0]) for group in SYNONYMS for word in group}


def read_words(text: str) -> list[Word]:
    """Split normalised text into words, in order."""
    words: list[Word] = []
    pause = Pause.NONE
    lowered = text.replace("’", "'")
    previous_end = -2
    for match in _TOKEN.finditer(lowered):
        if match.lastgroup == "comma":
            pause = max(pause, Pause.COMMA)
            continue
        if match.lastgroup == "stop":
            pause = Pause.CLAUSE
            continue
        start, end = match.span()
        surface = _fold(match)
        words.append(
            # By position: half the time of keywords, for the thousands of words of a long answer.
            Word(
                surface,
                stem(surface),
                start,
                end,
                surface not in FUNCTION_WORDS,
                start == previous_end + 1 and lowered[start - 1] in _GLUE,
                match.lastgroup == "number" or _touches_code(lowered, start, end),
                pause,
            )
        )
        previous_end, pause = end, Pause.NONE
    return words


def _fold(match: re.Match[str]) -> str:
    surface = match.group().lower()
    if match.lastgroup == "number":
        return surface.replace(",", "")
    return surface.removesuffix("'s") or surface


def _touches_code(text: str, start: int, end: int) -> bool:
    return (start > 0 and text[start - 1] in _CODE) or (end < len(text) and text[end] in _CODE)


def compounds(words: Sequence[Word]) -> Iterable[tuple[int, str]]:
    """Neighbouring words read as one: "time out", "time-out" and "timeout" are the same word to people.

    Without a hyphen the first has to carry content ("roll out", but not "in it").

    Yields:
        The position of the second word, and the stem of both together.
    """
    for position in range(1, len(words)):
        first, second = words[position - 1], words[position]
        if second.glued or (second.pause is Pause.NONE and first.content and not first.code):
            yield position, stem(first.text + second.text)
