"""What to practise next, told by stories: the same story on the same day ends with the same words."""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from domain.analytics import Topic
from domain.challenge import DomainInfo
from domain.enums import ChallengeKind, Difficulty, Domain
from domain.recommendation import LATEST_ANSWERS, Recommendation, Result, Situation, recommend
from domain.user import Preferences
from providers.embedded.bank import Bank
from server.settings import CONTENT

CHOICE, SCENARIO = ChallengeKind.MULTIPLE_CHOICE, ChallengeKind.SCENARIO
EASY, MEDIUM, HARD = Difficulty
DESIGN, DATABASES, MLOPS = Domain.SYSTEM_DESIGN, Domain.DATABASES, Domain.MLOPS
NOW = datetime(2026, 11, 5, 12, tzinfo=UTC)
DOMAINS = (
    DomainInfo(DESIGN, "System design", "", ("caching", "queues")),
    DomainInfo(DATABASES, "Databases", "", ("indexing", "locks", "backups")),
    DomainInfo(MLOPS, "MLOps", "", ("drift", "serving")),
)
ALL_TOPICS = [Topic(info.domain, name) for info in DOMAINS for name in info.topics]


def everything(kind: ChallengeKind, domain: Domain, difficulty: Difficulty) -> Collection[str]:
    """Somebody who writes whatever is asked for."""
    return next(info.topics for info in DOMAINS if info.domain is domain)


def result(
    domain: Domain,
    topic: str,
    score: float = 90.0,
    *,
    days: float = 0,
    kind: ChallengeKind = CHOICE,
    difficulty: Difficulty = EASY,
) -> Result:
    return Result(Topic(domain, topic), kind, difficulty, score, NOW - timedelta(days=days))


def after(*latest: Result, default: Domain | None = None, role: str | None = None, **changes: Any) -> Any:
    """What is recommended after these results, which are given oldest first."""
    situation = Situation(
        latest=latest[::-1],
        preferences=Preferences(default_domain=default, target_role=role),
        domains=DOMAINS,
        offered=everything,
        now=NOW,
        zone=UTC,
    )
    return recommend(replace(situation, **changes))


def test_a_newcomer_begins_with_something_easy_in_the_first_domain() -> None:
    assert after() == Recommendation(
        DESIGN,
        "caching",
        CHOICE,
        EASY,
        "You have not answered anything yet: start with an easy multiple-choice question on caching in System design.",
    )


def test_a_newcomer_with_a_default_domain_begins_there_and_reads_what_it_is_good_for() -> None:
    assert after(default=DATABASES, role="Data engineer {topic}") == Recommendation(
        DATABASES,
        "indexing",
        CHOICE,
        EASY,
        "You have not answered anything yet, and Databases is your default domain: start with an easy multiple-choice "
        "question on indexing, to prepare for “Data engineer {topic}”.",
    )


def test_a_default_domain_that_was_never_practised_comes_before_all_else() -> None:
    assert after(result(MLOPS, "drift", 0), result(MLOPS, "drift", 0), default=DATABASES) == Recommendation(
        DATABASES,
        "indexing",
        SCENARIO,
        EASY,
        "You have not answered anything in Databases, your default domain, yet: start with an easy scenario on "
        "indexing.",
    )


def test_two_bad_answers_make_a_topic_weak() -> None:
    first = result(DESIGN, "queues", 30.4, kind=SCENARIO, difficulty=MEDIUM)

    assert after(first, replace(first, score=40.0)) == Recommendation(
        DESIGN,
        "queues",
        CHOICE,
        EASY,
        "Your last two answers on queues in System design average 35 out of 100: try an easy multiple-choice question "
        "on it, one step down after two poor ones.",
    )


def test_one_bad_answer_is_bad_luck_until_three_days_later() -> None:
    assert after(result(DESIGN, "caching", 0, days=2)).topic == "queues"
    assert after(result(DESIGN, "caching", 20, days=3)) == Recommendation(
        DESIGN,
        "caching",
        CHOICE,
        EASY,
        "3 days ago your answer on caching in System design came to 20 out of 100: try an easy multiple-choice "
        "question on it.",
    )


