"""Language models that answer by a script, and what a model would write that knows the curated bank by heart."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from prometheus_client import REGISTRY

from domain.calls import Call, Task, Usage
from domain.challenge import Order
from domain.enums import ChallengeKind, Difficulty, Dimension, Domain, Engine
from domain.language_models import Completion, OnCall, OnPartial, Request, T
from server.settings import CONTENT
from workflows.scenario.agent.output import WrittenCase, WrittenRubric

ITEM: dict[str, Any] = json.loads((CONTENT / "scenario/databases/sc-databases-slow-shipment-list.json").read_text())
TOPICS = ("query optimisation", "transaction isolation", "backups")
Outcome = Mapping[str, Any] | Exception


def case(**changes: Any) -> dict[str, Any]:
    """The item's case as a model writes it, with changes."""
    context = ITEM["context"]
    return {
        "title": ITEM["title"],
        "tags": ITEM["tags"],
        "company": context["company"],
        "role": context["role"],
        "situation": context["situation"],
        "constraints": context["constraints"],
        "questions": [question["prompt"] for question in ITEM["questions"]],
    } | changes


def rubric(**changes: Any) -> dict[str, Any]:
    """The item's rubric and model answers as a model writes them, with changes."""
    lines: dict[str, list[dict[str, Any]]] = {dimension.lower(): [] for dimension in Dimension}
    for line in ITEM["rubric"]:
        points = [{"text": point["text"], "phrasings": point["phrasings"][:5]} for point in line["key_points"]]
        lines[line["dimension"].lower()].append(
            {
                "title": line["title"],
                "importance": min(5, line["points"] // 3),
                "key_points": points,
                "level_0": "Says nothing of it.",
                "level_3": "Says half of it.",
                "level_5": "Says all of it.",
            }
        )
    return {**lines, "model_answers": [question["model_answer"] for question in ITEM["questions"]]} | changes


def line(dimension: str, **changes: Any) -> dict[str, Any]:
    """The rubric with another first criterion in that dimension."""
    first, *rest = rubric()[dimension]
    return rubric(**{dimension: [first | changes, *rest]})


SECOND = case(title="Another case", situation="A warehouse loses scans. " + "Boxes wait for hours at gate 7. " * 3)
"""A case that is told in other words, with the same questions."""
BARE = {key: lines if key == "model_answers" else lines[:1] for key, lines in rubric().items()}
"""The rubric with the first criterion of each dimension alone."""


def order(**changes: Any) -> Order:
    """An order for a scenario about databases, with changes."""
    asked: dict[str, Any] = {
        "kind": ChallengeKind.SCENARIO,
        "domain": Domain.DATABASES,
        "difficulty": Difficulty.MEDIUM,
        "topics": TOPICS,
        "deadline_seconds": 100.0,
    }
    return Order(**(asked | changes))


def outcomes() -> dict[str, float]:
    """How many drafts had each fate so far."""
    samples = next(metric for metric in REGISTRY.collect() if metric.name == "intrvu_scenario_drafts").samples
    return {sample.labels["outcome"]: sample.value for sample in samples if sample.name.endswith("_total")}


def told(request: Request[Any]) -> str:
    """The part of a request that is its own."""
    return request.blocks[-1].text


@dataclass
class Clock:
    """Monotonic seconds, moved by hand."""

    seconds: float = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class ScriptedModels:
    """Satisfies LanguageModels: answers with the cases and rubrics of the script in turn, the last one for ever.

    Every answer takes `seconds` of `clock`; `engines` say who gives each, and from the second on they are stand-ins.
    """

    cases: Sequence[Outcome] = field(default_factory=lambda: [case()])
    rubrics: Sequence[Outcome] = field(default_factory=lambda: [rubric()])
    clock: Clock = field(default_factory=Clock)
    seconds: float = 0.0
    engine_of: Callable[[int], Engine] = lambda _: Engine.ANTHROPIC
    requests: list[Request[Any]] = field(default_factory=list)
    deadlines: list[float] = field(default_factory=list)

    def can(self, task: Task) -> bool:
        return task is Task.SCENARIO

    async def complete(
        self,
        request: Request[T],
        *,
        deadline_seconds: float,
        on_partial: OnPartial | None = None,
        on_call: OnCall | None = None,
    ) -> Completion[T]:
        turn = sum(earlier.output is request.output for earlier in self.requests)
        script = {WrittenCase: self.cases, WrittenRubric: self.rubrics}[request.output]  # type: ignore[index]
        self.requests.append(request)
        self.deadlines.append(deadline_seconds)
        self.clock.seconds += self.seconds
        engine = self.engine_of(len(self.requests))
        outcome = script[min(turn, len(script) - 1)]
        if on_call is not None:
            on_call(call(engine, len(self.requests), "timed_out" if isinstance(outcome, Exception) else "answered"))
        if isinstance(outcome, Exception):
            raise outcome
        return Completion(
            value=request.output.model_validate(outcome),
            engine=engine,
            model=f"{engine.lower()}-writer",
            prompt_version=request.prompt_version,
            usage=Usage(input_tokens=len(self.requests)),
            cost_usd=Decimal("0.01"),
            latency_seconds=self.seconds,
            attempts=1,
            degraded=engine is not Engine.ANTHROPIC,
        )

    def asked(self, output: type) -> list[Request[Any]]:
        """The requests for one type of answer."""
        return [request for request in self.requests if request.output is output]


def call(engine: Engine, number: int, outcome: str = "answered") -> Call:
    """What the request of that number took."""
    return Call(
        task=Task.SCENARIO,
        engine=engine,
        model=f"{engine.lower()}-writer",
        prompt_version="scenario-1",
        attempt=1,
        outcome=outcome,
        usage=Usage(input_tokens=number),
        cost_usd=Decimal("0.01"),
        latency_seconds=0.0,
    )
