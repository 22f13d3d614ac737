"""What can be watched. A subscription only observes: late, twice or again, it costs nothing and changes nothing."""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Annotated

import strawberry

import resolvers.progress
from domain.errors import BadInput, NotFound
from domain.events import Event
from schema import ids
from schema.events import EvaluationEvent, event_of
from schema.info import Info, signed_in


@strawberry.type(description="Everything that can be watched, over a WebSocket (graphql-transport-ws).")
class Subscription:
    """Needs a signed-in viewer."""

    @strawberry.subscription(
        description=(
            "Every event after `afterSequence` that is already there, then each new one; completes after the last. An "
            "unknown or somebody else's id ends it with NOT_FOUND, and the socket stays open."
        )
    )
    async def evaluation_progress(
        self,
        info: Info,
        evaluation_id: Annotated[strawberry.ID, strawberry.argument(description="The evaluation's global id.")],
        after_sequence: Annotated[
            int | None,
            strawberry.argument(description="The last event that was seen, 0 or more; null means the default."),
        ] = 0,
    ) -> AsyncIterator[EvaluationEvent]:
        # Not a generator itself: what is raised here comes before the stream exists, and is an `error` message.
        context = signed_in(info)
        seen = after_sequence or 0
        if seen < 0:
            raise BadInput(f"afterSequence is {seen}: send 0 or the number of an event.", field="afterSequence")
        evaluation_id_asked = ids.read(evaluation_id, field="evaluationId").evaluation
        if evaluation_id_asked is None:
            raise NotFound("There is no such evaluation of yours: check the evaluationId.")
        return _published(await resolvers.progress.follow(context, evaluation_id_asked, after_sequence=seen))


async def _published(events: AsyncIterator[Event]) -> AsyncGenerator[EvaluationEvent, None]:
    try:
        async for event in events:
            yield event_of(event)
    finally:
        # A client that goes away closes this generator; the one below must not wait for the garbage collector.
        if isinstance(events, AsyncGenerator):
            await events.aclose()
