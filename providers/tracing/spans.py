"""Spans: what was done, when, for how long, and how it ended. Satisfies workflows' Tracing.

What is sent is what is named here, and nothing else: names, ids of evaluations, closed sets of words, counts, times,
tokens and the types of errors. No input, no output and no error's text is ever looked at.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from domain.calls import Call
from providers.tracing.post import Post

Fact = str | int | float | bool | None
DEFAULT_ENDPOINT: Final = "https://api.smith.langchain.com"
DEFAULT_PROJECT: Final = "intrvu"
CLOSE_SECONDS: Final = 3.0
"""What a shutdown waits for LangSmith at most."""
ANSWERED: Final = "answered"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a run is in its tree: LangSmith wants the whole path with each."""

    id: UUID
    trace_id: UUID
    dotted_order: str
    parent_id: UUID | None

    @classmethod
    def under(cls, parent: "_Place | None", id: UUID, began: datetime) -> "_Place":
        step = f"{began:%Y%m%dT%H%M%S%fZ}{id}"
        if parent is None:
            return cls(id, id, step, None)
        return cls(id, parent.trace_id, f"{parent.dotted_order}.{step}", parent.id)


class Span:
    """One step that is being taken. Sent when it ends."""

    def __init__(self, traces: "LangSmith", place: _Place, name: str, began: datetime, facts: dict[str, Fact]) -> None:
        self._traces = traces
        self.place = place
        self._name = name
        self._began = began
        self._facts = facts
        self._ended = False

    def begin(self, name: str, **facts: Fact) -> "Span":
        """Begin a step within this one; what the running task does from now on is within that."""
        span = self._traces.start(name, self.place, facts)
        _current.set(span)
        return span

    def add(self, **facts: Fact) -> None:
        """Say more of it."""
        self._facts.update(facts)

    def end(self, error: BaseException | None = None) -> None:
        """It is over; of an error only the type is told."""
        if self._ended:
            return
        self._ended = True
        self._traces.send(
            self.place,
            self._name,
            "chain",
            began=self._began,
            ended=self._traces.now(),
            error=type(error).__name__ if error is not None else None,
            metadata=dict(self._facts),
        )


_current: ContextVar[Span | None] = ContextVar("langsmith_span", default=None)


class LangSmith:
    """Traces to one project.

    Args:
        post: where finished runs go.
        project: where the traces are shown.
        new_id: a new id; LangSmith sorts by them, so a version-7 one.
        now: an aware time.
        request_id: of the request that the running task works for, if any.
    """

    def __init__(
        self,
        post: Post,
        *,
        project: str = DEFAULT_PROJECT,
        new_id: Callable[[], UUID],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        request_id: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._post = post
        self._project = project
        self._new_id = new_id
        self.now = now
        self._request_id = request_id

    @contextmanager
    def span(self, name: str, **facts: Fact) -> Iterator[Span]:
        """A step, within the one that the running task is in; without one it is the root of a trace."""
        within = _current.get()
        if within is None and (request_id := self._request_id()) is not None:
            facts.setdefault("request_id", request_id)
        span = self.start(name, within.place if within is not None else None, facts)
        token: Token[Span | None] = _current.set(span)
        try:
            yield span
        except BaseException as exc:
            span.end(exc)
            raise
        else:
            span.end()
        finally:
            _current.reset(token)

    def start(self, name: str, parent: _Place | None, facts: dict[str, Fact]) -> Span:
        """A span at that place."""
        began = self.now()
        return Span(self, _Place.under(parent, self._new_id(), began), name, began, facts)

    def record(self, call: Call) -> None:
        """Send one request to a model that has just ended, within the current step."""
        within, ended = _current.get(), self.now()
        began = ended - timedelta(seconds=call.latency_seconds)
        place = _Place.under(within.place if within is not None else None, self._new_id(), began)
        self.send(
            place,
            call.model,
            "llm",
            began=began,
            ended=ended,
            error=None if call.outcome == ANSWERED else call.outcome,
            metadata={
                "ls_provider": call.engine.value.lower(),
                "ls_model_name": call.model,
                "ls_model_type": "chat",
                "task": call.task.value,
                "prompt_version": call.prompt_version,
                "attempt": call.attempt,
                "outcome": call.outcome,
                "usage_metadata": _usage(call),
            },
        )

    def send(
        self,
        place: _Place,
        name: str,
        run_type: str,
        *,
        began: datetime,
        ended: datetime,
        error: str | None,
        metadata: dict[str, Any],
    ) -> None:
        """Hand over a finished run."""
        self._post.put(
            {
                "id": place.id,
                "trace_id": place.trace_id,
                "parent_run_id": place.parent_id,
                "dotted_order": place.dotted_order,
                "session_name": self._project,
                "name": name,
                "run_type": run_type,
                "start_time": began,
                "end_time": ended,
                "error": error,
                "inputs": {},
                "outputs": {},
                "extra": {"metadata": metadata},
            }
        )

    def warm(self) -> None:
        """Load the client now, in its thread."""
        self._post.start()

    async def close(self) -> None:
        """Send what is waiting, for a moment."""
        await self._post.close(within_seconds=CLOSE_SECONDS)


def _usage(call: Call) -> dict[str, Any]:
    """Tokens and cost as LangSmith adds them up. Without a price it is left to LangSmith's own list."""
    usage = call.usage
    counted: dict[str, Any] = {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "input_token_details": {
            "cache_read": usage.cached_input_tokens,
            "cache_creation": usage.cache_write_tokens,
        },
    }
    if call.cost_usd is not None:
        counted["total_cost"] = float(call.cost_usd)
    return counted
