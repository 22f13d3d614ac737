"""The Relay interface of everything that can be fetched by its id."""

import strawberry


@strawberry.interface(description="Something that can be fetched again by its id.")
class Node:
    """User, Challenge or Evaluation."""

    id: strawberry.ID = strawberry.field(description="The global id: opaque, unique over all types, never reused.")
