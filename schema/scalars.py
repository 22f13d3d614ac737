"""Scalars of our own, stricter than Strawberry's."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Final

import strawberry
from strawberry.types.scalar import ScalarDefinition

from domain.errors import BadInput


def _written(value: datetime) -> str:
    moment = value if value.tzinfo is UTC else value.astimezone(UTC)
    return moment.isoformat().replace("+00:00", "Z")


def _read(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        moment = None
    problem = "names no time zone" if moment is not None else "is not an ISO 8601 date and time"
    raise BadInput(f"This DateTime {problem}: write it as 2026-11-23T09:30:00Z.", field="")


def _read_date(value: object) -> date:
    try:
        if isinstance(value, str):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise BadInput("This is not an ISO 8601 date: write it as 2026-11-23.", field="")


SCALARS: Final[Mapping[object, ScalarDefinition]] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description=(
            "A moment in UTC, ISO 8601, such as 2026-11-23T09:30:00Z. As input any offset is taken, but there must be "
            "one: without a zone it is refused (BAD_USER_INPUT), because nobody can know what was meant."
        ),
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=_written,
        parse_value=_read,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A calendar day, ISO 8601, such as 2026-11-23.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=date.isoformat,
        parse_value=_read_date,
    ),
}
