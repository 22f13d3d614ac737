"""Text as people type it, made comparable without losing where each character came from."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_CLUSTER = 31
"""A letter and the marks that are composed with it: 30 at most, as in Stream-Safe Text (UAX #15, section 13).

Putting marks in order takes time that grows with the square of their number.
"""
# Shown as nothing, and no format characters by category: the grapheme joiner, fillers and variation selectors.
_SHOWN_AS_NOTHING = frozenset(
    {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0}
    | {*range(0x180B, 0x1810)}
    | {*range(0xFE00, 0xFE10)}
    | {*range(0xE0100, 0xE01F0)}
)
_FILLERS = frozenset(map(chr, _SHOWN_AS_NOTHING))
# Controls, formats, surrogates, private and unassigned characters: nothing that a reader sees, or sees everywhere.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_LINE_END = re.compile(r"\r\n?|[\x85\u2028\u2029]")
_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*\n")
_FIRST_THAT_COMPOSES = "\u0300"


@dataclass(frozen=True, slots=True)
class NormalisedText:
    """Text in NFKC without invisible characters (zero width, bidirectional marks, variation selectors).

    `text[i]` stands for `original[origins[i] : ends[i]]`; `origins` has one entry more, for the end.
    """

    text: str
    origins: Sequence[int]
    ends: Sequence[int]

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original that `text[start:end]` stands for, end exclusive."""
        first = self.origins[start]
        return first, self.ends[end - 1] if start < end else first


def normalise(original: str) -> NormalisedText:
    """Compose, fold compatibility forms (full-width letters, ligatures) and drop invisible characters."""
    if original.isascii():
        return NormalisedText(original, range(len(original) + 1), range(1, len(original) + 1))
    visible = [place for place, char in enumerate(original) if not _is_invisible(char)]
    text: list[str] = []
    origins: list[int] = []
    ends: list[int] = []
    at = 0
    while at < len(visible):
        first = visible[at]
        cluster = original[first]
        at += 1
        while at < len(visible) and len(cluster) < LONGEST_CLUSTER and _joins(cluster, original[visible[at]]):
            cluster += original[visible[at]]
            at += 1
        composed = unicodedata.normalize("NFKC", cluster)
        text.append(composed)
        origins.extend([first] * len(composed))
        ends.extend([visible[at - 1] + 1] * len(composed))
    origins.append(len(original))
    return NormalisedText("".join(text), origins, ends)


def visible(text: str) -> str:
    """The text without characters that are shown as nothing, turn the direction of reading or control a terminal.

    Unlike `normalise` it changes nothing else: ² stays ². Every kind of line end becomes a line feed; tabs stay.
    """
    if text.replace("\n", "").replace("\t", "").isprintable() and _FILLERS.isdisjoint(text):
        return text
    return "".join(char for char in _LINE_END.sub("\n", text) if char in "\n\t" or not _is_unseen(char))


def one_line(text: str) -> str:
    """What is visible of a text, with every run of white space as one space and none around."""
    return " ".join(visible(text).split())


def folded(text: str) -> str:
    """A line as it compares: composed, without regard to case and spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split()).casefold()


def paragraphs(text: str) -> str:
    """What is visible of a text, with no white space around and one empty line at most between others."""
    return _BLANK_LINES.sub("\n\n", visible(text)).strip()


def _is_unseen(char: str) -> bool:
    return char in _FILLERS or unicodedata.category(char) in _UNSEEN


def _is_invisible(char: str) -> bool:
    return unicodedata.category(char) == "Cf" or ord(char) in _SHOWN_AS_NOTHING


def _joins(cluster: str, char: str) -> bool:
    """Whether a character is composed with those before it: a mark, or such as the second half of a syllable."""
    if char < _FIRST_THAT_COMPOSES:
        return False
    if unicodedata.combining(char):
        return True
    apart = unicodedata.normalize("NFKC", cluster) + unicodedata.normalize("NFKC", char)
    return unicodedata.normalize("NFKC", cluster + char) != apart
