"""Moments survive storage to the microsecond, in UTC, and sort as numbers as they do in time."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from domain.likeness import Sketch
from persistence.columns import Instant, SketchBytes, from_micros, to_micros

MOMENTS = st.datetimes(timezones=st.just(UTC))
DIALECTS = [SQLiteDialect_pysqlite(), PGDialect_psycopg()]  # type: ignore[no-untyped-call]  # SQLAlchemy's own


@given(MOMENTS)
def test_a_moment_reads_back_to_the_microsecond(moment: datetime) -> None:
    for dialect in DIALECTS:
        stored = Instant().process_bind_param(moment, dialect)
        assert Instant().process_result_value(stored, dialect) == moment
    assert from_micros(to_micros(moment)).tzinfo is UTC


@given(MOMENTS, MOMENTS)
def test_numbers_sort_as_moments_do(one: datetime, other: datetime) -> None:
    assert (to_micros(one) < to_micros(other)) == (one < other)


def test_the_unit_is_the_microsecond_since_1970() -> None:
    assert to_micros(datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC)) == 1_000_005
    assert to_micros(datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)) == -1_000_000


def test_another_zone_is_the_same_moment() -> None:
    vienna = datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=2)))

    assert from_micros(to_micros(vienna)) == datetime(2026, 7, 1, 10, tzinfo=UTC)


def test_nothing_stays_nothing() -> None:
    for dialect in DIALECTS:
        assert Instant().process_bind_param(None, dialect) is None
        assert Instant().process_result_value(None, dialect) is None


def test_a_moment_without_a_zone_is_refused_instead_of_guessed() -> None:
    with pytest.raises(TypeError):
        to_micros(datetime(2026, 1, 1))  # noqa: DTZ001 - the naive moment is the point


@given(st.lists(st.integers(0, 2**64 - 1), max_size=128).map(tuple).map(Sketch) | st.none())
def test_a_sketch_reads_back_and_takes_eight_bytes_a_hash(sketch: Sketch | None) -> None:
    for dialect in DIALECTS:
        stored = SketchBytes().process_bind_param(sketch, dialect)
        assert SketchBytes().process_result_value(stored, dialect) == sketch
        assert stored is None or sketch is None or len(stored) == 8 * len(sketch.hashes)
