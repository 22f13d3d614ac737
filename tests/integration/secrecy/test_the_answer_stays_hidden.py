"""What gives the answer away stays on the server until the viewer has a COMPLETED evaluation of the challenge.

Every path that introspection finds is asked for, by the owner and by a stranger, at every moment of a challenge's life;
and whatever is answered, told as an event or logged meanwhile holds none of the item's hidden sentences.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path as File
from typing import Any

import pytest

from domain.enums import EvaluationFailureCode
from domain.errors import GradingFailed
from domain.evaluation import Lease
from domain.results import EvaluationResult, Step
from persistence.journal import Journal
from schema import schema
from tests.integration.house import House, open_house
from tests.integration.secrecy.paths import HIDDEN_TYPES, Document, Path, Schema, documents, shown, values_at

pytestmark = pytest.mark.timeout(600)  # hundreds of paths at every moment take a minute or two

SCHEMA = Schema(schema._schema)
TO_HIDDEN = documents(SCHEMA.to_hidden())
TO_LEAVES = documents(SCHEMA.to_leaves())
KINDS = {"MULTIPLE_CHOICE": "MultipleChoiceChallenge", "SCENARIO": "ScenarioChallenge"}

GENERATE = """
mutation Generate($input: GenerateChallengeInput!) {
  generateChallenge(input: $input) {
    challenge { id ... on ScenarioChallenge { questions { id } } } userErrors { message }
  }
}
"""
EVALUATE = """
mutation Evaluate($input: EvaluateAnswerInput!) {
  evaluateAnswer(input: $input) { evaluation { id status } userErrors { message } }
}
"""
CANCEL = """
mutation Cancel($id: ID!) { cancelEvaluation(input: {evaluationId: $id}) { evaluation { status } } }
"""
WATCH = """
subscription Watch($evaluation: ID!) { evaluationProgress(evaluationId: $evaluation) { sequence } }
"""
OF_ALICE = "user_id = (SELECT id FROM users WHERE subject = 'alice')"


@dataclass
class Gate:
    """Stands before the last step of every evaluation: all is graded and stored, and nothing is completed."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    fails: bool = False

    def close(self) -> None:
        self.reached.clear()
        self.open.clear()

    async def pass_(self) -> None:
        self.reached.set()
        await self.open.wait()
        if self.fails:
            raise GradingFailed("The grader gave no usable output.", code=EvaluationFailureCode.OUTPUT_INVALID)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    gate = Gate()
    store = Journal.store

    async def held(self: Journal, lease: Lease, steps: Sequence[Step]) -> None:
        *earlier, last = steps
        if not isinstance(last, EvaluationResult):
            await store(self, lease, steps)
            return
        if earlier:
            await store(self, lease, earlier)
        await gate.pass_()
        await store(self, lease, [last])

    monkeypatch.setattr(Journal, "store", held)
    return gate


@pytest.fixture
async def house(tmp_path: File, gate: Gate) -> AsyncIterator[House]:
    async with open_house(tmp_path / "data", daily_quota=10_000, lease_seconds=600) as house:
        yield house
        gate.open.set()


