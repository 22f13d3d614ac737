"""Text taken apart into sentences and words, as rules about questions and likeness between texts need it."""

import re

from domain.text import normalise

_FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_CODE_SPAN = re.compile(r"`[^`\n]*`")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)*_]*\s+|\n{2,}")
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*")
_APOSTROPHE = str.maketrans("’", "'")
_SUFFIXES = ("ations", "ation", "ings", "ing", "edly", "ies", "ed", "es", "er", "ly", "s", "e")
_SHORTEST_ROOT = 4


def prose(text: str) -> str:
    """What is left of Markdown text without fenced code and code spans."""
    return _CODE_SPAN.sub(" ", _FENCE.sub("\n\n", text))


def sentences(text: str) -> list[str]:
    """The sentences of Markdown text, in order; fenced code belongs to none."""
    return [piece.strip() for piece in _SENTENCE_END.split(_FENCE.sub("\n\n", text)) if piece.strip()]


def words(text: str) -> list[str]:
    """Words and numbers in order, composed and in lower case; punctuation and symbols are dropped."""
    return [match.group().translate(_APOSTROPHE).casefold() for match in _WORD.finditer(normalise(text).text)]


def root(word: str) -> str:
    """A lower-case word without its ending: forms of one word mostly share it, and little else does.

    A crude stem on purpose: this layer has no dictionary, and two words that wrongly part only miss each other.
    """
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= _SHORTEST_ROOT:
            return word.removesuffix(suffix)
    return word
