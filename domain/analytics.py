"""How practice is going: counts and sums that a database hands over, put together.

An answer counts on the day on which it was handed in. Averages and accuracy count the first evaluation of each
challenge that completed; streaks count every answer whose evaluation completed.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from domain.enums import ChallengeKind, Difficulty, Dimension, Domain

MOST_WEAKEST_TOPICS = 5
FEWEST_ANSWERS = 2
"""Answers that it takes to call a topic weak: one may be bad luck."""

_DAY = timedelta(days=1)
_DECIMALS = 6
"""Of averages. What the order of adding changes in a sum of floats is further behind."""

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Tally:
    """So many answers, and their scores added up."""

    answered: int
    total: float

    @property
    def average(self) -> float:
        """The mean score, 0..100; of at least one answer."""
        return round(self.total / self.answered, _DECIMALS)

    def __add__(self, other: "Tally") -> "Tally":
        """Both together."""
        return Tally(self.answered + other.answered, self.total + other.total)


@dataclass(frozen=True, slots=True)
class Field:
    """What was answered: all challenges that have these four in common."""

    kind: ChallengeKind
    domain: Domain
    difficulty: Difficulty
    topic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One person's practice within a range, as it is stored.

    `evaluated` is how many answers of each day were evaluated, of all days that ever were; everything else is of the
    range, and of first completed evaluations only.
    """

    generated: int
    evaluated: Mapping[date, int]
    fields: Mapping[Field, Tally]
    days: Mapping[date, Tally]
    dimensions: Mapping[Dimension, Tally]


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic, which belongs to a domain: two domains may have one of the same name."""

    domain: Domain
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Analytics:
    """How practice is going. Averages are 0..100, `accuracy` is 0..1; both are None without an answer."""

    challenges_generated: int
    answers_evaluated: int
    average_score: float | None
    accuracy: float | None
    current_streak_days: int
    longest_streak_days: int
    by_domain: Mapping[Domain, Tally]
    by_difficulty: Mapping[Difficulty, Tally]
    by_dimension: Mapping[Dimension, Tally]
    trend: Mapping[date, Tally]
    weakest_topics: Mapping[Topic, Tally]


def summarise(record: Record, *, first_day: date | None, today: date) -> Analytics:
    """Put a record together. The range begins with `first_day`; None: as far back as there is anything.

    Every mapping is in the order in which it is shown: enums as they are declared, days oldest first, weakest topics
    first.
    """
    everything = _sum(record.fields.values())
    choices = _sum(tally for field, tally in record.fields.items() if field.kind is ChallengeKind.MULTIPLE_CHOICE)
    current, longest = streaks(record.evaluated, today)
    return Analytics(
        challenges_generated=record.generated,
        answers_evaluated=sum(
            amount for day, amount in record.evaluated.items() if first_day is None or day >= first_day
        ),
        average_score=everything.average if everything.answered else None,
        accuracy=choices.total / 100 / choices.answered if choices.answered else None,
        current_streak_days=current,
        longest_streak_days=longest,
        by_domain=_in_order(Domain, _grouped(record.fields, lambda field: field.domain)),
        by_difficulty=_in_order(Difficulty, _grouped(record.fields, lambda field: field.difficulty)),
        by_dimension=_in_order(Dimension, record.dimensions),
        trend=dict(sorted(record.days.items())),
        weakest_topics=weakest(topics(record.fields)),
    )


def streaks(days: Iterable[date], today: date) -> tuple[int, int]:
    """The current and the longest row of days in a row.

    Today need not be over: a row that reaches up to yesterday is still the current one.
    """
    lengths: dict[date, int] = {}
    for day in sorted(set(days)):
        lengths[day] = lengths.get(day - _DAY, 0) + 1
    return lengths.get(today, lengths.get(today - _DAY, 0)), max(lengths.values(), default=0)


def topics(fields: Mapping[Field, Tally]) -> dict[Topic, Tally]:
    """The same answers by topic."""
    return _grouped(fields, lambda field: Topic(field.domain, field.topic))


def weakest(of: Mapping[Topic, Tally]) -> dict[Topic, Tally]:
    """At most 5 topics, the lowest average first; of equal ones the one with more answers, then by domain and name."""
    domains = list(Domain)
    known = [(topic, tally) for topic, tally in of.items() if tally.answered >= FEWEST_ANSWERS]
    known.sort(key=lambda each: (each[1].average, -each[1].answered, domains.index(each[0].domain), each[0].name))
    return dict(known[:MOST_WEAKEST_TOPICS])


def _grouped(fields: Mapping[Field, Tally], key: Callable[[Field], K]) -> dict[K, Tally]:
    groups: defaultdict[K, list[Tally]] = defaultdict(list)
    for field, tally in fields.items():
        groups[key(field)].append(tally)
    return {group: _sum(tallies) for group, tallies in groups.items()}


def _in_order(order: Iterable[K], found: Mapping[K, Tally]) -> dict[K, Tally]:
    return {key: found[key] for key in order if key in found}


def _sum(tallies: Iterable[Tally]) -> Tally:
    return sum(tallies, Tally(0, 0.0))
