"""One request to one model, with everything that is counted about it."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from loguru import logger

from domain.calls import Call, Usage
from domain.enums import Engine
from domain.language_models import OnCall, OnPartial, Partial, Request, T
from providers.catalogue import Lookup
from providers.faults import ModelFault, NotAsked, NoTurn, TimedOut
from providers.metrics import BREAKERS_OPENED, COST_USD, NOT_ASKED, OPERATION_SECONDS, TOKENS
from providers.models import Generated, LanguageModel, OnSnapshot
from providers.routing.breaker import Breaker, Passage, Tolerance
from providers.routing.policy import Route, Timeout
from providers.routing.spending import Spending, most_usd
from providers.routing.turns import Limits, Turns

ANSWERED: Final = "answered"
WAIT_SHARE: Final = 0.5
"""Of the time that an attempt has, what waiting for a turn may take."""
FAIR_SECONDS: Final = 5.0
"""A request that had less than this to be answered in, and was not, says nothing about the provider's health."""


class Tally:
    """What one question has taken so far, over all its attempts; `on_call` is told of each."""

    def __init__(self, on_call: OnCall | None = None) -> None:
        self._on_call = on_call
        self.attempts = 0
        self.usage = Usage()
        self.cost_usd: Decimal | None = Decimal(0)

    def add(self, usage: Usage, cost_usd: Decimal | None) -> None:
        """Count what an attempt was billed."""
        self.usage += usage
        self.cost_usd = None if self.cost_usd is None or cost_usd is None else self.cost_usd + cost_usd

    def tell(self, call: Call) -> None:
        """Hand over what one request took."""
        if self._on_call is not None:
            self._on_call(call)