def test_an_average_of_60_is_not_weak() -> None:
    assert after(result(DESIGN, "caching", 60, days=3)).topic == "queues"
    assert after(result(DESIGN, "caching", 20), result(DESIGN, "caching", 100)).topic == "queues"


def test_the_weakest_of_all_weak_topics_comes_first_and_of_equals_the_one_that_was_left_longer() -> None:
    two_each = [
        result(DESIGN, "caching", 50, days=1),
        result(DESIGN, "caching", 50, days=1),
        result(DATABASES, "locks", 40, days=2),
        result(DATABASES, "locks", 40, days=2),
    ]

    assert (after(*two_each).domain, after(*two_each).topic) == (DATABASES, "locks")
    equals = [replace(each, score=40) for each in two_each]
    assert after(*equals).topic == "locks"
    same_day = [replace(each, handed_in_at=NOW) for each in equals]
    assert after(*same_day).topic == "caching"


STRONG = [result(topic.domain, topic.name, kind=SCENARIO) for topic in ALL_TOPICS]
MONTH_AGO = [
    replace(each, handed_in_at=NOW - timedelta(days=40)) if each.topic.domain is DATABASES else each for each in STRONG
]


def test_where_all_is_well_a_domain_that_was_left_for_40_days_is_refreshed_with_its_weakest_topic() -> None:
    story = [replace(each, score=85) if each.topic.name == "locks" else each for each in MONTH_AGO]

    assert after(*story) == Recommendation(
        DATABASES,
        "locks",
        CHOICE,
        MEDIUM,
        "You have not practised Databases for 40 days: refresh it with a medium multiple-choice question on locks, one "
        "step up after three good answers.",
    )


def test_30_days_are_long_enough_and_the_domain_that_was_left_longest_comes_first() -> None:
    story = [
        result(DESIGN, "caching", days=30),
        result(DATABASES, "indexing", days=31),
        result(MLOPS, "drift", days=29),
    ]

    assert after(*story).reason.startswith("You have not practised Databases for 31 days: ")
    assert after(story[0], story[2]).reason.startswith("You have not practised System design for 30 days: ")
    assert after(story[2]).reason.startswith("You have not tried serving in MLOps yet: ")


def test_days_are_the_persons_own() -> None:
    at_midnight_utc = replace(result(MLOPS, "drift"), handed_in_at=datetime(2026, 10, 7, 0, 30, tzinfo=UTC))

    assert after(at_midnight_utc).topic == "serving"
    there = after(at_midnight_utc, zone=ZoneInfo("America/Sao_Paulo"))  # where it was still the 6th
    assert there.reason.startswith("You have not practised MLOps for 30 days: ")


def test_what_was_never_tried_where_one_is_at_home_comes_next() -> None:
    assert after(result(MLOPS, "drift", kind=SCENARIO), result(DATABASES, "locks", kind=SCENARIO)) == Recommendation(
        DATABASES,
        "indexing",
        CHOICE,
        EASY,
        "You have not tried indexing in Databases yet: take an easy multiple-choice question on it.",
    )
    assert after(result(MLOPS, "drift"), result(DATABASES, "locks"), default=MLOPS).topic == "serving"


def test_then_a_domain_that_was_never_tried() -> None:
    story = [result(MLOPS, "drift", kind=SCENARIO), result(MLOPS, "serving", kind=SCENARIO)]

    assert after(*story) == Recommendation(
        DESIGN,
        "caching",
        CHOICE,
        EASY,
        "You have not tried System design yet: start with an easy multiple-choice question on caching.",
    )


def test_then_what_was_never_tried_elsewhere() -> None:
    story = [each for each in STRONG if each.topic.name != "backups"]

    assert after(*story) == Recommendation(
        DATABASES,
        "backups",
        CHOICE,
        EASY,
        "You have not tried backups in Databases yet: take an easy multiple-choice question on it.",
    )


