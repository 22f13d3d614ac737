"""The curated bank and the writer that draws from it."""

import re
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest

from domain.challenge import Brief, MultipleChoice, Scenario
from domain.enums import ChallengeKind, Difficulty, Domain, Engine
from domain.errors import ConfigurationError, InvalidInput
from domain.ids import UserId
from providers.embedded.bank import Bank, ChoiceItem, Item, ScenarioItem
from providers.embedded.writer import EmbeddedWriter

CONTENT = Path(__file__).parents[4] / "content"


@pytest.fixture(scope="module")
def bank() -> Bank:
    return Bank.load(CONTENT)


class Draws:
    """Remembers draws in memory, as the database does."""

    def __init__(self) -> None:
        self.times: Counter[tuple[UserId, str]] = Counter()
        self.candidates: list[list[str]] = []

    async def claim(self, user_id: UserId, candidates: Sequence[str]) -> tuple[str, int]:
        self.candidates.append(list(candidates))
        chosen = min(candidates, key=lambda item_id: self.times[user_id, item_id])
        before = self.times[user_id, chosen]
        self.times[user_id, chosen] += 1
        return chosen, before


def brief(
    kind: ChallengeKind = ChallengeKind.MULTIPLE_CHOICE,
    difficulty: Difficulty = Difficulty.MEDIUM,
    *,
    person: str = "alice",
    topic: str | None = None,
) -> Brief:
    return Brief(user_id=UserId(person), kind=kind, domain=Domain.DATABASES, difficulty=difficulty, topic=topic)


def choice(id: str, topic: str, difficulty: Difficulty = Difficulty.MEDIUM) -> ChoiceItem:
    return ChoiceItem(
        id=id,
        version=2,
        kind=ChallengeKind.MULTIPLE_CHOICE,
        domain=Domain.DATABASES,
        difficulty=difficulty,
        topic=topic,
        title=f"Title of {id}",
        tags=("tag",),
        suggested_minutes=3,
        question="Why?",
        correct="right",
        distractors=(),
        explanation="So.",
    )


SMALL = Bank((), [choice("m3", "Locks"), choice("m1", "Indexes"), choice("m2", "Indexes")])


def test_the_bank_has_every_domain_with_a_label_a_description_and_topics(bank: Bank) -> None:
    assert [info.domain for info in bank.domains] == list(Domain)
    assert all(info.label and info.description and info.topics for info in bank.domains)


def test_every_file_is_an_item_and_found_in_its_cell(bank: Bank) -> None:
    files = [*CONTENT.glob("multiple_choice/*/*.json"), *CONTENT.glob("scenario/*/*.json")]

    assert len(bank) == len(files)
    cells = [
        bank.fitting(kind, domain, difficulty)
        for kind in ChallengeKind
        for domain in Domain
        for difficulty in Difficulty
    ]
    assert {item.id for cell in cells for item in cell} == {path.stem for path in files}
    assert all(bank[path.stem].id == path.stem for path in files)


def test_a_topic_narrows_a_cell_and_items_come_in_the_order_of_their_ids() -> None:
    cell = (ChallengeKind.MULTIPLE_CHOICE, Domain.DATABASES, Difficulty.MEDIUM)

    assert [item.id for item in SMALL.fitting(*cell)] == ["m1", "m2", "m3"]
    assert [item.id for item in SMALL.fitting(*cell, "Indexes")] == ["m1", "m2"]
    assert SMALL.fitting(*cell, "Backups") == []
    assert SMALL.fitting(ChallengeKind.SCENARIO, Domain.DATABASES, Difficulty.MEDIUM) == []


def test_the_topics_of_a_cell_are_those_of_its_items() -> None:
    choices, scenarios = ChallengeKind
    assert SMALL.topics(choices, Domain.DATABASES, Difficulty.MEDIUM) == {"Indexes", "Locks"}
    assert SMALL.topics(choices, Domain.DATABASES, Difficulty.HARD) == frozenset()
    assert SMALL.topics(scenarios, Domain.DATABASES, Difficulty.MEDIUM) == frozenset()


def test_the_corpus_is_what_scenarios_say(bank: Bank) -> None:
    texts = set(bank.texts())
    scenario = next(item for item in map(bank.__getitem__, _ids("scenario")) if isinstance(item, ScenarioItem))

    assert {part.text for part in scenario.solution.model_answers} <= texts
    assert {point.text for key in scenario.solution.keys for point in key.key_points} <= texts


def _ids(kind: str) -> list[str]:
    return [path.stem for path in sorted(CONTENT.glob(f"{kind}/*/*.json"))]


async def test_a_person_draws_every_item_that_fits_before_one_is_repeated() -> None:
    draws = Draws()
    writer = EmbeddedWriter(SMALL, draws.claim, Random(1))

    drawn = [await writer.write_multiple_choice(brief()) for _ in range(7)]

    assert {item.title for item in drawn[:3]} == {"Title of m1", "Title of m2", "Title of m3"}
    assert {item.title for item in drawn[3:6]} == {item.title for item in drawn[:3]}
    assert [item.repeated for item in drawn] == [False] * 3 + [True] * 4


