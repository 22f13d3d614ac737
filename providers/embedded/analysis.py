"""An answer, read once: its sentences, what each may earn, and where each stem occurs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from domain.challenge import AnswerPart
from domain.grading import GradingTask, Span
from providers.embedded.sentences import Sentence, split_sentences
from providers.embedded.words import Pause, Word, compounds, read_words

AFFIRMED = 1
DENIED = 2
"""How a stem occurs in a sentence; both bits when both ways."""

_RUN = 4
"""Words in a row that are taken to be copied, when the task has them too."""
_QUOTED_RUN = 9
"""Words in a row that earn nothing although the rest of their sentence may."""
_COPIED_SHARE = 0.7
_LIST_WORDS = 8
"""Words from which on a sentence without any function word is a list of terms, and no longer a note."""
_PARTED_SHARE = 0.5
"""Words after a comma, colon or bracket among all, from which on they are a list whatever they are."""
_LONG_LIST_WORDS = 14
_LONG_LIST_GRAMMAR_SHARE = 0.15
"""Function words among the words of a longer list; English prose has 0.35 to 0.55."""


class Standing(Enum):
    """What a sentence may earn, and why."""

    PROSE = "prose"
    TERM_LIST = "a list of key terms"
    COPIED = "a copy of the question or the situation"
    INSTRUCTION = "an instruction to the grader"
    EMPTY = "no content"

    @property
    def earns(self) -> bool:
        """Whether the sentence is matched at all."""
        return self in {Standing.PROSE, Standing.TERM_LIST}


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of the answer with its place and standing. `stems` maps a stem to how it occurs."""

    question_id: str
    part: int
    start: int
    end: int
    quote: str
    standing: Standing
    stems: dict[str, int]


@dataclass(frozen=True, slots=True)
class AnswerAnalysis:
    """`postings[stem]` are the numbers of the statements that may earn and contain it, each with how it occurs.

    `asked` are the stems of the question prompts.
    """

    statements: tuple[Statement, ...]
    postings: dict[str, list[tuple[int, int]]]
    asked: frozenset[str]
    grammar_share: float
    words: int

    def count(self, standing: Standing) -> int:
        """Statements of one standing."""
        return sum(statement.standing is standing for statement in self.statements)


def stems_of(text: str) -> frozenset[str]:
    """The content stems of a text."""
    return frozenset(word.stem for word in read_words(text) if word.content)


def analyse(task: GradingTask) -> AnswerAnalysis:
    """Read every part of an answer. Every statement is judged by itself, so that none changes what another earns."""
    shown = _shown_runs(task)
    statements: list[Statement] = []
    grammar = total = 0
    for number, part in enumerate(task.parts):
        spans = [span for span in task.instructions if span.question_id == part.question_id]
        for sentence in split_sentences(part.text):
            statements.append(_state(part, number, sentence, spans, shown))
            total += len(sentence.words)
            grammar += sum(not word.content for word in sentence.words)
    return AnswerAnalysis(
        statements=tuple(statements),
        postings=_index(statements),
        asked=frozenset().union(*(stems_of(question.prompt) for question in task.questions)),
        grammar_share=grammar / total if total else 0.0,
        words=total,
    )


def _index(statements: Iterable[Statement]) -> dict[str, list[tuple[int, int]]]:
    postings: dict[str, list[tuple[int, int]]] = {}
    for number, statement in enumerate(statements):
        if statement.standing.earns:
            for stem, occurrence in statement.stems.items():
                postings.setdefault(stem, []).append((number, occurrence))
    return postings


def _state(
    part: AnswerPart, number: int, sentence: Sentence, instructions: Sequence[Span], shown: frozenset[tuple[str, ...]]
) -> Statement:
    runs = _copied(sentence.words, shown)
    standing = _standing(sentence, runs, instructions)
    return Statement(
        question_id=part.question_id,
        part=number,
        start=sentence.start,
        end=sentence.end,
        quote=part.text[sentence.start : sentence.end],
        standing=standing,
        stems=_occurrences(sentence, runs) if standing.earns else {},
    )


def _standing(sentence: Sentence, runs: Sequence[int], instructions: Sequence[Span]) -> Standing:
    words = sentence.words
    if any(span.start < sentence.end and sentence.start < span.end for span in instructions):
        return Standing.INSTRUCTION
    if not any(word.content for word in words):
        return Standing.EMPTY
    if sum(run > 0 for run in runs) >= _COPIED_SHARE * len(words):
        return Standing.COPIED
    return Standing.TERM_LIST if _is_term_list(words) else Standing.PROSE


def _is_term_list(words: Sequence[Word]) -> bool:
    plain = [word for word in words if not word.code and len(word.text) > 1]
    grammar = sum(not word.content for word in plain)
    if len(plain) >= _LIST_WORDS and sum(word.pause > Pause.NONE for word in plain) >= _PARTED_SHARE * len(plain):
        return True
    if len(plain) >= _LONG_LIST_WORDS:
        return grammar < _LONG_LIST_GRAMMAR_SHARE * len(plain)
    return len(plain) >= _LIST_WORDS and grammar == 0


def _occurrences(sentence: Sentence, runs: Sequence[int]) -> dict[str, int]:
    words, marks = sentence.words, sentence.denied
    stems: dict[str, int] = {}
    counted = [run < _QUOTED_RUN for run in runs]
    for word, mark, counts in zip(words, marks, counted, strict=True):
        if word.content and counts:
            stems[word.stem] = stems.get(word.stem, 0) | (DENIED if mark else AFFIRMED)
    for position, stem in compounds(words):
        if counted[position]:
            stems[stem] = stems.get(stem, 0) | (DENIED if marks[position] else AFFIRMED)
    return stems


def _shown_runs(task: GradingTask) -> frozenset[tuple[str, ...]]:
    texts = [question.prompt for question in task.questions]
    texts += [task.context.situation, *task.context.constraints]
    runs: set[tuple[str, ...]] = set()
    for text in texts:
        stems = [word.stem for word in read_words(text)]
        runs.update(tuple(stems[at : at + _RUN]) for at in range(len(stems) - _RUN + 1))
    return frozenset(runs)


def _copied(words: Sequence[Word], shown: frozenset[tuple[str, ...]]) -> list[int]:
    """For every word the length of the run of words in the task's own texts that it belongs to, or 0."""
    stems = [word.stem for word in words]
    lengths = [0] * len(stems)
    first: int | None = None
    for at in range(len(stems) - _RUN + 2):
        inside = at <= len(stems) - _RUN and tuple(stems[at : at + _RUN]) in shown
        if inside and first is None:
            first = at
        if not inside and first is not None:
            last = at + _RUN - 1
            lengths[first:last] = [last - first] * (last - first)
            first = None
    return lengths