def test_where_all_is_seen_the_lowest_scores_are_sharpened() -> None:
    story = [replace(each, score=82.5) if each.topic.name == "serving" else each for each in STRONG]

    assert after(*story, role="Team lead") == Recommendation(
        MLOPS,
        "serving",
        CHOICE,
        EASY,
        "Your lowest scores are on serving in MLOps, 82 out of 100 lately: sharpen it with an easy multiple-choice "
        "question, to prepare for “Team lead”.",
    )


def test_what_was_practised_today_is_not_sharpened_again_before_the_rest() -> None:
    story = [replace(each, handed_in_at=NOW - timedelta(days=2)) for each in STRONG]
    today = result(MLOPS, "serving", 81)

    assert after(*story, today).topic == "caching"
    assert after(*STRONG, today).topic == "serving"  # all of it was today


def test_after_two_multiple_choice_answers_comes_a_scenario_and_then_multiple_choice_again() -> None:
    story = [result(DATABASES, "indexing"), result(MLOPS, "drift")]

    assert after(*story[:1]).kind is CHOICE
    assert after(*story).kind is SCENARIO
    assert after(*story, result(MLOPS, "drift", kind=SCENARIO)).kind is CHOICE
    assert after(*story, result(MLOPS, "drift", kind=SCENARIO), *story[:1]).kind is CHOICE


def test_only_multiple_choice_so_far() -> None:
    assert after(result(DATABASES, "indexing"), result(DATABASES, "locks", 100)) == Recommendation(
        DATABASES,
        "backups",
        SCENARIO,
        EASY,
        "You have not tried backups in Databases yet: take an easy scenario on it.",
    )


GOOD = [result(DATABASES, name, 80) for name in ("indexing", "locks", "locks")]


@pytest.mark.parametrize(
    ("story", "difficulty", "remark"),
    [
        (GOOD, MEDIUM, ", one step up after three good answers."),
        (GOOD[1:], EASY, " on it."),
        ([*GOOD[1:], replace(GOOD[0], score=79.9)], EASY, " on it."),
        ([replace(GOOD[0], difficulty=MEDIUM), *GOOD[1:]], EASY, " on it."),
        ([*GOOD, replace(GOOD[0], difficulty=MEDIUM)], MEDIUM, " on it."),
        ([replace(each, difficulty=MEDIUM) for each in GOOD], HARD, ", one step up after three good answers."),
        ([replace(each, difficulty=HARD) for each in GOOD], HARD, " on it."),
        ([*GOOD[1:], *[result(MLOPS, "drift", difficulty=HARD)] * 3], EASY, " on it."),  # a level is a domain's own
    ],
)
def test_three_good_answers_of_one_difficulty_lead_one_step_up(
    story: list[Result], difficulty: Difficulty, remark: str
) -> None:
    found = after(*story, default=DATABASES)

    assert found.domain is DATABASES
    assert (found.difficulty, found.reason[-len(remark) :]) == (difficulty, remark)


POOR = [result(DATABASES, "indexing", 49, difficulty=HARD), result(DATABASES, "locks", 49, difficulty=HARD)]


@pytest.mark.parametrize(
    ("story", "difficulty", "remark"),
    [
        (POOR, MEDIUM, ", one step down after two poor ones."),
        (POOR[1:], HARD, " on it."),
        ([POOR[0], replace(POOR[1], score=50)], HARD, " on it."),
        ([replace(POOR[0], difficulty=EASY), POOR[1]], HARD, " on it."),
        ([replace(each, difficulty=MEDIUM) for each in POOR], EASY, ", one step down after two poor ones."),
        ([replace(each, difficulty=EASY) for each in POOR], EASY, " on it."),
    ],
)
def test_two_poor_answers_of_one_difficulty_lead_one_step_down(
    story: list[Result], difficulty: Difficulty, remark: str
) -> None:
    found = after(*story, default=DATABASES)

    assert (found.domain, found.topic) == (DATABASES, "backups" if len(story) == 2 else "indexing")
    assert (found.difficulty, found.reason[-len(remark) :]) == (difficulty, remark)


