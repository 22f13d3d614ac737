"""What to practise next: a decision from a person's latest answers, the same for the same answers on the same day.

The first line that applies decides where to go:

| what there is                                              | what to practise                                      |
| ---------------------------------------------------------- | ----------------------------------------------------- |
| no answer at all                                           | the default domain, or the first one                  |
| no answer in the default domain                            | the default domain                                    |
| topics whose last answers, at most three, average below    | the one with the lowest average                       |
| 60; a single answer counts after three days                |                                                       |
| domains without an answer for 30 days or more              | the one that was left longest: its weakest topic      |
| never answered topics at home: in the default domain, or   | the first of them that can be had at the person's     |
| in that of the latest answer                               | level                                                 |
| domains without an answer                                  | the first of them                                     |
| never answered topics of other domains                     | the first that can be had at the person's level there |
| nothing of all this                                        | the topic with the lowest average; what was practised |
|                                                            | today comes after the others                          |

The level is a domain's own: EASY at first, then the difficulty of its latest answer; one step up after three answers of
that difficulty with 80 or more each, one step down after two below 50. After two multiple-choice answers in a row, in
whichever domains, comes a scenario, and otherwise multiple choice. Where nothing of that kind and level can be had on a
topic, the nearest that can be had is taken; what cannot be had at all is never recommended.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from math import floor
from statistics import fmean

from domain.analytics import FEWEST_ANSWERS, Topic
from domain.challenge import DomainInfo
from domain.days import day_of
from domain.enums import ChallengeKind, Difficulty, Domain
from domain.user import Preferences

LATEST_ANSWERS = 3
"""How many of each topic are looked at: what somebody could not do long ago says little."""
WEAK_BELOW = 60
GOOD_FROM = 80
POOR_BELOW = 50
STALE_DAYS = 30
SECOND_CHANCE_DAYS = 3
"""One bad answer may be bad luck, and right after the reveal another one would tell nothing."""

_GOOD_ANSWERS = 3
_POOR_ANSWERS = 2
_CHOICES_IN_A_ROW = 2
_LEVELS = tuple(Difficulty)
_NUMBERS = {2: "two", 3: "three"}
_NAMES = {ChallengeKind.MULTIPLE_CHOICE: "multiple-choice question", ChallengeKind.SCENARIO: "scenario"}

Offered = Callable[[ChallengeKind, Domain, Difficulty], Collection[str]]
"""The topics on which a challenge of that kind, domain and difficulty can be had."""


@dataclass(frozen=True, slots=True)
class Result:
    """What the first completed evaluation of a challenge came to."""

    topic: Topic
    kind: ChallengeKind
    difficulty: Difficulty
    score: float
    handed_in_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What there is to decide by. `latest` are up to 3 results of each topic, the newest of all first.

    `zone` is the time zone in which the person counts days.
    """

    latest: Sequence[Result]
    preferences: Preferences
    domains: Sequence[DomainInfo]
    offered: Offered
    now: datetime
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What to ask for next, and why in a sentence for the person."""

    domain: Domain
    topic: str
    kind: ChallengeKind
    difficulty: Difficulty
    reason: str


@dataclass(frozen=True, slots=True)
class _Aim:
    """Where to go: any of the topics, the first ones rather. The sentence has places for {challenge} and {topic}."""

    domain: Domain
    topics: Sequence[str]
    sentence: str
    at_level: bool = False


@dataclass(frozen=True, slots=True)
class _Level:
    """A person's difficulty in a domain, and what changed it last."""

    difficulty: Difficulty
    remark: str = ""


class _View:
    """A situation by domain and by topic. What is not listed any more is left out."""

    def __init__(self, situation: Situation) -> None:
        self.situation = situation
        self.default = situation.preferences.default_domain
        self.of: defaultdict[Domain, list[Result]] = defaultdict(list)
        self.on: defaultdict[Topic, list[Result]] = defaultdict(list)
        for result in situation.latest:
            self.of[result.topic.domain].append(result)
            self.on[result.topic].append(result)
        self.labels = {info.domain: info.label for info in situation.domains}
        self.practised = [info for info in situation.domains if info.domain in self.of]
        listed = [Topic(info.domain, name) for info in self.practised for name in info.topics]
        self.averages = {
            topic: fmean(result.score for result in self.on[topic]) for topic in listed if topic in self.on
        }

    @property
    def weakest_first(self) -> list[Topic]:
        """Topics, the lowest average first; of equal ones the one that was left longer, then in their order."""
        return sorted(self.averages, key=lambda topic: (self.averages[topic], -self.idle_days(self.on[topic])))

    def idle_days(self, results: Sequence[Result]) -> int:
        """How many days ago the newest of these was handed in."""
        zone = self.situation.zone
        return (day_of(self.situation.now, zone) - day_of(results[0].handed_in_at, zone)).days


def recommend(situation: Situation) -> Recommendation | None:
    """What to practise next; None when there is nothing to be had at all."""
    view = _View(situation)
    for rule in (_begin, _default, _weak, _stale, _unseen_at_home, _unseen_domain, _unseen_elsewhere, _lowest):
        for aim in rule(view):
            found = _fitted(view, aim)
            if found is not None:
                return found
    return None


def _begin(view: _View) -> Iterator[_Aim]:
    if view.situation.latest:
        return
    for info in sorted(view.situation.domains, key=lambda info: info.domain is not view.default):
        if info.domain is view.default:
            why, where = f", and {info.label} is your default domain", ""
        else:
            why, where = "", f" in {info.label}"
        sentence = f"You have not answered anything yet{why}: start with {{challenge}} on {{topic}}{where}"
        yield _Aim(info.domain, info.topics, sentence)


