"""Column types that mean the same on every database."""

import struct
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from domain.likeness import Sketch

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970-01-01T00:00Z."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The UTC moment that many microseconds after 1970-01-01T00:00Z."""
    return _EPOCH + timedelta(microseconds=micros)


class Instant(TypeDecorator[datetime]):
    """A UTC moment, stored as microseconds since 1970: it sorts, indexes and compares alike everywhere."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Python to database."""
        return None if value is None else to_micros(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002, ANN401 - SQLAlchemy's signature
        """Database to Python."""
        return None if value is None else from_micros(value)


class SketchBytes(TypeDecorator[Sketch]):
    """A text's sketch: its hashes one after another, 8 bytes each, the highest byte first."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Sketch | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Python to database."""
        return None if value is None else struct.pack(f">{len(value.hashes)}Q", *value.hashes)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Sketch | None:  # noqa: ARG002, ANN401 - SQLAlchemy's signature
        """Database to Python."""
        return None if value is None else Sketch(struct.unpack(f">{len(value) // 8}Q", value))