# ---- what can be had


def some(*cells: tuple[ChallengeKind, Domain, Difficulty, str]) -> Any:
    """A bank with these alone."""
    return lambda kind, domain, difficulty: {topic for *cell, topic in cells if cell == [kind, domain, difficulty]}


def test_a_newcomer_is_sent_where_something_can_be_had() -> None:
    found = after(default=DATABASES, offered=some((SCENARIO, MLOPS, HARD, "serving")))

    assert (found.domain, found.topic, found.kind, found.difficulty) == (MLOPS, "serving", SCENARIO, HARD)
    assert found.reason == "You have not answered anything yet: start with a hard scenario on serving in MLOps."


def test_where_the_level_cannot_be_had_on_a_weak_topic_the_nearest_is_taken_rather_the_easier() -> None:
    weak = [result(DATABASES, "locks", 55, difficulty=MEDIUM), result(DATABASES, "locks", 40, difficulty=MEDIUM)]
    hard, easy = (CHOICE, DATABASES, HARD, "locks"), (CHOICE, DATABASES, EASY, "locks")

    assert after(*weak, offered=some(hard)).difficulty is HARD
    assert after(*weak, offered=some(hard, easy)).difficulty is EASY
    exact = (CHOICE, DATABASES, MEDIUM, "locks")  # a scenario is due, and there is none
    assert after(*weak, offered=some(hard, easy, exact)).difficulty is MEDIUM


def test_what_was_never_tried_waits_for_its_level() -> None:
    story = [result(DATABASES, "indexing", difficulty=MEDIUM)]
    offered = some(
        (CHOICE, DATABASES, HARD, "locks"), (CHOICE, DATABASES, MEDIUM, "backups"), (CHOICE, MLOPS, HARD, "drift")
    )

    assert after(*story, offered=offered).topic == "backups"
    backups = result(DATABASES, "backups", difficulty=MEDIUM)
    assert (after(*story, backups, offered=offered).domain, after(*story, offered=offered).difficulty) == (
        MLOPS,
        MEDIUM,
    )


def test_a_weak_topic_that_can_no_longer_be_had_is_passed_over() -> None:
    weak = [result(DATABASES, "retired", 0), result(DATABASES, "retired", 0)]

    assert after(*weak).topic == "indexing"
    assert after(*weak, result(Domain.ALGORITHMS, "graphs", 0)).domain is DESIGN


def test_nothing_can_be_had_at_all() -> None:
    nothing = some()

    assert after(offered=nothing) is None
    assert after(*STRONG, offered=nothing) is None
    assert after(domains=()) is None


@pytest.fixture(scope="module")
def bank() -> Bank:
    return Bank.load(CONTENT)


@pytest.mark.parametrize("default", [None, MLOPS])
def test_the_curated_bank_has_whatever_is_recommended_and_every_domain_is_seen_in_the_end(
    bank: Bank, default: Domain | None
) -> None:
    random = Random(1)
    story: list[Result] = []  # newest first
    for step in range(250):
        answered: Counter[Topic] = Counter()
        latest = []
        for each in story:
            answered[each.topic] += 1
            if answered[each.topic] <= LATEST_ANSWERS:
                latest.append(each)
        now = NOW + timedelta(hours=step)
        situation = Situation(
            latest=latest,
            preferences=Preferences(default),
            domains=bank.domains,
            offered=bank.topics,
            now=now,
            zone=UTC,
        )

        found = recommend(situation)

        assert found == recommend(situation)
        assert found is not None
        assert bank.fitting(found.kind, found.domain, found.difficulty, found.topic)
        score = random.choice((0, 100, 100)) if found.kind is CHOICE else random.randint(55, 100)
        story.insert(0, Result(Topic(found.domain, found.topic), found.kind, found.difficulty, score, now))
    assert {each.topic.domain for each in story} == set(Domain)
    assert {each.kind for each in story} == set(ChallengeKind)
    assert {each.difficulty for each in story} == set(Difficulty)