@dataclass
class Story:
    """One challenge of Alice's, from the draw to the result, and all that anybody was told of it."""

    house: House
    gate: Gate
    kind: str
    challenge: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)
    evaluation: str | None = None
    final: bool = False
    number: int = 0

    @property
    def generating(self) -> dict[str, Any]:
        return {"kind": self.kind, "domain": "DATABASES", "difficulty": "MEDIUM", "idempotencyKey": "g"}

    @property
    def variables(self) -> dict[str, Any]:
        return {
            "challenge": self.challenge["id"],
            "evaluation": self.evaluation,
            "generate": self.generating,
            "answer": self.answer,
        }

    async def begin(self) -> None:
        payload = (await self.house.ask(GENERATE, {"input": self.generating}))["generateChallenge"]
        assert payload["userErrors"] == []
        self.challenge = payload["challenge"]

    async def hand_in(self, *, wait: bool = False) -> None:
        """Hand in another answer, which improves on the last one."""
        self.number += 1
        given: dict[str, Any] = {"optionId": "a"}
        if self.kind == "SCENARIO":
            given = {"parts": [{"questionId": "q1", "text": f"{self._telling_sentence()} Number {self.number}."}]}
        self.answer = {
            "challengeId": self.challenge["id"],
            "answer": given,
            "idempotencyKey": f"e{self.number}",
            "wait": wait,
            **({} if self.evaluation is None else {"revises": self.evaluation}),
        }
        payload = (await self.house.ask(EVALUATE, {"input": self.answer}))["evaluateAnswer"]
        assert payload["userErrors"] == []
        self.evaluation, self.final = payload["evaluation"]["id"], wait
        # Later it is replayed, which shows the evaluation as it is then; `wait` does not count, and would wait.
        self.answer = {**self.answer, "wait": False}

    async def status(self) -> str:
        """The status once the evaluation has ended: its events are followed to the last."""
        assert await self.follow(WATCH)
        self.final = True
        found = await self.house.ask("query($id: ID!) { evaluation(id: $id) { status } }", {"id": self.evaluation})
        return str(found["evaluation"]["status"])

    async def follow(self, text: str, user: str = "alice") -> list[dict[str, Any]]:
        """Messages of a subscription: up to its end, or, while the evaluation is held, up to its newest event."""
        query = "SELECT last_sequence, status FROM evaluations ORDER BY id DESC LIMIT 1"
        messages = []
        async with self.house.socket(user) as peer:
            await peer.subscribe("1", text, variables={"evaluation": self.evaluation})
            while (message := await peer.receive())["type"] == "next":
                messages.append(message["payload"])
                ((newest, status),) = self.house.select(query)
                sequence = message["payload"]["data"]["evaluationProgress"]["sequence"]
                held = status == "RUNNING" and self.gate.reached.is_set() and not self.gate.open.is_set()
                if held and sequence == newest:
                    break
            else:
                if message["type"] == "error":
                    messages.append({"errors": message["payload"]})
        return messages

    async def ask(self, document: Document, user: str) -> list[dict[str, Any]]:
        """All that is answered to a document, if it can be asked for now."""
        text = document.text(SCHEMA)
        if self.evaluation is None and ("$evaluation" in text or "$answer" in text):
            return []
        if "cancelEvaluation" in text and not self.final and user == "alice":
            return []  # it would end what is being watched; asked for after it has ended
        if document.root[0] == "Subscription":
            return await self.follow(text, user)
        used = {name: value for name, value in self.variables.items() if f"${name}" in text}
        response = await self.house.post(text, used, user=user)
        assert response.status_code == 200
        return [response.json()]

    def _telling_sentence(self) -> str:
        """One key point as it is authored, so that a rationale has something to name."""
        return str(self.solution()["keys"][0]["key_points"][0]["text"])

    def solution(self) -> dict[str, Any]:
        ((solution,),) = self.house.select(f"SELECT solution FROM challenges WHERE {OF_ALICE}")
        loaded = json.loads(solution)
        assert isinstance(loaded, dict)
        return loaded

    def secrets(self) -> set[str]:
        """The item's hidden sentences, and what graders wrote about single criteria; without what is shown anyway."""
        ((content, title),) = self.house.select(f"SELECT content, title FROM challenges WHERE {OF_ALICE}")
        shown_anyway = " ".join([*strings(json.loads(content)), title, *strings(self.answer)])
        sentences = {
            sentence
            for text in strings(self.solution())
            for sentence in (text, *re.split(r"(?<=[.;:!?]) ", text))
            if len(sentence) >= 20
        }
        sentences |= {rationale for (rationale,) in self.house.select("SELECT rationale FROM criterion_judgements")}
        return {sentence for sentence in sentences if sentence not in shown_anyway}


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from strings(item)


def leaks(answers: list[dict[str, Any]], secrets: set[str]) -> list[str]:
    told = "\n".join(strings(answers))
    return [secret for secret in secrets if secret in told]


async def nothing_is_shown(story: Story, user: str) -> None:
    """No path has a value, and no hidden sentence comes by any other."""
    secrets = story.secrets()
    assert len(secrets) >= 4
    for document in TO_HIDDEN:
        answers = await story.ask(document, user)
        for path in document.paths:
            found = [value for answer in answers for value in values_at(answer.get("data"), path)]
            assert found == [], f"{shown(path)} shows {found}"
        assert leaks(answers, secrets) == []
    for document in TO_LEAVES:
        assert leaks(await story.ask(document, user), secrets) == [], document.text(SCHEMA)


def is_shown_in_the_end(path: Path, kind: str) -> bool:
    """Whether a path leads to something that this kind of challenge reveals once it is answered."""
    types = {type_ for type_, _ in path}
    (other,) = set(KINDS.values()) - {KINDS[kind]}
    if other in types or ("EvaluationDimensionScored", "score") in path:  # an event is told as it was stored
        return False
    if any(step[1] == "latestEvaluation" and then[1] == "revisions" for step, then in pairwise(path)):
        return False  # nothing improves on the newest
    name = path[-1][1]
    if name in {"modelAnswers", "criteria", "feedback"}:
        return kind == "SCENARIO"
    return name != "correct" or kind == "MULTIPLE_CHOICE"


