"""How practice is going. Averages count the first COMPLETED evaluation of each challenge."""

import datetime
from typing import Self

import strawberry

from domain import analytics as domain
from schema.enums import Difficulty, Dimension, Domain


@strawberry.type(description="How one domain is going.")
class DomainStats:
    """Answers and average."""

    domain: Domain = strawberry.field(description="Which domain.")
    answered: int = strawberry.field(description="Challenges answered.")
    average_score: float | None = strawberry.field(description="0..100; null without an answer.")


@strawberry.type(description="How one difficulty is going.")
class DifficultyStats:
    """Answers and average."""

    difficulty: Difficulty = strawberry.field(description="Which difficulty.")
    answered: int = strawberry.field(description="Challenges answered.")
    average_score: float | None = strawberry.field(description="0..100; null without an answer.")


@strawberry.type(description="How one dimension of scenario answers is going.")
class DimensionStats:
    """Answers and average."""

    dimension: Dimension = strawberry.field(description="Which dimension.")
    average_score: float = strawberry.field(description="0..100.")
    answered: int = strawberry.field(description="Scenarios answered.")


@strawberry.type(description="One day with at least one challenge answered for the first time.")
class TrendPoint:
    """A day."""

    date: datetime.date = strawberry.field(
        description="The day on which the answers were handed in, in the viewer's time zone."
    )
    answered: int = strawberry.field(description="Challenges answered that day.")
    average_score: float = strawberry.field(description="0..100.")


@strawberry.type(description="How one topic is going.")
class TopicStats:
    """Answers and average."""

    domain: Domain = strawberry.field(description="The topic's domain.")
    topic: str = strawberry.field(description="Which topic.")
    answered: int = strawberry.field(description="Challenges answered.")
    average_score: float = strawberry.field(description="0..100.")


@strawberry.type(
    description=(
        "How practice is going. An answer belongs to the day on which it was handed in, in the viewer's time zone, and "
        "counts once its evaluation has COMPLETED. Averages, accuracy and numbers of challenges answered count the "
        "first COMPLETED evaluation of each challenge, by when it was done: answering again after the reveal is "
        "practice. Multiple choice counts 100 or 0."
    )
)
class Analytics:
    """Totals, breakdowns, trend."""

    challenges_generated: int = strawberry.field(description="Challenges generated in the range.")
    answers_evaluated: int = strawberry.field(
        description="Answers handed in within the range whose evaluation COMPLETED, repeated ones included."
    )
    average_score: float | None = strawberry.field(
        description="Over all challenges answered in the range, 0..100; null without one."
    )
    accuracy: float | None = strawberry.field(
        description="The share of multiple-choice challenges answered correctly, 0..1; null without one."
    )
    current_streak_days: int = strawberry.field(
        description=(
            "Days in a row, up to today or yesterday, on which an answer was handed in whose evaluation COMPLETED, "
            "repeated answers included; in the viewer's time zone, whatever the range. A streak that reached yesterday "
            "is alive until the end of today."
        )
    )
    longest_streak_days: int = strawberry.field(description="The longest such row ever, whatever the range.")
    by_domain: list[DomainStats] = strawberry.field(
        description="One row a domain that was practised, in the order of the enum."
    )
    by_difficulty: list[DifficultyStats] = strawberry.field(
        description="One row a difficulty that was practised, in the order of the enum."
    )
    by_dimension: list[DimensionStats] = strawberry.field(
        description="One row a dimension that was scored, in the order of the enum. Scenarios only."
    )
    trend: list[TrendPoint] = strawberry.field(
        description="Oldest first; days on which no challenge was answered for the first time are left out."
    )
    weakest_topics: list[TopicStats] = strawberry.field(
        description=(
            "At most 5, the lowest average first, from at least 2 challenges answered each. Of equal averages the one "
            "with more answers comes first, then in the order of domain and topic."
        )
    )

    @classmethod
    def of(cls, found: domain.Analytics) -> Self:
        """From the domain."""
        return cls(
            challenges_generated=found.challenges_generated,
            answers_evaluated=found.answers_evaluated,
            average_score=found.average_score,
            accuracy=found.accuracy,
            current_streak_days=found.current_streak_days,
            longest_streak_days=found.longest_streak_days,
            by_domain=[
                DomainStats(domain=each, answered=tally.answered, average_score=tally.average)
                for each, tally in found.by_domain.items()
            ],
            by_difficulty=[
                DifficultyStats(difficulty=each, answered=tally.answered, average_score=tally.average)
                for each, tally in found.by_difficulty.items()
            ],
            by_dimension=[
                DimensionStats(dimension=each, answered=tally.answered, average_score=tally.average)
                for each, tally in found.by_dimension.items()
            ],
            trend=[
                TrendPoint(date=day, answered=tally.answered, average_score=tally.average)
                for day, tally in found.trend.items()
            ],
            weakest_topics=[
                TopicStats(domain=topic.domain, topic=topic.name, answered=tally.answered, average_score=tally.average)
                for topic, tally in found.weakest_topics.items()
            ],
        )
