"""What people do with the product, and what becomes of it. docs/metrics.md says what each is for.

Labels are closed sets of the domain's words; never an id, a name or anything that a person wrote.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from domain.enums import QuotaReason
from domain.errors import InvalidInput, ProviderUnavailable, QuotaExceeded, StorageUnavailable

CHALLENGES: Final = Counter(
    "intrvu_challenge_generations_total",
    "Challenges that were to be written: `outcome` is generated, repeated or why there is none.",
    ["kind", "engine", "outcome"],
)
CHALLENGE_SECONDS: Final = Histogram(
    "intrvu_challenge_generation_duration_seconds",
    "Writing or drawing a challenge and storing it, when that went well.",
    ["kind"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15),
)
STOCK_CLAIMS: Final = Counter(
    "intrvu_stock_claims_total",
    "Challenges asked of the stock: there, written while the person waited, drawn from the bank instead, or refused.",
    ["kind", "outcome"],
)
STOCK_REFILLS: Final = Counter(
    "intrvu_stock_refills_total",
    "Times that this process set out to fill up a cell of the stock, by what came of it.",
    ["kind", "outcome"],
)
STOCK_RETIRED: Final = Counter(
    "intrvu_stock_retired_total",
    "Stocked challenges that are served no more because of their age.",
)
EVALUATIONS_QUEUED: Final = Counter("intrvu_evaluations_queued_total", "Answers that were accepted for evaluation.")
EVALUATIONS: Final = Counter(
    "intrvu_evaluations_total",
    "Evaluations that have ended, by their final status.",
    ["kind", "status"],
)
EVALUATION_FAILURES: Final = Counter(
    "intrvu_evaluation_failures_total",
    "Evaluations that ended FAILED (and were refunded), by why.",
    ["code"],
)
EVALUATION_SECONDS: Final = Histogram(
    "intrvu_evaluation_duration_seconds",
    "From the answer being queued to its result or its failure.",
    ["kind"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300),
)
EVALUATION_WAIT_SECONDS: Final = Histogram(
    "intrvu_evaluation_wait_seconds",
    "From the answer being queued to the first runner taking it.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
)
EVALUATIONS_RUNNING: Final = Gauge(
    "intrvu_evaluations_running",
    "Evaluations that this process works on.",
    multiprocess_mode="livesum",
)
LEASES_TAKEN_OVER: Final = Counter(
    "intrvu_leases_taken_over_total",
    "Evaluations taken that another attempt had begun: its process died, stopped or met a fault.",
)
LEASES_LOST: Final = Counter(
    "intrvu_leases_lost_total",
    "Evaluations that this process stopped working on because another took over, or the person cancelled.",
)
QUOTA_REFUSALS: Final = Counter(
    "intrvu_quota_refusals_total",
    "Acts refused because the person's daily quota did not cover them.",
    ["reason"],
)
REPLAYS: Final = Counter(
    "intrvu_idempotent_replays_total",
    "Mutations answered with what an earlier call with the same idempotency key had done.",
    ["mutation"],
)
SUBSCRIPTIONS_OPEN: Final = Gauge(
    "intrvu_subscriptions_open",
    "Evaluations being watched through this process.",
    multiprocess_mode="livesum",
)
EVENTS: Final = Counter("intrvu_events_delivered_total", "Events handed to subscribers.", ["event"])
RESERVATIONS_EXPIRED: Final = Counter(
    "intrvu_reservations_expired_total",
    "Quota reservations refunded because the process that made them never settled them.",
)

NOBODY: Final = "NONE"
"""The engine of a challenge that was not written."""
_OUTCOMES: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (InvalidInput, "invalid_input"),
    (ProviderUnavailable, "provider_unavailable"),
    (StorageUnavailable, "storage_unavailable"),
)


def failure_outcome(error: BaseException) -> str:
    """The `outcome` of a challenge that was not generated; a caller who went away counts as cancelled."""
    known = (outcome for kind, outcome in _OUTCOMES if isinstance(error, kind))
    return next(known, "fault" if isinstance(error, Exception) else "cancelled")


@contextmanager
def counting_refusals(reason: QuotaReason) -> Iterator[None]:
    """Count a refusal by the ledger. Stands around the transaction: inside one it could be counted twice."""
    try:
        yield
    except QuotaExceeded:
        QUOTA_REFUSALS.labels(reason.value).inc()
        raise
