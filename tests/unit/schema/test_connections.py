"""Cursors and pages."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import BadInput
from domain.paging import PageRequest, Position
from schema.connections import HISTORY, LEDGER, evaluations_of, page_request, read_cursor, write_cursor

MOMENT = datetime(2026, 11, 23, 9, 30, 0, 123456, tzinfo=UTC)
PLACE = Position(MOMENT, "0190aa")

moments = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001 - Hypothesis wants bounds without a zone
    max_value=datetime(9999, 1, 1),  # noqa: DTZ001 - likewise
    timezones=st.just(UTC),
)
row_ids = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=64)


@given(moments, row_ids, st.sampled_from([HISTORY, LEDGER, evaluations_of("0190bb")]))
def test_a_cursor_stands_for_its_place_to_the_microsecond(moment: datetime, row_id: str, of: str) -> None:
    position = Position(moment, row_id)

    assert read_cursor(of, write_cursor(of, position)) == position


def test_a_cursor_of_another_list_is_refused() -> None:
    cursor = write_cursor(HISTORY, PLACE)

    with pytest.raises(BadInput, match="after is a cursor of another list"):
        read_cursor(LEDGER, cursor)


def test_a_cursor_of_another_challenge_is_refused() -> None:
    cursor = write_cursor(evaluations_of("0190bb"), PLACE)

    with pytest.raises(BadInput, match="another list"):
        read_cursor(evaluations_of("0190cc"), cursor)


@given(st.text(max_size=80))
def test_whatever_is_no_cursor_is_refused_by_name(text: str) -> None:
    with pytest.raises(BadInput) as raised:
        read_cursor(HISTORY, text)

    assert raised.value.field == "after"


@pytest.mark.parametrize("micros", ["9" * 18, "-" + "9" * 18, "1e3", ""])
def test_a_place_outside_of_time_is_no_cursor(micros: str) -> None:
    cursor = urlsafe_b64encode(f"history|{micros}|x".encode()).decode().rstrip("=")

    with pytest.raises(BadInput):
        read_cursor(HISTORY, cursor)


@pytest.mark.parametrize("first", [1, 100])
def test_one_to_a_hundred_rows_may_be_asked_for(first: int) -> None:
    assert page_request(HISTORY, first, None, default=20) == PageRequest(first)


@pytest.mark.parametrize("first", [0, 101, -1])
def test_fewer_or_more_rows_are_refused(first: int) -> None:
    with pytest.raises(BadInput, match=f"first is {first}: ask for 1 to 100 rows"):
        page_request(HISTORY, first, None, default=20)


def test_null_means_the_default() -> None:
    assert page_request(HISTORY, None, None, default=20) == PageRequest(20)


def test_an_empty_cursor_is_not_the_top_of_the_list() -> None:
    with pytest.raises(BadInput):
        page_request(HISTORY, 1, "", default=20)
