"""Lists, page by page: Relay connections whose cursors are places, so that a new row never moves an old one."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Generic, TypeVar

import strawberry

from domain.errors import BadInput
from domain.paging import MAX_PAGE_SIZE, Page, PageRequest, Position

T = TypeVar("T")

First = Annotated[int | None, strawberry.argument(description="How many rows at most, 1..100; null means the default.")]
After = Annotated[
    str | None,
    strawberry.argument(description="Continue below this row: an endCursor, or a row's cursor, of the same list."),
]

HISTORY: Final = "history"
LEDGER: Final = "ledger"

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_WELL_FORMED: Final = re.compile(r"(?P<list>[!-{}~]{1,100})\|(?P<micros>-?\d{1,18})\|(?P<id>[!-~]{1,128})", re.ASCII)


def evaluations_of(challenge_id: str) -> str:
    """The name of the list of one challenge's evaluations."""
    return f"evaluations/{challenge_id}"


def write_cursor(of: str, position: Position) -> str:
    """A row's place in the list `of`, opaque to clients; exact to the microsecond."""
    micros = (position.created_at - _EPOCH) // _MICROSECOND
    return urlsafe_b64encode(f"{of}|{micros}|{position.id}".encode()).decode().rstrip("=")


def read_cursor(of: str, cursor: str, *, field: str = "after") -> Position:
    """The place that a cursor stands for.

    Raises:
        BadInput: not a cursor, or one of another list than `of`.
    """
    try:
        raw = cursor.encode("ascii")
        match = _WELL_FORMED.fullmatch(urlsafe_b64decode(raw + b"=" * (-len(raw) % 4)).decode("ascii"))
        position = match and Position(_EPOCH + int(match["micros"]) * _MICROSECOND, match["id"])
    except (Error, UnicodeError, OverflowError):
        match = position = None
    if match is None or position is None or write_cursor(match["list"], position) != cursor:
        raise BadInput(f"{field} is not a cursor: send one as this API gave it, unchanged.", field=field)
    if match["list"] != of:
        raise BadInput(f"{field} is a cursor of another list: send one of this list.", field=field)
    return position


def page_size(first: int | None, *, default: int) -> int:
    """How many rows are asked for.

    Raises:
        BadInput: `first` is out of 1..100.
    """
    size = default if first is None else first
    if not 1 <= size <= MAX_PAGE_SIZE:
        raise BadInput(f"first is {size}: ask for 1 to {MAX_PAGE_SIZE} rows.", field="first")
    return size


def page_request(of: str, first: int | None, after: str | None, *, default: int) -> PageRequest:
    """What a page's arguments ask for.

    Raises:
        BadInput: `first` is out of 1..100, or `after` is no cursor of the list `of`.
    """
    size = page_size(first, default=default)
    return PageRequest(size, None if after is None or after is strawberry.UNSET else read_cursor(of, after))


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Relay's page information."""

    has_next_page: bool = strawberry.field(description="Whether older rows follow.")
    has_previous_page: bool = strawberry.field(description="Whether newer rows precede.")
    start_cursor: str | None = strawberry.field(description="The first row's place; null on an empty page.")
    end_cursor: str | None = strawberry.field(
        description="The last row's place: send it as `after` for the next page. Null on an empty page."
    )


@strawberry.type(description="A row of a list, with its place.")
class Edge(Generic[T]):
    """A row and its cursor."""

    cursor: str = strawberry.field(description="The row's place: rows that are inserted later never move it.")
    node: T = strawberry.field(description="The row itself.")


@strawberry.type(description="One page of a list, newest first.")
class Connection(Generic[T]):
    """A page; edges are made and rows counted only for those who ask."""

    nodes: list[T] = strawberry.field(description="The rows of this page.")
    page: strawberry.Private[Page[T]]
    of: strawberry.Private[str]
    count: strawberry.Private[Callable[[], Awaitable[int]]]

    @strawberry.field(description="The rows of this page with their cursors.")
    def edges(self) -> list[Edge[T]]:
        return [
            Edge(cursor=write_cursor(self.of, position), node=node)
            for position, node in zip(self.page.positions, self.page.rows, strict=True)
        ]

    @strawberry.field(description="Where this page stands in its list.")
    def page_info(self) -> PageInfo:
        places = self.page.positions
        return PageInfo(
            has_next_page=self.page.has_next,
            has_previous_page=self.page.has_previous,
            start_cursor=write_cursor(self.of, places[0]) if places else None,
            end_cursor=write_cursor(self.of, places[-1]) if places else None,
        )

    @strawberry.field(description="How many rows the whole list has. Costs a count: ask for it only where it is shown.")
    async def total_count(self) -> int:
        return await self.count()


def connection(of: str, page: Page[T], count: Callable[[], Awaitable[int]]) -> Connection[T]:
    """A page of the list `of` whose rows are converted already."""
    return Connection(nodes=list(page.rows), page=page, of=of, count=count)
