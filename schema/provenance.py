"""Who made or graded something."""

from typing import Self

import strawberry

from domain import challenge as domain
from schema.enums import Engine


@strawberry.type(description="Who made or graded something. Nothing is passed off as somebody else's work.")
class Provenance:
    """Engine, model and version."""

    engine: Engine = strawberry.field(description="Who it was.")
    model: str | None = strawberry.field(description="The model's name; null when no model was asked.")
    version: str = strawberry.field(
        description="The version of the prompt, bank item or grader: scores of different versions compare badly."
    )
    degraded: bool = strawberry.field(
        description="True when this engine stands in for one that was asked first and failed."
    )

    @classmethod
    def of(cls, provenance: domain.Provenance) -> Self:
        """From the domain."""
        return cls(
            engine=provenance.engine,
            model=provenance.model,
            version=provenance.version,
            degraded=provenance.degraded,
        )
