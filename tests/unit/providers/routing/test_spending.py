"""What a day may cost."""

from decimal import Decimal

import pytest

from domain.enums import Engine
from providers.catalogue import capabilities
from providers.faults import BudgetSpent
from providers.routing.spending import Spending, most_usd
from tests.integration.providers.questions import question
from tests.unit.providers.time_by_hand import HandTime

HOUR = 3_600


@pytest.fixture
def time() -> HandTime:
    """At 06:00 UTC."""
    return HandTime()


def test_the_limit_holds_while_requests_are_under_way(time):
    spending = Spending(Decimal("0.10"), now=time.now)
    spending.reserve(Decimal("0.06"))

    with pytest.raises(BudgetSpent) as caught:
        spending.reserve(Decimal("0.05"))

    assert caught.value.retry_after_seconds == 18 * HOUR
    assert spending.spent_usd == Decimal("0.06")


def test_what_was_not_needed_is_given_back(time):
    spending = Spending(Decimal("0.10"), now=time.now)
    spending.reserve(Decimal("0.06"))
    spending.settle(Decimal("0.06"), Decimal("0.01"))

    spending.reserve(Decimal("0.09"))

    assert spending.spent_usd == Decimal("0.10")


def test_a_new_utc_day_begins_at_nothing(time):
    spending = Spending(Decimal("0.10"), now=time.now)
    spending.reserve(Decimal("0.10"))

    time.advance(18 * HOUR)

    spending.settle(Decimal("0.10"), Decimal("0.02"))
    assert spending.spent_usd == 0


def test_a_model_without_a_price_is_always_covered(time):
    spending = Spending(Decimal(0), now=time.now)
    local = most_usd(question(), capabilities(Engine.OPENAI, "llama3.3"))

    spending.reserve(local)

    assert local == 0


def test_without_a_limit_it_only_counts(time):
    spending = Spending(None, now=time.now)

    spending.reserve(Decimal(1_000))

    assert spending.spent_usd == 1_000


def test_what_is_set_aside_covers_the_longest_answer():
    luna = capabilities(Engine.OPENAI, "gpt-6-luna")
    output = Decimal(500) * Decimal("0.50") / 1_000_000

    assert output < most_usd(question(), luna) < 2 * output
