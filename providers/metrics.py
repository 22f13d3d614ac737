"""What asking models takes. Named after OpenTelemetry's conventions for generative AI; docs/metrics.md tells each."""

from typing import Final

from prometheus_client import Counter, Histogram

OPERATION_SECONDS: Final = Histogram(
    "gen_ai_client_operation_duration_seconds",
    "One request to a model, from its being sent to its answer or fault; `error_type` none is an answer.",
    ["gen_ai_provider_name", "gen_ai_request_model", "task", "error_type"],
    buckets=(0.1, 0.25, 0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 30, 45, 60),
)
TOKENS: Final = Counter(
    "gen_ai_client_tokens_total",
    "Tokens that were billed: input (cached ones apart), cached, output.",
    ["gen_ai_provider_name", "gen_ai_request_model", "task", "gen_ai_token_type"],
)
COST_USD: Final = Counter(
    "gen_ai_client_cost_usd_total",
    "What the tokens cost by the list prices; models without a known price add nothing.",
    ["gen_ai_provider_name", "gen_ai_request_model", "task"],
)
QUESTIONS: Final = Counter(
    "gen_ai_questions_total",
    "Questions that have ended: answered by the first choice, by a stand-in, by nobody, or cancelled.",
    ["task", "outcome"],
)
NOT_ASKED: Final = Counter(
    "gen_ai_requests_not_sent_total",
    "Times that a model was passed over, by reason: breaker_open, no_turn, budget_spent.",
    ["gen_ai_provider_name", "gen_ai_request_model", "reason"],
)
BREAKERS_OPENED: Final = Counter(
    "gen_ai_breakers_opened_total",
    "Times that a model was taken out of use for a while, by the fault that did it.",
    ["gen_ai_provider_name", "gen_ai_request_model", "error_type"],
)
TRACED_RUNS: Final = Counter(
    "intrvu_traced_runs_total",
    "Steps and model requests for LangSmith: sent, lost (it did not take them), dropped (too many were waiting).",
    ["outcome"],
)
