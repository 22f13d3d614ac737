"""Puts the schema together."""

from strawberry.schema.config import StrawberryConfig

from schema.challenges import MultipleChoiceChallenge, ScenarioChallenge
from schema.errors import USER_ERRORS
from schema.events import EVENTS
from schema.execution import GuardedSchema
from schema.extensions import Parsing, Validating
from schema.metrics import Metering
from schema.mutations import Mutation
from schema.projection import ProjectingExecutor
from schema.queries import Query
from schema.scalars import SCALARS
from schema.subscriptions import Subscription


def build(*, in_order: bool = False) -> GuardedSchema:
    """A schema with its limits, caches and masking.

    `in_order` sorts it for printing. Sorting rebuilds every enum as graphql-core's own, which hands resolvers plain
    strings instead of the domain's members, so a sorted schema is not for executing.
    """
    return GuardedSchema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[MultipleChoiceChallenge, ScenarioChallenge, *EVENTS, *USER_ERRORS],
        extensions=[Metering, Parsing, Validating],
        execution_context_class=ProjectingExecutor,
        config=StrawberryConfig(disable_field_suggestions=True, scalar_map=SCALARS, sort_schema=in_order),
    )
