"""Days in a time zone: where they begin, and the offsets that cut moments into them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.days import Stretch, day_of, start_of, stretches


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "start"),
    [
        ("UTC", date(2026, 11, 5), utc("2026-11-05T00:00")),
        ("Asia/Kathmandu", date(2026, 11, 5), utc("2026-11-04T18:15")),
        ("Pacific/Chatham", date(2026, 11, 5), utc("2026-11-04T10:15")),
        ("America/St_Johns", date(2026, 11, 5), utc("2026-11-05T03:30")),
        (
            "Australia/Lord_Howe",
            date(2026, 10, 4),
            utc("2026-10-03T13:30"),
        ),  # the day on which clocks go half an hour on
        ("Australia/Lord_Howe", date(2026, 10, 5), utc("2026-10-04T13:00")),
        (
            "America/Havana",
            date(2026, 3, 8),
            utc("2026-03-08T05:00"),
        ),  # there is no midnight: clocks go on to 1 o'clock
        ("America/Havana", date(2026, 11, 1), utc("2026-11-01T04:00")),  # there are two: the first one
    ],
)
def test_a_day_begins_at_its_first_moment(zone: str, day: date, start: datetime) -> None:
    there = ZoneInfo(zone)

    assert start_of(day, there) == start
    assert day_of(start, there) == day
    assert day_of(start - timedelta(microseconds=1), there) == day - timedelta(days=1)


def test_a_zone_without_changes_is_one_stretch() -> None:
    kathmandu = stretches(ZoneInfo("Asia/Kathmandu"), utc("2024-01-01"), utc("2027-01-01"))

    assert kathmandu == (Stretch(None, timedelta(hours=5, minutes=45)),)


def test_every_change_of_the_clocks_ends_a_stretch_to_the_microsecond() -> None:
    vienna = stretches(ZoneInfo("Europe/Vienna"), utc("2026-01-01T12:34:56.789"), utc("2026-12-31"))

    assert vienna == (
        Stretch(utc("2026-03-29T01:00"), timedelta(hours=1)),
        Stretch(utc("2026-10-25T01:00"), timedelta(hours=2)),
        Stretch(None, timedelta(hours=1)),
    )


def test_a_time_that_ends_before_the_change_does_not_know_it() -> None:
    before, change = utc("2026-10-24T12:00"), utc("2026-10-25T01:00")
    vienna = ZoneInfo("Europe/Vienna")

    assert stretches(vienna, before, change - timedelta(microseconds=1)) == (Stretch(None, timedelta(hours=2)),)
    assert stretches(vienna, before, change)[0] == Stretch(change, timedelta(hours=2))
    assert stretches(vienna, before, before) == (Stretch(None, timedelta(hours=2)),)


def test_stretches_cut_moments_into_the_days_that_clocks_show() -> None:
    chatham = ZoneInfo("Pacific/Chatham")
    cut = stretches(chatham, utc("2025-01-01"), utc("2027-01-01"))
    assert len(cut) == 5
    for hours in range(0, 2 * 365 * 24, 7):
        moment = utc("2025-01-01") + timedelta(hours=hours, minutes=hours % 60)
        offset = next(each.offset for each in cut if each.until is None or moment < each.until)

        assert (moment + offset).date() == day_of(moment, chatham)
