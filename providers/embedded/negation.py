"""Which words of a sentence are denied.

A denial reaches over the words after it to the end of its clause, at most a few content words far, and over its
subject when the predicate rejects it ("an index is not needed"). Two denials of one word cancel out. The scope is kept
narrow on purpose: a wrong flag costs honest prose more than a missed one gives away.

Source: scope by cue and window follows NegEx, Chapman et al. 2001; cues and clause ends are ours.
"""

from collections.abc import Sequence

from providers.embedded.lexicon import (
    CLAUSE_OPENERS,
    DENYING,
    HARMLESS_BEFORE,
    HARMLESS_PAIRS,
    LINKING,
    REJECTED,
    REJECTING,
    SHUNNING,
    SHUNNING_PAIRS,
    SUBJECTS,
)
from providers.embedded.words import Pause, Word

_DENYING_REACH = 7
"""Content words that "not" reaches over."""
_SHUNNING_REACH = 4
"""Content words that "without" reaches over."""
_LIST_REACH = 4
"""Words after a comma among which the "and" of a list is looked for."""
_WORDS_REACH = 20
"""Words of any kind that a denial reaches over at most."""
_PREDICATE_REACH = 3
"""Words between a denial and the predicate that it turns into a rejection."""


def denied(words: Sequence[Word]) -> list[bool]:
    """Tell for every word whether an odd number of denials reaches it."""
    marks = [False] * len(words)
    for position in range(len(words)):
        for target in _scope(words, position):
            marks[target] = not marks[target]
    return marks


def _scope(words: Sequence[Word], position: int) -> list[int]:
    word = words[position].text
    following = words[position + 1].text if position + 1 < len(words) else ""
    preceding = words[position - 1].text if position else ""
    if word in REJECTING and _linked(words, position):
        return _before(words, position)
    if (word, following) in SHUNNING_PAIRS:
        return _after(words, position + 2, _SHUNNING_REACH)
    if word in SHUNNING and (word, following) not in HARMLESS_PAIRS:
        return _after(words, position + 1, _SHUNNING_REACH)
    if word not in DENYING or (word, following) in HARMLESS_PAIRS or (preceding, word) in HARMLESS_BEFORE:
        return []
    reached = _after(words, position + 1, _DENYING_REACH)
    if _rejects(words, position):
        reached = _before(words, position) + reached
    return reached


def _after(words: Sequence[Word], start: int, reach: int) -> list[int]:
    reached: list[int] = []
    content = 0
    for position in range(start, min(start + _WORDS_REACH, len(words))):
        word = words[position]
        if position > start and (
            word.pause is Pause.CLAUSE
            or word.text in CLAUSE_OPENERS
            or (word.pause is Pause.COMMA and content and not _listed(words, position))
            or _new_statement(words, position)
        ):
            break
        reached.append(position)
        content += word.content
        if content >= reach:
            break
    return reached


def _listed(words: Sequence[Word], position: int) -> bool:
    """Whether a comma stands in a list that "and" or "or" will close: "no index, cursor or cache"."""
    for place in range(position, min(position + _LIST_REACH, len(words))):
        if words[place].text in CLAUSE_OPENERS | SUBJECTS or words[place].pause is Pause.CLAUSE:
            return False
        if words[place].text in {"and", "or"}:
            return not _new_statement(words, place)
    return False


def _new_statement(words: Sequence[Word], position: int) -> bool:
    """Whether "and" or "or" begins a statement of its own: "does not lock the table and keeps writes going"."""
    if words[position].text not in {"and", "or"} or position + 1 >= len(words):
        return False
    following = words[position + 1].text
    return following in SUBJECTS | DENYING or (following.endswith("s") and not following.endswith("ss"))


def _rejects(words: Sequence[Word], position: int) -> bool:
    """Whether this denial belongs to a predicate that rejects its subject."""
    contracted = words[position].text.endswith("t") and words[position].text != "not"
    if not contracted and not (position and words[position - 1].text in LINKING | {"do", "does", "did", "will"}):
        return False
    ahead = words[position + 1 : position + 1 + _PREDICATE_REACH]
    return any(word.text in REJECTED for word in ahead if word.pause is not Pause.CLAUSE)


def _linked(words: Sequence[Word], position: int) -> bool:
    return any(word.text in LINKING for word in words[max(0, position - _PREDICATE_REACH) : position])


def _before(words: Sequence[Word], position: int) -> list[int]:
    reached: list[int] = []
    for place in range(position - 1, max(-1, position - 1 - _WORDS_REACH), -1):
        if words[place].text in CLAUSE_OPENERS:
            break
        reached.append(place)
        if words[place].pause is not Pause.NONE:
            break
    return reached
