"""The curated bank: items as files, read once and kept as domain values.

Layout: `domains.json`, `multiple_choice/<domain>/<id>.json` and `scenario/<domain>/<id>.json`, each fitting its JSON
Schema in `schema/` (`intrvu bank check` holds every file against it, so reading does not check again).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from domain.challenge import (
    AnswerPart,
    Criterion,
    CriterionKey,
    DomainInfo,
    KeyPoint,
    Scenario,
    ScenarioContext,
    ScenarioQuestion,
    ScenarioSolution,
)
from domain.drafts import Distractor
from domain.enums import ChallengeKind, Difficulty, Dimension, Domain
from domain.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What every item has."""

    id: str
    version: int
    kind: ChallengeKind
    domain: Domain
    difficulty: Difficulty
    topic: str
    title: str
    tags: tuple[str, ...]
    suggested_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceItem(Item):
    """A multiple-choice question with its key."""

    question: str
    correct: str
    distractors: tuple[Distractor, ...]
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioItem(Item):
    """A scenario with its rubric and model answers."""

    scenario: Scenario
    solution: ScenarioSolution


class Bank:
    """All items, found by kind, domain and difficulty."""

    def __init__(self, domains: Sequence[DomainInfo], items: Sequence[Item]) -> None:
        self.domains = tuple(domains)
        self._by_id = {item.id: item for item in items}
        self._by_cell: Mapping[tuple[ChallengeKind, Domain, Difficulty], list[Item]] = defaultdict(list)
        for item in sorted(items, key=lambda item: item.id):
            self._by_cell[item.kind, item.domain, item.difficulty].append(item)

    @classmethod
    def load(cls, folder: Path) -> "Bank":
        """Read every file of the bank.

        Raises:
            ConfigurationError: the folder is not there, has no items, or a file cannot be read.
        """
        try:
            domains = domain_infos(_read(folder / "domains.json"))
            choices = [choice_item(entry) for entry in _entries(folder, "multiple_choice")]
            scenarios = [scenario_item(entry) for entry in _entries(folder, "scenario")]
        except (OSError, AttributeError, KeyError, TypeError, ValueError) as exc:
            raise ConfigurationError(
                f"The curated bank in {folder} cannot be read ({exc}): restore the folder from the distribution."
            ) from exc
        return cls(domains, [*choices, *scenarios])

    def fitting(
        self, kind: ChallengeKind, domain: Domain, difficulty: Difficulty, topic: str | None = None
    ) -> list[Item]:
        """The items of a cell, in the order of their ids; of one topic only when it is given."""
        cell = self._by_cell.get((kind, domain, difficulty), [])
        return [item for item in cell if topic is None or item.topic == topic]

    def topics(self, kind: ChallengeKind, domain: Domain, difficulty: Difficulty) -> frozenset[str]:
        """The topics of a cell's items."""
        return frozenset(item.topic for item in self.fitting(kind, domain, difficulty))

    def __getitem__(self, item_id: str) -> Item:
        """The item with that id."""
        return self._by_id[item_id]

    def __len__(self) -> int:
        """How many items there are."""
        return len(self._by_id)

    def texts(self) -> Iterator[str]:
        """What scenarios and their model answers say: the corpus that tells common words from rare ones."""
        for item in self._by_id.values():
            if isinstance(item, ScenarioItem):
                yield from (part.text for part in item.solution.model_answers)
                for key in item.solution.keys:
                    for point in key.key_points:
                        yield point.text
                        yield from point.phrasings


def _entries(folder: Path, kind: str) -> Iterator[dict[str, Any]]:
    """One after another: all at once they would weigh as much as the bank that is made of them."""
    paths = sorted(folder.glob(f"{kind}/*/*.json"))
    if not paths:
        raise ValueError(f"there is nothing in {kind}")
    yield from map(_read, paths)


def _read(path: Path) -> dict[str, Any]:
    try:
        entries: dict[str, Any] = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as exc:
        raise ValueError(f"{path.name}: {exc}") from exc
    return entries


def domain_infos(entries: Mapping[str, Mapping[str, Any]]) -> list[DomainInfo]:
    """What `domains.json` says, if it fits its schema."""
    return [
        DomainInfo(Domain(name), entry["label"], entry["description"], tuple(entry["topics"]))
        for name, entry in entries.items()
    ]


def _common(entry: Mapping[str, Any], kind: ChallengeKind) -> dict[str, Any]:
    return {
        "id": entry["id"],
        "version": entry["version"],
        "kind": kind,
        "domain": Domain(entry["domain"]),
        "difficulty": Difficulty(entry["difficulty"]),
        "topic": entry["topic"],
        "title": entry["title"],
        "tags": tuple(entry["tags"]),
        "suggested_minutes": entry["suggested_minutes"],
    }


def choice_item(entry: Mapping[str, Any]) -> ChoiceItem:
    """What a file of `multiple_choice/` says, if it fits its schema."""
    return ChoiceItem(
        **_common(entry, ChallengeKind.MULTIPLE_CHOICE),
        question=entry["question"],
        correct=entry["correct"],
        distractors=tuple(Distractor(wrong["text"], wrong["misconception"]) for wrong in entry["distractors"]),
        explanation=entry["explanation"],
    )


def scenario_item(entry: Mapping[str, Any]) -> ScenarioItem:
    """What a file of `scenario/` says, if it fits its schema."""
    context, rubric, questions = entry["context"], entry["rubric"], entry["questions"]
    return ScenarioItem(
        **_common(entry, ChallengeKind.SCENARIO),
        scenario=Scenario(
            ScenarioContext(context["company"], context["role"], context["situation"], tuple(context["constraints"])),
            tuple(ScenarioQuestion(question["id"], question["prompt"]) for question in questions),
            tuple(
                Criterion(line["id"], Dimension(line["dimension"]), line["title"], line["points"]) for line in rubric
            ),
        ),
        solution=ScenarioSolution(
            tuple(AnswerPart(question["id"], question["model_answer"]) for question in questions),
            tuple(
                CriterionKey(
                    line["id"],
                    tuple(KeyPoint(point["text"], tuple(point["phrasings"])) for point in line["key_points"]),
                )
                for line in rubric
            ),
        ),
    )
