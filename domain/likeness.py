"""How alike two texts are: the share of neighbouring words that they have in common, from small sketches.

A text is the set of its pairs of neighbouring words; two texts are as alike as their sets overlap (Jaccard). The set is
kept as its 128 smallest hashes, a bottom-k sketch. Of a text with no more pairs than that, as most questions are, the
sketch is the whole set and the likeness exact; of a longer one it is an estimate with a standard error up to 0.044.
That is why it is no simhash: 64 bits over some 60 pairs are too noisy to tell a reworded question from one on the same
subject. A sketch is at most 1 KiB, needs no other text to be made, and is the same in every process and on every
machine, so it may be stored.

Source: Broder 1997, On the resemblance and containment of documents; Cohen and Kaplan 2007, Summarizing data using
bottom-k sketches.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from domain.wording import words

SHINGLE_WORDS: Final = 2
"""Words in a run. A changed word breaks two runs of two, and would break three of three."""
SKETCH_SIZE: Final = 128
NEAR_DUPLICATE: Final = 0.35
"""Likeness from which on two texts are one text told twice.

Measured on the 168 stems and situations of the curated bank: the two most alike of different items have 0.08; a text
with every fifth word replaced keeps 0.48 at the median, and one cut to its second half 0.42 at least.
"""
_HASH_BYTES: Final = 8
_ANY_NUMBER: Final = "#"
"""Stands for every number: the same task with other figures is the same task."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """The smallest hashes of a text's runs of words, 64 bits each, ascending, `SKETCH_SIZE` at most."""

    hashes: tuple[int, ...]


def sketch(text: str) -> Sketch:
    """Read a text once. Case, punctuation and the value of a number make no difference."""
    read = [_ANY_NUMBER if word[0].isdigit() else word for word in words(text)]
    width = min(SHINGLE_WORDS, len(read))
    runs = {" ".join(read[at : at + width]) for at in range(len(read) - width + 1)} if read else set()
    return Sketch(tuple(sorted(_hash(run) for run in runs)[:SKETCH_SIZE]))


def likeness(one: Sketch, other: Sketch) -> float:
    """The share of runs in common, 0..1: 1 for the same words, 0 where either text has none."""
    if not one.hashes or not other.hashes:
        return 0.0
    shared = set(one.hashes) & set(other.hashes)
    smallest = sorted({*one.hashes, *other.hashes})[:SKETCH_SIZE]
    return sum(run in shared for run in smallest) / len(smallest)


def near_duplicates(one: Sketch, other: Sketch) -> bool:
    """Whether a person who has met the one has met the other."""
    # What they share bounds their likeness, and most pairs share next to nothing: a tenth of the time for those.
    shared = len(set(one.hashes).intersection(other.hashes))
    if shared < NEAR_DUPLICATE * min(SKETCH_SIZE, len(one.hashes) + len(other.hashes) - shared):
        return False
    return likeness(one, other) >= NEAR_DUPLICATE


class Familiar:
    """Texts that somebody has met. Looks at each of them only where it may matter: most texts share next to nothing."""

    def __init__(self, sketches: Iterable[Sketch] = ()) -> None:
        self._sketches: list[Sketch] = []
        self._hashes: set[int] = set()
        for met in sketches:
            self.add(met)

    def add(self, met: Sketch) -> None:
        """One more."""
        self._sketches.append(met)
        self._hashes.update(met.hashes)

    def near_duplicates(self, fresh: Sketch) -> bool:
        """Whether the text is a near-duplicate of one of them."""
        # No likeness is above the share of the text's hashes that any of them has: the divisor is that many at least.
        if len(self._hashes.intersection(fresh.hashes)) < NEAR_DUPLICATE * len(fresh.hashes):
            return False
        return any(near_duplicates(fresh, met) for met in self._sketches)


def _hash(run: str) -> int:
    return int.from_bytes(blake2b(run.encode(), digest_size=_HASH_BYTES).digest(), "big")
