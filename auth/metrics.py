"""Who was held back. docs/metrics.md says what each is for."""

from typing import Final

from prometheus_client import Counter

RATE_LIMIT_REFUSALS: Final = Counter(
    "intrvu_rate_limit_refusals_total",
    "Operations refused because one person sent too many in a minute.",
)
