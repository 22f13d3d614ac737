"""The ledger of the daily quota. Exact under concurrency: every check is the condition of the statement that acts."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, text, update

from domain.enums import QuotaEntryState, QuotaReason
from domain.errors import QuotaExceeded
from domain.ids import QuotaEntryId, UserId
from domain.paging import Page, PageRequest
from domain.quota import Quota, QuotaEntry
from persistence.repositories.paging import newest_first, page_of
from persistence.tables import quota_days, quota_ledger

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)

_TAKE = text(
    """
    INSERT INTO quota_days (user_id, day, used) VALUES (:user_id, :day, :amount)
    ON CONFLICT (user_id, day) DO UPDATE SET used = quota_days.used + excluded.used
    WHERE quota_days.used + excluded.used <= :limit
    RETURNING used
    """
)
_ENTER = insert(quota_ledger)
_USED = select(quota_days.c.used).where(
    quota_days.c.user_id == bindparam("user_id"), quota_days.c.day == bindparam("day")
)


class Ledger:
    """What people have used of their days, as a ledger of acts."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def today(self, user_id: UserId, *, limit: int, now: datetime) -> Quota:
        """The person's current UTC day."""
        day = _day(now)
        used = self._connection.execute(_USED, {"user_id": user_id, "day": day}).scalar_one_or_none()
        return Quota(user_id, limit, used or 0, resets_at=_EPOCH + (day + 1) * _DAY)

    def reserve(
        self,
        user_id: UserId,
        reason: QuotaReason,
        amount: int,
        *,
        id: QuotaEntryId,
        limit: int,
        now: datetime,
        subject_id: str | None = None,
        expires_at: datetime | None = None,
    ) -> None:
        """Take `amount` (1 or more) from today for an act that is about to happen.

        Raises:
            QuotaExceeded: today does not cover it; nothing was taken.
        """
        day = _day(now)
        taken = (
            amount <= limit
            and self._connection.execute(
                _TAKE, {"user_id": user_id, "day": day, "amount": amount, "limit": limit}
            ).first()
        )
        if not taken:
            resets_at = _EPOCH + (day + 1) * _DAY
            raise QuotaExceeded(
                f"Today's quota of {limit} is used up; it starts afresh at {resets_at:%Y-%m-%d %H:%M} UTC.",
                limit=limit,
                resets_at=resets_at,
            )
        self._connection.execute(
            _ENTER,
            {
                "id": id,
                "user_id": user_id,
                "day": day,
                "reason": reason,
                "subject_id": subject_id,
                "amount": amount,
                "state": QuotaEntryState.RESERVED,
                "created_at": now,
                "settled_at": None,
                "expires_at": expires_at,
            },
        )

    def charge(self, id: QuotaEntryId, subject_id: str, *, now: datetime) -> bool:
        """Turn a reservation into a charge for `subject_id`. False when it was refunded meanwhile."""
        return self._settle(quota_ledger.c.id == id, QuotaEntryState.CHARGED, now=now, subject_id=subject_id)

    def refund(self, id: QuotaEntryId, *, now: datetime) -> bool:
        """Give a reservation back to the day it was taken from. False when it was settled before."""
        return self._settle(quota_ledger.c.id == id, QuotaEntryState.REFUNDED, now=now)

    def charge_subject(self, subject_id: str, *, now: datetime) -> bool:
        """Charge the open reservation for that subject. False when there is none."""
        return self._settle(quota_ledger.c.subject_id == subject_id, QuotaEntryState.CHARGED, now=now)

    def refund_subject(self, subject_id: str, *, now: datetime) -> bool:
        """Refund the open reservation for that subject. False when there is none."""
        return self._settle(quota_ledger.c.subject_id == subject_id, QuotaEntryState.REFUNDED, now=now)

    def any_expired(self, *, now: datetime) -> bool:
        """Whether `refund_expired` has something to do."""
        overdue = select(quota_ledger.c.id).where(quota_ledger.c.expires_at <= now).limit(1)
        return self._connection.execute(overdue).first() is not None

    def refund_expired(self, *, now: datetime) -> int:
        """Refund every reservation whose owner did not settle it in time, such as a killed process.

        Returns:
            How many there were.
        """
        # In one order, so that two processes that tidy up at once wait for each other instead of deadlocking.
        overdue = select(quota_ledger.c.id).where(quota_ledger.c.expires_at <= now).order_by(quota_ledger.c.expires_at)
        return sum(self.refund(QuotaEntryId(row.id), now=now) for row in self._connection.execute(overdue).all())

    def page(self, user_id: UserId, request: PageRequest) -> Page[QuotaEntry]:
        """The person's acts, newest first."""
        statement = select(quota_ledger).where(quota_ledger.c.user_id == user_id)
        rows = self._connection.execute(newest_first(statement, quota_ledger, request)).all()
        return page_of(rows, request, _entry)

    def count(self, user_id: UserId) -> int:
        """How many acts the ledger has for the person."""
        statement = select(func.count()).where(quota_ledger.c.user_id == user_id)
        return self._connection.execute(statement).scalar_one()

    def _settle(self, which: Any, state: QuotaEntryState, *, now: datetime, **changes: object) -> bool:  # noqa: ANN401 - a SQL condition
        row = self._connection.execute(
            update(quota_ledger)
            .where(which, quota_ledger.c.state == QuotaEntryState.RESERVED)
            .values(state=state, settled_at=now, expires_at=None, **changes)
            .returning(quota_ledger.c.user_id, quota_ledger.c.day, quota_ledger.c.amount)
        ).one_or_none()
        if row is not None and state is QuotaEntryState.REFUNDED:
            self._connection.execute(
                update(quota_days)
                .where(quota_days.c.user_id == row.user_id, quota_days.c.day == row.day)
                .values(used=quota_days.c.used - row.amount)
            )
        return row is not None


def _day(now: datetime) -> int:
    return (now - _EPOCH) // _DAY


def _entry(row: Any) -> QuotaEntry:  # noqa: ANN401 - SQLAlchemy rows have the columns as attributes
    return QuotaEntry(
        id=QuotaEntryId(row.id),
        reason=QuotaReason(row.reason),
        subject_id=row.subject_id,
        amount=row.amount,
        state=QuotaEntryState(row.state),
        created_at=row.created_at,
        settled_at=row.settled_at,
    )
