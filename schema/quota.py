"""The daily quota and its ledger."""

from datetime import datetime
from typing import Self

import strawberry

import resolvers.quota
from domain import quota as domain
from schema import ids
from schema.connections import LEDGER, After, Connection, First, connection, page_request
from schema.enums import QuotaEntryState, QuotaReason
from schema.info import Info


@strawberry.type(description="One act in the ledger. Stays one row: its state moves from RESERVED once.")
class QuotaEntry:
    """An act and its price."""

    id: strawberry.ID = strawberry.field(description="The row's id; not a node.")
    reason: QuotaReason = strawberry.field(description="What it pays for.")
    subject_id: strawberry.ID | None = strawberry.field(
        description="The global id of the Challenge or Evaluation; null while, or because, there is none."
    )
    amount: int = strawberry.field(description="Units.")
    state: QuotaEntryState = strawberry.field(description="Where it is.")
    created_at: datetime = strawberry.field(description="When it was reserved: the UTC day of this moment pays.")
    settled_at: datetime | None = strawberry.field(
        description="When it was charged or refunded; null while it is RESERVED."
    )

    @classmethod
    def of(cls, entry: domain.QuotaEntry) -> Self:
        """From the domain."""
        return cls(
            id=ids.quota_entry(entry.id),
            reason=entry.reason,
            subject_id=None if entry.subject_id is None else ids.subject(entry.reason, entry.subject_id),
            amount=entry.amount,
            state=entry.state,
            created_at=entry.created_at,
            settled_at=entry.settled_at,
        )


@strawberry.type(
    description="The viewer's UTC day. Generating costs 1, evaluating a scenario answer 1, multiple choice nothing."
)
class Quota:
    """Limit and use."""

    limit: int = strawberry.field(description="Units a day.")
    used: int = strawberry.field(description="Units reserved and charged today.")
    remaining: int = strawberry.field(description="Units left today; never negative.")
    resets_at: datetime = strawberry.field(description="When the next UTC day begins.")

    @strawberry.field(description="Every act of the viewer's, over all days, newest first.")
    async def ledger(self, info: Info, first: First = 20, after: After = strawberry.UNSET) -> Connection[QuotaEntry]:
        context = info.context
        page = await resolvers.quota.ledger(context, page_request(LEDGER, first, after, default=20))
        return connection(LEDGER, page.map(QuotaEntry.of), lambda: resolvers.quota.ledger_count(context))

    @classmethod
    def of(cls, quota: domain.Quota) -> Self:
        """From the domain."""
        return cls(limit=quota.limit, used=quota.used, remaining=quota.remaining, resets_at=quota.resets_at)
