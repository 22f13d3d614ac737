"""The API as clients see it: Strawberry types, inputs, roots and limits. Thin: converts to and from domain.

`schema` is made when it is first asked for, so that importing this package costs nothing.
"""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schema.execution import GuardedSchema

    schema: GuardedSchema

__all__ = ["export", "schema"]


@cache
def _made() -> "GuardedSchema":
    from schema.build import build  # noqa: PLC0415 - half a second of Strawberry, paid by whoever needs the schema

    return build()


def __getattr__(name: str) -> "GuardedSchema":
    """Make `schema` at first use."""
    if name == "schema":
        return _made()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def export() -> str:
    """The schema as SDL, sorted, with a final newline: what `schema.graphql` holds."""
    from schema.build import build  # noqa: PLC0415 - as above

    return build(in_order=True).as_str() + "\n"
