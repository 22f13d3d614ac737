"""Days as a person counts them: from midnight to midnight in their time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_STEP = timedelta(days=7)
"""No zone changes its clocks twice in a week."""
_FINEST = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time with one `offset` of local time from UTC: up to `until`, exclusive; None: for good."""

    until: datetime | None
    offset: timedelta


def day_of(moment: datetime, zone: tzinfo) -> date:
    """The day that a clock in that zone shows."""
    return moment.astimezone(zone).date()


def start_of(day: date, zone: tzinfo) -> datetime:
    """The first moment of a day, UTC. Where clocks skip midnight, that is the moment they are changed."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def stretches(zone: tzinfo, since: datetime, until: datetime) -> tuple[Stretch, ...]:
    """The zone's offsets between two moments, in order; the last one holds for good.

    They let whoever knows no time zones cut moments into days: add the offset, and divide.
    """
    found = []
    at = since
    while at < until:
        then = min(at + _STEP, until)
        if _offset(zone, then) != _offset(zone, at):
            then = _change(zone, at, then)
            found.append(Stretch(then, _offset(zone, at)))
        at = then
    return (*found, Stretch(None, _offset(zone, at)))


def _change(zone: tzinfo, before: datetime, after: datetime) -> datetime:
    """The first moment with another offset than `before` has."""
    while after - before > _FINEST:
        middle = before + (after - before) // 2
        if _offset(zone, middle) == _offset(zone, before):
            before = middle
        else:
            after = middle
    return after


def _offset(zone: tzinfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)
