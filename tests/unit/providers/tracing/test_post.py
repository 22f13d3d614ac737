"""The queue before LangSmith: it never makes anybody wait, and says what it could not send."""

from collections.abc import Sequence
from threading import Event

from prometheus_client import REGISTRY

from providers.tracing.post import Outcome, Post, Run


def runs(outcome: str) -> float:
    return REGISTRY.get_sample_value("intrvu_traced_runs_total", {"outcome": outcome}) or 0.0


class Slow:
    """Takes nothing until it is let go."""

    def __init__(self) -> None:
        self.begun, self.let_go = Event(), Event()
        self.batches: list[list[Run]] = []

    def __call__(self, batch: Sequence[Run]) -> None:
        self.begun.set()
        assert self.let_go.wait(60)
        self.batches.append(list(batch))


async def test_what_is_waiting_is_sent_together_and_in_order():
    slow = Slow()
    slow.let_go.set()
    post = Post(lambda: slow)
    for number in range(5):
        post.put({"id": number})

    await post.close(within_seconds=60)

    assert [run["id"] for batch in slow.batches for run in batch] == [0, 1, 2, 3, 4]
    assert len(slow.batches) < 5


async def test_more_than_can_wait_is_dropped_and_counted():
    slow, before = Slow(), runs("dropped")
    post = Post(lambda: slow, waiting_runs=2)
    post.put({"id": "first"})
    assert slow.begun.wait(60)  # alone, after its batch has waited for others

    for number in range(5):
        post.put({"id": number})
    slow.let_go.set()

    assert runs("dropped") - before == 3
    await post.close(within_seconds=60)


async def test_after_the_end_nothing_is_taken():
    slow = Slow()
    slow.let_go.set()
    post = Post(lambda: slow)
    await post.close(within_seconds=60)

    post.put({"id": "late"})

    assert slow.batches == []


async def test_whatever_sending_raises_the_next_batch_is_sent():
    class Once:
        def __init__(self) -> None:
            self.sent: list[object] = []
            self.failed = Event()

        def __call__(self, batch: Sequence[Run]) -> None:
            if not self.failed.is_set():
                self.failed.set()
                raise OSError
            self.sent += [run["id"] for run in batch]

    once, before = Once(), runs("lost")
    post = Post(lambda: once)
    post.put({"id": "lost"})
    assert once.failed.wait(60)
    post.put({"id": "sent"})
    await post.close(within_seconds=60)

    assert (once.sent, runs("lost") - before) == (["sent"], 1)


def test_faults_that_the_client_swallows_are_counted_until_it_recovers():
    outcome, lost, sent = Outcome(), runs("lost"), runs("sent")

    outcome.failed(OSError("secret"))
    outcome.settle(3)
    outcome.settle(2)

    assert (runs("lost") - lost, runs("sent") - sent) == (3, 2)
