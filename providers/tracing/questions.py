"""Models whose every question is traced: a step for the question, and within it a run for each request."""

from domain.calls import Call, Task
from domain.language_models import Completion, OnCall, OnPartial, Request, T
from providers.routing.router import Router
from providers.tracing.spans import LangSmith


class TracedModels:
    """Asks as the router does, and shows what it took. Satisfies workflows' LanguageModels."""

    def __init__(self, router: Router, traces: LangSmith) -> None:
        self._router = router
        self._traces = traces

    def can(self, task: Task) -> bool:
        """Whether there is anybody to ask."""
        return self._router.can(task)

    async def complete(
        self,
        request: Request[T],
        *,
        deadline_seconds: float,
        on_partial: OnPartial | None = None,
        on_call: OnCall | None = None,
    ) -> Completion[T]:
        """Get an answer, as Router.complete does."""

        def tell(call: Call) -> None:
            self._traces.record(call)
            if on_call is not None:
                on_call(call)

        with self._traces.span(
            f"ask {request.task.value.lower()}",
            task=request.task.value,
            prompt_version=request.prompt_version,
            effort=request.effort.value if request.effort is not None else None,
            max_output_tokens=request.max_output_tokens,
            prompt_characters=len(request.system) + sum(len(block.text) for block in request.blocks),
            deadline_seconds=round(deadline_seconds, 3),
            streamed=on_partial is not None,
        ) as span:
            completion = await self._router.complete(
                request, deadline_seconds=deadline_seconds, on_partial=on_partial, on_call=tell
            )
            span.add(
                engine=completion.engine.value,
                model=completion.model,
                attempts=completion.attempts,
                degraded=completion.degraded,
                cost_usd=float(completion.cost_usd) if completion.cost_usd is not None else None,
            )
            return completion
