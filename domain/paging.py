"""Keyset pages: newest first, each row placed by when it was made and then by its id."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

T = TypeVar("T")
U = TypeVar("U")

MAX_PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class Position:
    """A row's place in a list. Rows that are inserted later never move it."""

    created_at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The first `first` (1..100) rows after `after`, or from the top."""

    first: int
    after: Position | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows with their positions, and whether older ones follow."""

    rows: tuple[T, ...]
    positions: tuple[Position, ...]
    has_next: bool
    has_previous: bool

    def map(self, convert: Callable[[T], U]) -> "Page[U]":
        """The same page with every row converted."""
        return Page(tuple(convert(row) for row in self.rows), self.positions, self.has_next, self.has_previous)
