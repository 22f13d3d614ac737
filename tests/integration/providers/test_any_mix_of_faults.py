"""Many questions through a random mix of all faults: each ends in its answer or in the one error, in time."""

from random import Random

from domain.enums import Engine
from domain.errors import ProviderUnavailable
from tests.integration.providers.dialects import Messages, Responses
from tests.integration.providers.doubles import Party
from tests.integration.providers.questions import GOOD, VERDICT, question
from tests.integration.providers.test_fault_matrix import NEVER_AGAIN, REPAIRED_ONCE, THREE_TIMES, Watcher

FAULTS = [row for table in (NEVER_AGAIN, THREE_TIMES, REPAIRED_ONCE) for row in table.values()]
DEADLINE_SECONDS = 20


async def test_two_hundred_questions_through_any_mix_of_faults_end_in_a_value_or_a_clear_error(party):
    random = Random(11)
    ended = {"first": 0, "second": 0, "nobody": 0}
    for _ in range(200):
        watched, first = random.choice(FAULTS)
        further = [reply for alike, reply in random.choices(FAULTS, k=2) if alike == watched]
        party.openai.will(first(Responses()), Responses().answer(GOOD, streamed=watched))
        party.anthropic.will(*(reply(Messages()) for reply in further), Messages().answer(GOOD, streamed=watched))
        began = party.time.seconds

        ended[await end_of_a_question(party, watched=watched)] += 1

        assert party.time.seconds - began <= DEADLINE_SECONDS
        party.time.advance(random.choice([1, 400, 400]))

    assert sum(ended.values()) == 200
    assert all(count > 10 for count in ended.values()), ended


async def end_of_a_question(party: Party, *, watched: bool) -> str:
    """Who answered; whatever is raised beside the one error is a failure."""
    watcher = Watcher() if watched else None
    try:
        completion = await party.router.complete(question(), deadline_seconds=DEADLINE_SECONDS, on_partial=watcher)
    except ProviderUnavailable:
        return "nobody"
    assert completion.value == VERDICT
    assert completion.degraded is (completion.engine is Engine.ANTHROPIC)
    return "second" if completion.degraded else "first"
