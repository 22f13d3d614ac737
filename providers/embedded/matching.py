"""How far an answer states a key point.

A phrasing's recall in a sentence is the idf-weighted share of its content stems that the sentence has; with a bonus for
their number it is a strength. A key point's credit is that of its strongest phrasing, or of a mix of them at a
discount, in the best sentence, through a ramp. Each sentence is looked at by itself, so one that is added can only
raise a credit.

Source: weights are inverse document frequencies, Spärck Jones 1972, over a fixed corpus, never over the answer.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from domain.challenge import KeyPoint
from providers.embedded.analysis import AFFIRMED, DENIED, AnswerAnalysis, Standing, stems_of
from providers.embedded.negation import denied
from providers.embedded.words import compounds, read_words

RAMP_START = 0.45
"""Strength up to which nothing is earned."""
RAMP_END = 0.75
"""Strength from which on all is earned."""
TERM_LIST_CREDIT = 0.4
"""The most that a list of key terms can earn."""
LONE_STEM_CREDIT = 0.5
"""The most that a phrasing can earn that has a single stem of its own beside the words of the question."""

_COUNT_BONUS = (-0.10, -0.10, -0.05, 0.03, 0.10)
"""Added to recall for 0, 1, 2, 3, 4 and more matched stems: two of three words meet by chance, five of eight do not."""
_BLEND = 0.6
"""What recall over the words of all phrasings together is worth beside recall of one phrasing."""
_BLEND_TERMS = 3
_BLEND_DENIED_SHARE = 0.4
_ASKED_WEIGHT = 0.3
"""Share of its weight that a word of the question keeps, where a phrasing has fewer than two stems of its own."""
_DENIED_SHARE = 0.5
"""Matched weight from which on a sentence says the opposite of a phrasing."""
_DENYING_RECALL = 0.6
"""Recall, in either sense, from which on denying what a phrasing affirms speaks against the key point."""
_AFFIRMING_RECALL = 0.85
"""Recall, in either sense, from which on affirming what a phrasing denies does so; chance does it more often."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Inverse document frequencies of stems over a fixed corpus."""

    idf: Mapping[str, float]
    unknown: float

    @classmethod
    def of(cls, corpus: Iterable[str]) -> "Weights":
        """Count the texts that each stem occurs in."""
        counts: Counter[str] = Counter()
        texts = 0
        for text in corpus:
            counts.update(stems_of(text))
            texts += 1
        return cls(
            {stem: math.log(1 + texts / (count + 0.5)) for stem, count in counts.items()},
            math.log(1 + 2 * texts) or 1.0,
        )

    def weight(self, stem: str) -> float:
        """The weight of a stem; one that the corpus does not have weighs most."""
        return self.idf.get(stem, self.unknown)


@dataclass(frozen=True, slots=True)
class Term:
    """A content stem of a phrasing, the compounds that say the same, and whether the phrasing denies it."""

    stem: str
    others: tuple[str, ...]
    sense: int
    weight: float


@dataclass(frozen=True, slots=True)
class Phrasing:
    """One way of saying a key point."""

    terms: tuple[Term, ...]


@dataclass(slots=True)
class Match:
    """How well a key point is stated, by which statement, and which others deny it.

    `credit` is in 0..1; `strength` is the recall that it rests on, with the bonus for the number of matched stems.
    """

    credit: float = 0.0
    strength: float = 0.0
    statement: int | None = None
    term_list: bool = False
    against: tuple[int, ...] = ()


class Overlap(NamedTuple):
    """What a phrasing's terms weigh in one statement: `agreeing` in the same sense, `opposing` in the other.

    `rejected` is the part of `opposing` that the statement denies; `terms` counts those in the same sense.
    """

    agreeing: float = 0.0
    opposing: float = 0.0
    rejected: float = 0.0
    terms: int = 0

    @property
    def denied_share(self) -> float:
        """Share of what matched that is meant the other way round."""
        return self.opposing / (self.agreeing + self.opposing)

    def strength(self, total: float) -> float:
        """Recall, half for what is meant the other way round, with the bonus for the number of terms."""
        recall = (self.agreeing + self.opposing / 2) / total
        return recall if recall >= 1 else recall + _COUNT_BONUS[min(self.terms, len(_COUNT_BONUS) - 1)]

    def speaks_against(self, total: float) -> bool:
        """Whether the statement says the opposite of the phrasing."""
        if self.denied_share < _DENIED_SHARE:
            return False
        enough = _DENYING_RECALL if self.rejected >= self.opposing / 2 else _AFFIRMING_RECALL
        return (self.agreeing + self.opposing) / total >= enough


Weighed = list[tuple[Term, float]]


