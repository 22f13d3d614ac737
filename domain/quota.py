"""The daily quota: a ledger of acts, each reserved first and then charged or refunded."""

from dataclasses import dataclass
from datetime import datetime

from domain.enums import ChallengeKind, QuotaEntryState, QuotaReason
from domain.ids import QuotaEntryId, UserId

CHALLENGE_PRICE = 1
"""Units for generating a challenge of either kind."""


def evaluation_price(kind: ChallengeKind) -> int:
    """Units for evaluating an answer: scenarios cost 1, multiple choice is graded free."""
    return 1 if kind is ChallengeKind.SCENARIO else 0


@dataclass(frozen=True, slots=True)
class Quota:
    """One person's UTC day. `used` counts what is reserved and what is charged."""

    user_id: UserId
    limit: int
    used: int
    resets_at: datetime

    @property
    def remaining(self) -> int:
        """Units left today; never negative, also after the limit was lowered."""
        return max(0, self.limit - self.used)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaEntry:
    """One act in the ledger."""

    id: QuotaEntryId
    reason: QuotaReason
    subject_id: str | None
    amount: int
    state: QuotaEntryState
    created_at: datetime
    settled_at: datetime | None
