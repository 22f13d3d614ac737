"""Works on queued evaluations: takes a lease, drives the graph, keeps the lease while it lasts.

Any number of runners, in any number of processes, share the work. One that dies is replaced when its lease runs out.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

from loguru import logger

from domain.enums import EvaluationFailureCode, EvaluationStatus
from domain.errors import GradingFailed, LeaseLost, StorageUnavailable
from domain.evaluation import Assignment, Lease
from domain.ids import EvaluationId
from persistence.database import Database, UnitOfWork
from persistence.journal import Journal
from persistence.repositories.leases import Unreadable
from persistence.wakeups import LocalWakeUps
from resolvers import metrics

QUEUE = "evaluations"
"""The topic that is rung when an evaluation waits for a runner, or a runner has room again."""
MOST_STALLED_ATTEMPTS = 10
"""Runners that may fail one after another without storing anything, before the evaluation is given up and refunded."""
MOST_ATTEMPTS = 50
"""Runners that may take one evaluation in all: a fault that comes after a piece of feedback is stored stalls nobody."""
RETRY_DELAY = timedelta(seconds=1)
"""How long an evaluation rests after an unexpected fault, unless the pacing says otherwise."""


UNREADABLE_REST = timedelta(minutes=1)
"""How long an evaluation rests whose row cannot be read; the answer stays, for an operator to look at."""


@dataclass(frozen=True, slots=True)
class Place:
    """Room for one evaluation. Satisfies resolvers.context.Place."""

    lease: timedelta
    begin: Callable[[Assignment], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """How a runner shares time.

    `lease` is how long a silent runner keeps its work; it renews three times in that time. `poll` is how often it
    looks for work that nobody rang for, such as a dead runner's; `grace` is what it gives running work at shutdown;
    `retry` is how long an evaluation rests after an unexpected fault.
    """

    lease: timedelta
    poll: timedelta
    grace: timedelta
    concurrency: int
    retry: timedelta = RETRY_DELAY


class Runner:
    """One process's worker. `run` until `stop`."""

    def __init__(
        self,
        *,
        database: Database,
        wake_ups: LocalWakeUps,
        journal: Journal,
        evaluate: Callable[[Assignment], Awaitable[None]],
        pacing: Pacing,
    ) -> None:
        self._database = database
        self._wake_ups = wake_ups
        self._journal = journal
        self._evaluate = evaluate
        self._pacing = pacing
        self._working: dict[EvaluationId, asyncio.Task[None]] = {}
        self._kept = 0
        self._others_wait = True  # until a look shows that nobody does
        self._stopping = False
        self._ended = False

    async def run(self) -> None:
        """Take and work on evaluations until `stop`, then let what is running finish or hand it back."""
        with self._wake_ups.listening(QUEUE) as bell:
            while not self._stopping:
                try:
                    await self._take_all()
                except StorageUnavailable as exc:
                    logger.bind(reason=str(exc)).error("runner_storage_unavailable")
                except Exception:  # noqa: BLE001 - without its runner a process accepts answers that nobody grades
                    logger.exception("runner_fault")
                await bell.wait(at_most_seconds=self._pacing.poll.total_seconds())
        await self._drain()

    def stop(self) -> None:
        """Take no more work. `run` returns when what is running has finished or was handed back."""
        self._stopping = True
        self._wake_ups.ring(QUEUE)

    @contextmanager
    def place(self) -> Iterator[Place | None]:
        """Keep room for an evaluation that is stored and taken in one transaction, which spares it a wait.

        None while there is no room, or while others may wait for it, whose turn it is.
        """
        if self._stopping or self._others_wait or not self._has_room:
            yield None
            return
        with self._keeping_room():
            yield Place(self._pacing.lease, self._begin)
        if self._others_wait:  # somebody looked meanwhile, and found no room
            self._wake_ups.ring(QUEUE)

    def abandon(self, evaluation_id: EvaluationId) -> None:
        """Stop working on an evaluation that has ended."""
        task = self._working.get(evaluation_id)
        if task is not None:
            task.cancel()

    @property
    def _has_room(self) -> bool:
        return len(self._working) + self._kept < self._pacing.concurrency

    @contextmanager
    def _keeping_room(self) -> Iterator[None]:
        self._kept += 1
        try:
            yield
        finally:
            self._kept -= 1

    async def _take_all(self) -> None:
        while not self._stopping and self._has_room:
            with self._keeping_room():
                self._others_wait = await self._database.read(lambda work: work.leases.any_free(now=work.now))
                if not self._others_wait:
                    return
                try:
                    assignment = await self._database.write(
                        lambda work: work.leases.take(now=work.now, duration=self._pacing.lease)
                    )
                except Unreadable as exc:  # one row must not keep everybody else's answers waiting
                    await self._set_aside(exc.evaluation_id)
                    continue
                if assignment is None:
                    return  # somebody else is taking it; the next look tells
                self._begin(assignment)
        self._others_wait = True

    async def _set_aside(self, id: EvaluationId) -> None:
        await self._database.write(lambda work: work.leases.set_aside(id, now=work.now, rest=UNREADABLE_REST))
        logger.bind(evaluation_id=id).exception("evaluation_unreadable")

    def _begin(self, assignment: Assignment) -> None:
        if self._ended:  # nobody is left to hand it back: somebody takes it over after its lease
            logger.bind(evaluation_id=assignment.lease.evaluation_id).warning("evaluation_left_to_its_lease")
            return
        _note_taken(assignment)
        id = assignment.lease.evaluation_id
        # In a context of its own: it is not part of the request that may have handed it over.
        task = asyncio.create_task(self._work(assignment), name=f"evaluation-{id}", context=Context())
        self._working[id] = task
        metrics.EVALUATIONS_RUNNING.inc()
        task.add_done_callback(lambda done: self._forget(id, done))

    def _forget(self, id: EvaluationId, task: asyncio.Task[None]) -> None:
        if self._working.get(id) is task:
            del self._working[id]
        metrics.EVALUATIONS_RUNNING.dec()
        self._wake_ups.ring(QUEUE)

    async def _work(self, assignment: Assignment) -> None:
        lease = assignment.lease
        asked = {} if assignment.request_id is None else {"request_id": assignment.request_id}
        with logger.contextualize(evaluation_id=lease.evaluation_id, attempt=lease.attempt, **asked):
            keeping = asyncio.create_task(self._keep(lease, asyncio.current_task()))
            try:
                await self._evaluate_or_end(assignment)
            except LeaseLost:
                metrics.LEASES_LOST.inc()
                logger.info("evaluation_lease_lost")
            except StorageUnavailable as exc:
                logger.bind(reason=str(exc)).error("evaluation_storage_unavailable")
            except asyncio.CancelledError:
                if self._stopping and await self._hand_back(lease, timedelta(0)):
                    self._wake_ups.ring(QUEUE)
                    logger.info("evaluation_handed_back")
                raise
            finally:
                keeping.cancel()

    async def _evaluate_or_end(self, assignment: Assignment) -> None:
        lease, began = assignment.lease, monotonic()
        try:
            _check_progress(assignment)
            await self._evaluate(assignment)
            _note_ended(assignment, EvaluationStatus.COMPLETED, began)
            logger.info("evaluation_completed")
        except GradingFailed as exc:
            await self._journal.fail(lease, exc)
            metrics.EVALUATION_FAILURES.labels(exc.code.value).inc()
            _note_ended(assignment, EvaluationStatus.FAILED, began)
            logger.bind(code=exc.code).warning("evaluation_failed")
        except (LeaseLost, StorageUnavailable):
            raise
        except Exception:  # noqa: BLE001 - a defect in grading must not end the runner; the evaluation is tried again
            logger.exception("evaluation_fault")
            await self._hand_back(lease, self._pacing.retry)

    async def _keep(self, lease: Lease, worker: "asyncio.Task[None] | None") -> None:
        """Renew the lease while the worker works; stop the worker when it is lost."""
        while True:
            await asyncio.sleep(self._pacing.lease.total_seconds() / 3)
            try:
                kept = await self._database.write(
                    lambda work: work.leases.renew(lease, now=work.now, duration=self._pacing.lease)
                )
            except StorageUnavailable as exc:
                logger.bind(reason=str(exc)).error("evaluation_lease_not_renewed")
                continue
            except Exception:  # noqa: BLE001 - whoever stops renewing loses the work to another runner
                logger.exception("evaluation_lease_not_renewed")
                continue
            if not kept:
                metrics.LEASES_LOST.inc()
                logger.info("evaluation_lease_lost")
                if worker is not None:
                    worker.cancel()
                return

    async def _hand_back(self, lease: Lease, rest: timedelta) -> bool:
        def transaction(work: UnitOfWork) -> bool:
            return work.leases.hand_back(lease, runnable_at=work.now + rest)

        return await self._database.write(transaction)

    async def _drain(self) -> None:
        """Let running work finish for as long as the grace lasts, then hand back the rest."""
        if self._working:
            await asyncio.wait(self._working.values(), timeout=self._pacing.grace.total_seconds())
        unfinished = list(self._working.values())
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        self._ended = True


def _check_progress(assignment: Assignment) -> None:
    if assignment.stalled_attempts > MOST_STALLED_ATTEMPTS or assignment.lease.attempt > MOST_ATTEMPTS:
        raise GradingFailed(
            "The evaluation was begun many times and never got to its end.", code=EvaluationFailureCode.INTERNAL
        )


def _note_taken(assignment: Assignment) -> None:
    if assignment.lease.attempt > 1:
        metrics.LEASES_TAKEN_OVER.inc()
    else:
        metrics.EVALUATION_WAIT_SECONDS.observe(assignment.age.total_seconds())


def _note_ended(assignment: Assignment, status: EvaluationStatus, began: float) -> None:
    """Count an evaluation that has just ended; `began` is the monotonic moment at which it had `assignment.age`."""
    kind = assignment.challenge.kind.value
    metrics.EVALUATIONS.labels(kind, status.value).inc()
    metrics.EVALUATION_SECONDS.labels(kind).observe(assignment.age.total_seconds() + monotonic() - began)
