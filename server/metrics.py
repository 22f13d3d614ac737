"""What the transports count. docs/metrics.md says what each is for."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

REQUESTS: Final = Counter(
    "intrvu_http_requests_total",
    "HTTP requests that have been answered; `route` is one of ours or other, `status` none if the client was gone.",
    ["method", "route", "status"],
)
REQUEST_SECONDS: Final = Histogram(
    "intrvu_http_request_duration_seconds",
    "HTTP requests, from the first byte that was read to the last that was sent.",
    ["method", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
SOCKETS_OPEN: Final = Gauge(
    "intrvu_websocket_connections_open", "WebSocket connections that are open.", multiprocess_mode="livesum"
)
SOCKETS: Final = Counter(
    "intrvu_websocket_connections_total",
    "WebSocket connections that have ended, by close code: refused if the handshake was, other if it is none we know.",
    ["code"],
)
TOKENS_REFUSED: Final = Counter(
    "intrvu_tokens_refused_total",
    "Requests and sockets whose token did not verify: expired, forged or of another site.",
)
WAITING: Final = Gauge(
    "intrvu_evaluations_waiting",
    "Evaluations that wait for a runner, in the whole database; NaN while it does not answer.",
    multiprocess_mode="mostrecent",
)
OLDEST_WAIT: Final = Gauge(
    "intrvu_evaluations_oldest_wait_seconds",
    "For how long the evaluation that has waited longest has; NaN while the database does not answer.",
    multiprocess_mode="mostrecent",
)
STOCK: Final = Gauge(
    "intrvu_stock_challenges",
    "Stocked challenges that can still be served, in the whole database; NaN while it does not answer.",
    ["kind"],
    multiprocess_mode="mostrecent",
)
BUILD: Final = Gauge(
    "intrvu_build_info", "Always 1: what is running.", ["version", "python", "database"], multiprocess_mode="max"
)
