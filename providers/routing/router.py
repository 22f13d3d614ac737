"""Gets an answer from whoever can give it in time. One deadline covers waiting, retries, repairs and fallback."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from random import Random
from time import monotonic
from typing import Final

from domain.calls import Task
from domain.enums import Engine
from domain.errors import BudgetExceeded, DeadlineExceeded, ProviderUnavailable
from domain.language_models import Completion, OnCall, OnPartial, Request, T
from providers.catalogue import Lookup, capabilities
from providers.faults import BudgetSpent, InvalidOutput, ModelFault, TimedOut
from providers.metrics import QUESTIONS
from providers.models import Generated, LanguageModel
from providers.routing.attempts import Attempts, Tally
from providers.routing.breaker import Tolerance
from providers.routing.policy import Policy, Route, Timeout
from providers.routing.spending import Spending
from providers.routing.turns import Limits

LEAST_SECONDS: Final = 0.05
"""With less than this left nobody is asked: no provider answers that fast, and it would be paid for nothing."""


class Router:
    """Asks the models of a task in their order until one answers. Lives in one event loop.

    Args:
        models: whoever has a key.
        routes: for each task, who is asked, in this order; each engine must be one of `models`.
        spending: the day's ledger, shared by all that ask.
        lookup: what each model costs.
        policy, tolerance, limits: how patient it is with one question, one model, and one provider.
        clock, sleep, timeout: monotonic seconds, and what waits by them.
        random: for jitter.
    """

    def __init__(
        self,
        *,
        models: Mapping[Engine, LanguageModel],
        routes: Mapping[Task, Sequence[Route]],
        spending: Spending,
        lookup: Lookup = capabilities,
        random: Random,
        policy: Policy | None = None,
        tolerance: Tolerance | None = None,
        limits: Mapping[Engine, Limits] | None = None,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        timeout: Timeout = asyncio.timeout,
    ) -> None:
        self._routes = routes
        self._policy = policy or Policy()
        self._random = random
        self._clock = clock
        self._sleep = sleep
        self._attempts = Attempts(
            models=models,
            limits=limits or {},
            tolerance=tolerance or Tolerance(),
            spending=spending,
            lookup=lookup,
            clock=clock,
            timeout=timeout,
        )

    def can(self, task: Task) -> bool:
        """Whether there is anybody to ask."""
        return bool(self._routes.get(task))

    async def complete(
        self,
        request: Request[T],
        *,
        deadline_seconds: float,
        on_partial: OnPartial | None = None,
        on_call: OnCall | None = None,
    ) -> Completion[T]:
        """Get an answer.

        Args:
            request: what is asked.
            deadline_seconds: from now, for everything.
            on_partial: is told what is being written; see Partial for what another attempt means.
            on_call: is told what each request took, also when nobody answers in the end.

        Raises:
            ProviderUnavailable: nobody answered; `retry_after_seconds` is when somebody may. The last fault is its
                cause. Its leaves: DeadlineExceeded, nobody in time; BudgetExceeded, today's is spent.
        """
        outcome = "cancelled"
        try:
            completion = await self._complete(request, Tally(on_call), deadline_seconds, on_partial)
        except ProviderUnavailable:
            outcome = "unavailable"
            raise
        else:
            outcome = "stand_in" if completion.degraded else "first_choice"
            return completion
        finally:
            QUESTIONS.labels(request.task, outcome).inc()

    async def _complete(
        self, request: Request[T], tally: Tally, deadline_seconds: float, on_partial: OnPartial | None
    ) -> Completion[T]:
        began = self._clock()
        deadline = began + deadline_seconds
        faults: list[ModelFault] = []
        # A stable sort: whoever is asked first stays so among those whose opinion is not known yet.
        routes = sorted(self._routes.get(request.task, ()), key=lambda route: route.engine is request.apart_from)
        for place, route in enumerate(routes):
            ends = self._share(deadline, is_last=place == len(routes) - 1)
            try:
                generated = await self._along(request, route, tally, ends=ends, on_partial=on_partial)
            except ModelFault as fault:
                faults.append(fault)
                continue
            return Completion(
                value=generated.value,
                engine=route.engine,
                model=generated.model,
                prompt_version=request.prompt_version,
                usage=tally.usage,
                cost_usd=tally.cost_usd,
                latency_seconds=self._clock() - began,
                attempts=tally.attempts,
                degraded=place > 0,
            )
        raise self._unavailable(faults) from (faults[-1] if faults else None)

    async def _along(
        self, request: Request[T], route: Route, tally: Tally, *, ends: float, on_partial: OnPartial | None
    ) -> Generated[T]:
        """Ask one model until it answers or there is no point in asking again."""
        tries = 1
        while True:
            left = min(ends - self._clock(), self._policy.attempt_seconds)
            if left < LEAST_SECONDS:
                raise TimedOut("There was no time left to ask.")
            try:
                return await self._attempts.send(request, route, tally, seconds=left, on_partial=on_partial)
            except InvalidOutput as fault:
                if request.repair is not None:
                    raise
                request = replace(request, repair=fault.repair)
            except ModelFault as fault:
                delay = self._policy.delay_seconds(fault, tries=tries, random=self._random.random)
                if delay is None or self._clock() + delay + LEAST_SECONDS > ends:
                    raise
                tries += 1
                await self._sleep(delay)

    def _share(self, deadline: float, *, is_last: bool) -> float:
        """When a model's time is up: a slow one must leave time for the next."""
        now = self._clock()
        return deadline if is_last else now + (deadline - now) * self._policy.share

    def _unavailable(self, faults: Sequence[ModelFault]) -> ProviderUnavailable:
        named = [fault.retry_after_seconds for fault in faults if fault.retry_after_seconds is not None]
        seconds = max(1.0, min(named, default=self._policy.retry_after_seconds))
        if faults and all(isinstance(fault, BudgetSpent) for fault in faults):
            return BudgetExceeded("Today's budget for language models is spent.", retry_after_seconds=seconds)
        if faults and all(isinstance(fault, TimedOut) for fault in faults):
            return DeadlineExceeded("No language model answered in time.", retry_after_seconds=seconds)
        return ProviderUnavailable("No language model could answer.", retry_after_seconds=seconds)
