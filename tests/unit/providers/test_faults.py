"""The tree of faults, and that operators are told of each kind."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from providers import faults
from providers.faults import ModelFault, NotAsked
from providers.reading import retry_after_seconds
from server.settings import PROJECT


def leaves(fault: type[ModelFault]) -> set[type[ModelFault]]:
    below = fault.__subclasses__()
    return {fault} if not below else {leaf for sub in below for leaf in leaves(sub)}


def told(metric: str) -> set[str]:
    page = (PROJECT / "docs" / "metrics.md").read_text()
    (row,) = re.findall(rf"^\| `{metric}` \|.*$", page, re.MULTILINE)
    return set(re.findall(r"\b[a-z]+(?:_[a-z]+)*\b", row.rpartition("`:")[2]))


def test_every_kind_of_fault_is_on_the_operators_page():
    kinds = {leaf.kind for leaf in leaves(ModelFault) - leaves(NotAsked)}

    assert told("gen_ai_client_operation_duration_seconds") == kinds | {"none", "cancelled"}
    assert {leaf.kind for leaf in leaves(NotAsked)} <= told("gen_ai_requests_not_sent_total")


def test_the_tree_in_the_docstring_is_the_tree():
    drawn = set(re.findall(r"[├└]── (\w+)", faults.__doc__))

    def below(fault: type[ModelFault]) -> set[str]:
        return {sub.__name__ for sub in fault.__subclasses__()}.union(*(below(sub) for sub in fault.__subclasses__()))

    assert drawn == below(ModelFault)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "2.5"}, 2.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, 86_400.0),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"retry-after": "Wed, 99 Oct 2015 07:28:00 GMT"}, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(headers, seconds):
    assert retry_after_seconds(headers) == seconds


def test_a_date_ahead_is_the_time_until_then():
    ahead = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)

    seconds = retry_after_seconds({"retry-after": ahead})

    assert seconds is not None
    assert 3_500 < seconds <= 3_600
