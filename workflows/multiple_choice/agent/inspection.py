"""Whether one candidate can be asked, as far as code can tell: a question that stands, or why it does not."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from domain import cues
from domain.challenge import Order, Provenance
from domain.drafts import Distractor, MultipleChoiceItem
from domain.item_writing import OPTION_COUNT, QuestionDraft, flaws
from domain.markup import has_markup
from domain.text import folded, visible
from workflows.multiple_choice.agent.candidates import Candidate

STEM_LIMIT: Final = 2_000
"""Characters (code points); these limits are above what the writer is told: a little more loses no question."""
OPTION_LIMIT: Final = 400
PROSE_LIMIT: Final = 2_000
"""Of an explanation or a misconception."""
TITLE_LIMIT: Final = 80
TAG_LIMIT: Final = 40
MOST_TAGS: Final = 6
TAGS_READ: Final = 30
MINUTES: Final = (1, 15)

_TAG = re.compile(r"[a-z0-9+#.]+(?:-[a-z0-9+#.]+)*")
_PLACE = re.compile(
    r"\b(?i:(?:option|choice|distractor)s?) \(?[A-D1-4]\)?(?!\w)|\b(?i:answers?) \(?[A-D]\)?(?!\w)"
    r"|\b(?i:(?:first|second|third|fourth|last) (?:option|answer|choice|distractor))\b"
)
"""Words that point at an option by its place, which code decides later."""
_LETTERED = re.compile(r"^\s*(?:[-*]\s+)?\(?[A-Da-d][).]\s", re.MULTILINE)


class Fate(StrEnum):
    """What became of a candidate."""

    ACCEPTED = "accepted"
    MALFORMED = "malformed"
    FLAWED = "flawed"
    DUPLICATE = "duplicate"
    DISPUTED = "disputed"
    UNVERIFIED = "unverified"


class Fault(StrEnum):
    """Why a candidate is no question that can be shown. A flaw in its wording has a FlawCode instead."""

    SCHEMA = "schema"
    BLANK = "blank"
    TOO_LONG = "too_long"
    HTML = "html"
    UNSEEN_CHARACTERS = "unseen_characters"
    TOPIC = "topic"
    PLACES = "places"
    TELLING_TITLE = "telling_title"


REMEDIES: Final = {
    Fault.SCHEMA: "fill in every field of every question",
    Fault.BLANK: "leave no text empty",
    Fault.TOO_LONG: "keep within the limits of length",
    Fault.HTML: "write no HTML, link or image, and put all code in backticks",
    Fault.UNSEEN_CHARACTERS: "write no control characters and no invisible ones",
    Fault.TOPIC: "repeat the topic of the plan's line word for word",
    Fault.PLACES: "never speak of an option by its letter or place, and list no options in the stem",
    Fault.TELLING_TITLE: "put no word of the key into the title that the stem does not have",
}


@dataclass(frozen=True, slots=True)
class Refused:
    """`fate` and `reason` are for the metrics, `remedies` for a writer who tries again; neither quotes a question."""

    fate: Fate
    reason: str
    remedies: tuple[str, ...]


def inspected(candidate: Candidate | None, order: Order, provenance: Provenance) -> MultipleChoiceItem | Refused:
    """A candidate as an item, tidied, or why it is refused. All flaws that the bank's authors are held to refuse it."""
    if candidate is None:
        return _refused(Fault.SCHEMA)
    topic = next((topic for topic in order.topics if folded(topic) == folded(candidate.topic)), None)
    if fault := next(_faults(candidate), None):
        return _refused(fault)
    if topic is None:
        return _refused(Fault.TOPIC)
    item = _item(candidate, order, topic, provenance)
    found = flaws(QuestionDraft.of(item.question, correct=item.correct, distractors=item.distractors))
    if found:
        return Refused(Fate.FLAWED, found[0].code, tuple(dict.fromkeys(flaw.remedy for flaw in found)))
    if _tells(item.title, item):
        return _refused(Fault.TELLING_TITLE)
    return item


def _refused(fault: Fault) -> Refused:
    return Refused(Fate.MALFORMED, fault, (REMEDIES[fault],))


def _faults(candidate: Candidate) -> Iterator[Fault]:
    """Faults of form; lengths first, so that whatever comes after reads little."""
    options = [candidate.correct, *(wrong.text for wrong in candidate.distractors)]
    told = [candidate.explanation, *(wrong.misconception for wrong in candidate.distractors)]
    texts = [candidate.title, candidate.stem, *options, *told]
    yield from _sizes(candidate, options, told)
    if not all(text.strip() for text in (candidate.title, candidate.stem, candidate.explanation)):
        yield Fault.BLANK
    if any(visible(text.strip()) != text.strip() for text in texts):
        yield Fault.UNSEEN_CHARACTERS
    if any(has_markup(text) for text in texts):
        yield Fault.HTML
    if any(_PLACE.search(text) for text in [candidate.stem, *told]):
        yield Fault.PLACES
    # "A. Smith asks" may begin a stem; two such lines are a list of options.
    if len(_LETTERED.findall(candidate.stem)) > 1 or any(_LETTERED.search(text) for text in options):
        yield Fault.PLACES


def _sizes(candidate: Candidate, options: Sequence[str], told: Sequence[str]) -> Iterator[Fault]:
    if (
        len(candidate.stem) > STEM_LIMIT
        or len(candidate.title) > TITLE_LIMIT
        or len(options) > 2 * OPTION_COUNT
        or any(len(text) > OPTION_LIMIT for text in options)
        or any(len(text) > PROSE_LIMIT for text in told)
    ):
        yield Fault.TOO_LONG


def _item(candidate: Candidate, order: Order, topic: str, provenance: Provenance) -> MultipleChoiceItem:
    least, most = MINUTES
    item = MultipleChoiceItem(
        domain=order.domain,
        topic=topic,
        difficulty=order.difficulty,
        title=" ".join(candidate.title.split()),
        tags=(),
        suggested_minutes=min(max(candidate.suggested_minutes, least), most),
        question=candidate.stem.strip(),
        correct=candidate.correct.strip(),
        distractors=tuple(
            Distractor(wrong.text.strip(), wrong.misconception.strip()) for wrong in candidate.distractors
        ),
        explanation=candidate.explanation.strip(),
        provenance=provenance,
    )
    return replace(item, tags=_tags(candidate.tags, item))


def _tags(written: Sequence[str], item: MultipleChoiceItem) -> tuple[str, ...]:
    """Those that are terms and tell nothing; the topic where there is none."""
    terms = dict.fromkeys(_term(tag) for tag in written[:TAGS_READ] if len(tag) <= TAG_LIMIT)
    fitting = [tag for tag in terms if _TAG.fullmatch(tag) and not _tells(tag.replace("-", " "), item)]
    return tuple(fitting[:MOST_TAGS]) or (_term(item.topic),)


def _term(tag: str) -> str:
    return re.sub(r"[\s_-]+", "-", tag.strip().lower())


def _tells(text: str, item: MultipleChoiceItem) -> bool:
    """Whether text that is shown beside a question has a telling word of the key alone."""
    known = set(cues.distinctive(item.question)).union(*(cues.distinctive(wrong.text) for wrong in item.distractors))
    return bool(set(cues.distinctive(text)) & set(cues.distinctive(item.correct)) - known)
