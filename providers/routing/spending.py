"""What the day may cost. Counted in this process: several processes may spend that many times as much."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache

from pydantic import BaseModel

from domain.calls import Usage
from domain.language_models import Request, T
from providers.catalogue import BYTES_PER_TOKEN, Capabilities
from providers.faults import BudgetSpent


class Spending:
    """A ledger of one UTC day. What a request may cost is set aside before it is sent, so the limit holds.

    Args:
        limit_usd: for a day; None for no limit.
        now: an aware time.
    """

    def __init__(self, limit_usd: Decimal | None, *, now: Callable[[], datetime]) -> None:
        self._limit_usd = limit_usd
        self._now = now
        self._day = now().astimezone(UTC).date()
        self._spent_usd = Decimal(0)

    @property
    def spent_usd(self) -> Decimal:
        """Today, with what is set aside."""
        self._turn_over()
        return self._spent_usd

    def reserve(self, most_usd: Decimal) -> None:
        """Set aside what a request may cost at most.

        Raises:
            BudgetSpent: today does not cover it; after `retry_after_seconds` a new day begins.
        """
        self._turn_over()
        # What costs nothing, such as a model of one's own, is always covered.
        if self._limit_usd is not None and most_usd > 0 and self._spent_usd + most_usd > self._limit_usd:
            raise BudgetSpent("The day's spending limit is reached.", retry_after_seconds=self._until_tomorrow())
        self._spent_usd += most_usd

    def settle(self, most_usd: Decimal, actual_usd: Decimal) -> None:
        """Replace what was set aside by what it came to."""
        self._turn_over()
        # Set aside yesterday, settled today: the day's sum must not fall below nothing.
        self._spent_usd = max(Decimal(0), self._spent_usd - most_usd + actual_usd)

    def _turn_over(self) -> None:
        today = self._now().astimezone(UTC).date()
        if today != self._day:
            self._day, self._spent_usd = today, Decimal(0)

    def _until_tomorrow(self) -> float:
        now = self._now().astimezone(UTC)
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return (midnight - now).total_seconds()


def most_usd(request: Request[T], able: Capabilities) -> Decimal:
    """What a request may cost, with room to spare; 0 when the price is unknown."""
    texts = [request.system, *(block.text for block in request.blocks)]
    if request.repair is not None:
        texts += [request.repair.output, request.repair.complaint]
    tokens = (sum(len(text.encode()) for text in texts) + _schema_bytes(request.output)) // BYTES_PER_TOKEN + 1
    return able.cost_usd(Usage(input_tokens=tokens, output_tokens=request.max_output_tokens)) or Decimal(0)


@cache  # output types are few and fixed: each prompt has one
def _schema_bytes(output: type[BaseModel]) -> int:
    return len(str(output.model_json_schema()).encode())