class Attempts:
    """Sends requests: one at a time past the breaker of its model, the turns of its provider and the day's budget."""

    def __init__(
        self,
        *,
        models: Mapping[Engine, LanguageModel],
        limits: Mapping[Engine, Limits],
        tolerance: Tolerance,
        spending: Spending,
        lookup: Lookup,
        clock: Callable[[], float],
        timeout: Timeout,
    ) -> None:
        self._models = models
        self._turns = {engine: Turns(limits.get(engine, Limits())) for engine in models}
        self._tolerance = tolerance
        self._breakers: dict[Route, Breaker] = {}
        self._spending = spending
        self._lookup = lookup
        self._clock = clock
        self._timeout = timeout

    async def send(
        self, request: Request[T], route: Route, tally: Tally, *, seconds: float, on_partial: OnPartial | None
    ) -> Generated[T]:
        """Ask once, within so many seconds, waiting for a turn included.

        Raises:
            ModelFault: no answer. NotAsked, one of its leaves: no request was sent.
        """
        most = most_usd(request, self._lookup(route.engine, route.model))
        breaker = self._breakers.setdefault(route, Breaker(self._tolerance, self._clock))
        try:
            passage = breaker.admit()
            try:
                self._spending.reserve(most)
            except NotAsked:
                passage.abandon()
                raise
        except NotAsked as fault:
            NOT_ASKED.labels(route.engine, route.model, fault.kind).inc()
            raise
        billed, outcome, usage = most, "cancelled", Usage()
        sent = _Sending(tally, self._clock)
        try:
            generated = await self._within(request, route, sent, seconds=seconds, on_partial=on_partial)
        except ModelFault as fault:
            outcome, usage = fault.kind, fault.usage
            self._judge(passage, route, fault, had_seconds=sent.seconds)
            cost = self._count(route, request, tally, usage)
            billed = most if fault.may_be_billed and usage == Usage() else cost
            raise
        except BaseException:
            passage.abandon()
            raise
        else:
            passage.succeed()
            outcome, usage = ANSWERED, generated.usage
            billed = self._count(route, request, tally, usage)
            return generated
        finally:
            self._spending.settle(most, billed if sent.began is not None else Decimal(0))
            if sent.began is not None:
                self._note(route, request, tally, outcome=outcome, usage=usage, took=self._clock() - sent.began)

    async def _within(
        self, request: Request[T], route: Route, sent: "_Sending", *, seconds: float, on_partial: OnPartial | None
    ) -> Generated[T]:
        model, asked_at = self._models[route.engine], self._clock()
        try:
            async with self._timeout(seconds) as timer, self._turns[route.engine].take():
                self._check_wait(route, waited=self._clock() - asked_at, seconds=seconds)
                sent.begin()
                return await model.generate(
                    request, model=route.model, timeout_seconds=seconds, on_snapshot=sent.watched(on_partial)
                )
        except TimeoutError as exc:
            if not timer.expired():  # somebody else's: the watcher's, say
                raise
            if sent.began is None:
                raise NoTurn(f"Too many requests wait for {route.engine}.") from exc
            raise TimedOut(f"{route.engine} did not answer in time.") from exc

    @staticmethod
    def _check_wait(route: Route, *, waited: float, seconds: float) -> None:
        """Whoever waited for most of their time asks nobody: it would be paid for, and seldom be there in time."""
        if waited > seconds * WAIT_SHARE:
            raise NoTurn(f"Too many requests wait for {route.engine}.")

    def _note(
        self, route: Route, request: Request[T], tally: Tally, *, outcome: str, usage: Usage, took: float
    ) -> None:
        """Leave what a request took in the metrics, and with whoever keeps its calls."""
        error_type = "none" if outcome == ANSWERED else outcome
        OPERATION_SECONDS.labels(route.engine, route.model, request.task, error_type).observe(took)
        tally.tell(
            Call(
                task=request.task,
                engine=route.engine,
                model=route.model,
                prompt_version=request.prompt_version,
                attempt=tally.attempts,
                outcome=outcome,
                usage=usage,
                cost_usd=self._lookup(route.engine, route.model).cost_usd(usage),
                latency_seconds=took,
            )
        )

    def _count(self, route: Route, request: Request[T], tally: Tally, usage: Usage) -> Decimal:
        """Count tokens and cost; the cost, 0 when its price is unknown."""
        if usage == Usage():
            return Decimal(0)
        cost = self._lookup(route.engine, route.model).cost_usd(usage)
        tally.add(usage, cost)
        plain = usage.input_tokens - usage.cached_input_tokens
        for kind, tokens in (("input", plain), ("cached", usage.cached_input_tokens), ("output", usage.output_tokens)):
            TOKENS.labels(route.engine, route.model, request.task, kind).inc(tokens)
        if cost:
            COST_USD.labels(route.engine, route.model, request.task).inc(float(cost))
        return cost or Decimal(0)

    def _judge(self, passage: Passage, route: Route, fault: ModelFault, *, had_seconds: float) -> None:
        log = logger.bind(engine=route.engine.value, model=route.model, fault=fault.kind)
        if isinstance(fault, NotAsked):
            passage.abandon()
            NOT_ASKED.labels(route.engine, route.model, fault.kind).inc()
        elif isinstance(fault, TimedOut) and had_seconds < FAIR_SECONDS:
            passage.abandon()
            log.info("model_request_failed")
        elif passage.fail(fault):
            BREAKERS_OPENED.labels(route.engine, route.model, fault.kind).inc()
            log.warning("model_out_of_use")
        else:
            log.info("model_request_failed")


class _Sending:
    """When a request was sent, and which of its question's it is."""

    def __init__(self, tally: Tally, clock: Callable[[], float]) -> None:
        self._tally = tally
        self._clock = clock
        self.began: float | None = None

    @property
    def seconds(self) -> float:
        """Since it was sent; 0 when it was not."""
        return 0.0 if self.began is None else self._clock() - self.began

    def begin(self) -> None:
        self._tally.attempts += 1
        self.began = self._clock()

    def watched(self, on_partial: OnPartial | None) -> OnSnapshot | None:
        """Tell the watcher which attempt a snapshot is of."""
        if on_partial is None:
            return None
        attempt = self._tally.attempts

        async def tell(written: Mapping[str, object]) -> None:
            await on_partial(Partial(attempt, written))

        return tell