def _default(view: _View) -> Iterator[_Aim]:
    for info in view.situation.domains:
        if info.domain is view.default and info.domain not in view.of:
            why = f"You have not answered anything in {info.label}, your default domain, yet"
            yield _Aim(info.domain, info.topics, f"{why}: start with {{challenge}} on {{topic}}")


def _weak(view: _View) -> Iterator[_Aim]:
    for topic in view.weakest_first:
        results, where = view.on[topic], f"{topic.name} in {view.labels[topic.domain]}"
        average, days = view.averages[topic], view.idle_days(view.on[topic])
        why = None
        if average < WEAK_BELOW and len(results) >= FEWEST_ANSWERS:
            why = f"Your last {_NUMBERS[len(results)]} answers on {where} average {floor(average)} out of 100"
        elif average < WEAK_BELOW and days >= SECOND_CHANCE_DAYS:
            why = f"{days} days ago your answer on {where} came to {floor(average)} out of 100"
        if why is not None:
            yield _Aim(topic.domain, (topic.name,), f"{why}: try {{challenge}} on it")


def _stale(view: _View) -> Iterator[_Aim]:
    for info in sorted(view.practised, key=lambda info: -view.idle_days(view.of[info.domain])):
        days = view.idle_days(view.of[info.domain])
        for topic in view.weakest_first:
            if topic.domain is info.domain and days >= STALE_DAYS:
                why = f"You have not practised {info.label} for {days} days"
                yield _Aim(info.domain, (topic.name,), f"{why}: refresh it with {{challenge}} on {{topic}}")


def _unseen_at_home(view: _View) -> Iterator[_Aim]:
    newest = [result.topic.domain for result in view.situation.latest[:1]]
    home = newest if view.default is None else [view.default]
    return (aim for aim in _unseen_elsewhere(view) if aim.domain in home)


def _unseen_domain(view: _View) -> Iterator[_Aim]:
    for info in view.situation.domains:
        if info.domain not in view.of:
            why = f"You have not tried {info.label} yet"
            yield _Aim(info.domain, info.topics, f"{why}: start with {{challenge}} on {{topic}}")


def _unseen_elsewhere(view: _View) -> Iterator[_Aim]:
    for info in view.practised:
        unseen = [name for name in info.topics if Topic(info.domain, name) not in view.on]
        why = f"You have not tried {{topic}} in {info.label} yet"
        yield _Aim(info.domain, unseen, f"{why}: take {{challenge}} on it", at_level=True)


def _lowest(view: _View) -> Iterator[_Aim]:
    for topic in sorted(view.weakest_first, key=lambda topic: view.idle_days(view.on[topic]) == 0):
        where = f"{topic.name} in {view.labels[topic.domain]}"
        why = f"Your lowest scores are on {where}, {floor(view.averages[topic])} out of 100 lately"
        yield _Aim(topic.domain, (topic.name,), f"{why}: sharpen it with {{challenge}}")


def _fitted(view: _View, aim: _Aim) -> Recommendation | None:
    """What comes nearest: first of all in difficulty, rather easier than harder, then in kind."""
    level, wanted_kind = _level(view.of.get(aim.domain, ())), _kind(view.situation.latest)
    wanted = _LEVELS.index(level.difficulty)
    options = [
        (abs(step - wanted), step, kind is not wanted_kind, aim.topics.index(topic), topic, kind)
        for kind in ChallengeKind
        for step, difficulty in enumerate(_LEVELS)
        for topic in view.situation.offered(kind, aim.domain, difficulty)
        if topic in aim.topics and (step == wanted or not aim.at_level)
    ]
    if not options:
        return None
    _, step, _, _, topic, kind = min(options)
    difficulty = _LEVELS[step]
    article = "an" if difficulty is Difficulty.EASY else "a"
    challenge = f"{article} {difficulty.value.lower()} {_NAMES[kind]}"
    reason = aim.sentence.replace("{challenge}", challenge).replace("{topic}", topic)
    if difficulty is level.difficulty:
        reason += level.remark
    role = view.situation.preferences.target_role
    if role is not None:
        reason += f", to prepare for “{role}”"
    return Recommendation(aim.domain, topic, kind, difficulty, f"{reason}.")


def _level(results: Sequence[Result]) -> _Level:
    """Of a domain, by its results, newest first."""
    if not results:
        return _Level(Difficulty.EASY)
    latest = results[0].difficulty
    at_it = [result.score for result in results[:_GOOD_ANSWERS] if result.difficulty is latest]
    step = _LEVELS.index(latest)
    if len(at_it) == _GOOD_ANSWERS and min(at_it) >= GOOD_FROM and latest is not _LEVELS[-1]:
        return _Level(_LEVELS[step + 1], ", one step up after three good answers")
    poor = [result for result in results[:_POOR_ANSWERS] if result.difficulty is latest and result.score < POOR_BELOW]
    if len(poor) == _POOR_ANSWERS and latest is not _LEVELS[0]:
        return _Level(_LEVELS[step - 1], ", one step down after two poor ones")
    return _Level(latest)


def _kind(latest: Sequence[Result]) -> ChallengeKind:
    """Of the next challenge, by the latest answers anywhere."""
    newest = [result.kind for result in latest[:_CHOICES_IN_A_ROW]]
    only_choices = newest == [ChallengeKind.MULTIPLE_CHOICE] * _CHOICES_IN_A_ROW
    return ChallengeKind.SCENARIO if only_choices else ChallengeKind.MULTIPLE_CHOICE
