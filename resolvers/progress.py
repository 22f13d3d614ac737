"""Following an evaluation: every event after a number, those that are there and those that come, until the last."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing

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
    looks = _looks(context, id, after_sequence)
    return _events(await anext(looks), looks)


async def _events(there: Sequence[Event], looks: AsyncGenerator[Sequence[Event], None]) -> AsyncIterator[Event]:
    async with aclosing(looks):
        for event in there:
            yield _counted(event)
        async for come in looks:
            for event in come:
                yield _counted(event)


def _counted(event: Event) -> Event:
    EVENTS.labels(type(event.happening).__name__).inc()
    return event


async def _looks(context: Context, id: EvaluationId, cursor: int) -> AsyncGenerator[Sequence[Event], None]:
    """What is there, which may be nothing, and then what comes, up to the last event. Raises as `follow` does."""
    services, viewer = context.services, context.viewer
    known = False

    def look(work: UnitOfWork) -> tuple[list[Event], bool]:
        if not known and not work.evaluations.exists(viewer.id, id):
            raise NotFound("There is no such evaluation of yours: check the evaluationId.")
        events = work.events.after(id, cursor, limit=BATCH)
        return events, not events and not work.evaluations.has_more(viewer.id, id, after=cursor)

    with SUBSCRIPTIONS_OPEN.track_inprogress(), services.wake_ups.listening(evaluation_topic(id)) as bell:
        while True:
            events, is_over = await services.database.read(look)
            known = True
            yield events
            if events:
                cursor = events[-1].sequence
                is_over = events[-1].is_last
            if is_over:
                return
            if not events:
                await bell.wait(at_most_seconds=LOOK_AGAIN_SECONDS)
