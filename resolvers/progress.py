"""Following an evaluation: every event after a number, those that are there and those that come, until the last."""

from collections.abc import AsyncIterator

from domain.errors import NotFound
from domain.events import Event
from domain.ids import EvaluationId
from persistence.database import UnitOfWork
from persistence.wakeups import evaluation_topic
from resolvers.context import Context
from resolvers.metrics import EVENTS, SUBSCRIPTIONS_OPEN

BATCH = 100
"""Events read at once."""
LOOK_AGAIN_SECONDS = 30.0
"""How often a follower looks by itself. Whatever it misses before, watch.py rings for."""


async def follow(context: Context, id: EvaluationId, *, after_sequence: int) -> AsyncIterator[Event]:
    """The events of one of the viewer's evaluations, for any number of followers, early, late or again.

    Raises:
        NotFound: unknown or a stranger's; raised before the first event.
    """
    viewer = context.viewer
    if not await context.services.database.read(lambda work: work.evaluations.exists(viewer.id, id)):
        raise NotFound("There is no such evaluation of yours: check the evaluationId.")
    return _events(context, id, after_sequence)


async def _events(context: Context, id: EvaluationId, cursor: int) -> AsyncIterator[Event]:
    services, viewer = context.services, context.viewer

    def look(work: UnitOfWork) -> tuple[list[Event], bool]:
        events = work.events.after(id, cursor, limit=BATCH)
        return events, not events and not work.evaluations.has_more(viewer.id, id, after=cursor)

    with SUBSCRIPTIONS_OPEN.track_inprogress(), services.wake_ups.listening(evaluation_topic(id)) as bell:
        while True:
            events, is_over = await services.database.read(look)
            for event in events:
                EVENTS.labels(type(event.happening).__name__).inc()
                yield event
                cursor = event.sequence
                if event.is_last:
                    return
            if is_over:
                return
            if not events:
                await bell.wait(at_most_seconds=LOOK_AGAIN_SECONDS)
