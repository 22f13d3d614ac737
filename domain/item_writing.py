"""Flaws in the writing of a multiple-choice question: what gives the key away, or hides it, by wording alone.

Every rule is arithmetic on words: it holds for the bank's authors and for a model alike, and says the same each time.
Whether the key is right and each distractor wrong is beyond it, and so is whether all options fit the stem's grammar:
that needs a parser.

Source: Haladyna, Downing and Rodriguez 2002, A review of multiple-choice item-writing guidelines for classroom
assessment. The numbers in the rules' docstrings are theirs.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Final

from domain import cues
from domain.drafts import Distractor
from domain.text import folded
from domain.wording import prose, sentences, words

OPTION_COUNT: Final = 4
"""Options of a question: the key and three distractors."""
CONSPICUOUS_RATIO: Final = 1.25
"""Length of the key over the longest distractor's from which on it stands out.

Measured on the 126 questions of the curated bank: in 7 of them one option is longer than the other three by that much,
each time a distractor. A writer who takes care stays below it.
"""
CONSPICUOUS_CHARACTERS: Final = 10
"""And the characters more that it takes: between "20 ms" and "200 ms" a ratio says nothing."""
SHORTEST_STEM_WORDS: Final = 5
FOCUSED_STEM_WORDS: Final = 12
"""Words from which on a stem that asks "which of the following is true" has said of what."""


class FlawCode(StrEnum):
    """What is wrong: up to UNMARKED_NEGATION with the question itself, from then on with what points at its key."""

    WRONG_OPTION_COUNT = "WRONG_OPTION_COUNT"
    KEY_NOT_AMONG_OPTIONS = "KEY_NOT_AMONG_OPTIONS"
    EMPTY_OPTION = "EMPTY_OPTION"
    MISSING_MISCONCEPTION = "MISSING_MISCONCEPTION"
    DUPLICATE_OPTIONS = "DUPLICATE_OPTIONS"
    NEAR_DUPLICATE_OPTIONS = "NEAR_DUPLICATE_OPTIONS"
    SHORT_STEM = "SHORT_STEM"
    NO_QUESTION = "NO_QUESTION"
    UNFOCUSED_STEM = "UNFOCUSED_STEM"
    UNMARKED_NEGATION = "UNMARKED_NEGATION"
    ALL_OR_NONE = "ALL_OR_NONE"
    LONGEST_KEY = "LONGEST_KEY"
    ABSOLUTE_TERM = "ABSOLUTE_TERM"
    ECHO = "ECHO"
    UNEVEN_FORM = "UNEVEN_FORM"


@dataclass(frozen=True, slots=True)
class Flaw:
    """`detail` is what is there, with its value; `remedy` what to do. Neither tells an answer."""

    code: FlawCode
    detail: str
    remedy: str

    @property
    def message(self) -> str:
        """Both in one line, as a writer is told."""
        return f"{self.detail}: {self.remedy}"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionDraft:
    """A question as anybody may write it: nothing about it is sure yet.

    `correct` is the text of the option that is the key; `misconceptions` go by the texts of the options.
    """

    stem: str
    options: tuple[str, ...]
    correct: str
    misconceptions: Mapping[str, str]

    @classmethod
    def of(cls, stem: str, *, correct: str, distractors: Iterable[Distractor]) -> "QuestionDraft":
        """From a question whose key is apart from its distractors, as in the bank: the key becomes the first option."""
        wrong = tuple(distractors)
        return cls(
            stem=stem,
            options=(correct, *(option.text for option in wrong)),
            correct=correct,
            misconceptions={option.text: option.misconception for option in wrong},
        )

    @property
    def distractors(self) -> tuple[str, ...]:
        """The options without the key, which is taken out once; all of them where it is not among them."""
        at = next((place for place, text in enumerate(self.options) if folded(text) == folded(self.correct)), None)
        return self.options if at is None else (*self.options[:at], *self.options[at + 1 :])


def flaws(draft: QuestionDraft) -> tuple[Flaw, ...]:
    """Every flaw of a question; empty when there is none."""
    correct, distractors = draft.correct, draft.distractors
    found = [*_structure(draft), *_stem(draft.stem)]
    if correct.strip() and 0 < len(distractors) < len(draft.options):
        found += [*_repeated(correct, distractors), *_all_or_none(draft), *_length(correct, distractors)]
        found += [*_absolute(correct, distractors), *_echo(draft.stem, correct, distractors)]
        found += _form(correct, distractors)
    return tuple(found)


def _structure(draft: QuestionDraft) -> Iterator[Flaw]:
    """Four options, the key among them, and (guideline 30) an error that people make behind each distractor."""
    distractors, count = draft.distractors, len(draft.options)
    if count != OPTION_COUNT:
        detail = f"there {'is 1 option' if count == 1 else f'are {count} options'}"
        yield Flaw(FlawCode.WRONG_OPTION_COUNT, detail, f"write {OPTION_COUNT}, the key among them")
    if draft.correct.strip() and len(distractors) == count:
        detail = f"the correct answer is none of the {count} options"
        yield Flaw(FlawCode.KEY_NOT_AMONG_OPTIONS, detail, "repeat one of them word for word")
    for name, text in _named(draft.correct, distractors):
        if not text.strip():
            yield Flaw(FlawCode.EMPTY_OPTION, f"{name} is empty", "write it")
    for number, text in enumerate(distractors, start=1):
        if not draft.misconceptions.get(text, "").strip():
            detail = f"distractor {number} has no misconception"
            yield Flaw(FlawCode.MISSING_MISCONCEPTION, detail, "say which belief makes a person choose it")


def _stem(stem: str) -> Iterator[Flaw]:
    """Guidelines 14, 15 and 17: clear directions, the central idea in the stem, negatives that cannot be overread."""
    length, asked = len(words(stem)), asking(stem)
    if length < SHORTEST_STEM_WORDS:
        detail = f"the stem has {length} word{'' if length == 1 else 's'}"
        yield Flaw(FlawCode.SHORT_STEM, detail, f"say what is asked, in {SHORTEST_STEM_WORDS} words or more")
    if asked is None:
        remedy = "end it with a question, or with a colon or a gap to be completed"
        yield Flaw(FlawCode.NO_QUESTION, "the stem asks nothing", remedy)
        return
    if length < FOCUSED_STEM_WORDS and (found := cues.unfocused(asked)):
        remedy = "put the problem into the stem, so that it can be answered before the options are read"
        yield Flaw(FlawCode.UNFOCUSED_STEM, f"the stem asks no more than “{found}”", remedy)
    if found := cues.unmarked_negation(asked):
        detail = f"“{found}” in the question is easily overread"
        yield Flaw(FlawCode.UNMARKED_NEGATION, detail, f"ask without it, or write “{found.upper()}”")


def asking(stem: str) -> str | None:
    """The sentence that asks: the last with a question mark, else the last of all if it is there to be completed."""
    told = sentences(stem)
    questions = [sentence for sentence in told if sentence.rstrip("\"'”’)*_ ").endswith("?")]
    if questions:
        return questions[-1]
    return told[-1] if told and cues.to_be_completed(told[-1]) else None


def _repeated(correct: str, distractors: Sequence[str]) -> Iterator[Flaw]:
    """Guideline 22: options that do not overlap."""
    for (name, text), (other_name, other) in combinations(_named(correct, distractors), 2):
        if folded(text) == folded(other):
            yield Flaw(FlawCode.DUPLICATE_OPTIONS, f"{name} and {other_name} are the same", "replace one")
        elif cues.bare(text) == cues.bare(other):
            detail = f"{name} and {other_name} differ in articles, hyphens or punctuation alone"
            yield Flaw(FlawCode.NEAR_DUPLICATE_OPTIONS, detail, "replace one, or make the difference one of substance")


def _all_or_none(draft: QuestionDraft) -> Iterator[Flaw]:
    """Guidelines 9, 25 and 26: no combinations, no "none of the above", no "all of the above"."""
    for name, text in _named(draft.correct, draft.distractors):
        if cues.about_other_options(text, draft.stem):
            detail = f"{name} speaks of the other options (“{' '.join(text.split())}”)"
            yield Flaw(FlawCode.ALL_OR_NONE, detail, "write one that stands by itself")


def _length(correct: str, distractors: Sequence[str]) -> Iterator[Flaw]:
    """Guidelines 24 and 28d: options of about one length, so that the correct one is not conspicuous."""
    length, longest = shown_length(correct), max(map(shown_length, distractors))
    if length >= CONSPICUOUS_RATIO * longest and length >= longest + CONSPICUOUS_CHARACTERS:
        detail = f"the key has {length} characters, the longest distractor {longest}"
        yield Flaw(FlawCode.LONGEST_KEY, detail, "shorten the key, or make a distractor as precise as it is")


def shown_length(option: str) -> int:
    """Characters (code points) of an option as it is shown: code marks and repeated spaces do not count."""
    return len(" ".join(option.replace("`", "").split()))


def _absolute(correct: str, distractors: Sequence[str]) -> Iterator[Flaw]:
    """Guideline 28a: no specific determiners, which people know to be wrong more often than not.

    One distractor with a word such as "all" states a fact; two of them are a pattern.
    """
    told = [prose(text) for text in distractors]
    for terms, enough in ((cues.certain, 1), (cues.sweeping, 2)):
        in_key = terms(prose(correct))
        in_distractors = [found[0] for text in told if (found := terms(text))]
        if in_key and not in_distractors:
            detail = f"“{in_key[0]}” stands in the key and in no distractor"
            yield Flaw(FlawCode.ABSOLUTE_TERM, detail, "leave it out, or let a distractor say as much")
        if not in_key and len(in_distractors) >= enough:
            detail = (
                f"{', '.join(f'“{word}”' for word in in_distractors)} in distractors, and nothing like it in the key"
            )
            yield Flaw(FlawCode.ABSOLUTE_TERM, detail, "leave it out, or let the key say as much")


def _echo(stem: str, correct: str, distractors: Sequence[str]) -> Iterator[Flaw]:
    """Guideline 28b: no clang associations.

    Held against the sentence that asks: the situation before it has words for every option. A distractor with as many
    echoes of its own draws people as much as the key does.
    """
    asked = cues.distinctive(asking(stem) or "")
    echoes = [set(cues.distinctive(text)) & set(asked) for text in (correct, *distractors)]
    own = [found.difference(*echoes[:at], *echoes[at + 1 :]) for at, found in enumerate(echoes)]
    if own[0] and len(own[0]) > max(map(len, own[1:])):
        each = ", ".join(sorted(f"“{asked[root]}”" for root in own[0]))
        remedy = "say it in other words, or let a distractor echo the question too"
        yield Flaw(FlawCode.ECHO, f"the key alone repeats {each} of the question", remedy)


def _form(correct: str, distractors: Sequence[str]) -> Iterator[Flaw]:
    """Guidelines 23 and 28c: options alike in form. Only what needs no grammar: how they begin and how they end."""
    for look in (cues.beginning, cues.ending):
        form, others = look(correct), {look(text) for text in distractors}
        if form is not None and len(others) == 1 and not others & {None, form}:
            yield Flaw(FlawCode.UNEVEN_FORM, f"the key {form}, and no distractor does", "write all options alike")


def _named(correct: str, distractors: Sequence[str]) -> list[tuple[str, str]]:
    return [("the key", correct), *((f"distractor {number}", text) for number, text in enumerate(distractors, start=1))]
