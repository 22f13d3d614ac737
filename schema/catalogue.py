"""What can be practised, and what should be next."""

from typing import Self

import strawberry

from domain import challenge as stored
from domain.recommendation import Recommendation as DomainRecommendation
from schema.enums import ChallengeKind, Difficulty, Domain


@strawberry.type(description="A domain as people read about it.")
class DomainInfo:
    """Label and topics."""

    domain: Domain = strawberry.field(description="Which one.")
    label: str = strawberry.field(description="Its name, for people.")
    description: str = strawberry.field(description="What it is about, in a sentence.")
    topics: list[str] = strawberry.field(description="The topics that a challenge can be asked for.")

    @classmethod
    def of(cls, info: stored.DomainInfo) -> Self:
        """From the stored."""
        return cls(domain=info.domain, label=info.label, description=info.description, topics=list(info.topics))


@strawberry.type(description="What to practise next, and why. Can be had: generateChallenge takes it as it is.")
class Recommendation:
    """Ready to be sent to generateChallenge."""

    domain: Domain = strawberry.field(description="The field.")
    topic: str | None = strawberry.field(description="The topic; null when any will do.")
    kind: ChallengeKind = strawberry.field(description="What to be asked to do.")
    difficulty: Difficulty = strawberry.field(description="How hard it should be.")
    reason: str = strawberry.field(description="Why this, in a sentence for the person.")

    @classmethod
    def maybe(cls, found: DomainRecommendation | None) -> Self | None:
        """From the domain, where there is one."""
        if found is None:
            return None
        return cls(
            domain=found.domain,
            topic=found.topic,
            kind=found.kind,
            difficulty=found.difficulty,
            reason=found.reason,
        )
