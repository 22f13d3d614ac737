"""What a resolver knows of its operation."""

from typing import TypeAlias

import strawberry

from resolvers.context import Context

Info: TypeAlias = strawberry.Info[Context, None]


def signed_in(info: Info) -> Context:
    """The operation's context, once it is known to be somebody's.

    Raises:
        Unauthenticated: nobody is signed in.
    """
    context = info.context
    _ = context.viewer
    return context