def read_phrasing(text: str, weights: Weights) -> Phrasing:
    """Analyse a phrasing; a stem that occurs twice counts once."""
    words = read_words(text)
    marks = denied(words)
    joined: dict[int, list[str]] = {}
    for position, stem in compounds(words):
        if words[position].glued:
            joined.setdefault(position - 1, []).append(stem)
            joined.setdefault(position, []).append(stem)
    terms: dict[str, Term] = {}
    for position, word in enumerate(words):
        if word.content and word.stem not in terms:
            sense = DENIED if marks[position] else AFFIRMED
            terms[word.stem] = Term(word.stem, tuple(joined.get(position, ())), sense, weights.weight(word.stem))
    return Phrasing(tuple(terms.values()))


def ramp(strength: float) -> float:
    """The credit that a strength earns."""
    return min(1.0, max(0.0, (strength - RAMP_START) / (RAMP_END - RAMP_START)))


def match_key_point(phrasings: Iterable[Phrasing], analysis: AnswerAnalysis, *, short_allowed: bool) -> Match:
    """Find the statement that earns the most for a key point.

    `short_allowed` lets a phrasing with one stem of its own earn everything.
    """
    best = Match()
    against: set[int] = set()
    earning: set[int] = set()

    def consider(number: int, strength: float, limit: float) -> None:
        listed = analysis.statements[number].standing is Standing.TERM_LIST
        credit = min(ramp(strength), limit, TERM_LIST_CREDIT if listed else 1.0)
        if credit > 0:
            earning.add(number)
        if (credit, strength) > (best.credit, best.strength):
            best.credit, best.strength, best.statement, best.term_list = credit, strength, number, listed

    weighed = [(terms, own) for terms, own in (_weigh(phrasing, analysis.asked) for phrasing in phrasings) if own]
    for terms, own in weighed:
        total = sum(weight for _, weight in terms)
        for number, overlap in _overlaps(terms, analysis).items():
            if overlap.denied_share < _DENIED_SHARE:
                consider(number, overlap.strength(total), 1.0 if own > 1 or short_allowed else LONE_STEM_CREDIT)
            elif overlap.speaks_against(total):
                against.add(number)
    for number, strength in _blend([terms for terms, own in weighed if own > 1], analysis):
        consider(number, strength, 1.0)
    best.against = tuple(sorted(against - earning))
    return best


def _blend(phrasings: Sequence[Weighed], analysis: AnswerAnalysis) -> Iterator[tuple[int, float]]:
    """Statements that mix the words of several phrasings, measured against a phrasing of mean weight."""
    if len(phrasings) < 2:
        return
    mean = sum(weight for terms in phrasings for _, weight in terms) / len(phrasings)
    every = list({(term.stem, term.sense): (term, weight) for terms in phrasings for term, weight in terms}.values())
    for number, overlap in _overlaps(every, analysis).items():
        if overlap.terms >= _BLEND_TERMS and overlap.denied_share < _BLEND_DENIED_SHARE:
            yield number, min(RAMP_END, _BLEND * (overlap.agreeing + overlap.opposing / 2) / mean + _COUNT_BONUS[3])


def _weigh(phrasing: Phrasing, asked: frozenset[str]) -> tuple[Weighed, int]:
    """Leave out the words of the question, or keep them lightly where hardly anything else is left.

    Returns:
        The terms with their weights, and how many of them are not words of the question.
    """
    own = [(term, term.weight) for term in phrasing.terms if term.stem not in asked]
    if len(own) > 1:
        return own, len(own)
    return own + [(term, term.weight * _ASKED_WEIGHT) for term in phrasing.terms if term.stem in asked], len(own)


def _overlaps(terms: Weighed, analysis: AnswerAnalysis) -> dict[int, Overlap]:
    """For every statement that may earn and has some of the terms: what they weigh there."""
    found: dict[int, Overlap] = {}
    none = Overlap()
    for term, weight in terms:
        occurrences: dict[int, int] = {}
        for stem in (term.stem, *term.others):
            for number, occurrence in analysis.postings.get(stem, ()):
                occurrences[number] = occurrences.get(number, 0) | occurrence
        for number, occurrence in occurrences.items():
            agreeing, opposing, rejected, count = found.get(number, none)
            if occurrence & term.sense:
                found[number] = Overlap(agreeing + weight, opposing, rejected, count + 1)
            else:
                denies = weight if term.sense == AFFIRMED else 0.0
                found[number] = Overlap(agreeing, opposing + weight, rejected + denies, count)
    return found


def key_point_texts(key_point: KeyPoint) -> tuple[str, ...]:
    """Every way in which a key point is written down."""
    return (key_point.text, *key_point.phrasings)
