"""How practice is going. Averages count the first COMPLETED evaluation of each challenge."""

import datetime

import strawberry

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


@strawberry.type(description="One day with at least one answer.")
class TrendPoint:
    """A day."""

    date: datetime.date = strawberry.field(description="The day, in the viewer's time zone.")
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
        "How practice is going. Averages and accuracy count the first COMPLETED evaluation of each challenge: "
        "answering again after the reveal is practice."
    )
)
class Analytics:
    """Totals, breakdowns, trend."""

    challenges_generated: int = strawberry.field(description="Challenges generated.")
    answers_evaluated: int = strawberry.field(description="Evaluations that COMPLETED, repeated answers included.")
    average_score: float | None = strawberry.field(description="0..100; null without an answer.")
    accuracy: float | None = strawberry.field(
        description="The share of multiple-choice answers that were correct, 0..1; null without one."
    )
    current_streak_days: int = strawberry.field(
        description="Days in a row with an answer up to today, in the viewer's time zone."
    )
    longest_streak_days: int = strawberry.field(description="The longest such row ever.")
    by_domain: list[DomainStats] = strawberry.field(description="One row a domain that was practised.")
    by_difficulty: list[DifficultyStats] = strawberry.field(description="One row a difficulty that was practised.")
    by_dimension: list[DimensionStats] = strawberry.field(description="One row a dimension that was scored.")
    trend: list[TrendPoint] = strawberry.field(description="Oldest first; days without an answer are left out.")
    weakest_topics: list[TopicStats] = strawberry.field(
        description="At most 5, weakest first, from at least 2 answers each."
    )
