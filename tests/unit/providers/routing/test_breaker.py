"""When a model is left alone, and how it comes back."""

import pytest

from domain.calls import Usage
from domain.language_models import Repair
from providers import faults
from providers.faults import BreakerOpen, ModelFault
from providers.routing.breaker import Breaker, Passage, Tolerance
from tests.unit.providers.time_by_hand import HandTime

TOLERANCE = Tolerance(failures=3, open_seconds=30, longest_open_seconds=300, denied_seconds=120)
NEUTRAL = [
    faults.BadRequest("400"),
    faults.CutOff("limit"),
    faults.Declined("no"),
    faults.InvalidOutput("bad", usage=Usage(), repair=Repair("{}", "- level: missing")),
]


@pytest.fixture
def time() -> HandTime:
    return HandTime()


@pytest.fixture
def breaker(time: HandTime) -> Breaker:
    return Breaker(TOLERANCE, time.clock)


def fail(breaker: Breaker, times: int, fault: ModelFault | None = None) -> list[bool]:
    return [breaker.admit().fail(fault or faults.ServerFault("500")) for _ in range(times)]


def test_failures_in_a_row_open_it_for_a_while(breaker, time):
    assert fail(breaker, 3) == [False, False, True]

    time.advance(29)
    with pytest.raises(BreakerOpen) as caught:
        breaker.admit()
    assert caught.value.retry_after_seconds == 1.0

    time.advance(1)
    breaker.admit()


def test_an_answer_between_failures_starts_the_count_afresh(breaker):
    fail(breaker, 2)
    breaker.admit().succeed()

    assert fail(breaker, 2) == [False, False]


@pytest.mark.parametrize("fault", NEUTRAL, ids=lambda fault: fault.kind)
def test_what_says_nothing_of_the_providers_health_does_not_count(breaker, fault):
    assert fail(breaker, 10, fault) == [False] * 10


def test_a_refused_key_opens_it_at_once(breaker, time):
    assert fail(breaker, 1, faults.AccessDenied("401")) == [True]

    time.advance(119)
    with pytest.raises(BreakerOpen):
        breaker.admit()
    time.advance(1)
    breaker.admit()


@pytest.mark.parametrize(("asked", "kept_out"), [(100.0, 100.0), (86_400.0, 300.0)])
def test_a_long_retry_after_is_kept_within_reason(breaker, time, asked, kept_out):
    assert fail(breaker, 1, faults.RateLimited("429", retry_after_seconds=asked)) == [True]

    time.advance(kept_out - 1)
    with pytest.raises(BreakerOpen):
        breaker.admit()
    time.advance(1)
    breaker.admit()


class TestHalfOpen:
    @pytest.fixture
    def late(self, breaker: Breaker) -> Passage:
        """A request that was sent before it opened."""
        return breaker.admit()

    @pytest.fixture(autouse=True)
    def probe(self, breaker: Breaker, time: HandTime, late: Passage) -> Passage:
        fail(breaker, 3)
        time.advance(30)
        return breaker.admit()

    def test_one_probe_passes_at_a_time(self, breaker):
        with pytest.raises(BreakerOpen):
            breaker.admit()

    def test_its_answer_closes_it(self, breaker, probe):
        probe.succeed()

        breaker.admit()
        breaker.admit()

    def test_its_failure_opens_it_again(self, breaker, time, probe):
        assert probe.fail(faults.ServerFault("500"))

        time.advance(29)
        with pytest.raises(BreakerOpen):
            breaker.admit()

    def test_a_probe_that_was_given_up_leaves_its_place_to_the_next(self, breaker, probe):
        probe.abandon()

        breaker.admit()

    @pytest.mark.parametrize(
        "end", [Passage.succeed, Passage.abandon, lambda late: late.fail(faults.ServerFault("500"))]
    )
    def test_what_was_asked_before_neither_decides_for_the_probe_nor_takes_its_place(self, breaker, late, probe, end):
        end(late)

        with pytest.raises(BreakerOpen):
            breaker.admit()
        probe.succeed()
        breaker.admit()

    def test_what_was_asked_before_does_not_count_once_it_is_closed_again(self, breaker, late, probe):
        probe.succeed()
        fail(breaker, 2)
        late.succeed()

        assert fail(breaker, 1) == [True]


def test_a_late_answer_does_not_close_it(breaker):
    late = breaker.admit()
    fail(breaker, 3)

    late.succeed()

    with pytest.raises(BreakerOpen):
        breaker.admit()
