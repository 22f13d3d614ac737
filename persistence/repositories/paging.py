"""Keyset pages as SQL: newest first, one row more than asked for to know whether older ones follow."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, FromClause, Select, tuple_

from domain.paging import Page, PageRequest, Position

T = TypeVar("T")


def newest_first(statement: Select[Any], table: FromClause, request: PageRequest) -> Select[Any]:
    """The statement cut down to a page of `table`'s rows, and one row more."""
    if request.after is not None:
        statement = statement.where(older_than(table, request.after))
    return statement.order_by(table.c.created_at.desc(), table.c.id.desc()).limit(request.first + 1)


def older_than(table: FromClause, position: Position) -> ColumnElement[bool]:
    """Rows that come after the position in a list of the newest first."""
    place = tuple_(position.created_at, position.id, types=[table.c.created_at.type, table.c.id.type])
    return tuple_(table.c.created_at, table.c.id) < place


def page_of(rows: Sequence[Any], request: PageRequest, convert: Callable[[Any], T]) -> Page[T]:
    """The page that `newest_first` selected."""
    shown = rows[: request.first]
    return Page(
        rows=tuple(convert(row) for row in shown),
        positions=tuple(Position(row.created_at, row.id) for row in shown),
        has_next=len(rows) > request.first,
        has_previous=request.after is not None,
    )
