"""The steps of an evaluation, and what becomes of what models write. docs/metrics.md says what each is for."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from prometheus_client import Counter, Histogram

P = ParamSpec("P")
T = TypeVar("T")

STEP_SECONDS: Final = Histogram(
    "intrvu_evaluation_step_duration_seconds",
    "One step of an evaluation; `score` is one dimension. What it brings is stored behind it.",
    ["step"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)

CANDIDATES: Final = Counter(
    "intrvu_question_candidates_total",
    "Multiple-choice questions that a language model wrote, by what became of them and why.",
    ["engine", "fate", "reason"],
)
SCENARIO_DRAFTS: Final = Counter(
    "intrvu_scenario_drafts_total",
    "Scenarios that models were asked for, by what became of each.",
    ["outcome"],
)
JUDGEMENTS: Final = Counter(
    "intrvu_model_judgements",
    "Dimensions judged by language models, by what became of the first judgement.",
    ["outcome"],
)
SECOND_JUDGES: Final = Counter(
    "intrvu_second_judges",
    "Second judges that were due for a dimension, by reason, and whether one was heard.",
    ["reason", "outcome"],
)
WITHHELD: Final = Counter(
    "intrvu_feedback_withheld",
    "Sentences and items of written feedback that gave away a key point and were left out or replaced.",
)
LANDING_SECONDS: Final = Histogram(
    "intrvu_dimension_landing_duration_seconds",
    "From a model's judgement of a dimension that needs no second look to its being stored and announced.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1),
)


def timed(step: str, node: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """The node, observed under that name however it ends."""

    @wraps(node)
    async def observed(*args: P.args, **kwargs: P.kwargs) -> T:
        with STEP_SECONDS.labels(step).time():
            return await node(*args, **kwargs)

    return observed
