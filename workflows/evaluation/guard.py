"""What of a model's words may be shown before an evaluation is completed.

A key point must not be read in a rationale or in feedback before the answer is graded, unless the answer says it.
Told by words: of a key point (or a phrasing, or an anchor of a level) those content words are *news* that stand neither
in the answer nor in what everybody sees (situation, questions, titles of criteria). A text leaks it when it
- has at least half of the news, and two words of it or at least half of the key point's own words; or
- has four words of it in a row, two of them content words, that stand in that order nowhere else.
Measured on the curated bank: of 1,036 key points told to whoever said nothing, 1,035 are caught; of 1,346 texts of the
embedded grader, which give nothing away, 14 are held back; no sentence of an answer is a leak to its author.
Words are compared by their roots, in any order, so a paraphrase is caught as far as it keeps the telling words. What
this cannot see is a translation: prompts forbid it, and feedback is written without key points before its eyes,
unless one question is asked about everything.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from domain.evaluation import CriterionGrade
from domain.grading import GradingTask, RubricLine
from domain.markup import without_markup
from domain.scoring import HIGHEST_LEVEL
from domain.wording import root, words

RUN_WORDS: Final = 4
_SHORTEST: Final = 3
_STRONG_LEVEL: Final = 4

_COMMON: Final = frozenset(
    re.findall(
        r"\w+",
        """
        about above after again all also although among and another answer answers any are because been before being
        below best better between both but can candidate clear clearly could criteria criterion describe described
        describes did does doesn doing don done during each either even every explain explained explains few first
        for from give given gives good had has have having hence here how however instead into isn its just key last
        least less level levels made make makes many may mention mentioned mentions might more most much must name
        named names need needs neither next nor not off once one ones only onto other otherwise out over own part
        parts per point points question questions quite rather said same say says shall should show shown shows
        since some state stated states still such take taken takes than that the their them then there therefore
        these they thing things this those though through thus title too two under unless until upon use used uses
        very via was way ways well were what when where whether which while who whom whose why will with without won
        would yet you your yours
        """,
    )
)
"""Grammar, and the words in which anybody talks about an answer."""

_UNSEEN = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
_BLANK = re.compile(r"\s+")


def plain(text: str) -> str:
    """A model's text on one line, as clients may render it: no HTML, no Markdown link or image, no control character.

    Characters that join letters stay, unlike in `one_line`: feedback is in the language of the answer.
    """
    return without_markup(_UNSEEN.sub("", _BLANK.sub(" ", text))).strip()


class _Secret:
    """One wording of what an answer should have said."""

    __slots__ = ("content", "runs")

    def __init__(self, text: str) -> None:
        spoken = words(text)
        self.content = frozenset(_roots(spoken))
        self.runs = frozenset(run for run in _runs(spoken) if sum(map(_is_content, run)) >= 2)


class Guard:
    """Knows what one task's texts must not give away. Reads the answer at the first question, or in `prepare`."""

    def __init__(self, task: GradingTask) -> None:
        self._task = task
        self._secrets: tuple[tuple[frozenset[str], frozenset[str], frozenset[tuple[str, ...]]], ...] | None = None

    def prepare(self) -> None:
        """Read the answer and the rubric. May be called in any thread, and again."""
        if self._secrets is None:
            self._secrets = tuple(self._read())

    def leaks(self, text: str) -> bool:
        """Whether a text says a key point that the answer does not."""
        self.prepare()
        spoken = words(text)
        content = frozenset(_roots(spoken))
        runs = frozenset(_runs(spoken))
        return any(
            not runs.isdisjoint(unsaid) or _gives_away(content, secret, news)
            for secret, news, unsaid in self._secrets or ()
        )

    def _read(self) -> Iterator[tuple[frozenset[str], frozenset[str], frozenset[tuple[str, ...]]]]:
        known: set[str] = set()
        known_runs: set[tuple[str, ...]] = set()
        for text in self._shown():
            spoken = words(text)
            known.update(_roots(spoken))
            known_runs.update(_runs(spoken))
        for line in self._task.rubric:
            for secret in map(_Secret, _hidden(line)):
                news = secret.content - known
                if news:
                    yield secret.content, news, secret.runs - known_runs

    def _shown(self) -> Iterator[str]:
        context = self._task.context
        yield from (context.company, context.role, context.situation, *context.constraints)
        yield from (question.prompt for question in self._task.questions)
        yield from (line.criterion.title for line in self._task.rubric)
        yield from (part.text for part in self._task.parts)


def in_short(criteria: Sequence[CriterionGrade], lines: Iterable[RubricLine]) -> str:
    """What a dimension's levels say, by counts and a title: shown where a model's own words may not be."""
    titles = {line.criterion.id: line.criterion.title for line in lines}
    met = sum(criterion.level >= _STRONG_LEVEL for criterion in criteria)
    partly = sum(0 < criterion.level < _STRONG_LEVEL for criterion in criteria)
    weakest = min(criteria, key=lambda criterion: criterion.level)
    least = f"; least in “{titles[weakest.criterion_id]}”" if weakest.level < HIGHEST_LEVEL else ""
    return f"Criteria met: {met} of {len(criteria)}, and {partly} in part{least}."


def _gives_away(content: frozenset[str], secret: frozenset[str], news: frozenset[str]) -> bool:
    told = len(content & news)
    return 2 * told >= len(news) and told > 0 and (told >= 2 or 2 * len(content & secret) >= len(secret))


def _hidden(line: RubricLine) -> Iterator[str]:
    for point in line.key_points:
        yield point.text
        yield from point.phrasings
    yield from (anchor.text for anchor in line.anchors)


def _roots(spoken: Iterable[str]) -> Iterator[str]:
    return (root(word) for word in spoken if _is_content(word))


def _is_content(word: str) -> bool:
    return word not in _COMMON and (len(word) >= _SHORTEST or word[0].isdigit() or not word.isascii())


def _runs(spoken: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return (tuple(spoken[at : at + RUN_WORDS]) for at in range(len(spoken) - RUN_WORDS + 1))