async def everything_is_shown(story: Story) -> None:
    walked = 0
    for document in TO_HIDDEN:
        answers = await story.ask(document, "alice")
        for path in document.paths:
            found = [value for answer in answers for value in values_at(answer.get("data"), path)]
            assert bool(found) == is_shown_in_the_end(path, story.kind), f"{shown(path)}: {found}"
            walked += bool(found)
    assert walked > 100


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", KINDS)
async def test_no_path_shows_the_answer_before_the_evaluation_is_completed(house: House, gate: Gate, kind: str) -> None:
    story = Story(house, gate, kind)
    await story.begin()
    await nothing_is_shown(story, "alice")
    await nothing_is_shown(story, "mallory")

    await story.hand_in()
    await gate.reached.wait()
    await nothing_is_shown(story, "alice")
    await nothing_is_shown(story, "mallory")

    await house.ask(CANCEL, {"id": story.evaluation})
    assert await story.status() == "CANCELLED"
    await nothing_is_shown(story, "alice")

    gate.fails = True
    gate.open.set()
    await story.hand_in()
    assert await story.status() == "FAILED"
    await nothing_is_shown(story, "alice")
    await nothing_is_shown(story, "mallory")

    gate.fails = False
    gate.close()
    await story.hand_in()
    await gate.reached.wait()
    await nothing_is_shown(story, "alice")  # it revises the failed one, which improves on the cancelled one

    gate.open.set()
    assert await story.status() == "COMPLETED"
    await story.hand_in(wait=True)
    middle = story.evaluation, story.answer
    await story.hand_in(wait=True)
    story.evaluation, story.answer = middle  # which improves on a completed one, and is improved on by another
    await everything_is_shown(story)
    await nothing_is_shown(story, "mallory")
    logged = [json.loads(line) for line in house.log.getvalue().splitlines()]
    assert leaks(logged, story.secrets()) == []
    assert "evaluation_completed" in house.logged_events()


async def test_another_answer_hides_its_own_criteria_until_it_is_completed_itself(house: House, gate: Gate) -> None:
    story = Story(house, gate, "SCENARIO")
    gate.open.set()
    await story.begin()
    await story.hand_in(wait=True)
    gate.close()
    await story.hand_in()
    await gate.reached.wait()

    query = """
    query($id: ID!) {
      evaluation(id: $id) {
        status overallScore feedback { summary } modelAnswers { text }
        dimensionScores { criteria { rationale } }
        challenge { ... on ScenarioChallenge { solution { modelAnswers { text } } } }
      }
    }
    """
    running = (await house.ask(query, {"id": story.evaluation}))["evaluation"]
    assert (running["status"], running["overallScore"], running["feedback"]) == ("RUNNING", None, None)
    assert running["modelAnswers"] == []
    assert [score["criteria"] for score in running["dimensionScores"]] == [[], [], [], []]
    assert running["challenge"]["solution"]["modelAnswers"] != []


@pytest.mark.parametrize("kind", KINDS)
async def test_a_search_finds_nothing_by_what_is_hidden(house: House, gate: Gate, kind: str) -> None:
    story = Story(house, gate, kind)
    await story.begin()
    ((row,),) = house.select("SELECT content || title || topic || tags FROM challenges")
    words = {word for text in strings(story.solution()) for word in re.findall(r"[a-z]{7,}", text)}
    hidden = sorted(word for word in words if word not in row.casefold())[:20]
    assert hidden
    search = "query($text: String!) { history(filter: {search: $text}) { totalCount } }"
    for word in hidden:
        assert await house.ask(search, {"text": word}) == {"history": {"totalCount": 0}}, word


def test_the_walk_meets_every_place_that_is_known_to_hide_something() -> None:
    """The enumeration itself: if it lost a root or a type, the matrix would be green and say nothing."""
    paths = {path for document in TO_HIDDEN for path in document.paths}
    by_root = {path[0] for path in paths}

    assert by_root == {
        ("Query", "node"),
        ("Query", "challenge"),
        ("Query", "evaluation"),
        ("Query", "history"),
        ("Mutation", "generateChallenge"),
        ("Mutation", "evaluateAnswer"),
        ("Mutation", "cancelEvaluation"),
        ("Subscription", "evaluationProgress"),
    }
    ends = {path[-1] for path in paths}
    assert {
        ("MultipleChoiceChallenge", "solution"),
        ("ScenarioChallenge", "solution"),
        ("Evaluation", "modelAnswers"),
        ("Evaluation", "correct"),
        ("Evaluation", "overallScore"),
        ("Evaluation", "feedback"),
        ("DimensionScore", "criteria"),
    } == ends
    through = {step for path in paths for step in path}
    assert {
        ("Evaluation", "challenge"),
        ("Evaluation", "revisionOf"),
        ("Evaluation", "revisions"),
        ("MultipleChoiceChallenge", "latestEvaluation"),
        ("ScenarioChallenge", "evaluations"),
        ("ChallengeEdge", "node"),
        ("EvaluationEdge", "node"),
        ("EvaluationCompleted", "evaluation"),
        ("EvaluationDimensionScored", "score"),
    } <= through


def test_every_type_that_hides_something_is_known_to_the_walk() -> None:
    """A text field of a new type has to be judged by somebody: is it hidden, or may everybody read it?"""
    known = {step for document in TO_LEAVES for path in document.paths for step in path}
    telling = re.compile(
        r"solution|explanation|misconception|rationale|key_?point|model_?answer|correct", re.IGNORECASE
    )
    suspicious = {step for step in known if telling.search(step[1])}

    assert {step for step in suspicious if step[0] not in HIDDEN_TYPES} == {
        ("MultipleChoiceChallenge", "solution"),
        ("ScenarioChallenge", "solution"),
        ("Evaluation", "correct"),
        ("Evaluation", "modelAnswers"),
        ("DimensionScore", "rationale"),  # never names a key point: the walk looks for them in it
    }