async def test_another_person_starts_afresh() -> None:
    writer = EmbeddedWriter(SMALL, Draws().claim, Random(1))
    for _ in range(3):
        await writer.write_multiple_choice(brief())

    assert (await writer.write_multiple_choice(brief(person="bob"))).repeated is False
    assert (await writer.write_multiple_choice(brief())).repeated is True


async def test_only_items_of_the_topic_are_drawn() -> None:
    draws = Draws()
    writer = EmbeddedWriter(SMALL, draws.claim, Random(1))

    drawn = [await writer.write_multiple_choice(brief(topic="Indexes")) for _ in range(3)]

    assert {item.topic for item in drawn} == {"Indexes"}
    assert [item.repeated for item in drawn] == [False, False, True]
    assert all(sorted(candidates) == ["m1", "m2"] for candidates in draws.candidates)


async def test_the_random_that_is_passed_in_decides_the_order() -> None:
    async def first(seed: int) -> str:
        return (await EmbeddedWriter(SMALL, Draws().claim, Random(seed)).write_multiple_choice(brief())).title

    firsts = [await first(seed) for seed in range(30)]

    assert firsts == [await first(seed) for seed in range(30)]
    assert set(firsts) == {"Title of m1", "Title of m2", "Title of m3"}


async def test_an_item_says_where_it_comes_from(bank: Bank) -> None:
    writer = EmbeddedWriter(bank, Draws().claim, Random(1))

    item = await writer.write_multiple_choice(brief())
    draft = await writer.write_scenario(brief(ChallengeKind.SCENARIO))

    # An item's id is made of words that may hint at the answer.
    for made in (item, draft):
        assert re.fullmatch(r"bank/[0-9a-f]{12}@1", made.provenance.version)
    for provenance in (item.provenance, draft.provenance):
        assert (provenance.engine, provenance.model, provenance.degraded) == (Engine.EMBEDDED, None, False)
    assert isinstance(draft.content, Scenario)
    assert not isinstance(draft.content, MultipleChoice)
    assert (draft.kind, draft.domain, draft.difficulty) == (
        ChallengeKind.SCENARIO,
        Domain.DATABASES,
        Difficulty.MEDIUM,
    )


@pytest.mark.parametrize(
    ("items", "asked", "field", "there"),
    [
        ([choice("m1", "Indexes")], brief(topic="Locks"), "topic", "choose one of 'Indexes', or leave the topic out"),
        (
            [choice("h1", "Locks", Difficulty.HARD), choice("e1", "Locks", Difficulty.EASY)],
            brief(),
            "difficulty",
            "choose EASY, HARD",
        ),
        ([], brief(), "difficulty", "choose another domain"),
        ([choice("m1", "Indexes")], brief(ChallengeKind.SCENARIO), "difficulty", "choose another domain"),
    ],
)
async def test_what_is_not_there_names_the_field_and_what_there_is(
    items: list[Item], asked: Brief, field: str, there: str
) -> None:
    draws = Draws()
    writer = EmbeddedWriter(Bank((), items), draws.claim, Random(1))
    write: Callable[[Brief], object] = (
        writer.write_scenario if asked.kind is ChallengeKind.SCENARIO else writer.write_multiple_choice
    )

    with pytest.raises(InvalidInput) as refused:
        await write(asked)  # type: ignore[misc]  # either of the two

    assert refused.value.field == ("input", field)
    assert there in str(refused.value)
    assert draws.candidates == []


async def test_where_a_difficulty_has_no_items_leaving_the_topic_out_is_not_advised() -> None:
    writer = EmbeddedWriter(Bank((), [choice("h1", "Locks", Difficulty.HARD)]), Draws().claim, Random(1))

    with pytest.raises(InvalidInput, match="choose HARD") as refused:
        await writer.write_multiple_choice(brief(topic="Locks"))

    assert refused.value.field == ("input", "difficulty")


def missing_folder(folder: Path) -> None:
    shutil.rmtree(folder)


def cut_file(folder: Path) -> None:
    (folder / "domains.json").write_bytes(b'{"DATABASES": ')


def list_for_object(folder: Path) -> None:
    (folder / "domains.json").write_bytes(b"[]")


def unknown_domain(folder: Path) -> None:
    (folder / "domains.json").write_bytes(b'{"ASTROLOGY": {"label": "", "description": "", "topics": []}}')


def text_for_object(folder: Path) -> None:
    (folder / "domains.json").write_bytes(b'{"DATABASES": "all of them"}')


def missing_field(folder: Path) -> None:
    target = folder / "multiple_choice" / "databases"
    target.mkdir(parents=True)
    (target / "mc-1.json").write_bytes(b'{"id": "mc-1"}')


def no_items(folder: Path) -> None:
    """The folder has its domains and nothing else."""


@pytest.mark.parametrize(
    "break_it",
    [missing_folder, cut_file, list_for_object, unknown_domain, text_for_object, missing_field, no_items],
)
def test_a_broken_folder_stops_the_start_with_one_line_that_says_what_to_do(
    tmp_path: Path, break_it: Callable[[Path], None]
) -> None:
    folder = tmp_path / "content"
    folder.mkdir()
    shutil.copy(CONTENT / "domains.json", folder)
    break_it(folder)

    with pytest.raises(ConfigurationError) as refused:
        Bank.load(folder)

    assert str(folder) in str(refused.value)
    assert "restore the folder" in str(refused.value)
    assert "\n" not in str(refused.value)
