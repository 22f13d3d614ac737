"""Sends finished runs to LangSmith from a thread of its own: whoever finishes one neither waits nor hears of a fault.

Not with the client's own batching: its threads keep a process alive until LangSmith has taken everything or every
attempt has timed out, which for a service that hangs is minutes. This thread is a daemon and is waited for as long as
`close` is told.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from queue import Empty, Full, Queue
from threading import Lock, Thread
from time import monotonic
from typing import Any, Final

from loguru import logger

from providers.metrics import TRACED_RUNS

Run = Mapping[str, Any]
"""One run in LangSmith's own shape."""
Send = Callable[[Sequence[Run]], None]
"""Sends runs and raises nothing for a service that fails; `Outcome` is how that is told."""

BATCH: Final = 100
LINGER_SECONDS: Final = 0.5
"""How long the first run of a batch waits for others."""
WAITING_RUNS: Final = 10_000
"""What is kept for a service that is slow, about 1 kB each; more is dropped."""


class Post:
    """The queue and the thread, which begins with the first run.

    Args:
        open_: called in that thread, where loading LangSmith's client delays nobody; what it gives sends a batch.
    """

    def __init__(self, open_: Callable[[], Send], *, waiting_runs: int = WAITING_RUNS) -> None:
        self._open = open_
        self._queue: Queue[Run | None] = Queue(waiting_runs)
        self._starting = Lock()
        self._thread: Thread | None = None
        self._closed = False

    def put(self, run: Run) -> None:
        """Have a run sent some time. Never waits; drops it when too many are waiting."""
        if self._closed:
            return
        if self._thread is None:
            self.start()
        try:
            self._queue.put_nowait(run)
        except Full:
            TRACED_RUNS.labels("dropped").inc()

    def start(self) -> None:
        """Begin; may be called again."""
        with self._starting:
            if self._thread is None:
                self._thread = Thread(target=self._work, name="langsmith", daemon=True)
                self._thread.start()

    async def close(self, *, within_seconds: float) -> None:
        """Send what is waiting, as far as that goes within that time, and take nothing more."""
        closed, self._closed = self._closed, True
        if closed or self._thread is None:
            return
        try:
            self._queue.put_nowait(None)
        except Full:
            return  # so much is waiting that the time would not do
        await asyncio.to_thread(self._thread.join, within_seconds)

    def _work(self) -> None:
        try:
            send = self._open()
        except Exception as exc:  # noqa: BLE001 - a setting of LangSmith's own that it refuses costs the traces, no more
            logger.bind(fault=type(exc).__name__).warning("langsmith_unusable")
            send = _drop
        while (batch := self._batch()) is not None:
            try:
                send(batch)
            except Exception as exc:  # noqa: BLE001 - a thread that dies would lose every later trace
                TRACED_RUNS.labels("lost").inc(len(batch))
                logger.bind(fault=type(exc).__name__).warning("langsmith_fault")

    def _batch(self) -> list[Run] | None:
        """The next runs, and those that follow shortly; None at the end."""
        first = self._queue.get()
        if first is None:
            return None
        batch, ends = [first], monotonic() + LINGER_SECONDS
        while len(batch) < BATCH:
            try:
                run = self._queue.get(timeout=max(0.0, ends - monotonic()))
            except Empty:
                break
            if run is None:
                self._queue.put(None)  # there is room: it was just taken out
                break
            batch.append(run)
        return batch


def _drop(batch: Sequence[Run]) -> None:
    TRACED_RUNS.labels("lost").inc(len(batch))


class Outcome:
    """Counts how sending ended; LangSmith's client tells faults to `failed` only, and raises none of them."""

    def __init__(self) -> None:
        self._fault: str | None = None
        self._silent = False

    def failed(self, exc: Exception) -> None:
        """Remember a fault of the batch that is being sent."""
        self._fault = type(exc).__name__

    def settle(self, runs: int) -> None:
        """Count a batch as sent or lost; the first of a row of faults is logged."""
        fault, self._fault = self._fault, None
        TRACED_RUNS.labels("lost" if fault else "sent").inc(runs)
        if fault and not self._silent:
            logger.bind(fault=fault).warning("langsmith_does_not_answer")
        self._silent = fault is not None


def client(*, api_key: str, endpoint: str) -> Send:
    """LangSmith's client, sending at once and hiding what it might add by itself. Loads it: about a second."""
    import logging  # noqa: PLC0415 - only to quieten the library that is loaded here

    from langsmith import Client  # noqa: PLC0415 - 0.75 s, in the thread that sends
    from urllib3 import Retry  # noqa: PLC0415 - comes with it

    # It would log every batch that fails, at length; Outcome says it once.
    logging.getLogger("langsmith.client").setLevel(logging.CRITICAL)
    outcome = Outcome()
    langsmith: Client = Client(
        api_urls={endpoint: api_key},  # so named, no other variable of LangSmith's adds an address
        auto_batch_tracing=False,
        retry_config=Retry(0),  # it tries a batch three times as it is
        hide_inputs=True,
        hide_outputs=True,
        omit_traced_runtime_info=True,  # the machine, and every LANGCHAIN_ variable
        tracing_mode="langsmith",
        disable_prompt_cache=True,
        tracing_error_callback=outcome.failed,
    )

    def send(batch: Sequence[Run]) -> None:
        langsmith.multipart_ingest(create=[dict(run) for run in batch])
        outcome.settle(len(batch))

    return send
