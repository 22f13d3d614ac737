"""How the viewer's practice is going, and what should be next, in days of their time zone."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from domain.analytics import Analytics, Record, summarise
from domain.days import day_of, start_of, stretches
from domain.enums import AnalyticsRange
from domain.history import HistoryFilter
from domain.recommendation import LATEST_ANSWERS, Recommendation, Situation, recommend
from persistence.database import UnitOfWork
from resolvers.context import Context


async def get(context: Context, range: AnalyticsRange) -> Analytics:
    """The viewer's analytics of the range, which begins at a midnight in their time zone and reaches up to now."""
    viewer = context.viewer
    zone = ZoneInfo(viewer.preferences.timezone)

    def transaction(work: UnitOfWork) -> Analytics:
        today = day_of(work.now, zone)
        first_day = None if range.days is None else today - timedelta(days=range.days - 1)
        since = None if first_day is None else start_of(first_day, zone)
        cut = stretches(zone, work.analytics.earliest(viewer.id) or work.now, work.now)
        record = Record(
            generated=work.challenges.count(viewer.id, HistoryFilter(created_after=since)),
            evaluated=work.analytics.evaluated(viewer.id, cut),
            fields=work.analytics.fields(viewer.id, since),
            days=work.analytics.days(viewer.id, cut, since),
            dimensions=work.analytics.dimensions(viewer.id, since),
        )
        return summarise(record, first_day=first_day, today=today)

    return await context.services.database.read(transaction)


async def recommended(context: Context) -> Recommendation | None:
    """What the viewer should practise next; None when nothing can be had at all."""
    viewer, services = context.viewer, context.services

    def transaction(work: UnitOfWork) -> Situation:
        return Situation(
            latest=work.analytics.latest(viewer.id, of_each_topic=LATEST_ANSWERS),
            preferences=viewer.preferences,
            domains=services.domains,
            offered=services.offered,
            now=work.now,
            zone=ZoneInfo(viewer.preferences.timezone),
        )

    return recommend(await services.database.read(transaction))
