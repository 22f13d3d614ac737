"""`intrvu bank check`: what it says of a sound bank, and of a bank with one thing wrong."""

import json
import shutil
from collections.abc import Callable, MutableSequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from domain.drafts import Distractor
from domain.enums import ChallengeKind, Difficulty, Domain
from domain.item_writing import OPTION_COUNT
from providers.embedded.bank import ChoiceItem
from server.bank import content, questions, schemas
from server.bank.chance import CHI_SQUARE_BOUND, chi_square, expected_range
from server.cli import cli
from server.settings import CONTENT
from workflows.multiple_choice.options import OPTION_IDS

LOCKS = "multiple_choice/databases/mc-databases-alter-table-lock-queue.json"
INSERTS = "multiple_choice/databases/mc-databases-inserts-slow-with-growth.json"
VANS = "scenario/databases/sc-databases-double-booked-vans.json"
FRAUD = "scenario/machine_learning/sc-machine-learning-fraud-threshold.json"
GAP = "has nothing"
CHANGE = "change it to what the schema takes"

Item = dict[str, Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two questions and two scenarios of the curated bank: sound, and full of gaps."""
    for place in ("domains.json", LOCKS, INSERTS, VANS, FRAUD):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CONTENT / place, tmp_path / place)
    return tmp_path


def change(folder: Path, place: str, edit: Callable[[Item], object], to: str | None = None) -> None:
    """Change a file, or write the changed content to another."""
    item = json.loads((folder / place).read_bytes())
    edit(item)
    target = folder / (to or place)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(item), encoding="utf-8")


def check(folder: Path, *options: str) -> Result:
    """Run the command. Whatever it finds, it tells no answer."""
    ran = CliRunner().invoke(cli, ["bank", "check", "--content", str(folder), *options], catch_exceptions=False)
    for path in folder.glob("multiple_choice/*/*.json"):
        try:
            item = json.loads(path.read_bytes())
        except ValueError:
            continue
        if isinstance(item, dict) and isinstance(item.get("correct"), str):
            assert item["correct"] not in ran.output
    return ran


def found(folder: Path) -> list[str]:
    """The findings but for the gaps, as their lines; the exit code follows from whether there is any."""
    ran = check(folder)
    lines = [line for line in ran.output.splitlines() if " → " in line]
    assert ran.exit_code == bool(lines)
    return [line for line in lines if GAP not in line]


def of_files(folder: Path) -> list[str]:
    """As the above, for what is wrong with files: without the checks that come after reading them."""
    _, findings = content.read(folder)
    return [f"{finding.place}: {finding.detail} → {finding.remedy}" for finding in findings]


def test_a_sound_item_has_no_finding_and_a_gap_is_one(folder):
    ran = check(folder)

    assert found(folder) == []
    assert ran.exit_code == 1
    assert "scenario/databases: has nothing EASY or MEDIUM → add a scenario item for each" in ran.output
    assert (
        "multiple_choice/mlops: has nothing EASY or MEDIUM or HARD → add a multiple choice item for each" in ran.output
    )


def test_the_coverage_is_a_table_with_empty_cells_marked(folder):
    rows = {row.split()[0]: row.split()[1:] for row in check(folder).output.splitlines() if row.strip()}

    assert rows["EASY"] == ["MEDIUM", "HARD", "EASY", "MEDIUM", "HARD"]
    assert rows["DATABASES"] == ["none", "none", "2", "none", "none", "1"]
    assert rows["MLOPS"] == ["none"] * 6


def test_topics_without_an_item_are_told_and_are_no_finding(folder):
    lines = check(folder).output.splitlines()

    assert "108 topics without an item so far:" in lines
    (databases,) = [line for line in lines if line.startswith("  DATABASES: ")]
    assert "migrations" not in databases
    assert "replication" in databases


def test_machines_read_json(folder):
    change(folder, LOCKS, lambda item: item.update(topic="astrology"))

    ran = check(folder, "--json")

    told = json.loads(ran.output)
    assert ran.exit_code == 1
    assert told.keys() == {"healthy", "coverage", "topics_without_item", "findings"}
    assert told["healthy"] is False
    assert told["findings"][0] == {
        "place": LOCKS,
        "detail": "has the topic “astrology”",
        "remedy": "choose one of the domain's topics in domains.json, or add this one",
    }
    assert len(told["coverage"]) == 2 * 14 * 3
    assert told["coverage"][0] == {
        "kind": "MULTIPLE_CHOICE",
        "domain": "SOFTWARE_ENGINEERING",
        "difficulty": "EASY",
        "items": 0,
    }
    assert "replication" in told["topics_without_item"]["DATABASES"]


def test_a_file_that_is_no_json_is_named_and_the_others_are_still_checked(folder):
    (folder / LOCKS).write_text('{"id": ')
    change(folder, VANS, lambda item: item.update(topic="astrology"))

    first, second = found(folder)

    assert first.startswith(f"{LOCKS}: is no JSON (")
    assert second.startswith(f"{VANS}: has the topic")


@pytest.mark.parametrize("written", ["[]", "null", '"text"', "5"])
def test_a_file_that_is_no_object_is_named(folder, written):
    (folder / LOCKS).write_text(written)

    assert of_files(folder) == [f"{LOCKS}: the file is not of the type object → {CHANGE}"]


def test_a_bank_needs_its_domains(folder):
    (folder / "domains.json").unlink()

    assert found(folder) == ["domains.json: is not there → copy it from the distribution"]


def test_domains_have_to_fit_their_schema(folder):
    change(folder, "domains.json", lambda domains: (domains.pop("MLOPS"), domains["DATABASES"].update(topics=[])))

    assert found(folder) == [
        "domains.json: the file has no MLOPS → add it",
        f"domains.json: DATABASES.topics has 0 entries, and 1 at least are needed → {CHANGE}",
    ]


def put(**values: object) -> Callable[[Item], object]:
    return lambda item: item.update(values)


@pytest.mark.parametrize(
    ("place", "edit", "finding"),
    [
        (LOCKS, lambda item: item.pop("title"), "the file has no title → add it"),
        (LOCKS, put(hint="none"), "the file has hint, which the schema does not know → remove it"),
        (LOCKS, put(difficulty="ODD"), f"difficulty is none of EASY, MEDIUM, HARD → {CHANGE}"),
        (LOCKS, put(suggested_minutes=0), f"suggested_minutes is 0, and 1 at least is needed → {CHANGE}"),
        (LOCKS, put(suggested_minutes=16), f"suggested_minutes is 16, and 15 at most is allowed → {CHANGE}"),
        (LOCKS, put(title="t" * 81), f"title has 81 characters, and 80 at most are allowed → {CHANGE}"),
        (LOCKS, put(tags=["a", "a"]), f"tags has one entry twice among 2 → {CHANGE}"),
        (
            LOCKS,
            put(topic=5),
            f"topic is not of the type string → {CHANGE}",
        ),
        (
            LOCKS,
            lambda item: item["distractors"].pop(),
            f"distractors has 2 entries, and 3 at least are needed → {CHANGE}",
        ),
        (LOCKS, lambda item: item["distractors"][1].pop("text"), "distractors[1] has no text → add it"),
        (VANS, lambda item: item["questions"][0].pop("model_answer"), "questions[0] has no model_answer → add it"),
        (VANS, lambda item: item["rubric"][0].pop("points"), "rubric[0] has no points → add it"),
    ],
)
def test_an_item_has_to_fit_its_schema(folder, place, edit, finding):
    change(folder, place, edit)

    assert of_files(folder) == [f"{place}: {finding}"]


def test_a_violation_never_repeats_what_stands_there():
    validator = Draft202012Validator({"not": {"type": "string"}, "maxLength": 3})

    told = [detail for detail, _ in schemas.violations(validator, "hunter2")]

    assert told == ["the file has 7 characters, and 3 at most are allowed", "the file breaks the rule “not”"]


def test_a_file_is_named_as_its_item_and_lies_with_its_domain(folder):
    change(folder, LOCKS, lambda _: None, to="multiple_choice/mlops/mc-other.json")
    (folder / LOCKS).unlink()

    of_its_id, of_its_domain = found(folder)
    assert of_its_id.startswith(
        "multiple_choice/mlops/mc-other.json: has the id mc-databases-alter-table-lock-queue → "
    )
    assert of_its_id.endswith("name the file mc-databases-alter-table-lock-queue.json, or change the id")
    assert of_its_domain == (
        "multiple_choice/mlops/mc-other.json: is of the domain DATABASES → move it to multiple_choice/databases/"
    )


@pytest.mark.parametrize("place", ["multiple_choice/mc-new.json", "multiple_choice/databases/new/mc-new.json"])
def test_a_file_that_the_server_would_not_read_is_named(folder, place):
    change(folder, LOCKS, lambda _: None, to=place)

    assert found(folder) == [f"{place}: is not read where it lies → move it to multiple_choice/<domain>/"]


def test_an_id_belongs_to_one_item(folder):
    other = {
        "domain": "MLOPS",
        "topic": "monitoring and drift",
        "title": "Another",
        "question": "A model of a shop answers within 20 ms in tests and within 900 ms in production. What is slow?",
    }
    change(folder, LOCKS, put(**other), to="multiple_choice/mlops/mc-databases-alter-table-lock-queue.json")

    (finding,) = found(folder)
    first, second = finding.split(" → ")
    assert first.startswith("mc-databases-alter-table-lock-queue: has the id of mc-databases-alter-table-lock-queue (")
    assert second == "give one of them an id of its own"


def test_a_title_belongs_to_one_item(folder):
    title = json.loads((folder / LOCKS).read_bytes())["title"]
    change(folder, INSERTS, put(title=title.upper()))

    (finding,) = found(folder)
    assert finding == (
        "mc-databases-inserts-slow-with-growth: has the title of mc-databases-alter-table-lock-queue "
        "(DATABASES, HARD) → give one of them another title"
    )


def test_a_question_told_twice_is_found_with_other_figures(folder):
    def tell_again(item: Item) -> None:
        item.update(id="mc-databases-again", title="Told again")
        item["question"] = item["question"].replace("14:01", "9:30").replace("In staging", "On a copy")

    change(folder, LOCKS, tell_again, to="multiple_choice/databases/mc-databases-again.json")

    (finding,) = found(folder)
    assert finding.startswith("mc-databases-alter-table-lock-queue: shares 9")
    assert finding.endswith("% is a near duplicate → drop one of the two, or tell another case")


def test_a_situation_told_twice_is_found(folder):
    change(
        folder,
        VANS,
        lambda item: item.update(id="sc-databases-again", title="Told again"),
        to="scenario/databases/sc-databases-again.json",
    )

    (finding,) = found(folder)
    assert finding.startswith("sc-databases-double-booked-vans: shares 100% of its wording with sc-databases-again")


def test_a_flaw_in_the_wording_of_a_question_is_found(folder):
    change(folder, LOCKS, lambda item: item["distractors"][2].update(text="None of the above"))

    (finding,) = found(folder)
    assert finding == (
        "mc-databases-alter-table-lock-queue: distractor 3 speaks of the other options (“None of the above”) → "
        "write one that stands by itself"
    )


@pytest.mark.parametrize(
    ("edit", "detail"),
    [
        (lambda item: item["rubric"][0].update(points=2), "its points do not add up to 100"),
        (lambda item: item["rubric"][1].update(id="c1"), "two criteria have one id"),
        (lambda item: item["questions"][1].update(id="q1"), "two questions have one id"),
        (
            lambda item: [line.update(dimension="PROBLEM_SOLVING") for line in item["rubric"]],
            "its rubric does not cover all four dimensions",
        ),
        (lambda item: item["questions"][0].update(model_answer="  "), "a question has no model answer"),
    ],
)  # fmt: skip
def test_a_rubric_that_cannot_be_graded_is_found(folder, edit, detail):
    change(folder, VANS, edit)

    remedy = "mend it: a scenario with this fault is refused"
    assert f"sc-databases-double-booked-vans: {detail} → {remedy}" in found(folder)


def test_a_model_answer_that_misses_its_rubric_is_found(folder):
    change(folder, VANS, lambda item: item["questions"][0].update(model_answer="I would ask my team."))

    (finding,) = found(folder)
    assert finding.startswith("sc-databases-double-booked-vans: its model answer scores ")
    assert finding.endswith(", not 85 → let it state every key point in a sentence, or add phrasings")


def test_a_rubric_that_an_answer_off_topic_meets_is_found(folder):
    def move(item: Item) -> None:
        item.update(id="sc-mlops-again", title="Told again", domain="MLOPS", topic="monitoring and drift")

    change(folder, VANS, move, to="scenario/mlops/sc-mlops-again.json")

    findings = found(folder)
    for one, other in (
        ("databases-double-booked-vans", "mlops-again"),
        ("mlops-again", "databases-double-booked-vans"),
    ):
        assert (
            f"sc-{one}: the model answer of sc-{other} scores 100 here, over 15 → "
            "let the key points say what is particular to this case"
        ) in findings


def test_a_rubric_that_an_empty_answer_meets_is_found(folder):
    nothing = {"text": "It depends on the situation.", "phrasings": ["It depends.", "So so.", "Maybe."]}

    def ask_for_nothing(item: Item) -> None:
        for line in item["rubric"]:
            line["key_points"] = [nothing]

    change(folder, VANS, ask_for_nothing)

    assert any("an answer “It depends on the situation.” scores" in finding for finding in found(folder))


def test_a_rubric_that_generalities_meet_is_found(folder):
    advice = {
        "text": "Start with a small pilot and roll out step by step with monitoring.",
        "phrasings": ["Test carefully in a small pilot.", "Monitoring and a way back.", "Roll it out step by step."],
    }
    change(folder, VANS, lambda item: [line.update(key_points=[advice]) for line in item["rubric"]])

    assert any("an answer of nothing but generalities scores" in finding for finding in found(folder))


def test_a_title_that_states_its_key_point_is_found(folder):
    def tell(item: Item) -> None:
        line = item["rubric"][0]
        line["title"] = "An exclusion constraint refuses overlapping bookings of one van"
        line["key_points"] = [{"text": line["title"], "phrasings": ["Overlaps are refused.", "No overlap.", "None."]}]

    change(folder, VANS, tell)

    assert [finding for finding in found(folder) if "the titles alone" in finding] == [
        "sc-databases-double-booked-vans: the titles alone reach level 5 in c1 → name no key point in them"
    ]


@pytest.mark.parametrize(
    ("edit", "detail"),
    [
        (lambda item: item["context"].update(situation="Vans <b>twice</b>."), "its situation has HTML or a link in it"),
        (lambda item: item["questions"][1].update(prompt="See [this](https://a.example)."), "question 2 has HTML or"),
        (lambda item: item["rubric"][0].update(title="\u202egninaelC"), "the title of c1 has characters in it that"),
        (lambda item: item["questions"][1].update(prompt=item["questions"][0]["prompt"]), "it asks one question twice"),
        (lambda item: item["rubric"][1].update(title=item["rubric"][0]["title"]), "two criteria have one title"),
    ],
)  # fmt: skip
def test_a_text_that_cannot_be_shown_is_found(folder, edit, detail):
    change(folder, VANS, edit)

    assert any(finding.startswith(f"sc-databases-double-booked-vans: {detail}") for finding in found(folder))


def test_a_folder_that_is_not_there_is_one_line_with_the_remedy(tmp_path):
    ran = CliRunner().invoke(cli, ["bank", "check", "--content", str(tmp_path / "absent")])

    assert str(ran.exception) == (
        f"{tmp_path}/absent is not a folder: name one with domains.json and the items' folders in it."
    )


def choice(number: int, key: str, wrong: tuple[str, str, str]) -> ChoiceItem:
    return ChoiceItem(
        id=f"mc-{number}",
        version=1,
        kind=ChallengeKind.MULTIPLE_CHOICE,
        domain=Domain.DATABASES,
        difficulty=Difficulty.EASY,
        topic="indexing",
        title=f"Question {number}",
        tags=("tag",),
        suggested_minutes=2,
        question="Which of the two is read first?",
        correct=key,
        distractors=tuple(Distractor(text, "a belief") for text in wrong),
        explanation="So.",
    )


LONGEST = ("kkkk", ("a", "bb", "ccc"))
SHORTEST = ("k", ("aa", "bbb", "cccc"))
BETWEEN = ("kk", ("a", "bbb", "cccc"))
EQUAL = ("k", ("a", "b", "c"))


@pytest.mark.parametrize(
    ("amounts", "uneven"),
    [
        ({LONGEST: 10, SHORTEST: 10, BETWEEN: 20}, None),
        ({LONGEST: 10, SHORTEST: 10, BETWEEN: 20, EQUAL: 500}, None),
        ({LONGEST: 3}, None),
        ({EQUAL: 100}, None),
        ({LONGEST: 20, SHORTEST: 10, BETWEEN: 10}, ("longest", 20, "shorten keys, or lengthen distractors,")),
        ({SHORTEST: 10, BETWEEN: 30}, ("longest", 0, "lengthen keys, or shorten distractors,")),
        ({LONGEST: 10, SHORTEST: 18, BETWEEN: 12}, ("shortest", 18, "lengthen keys, or shorten distractors,")),
        ({LONGEST: 10, SHORTEST: 3, BETWEEN: 27}, ("shortest", 3, "shorten keys, or lengthen distractors,")),
    ],
)
def test_the_key_is_the_longest_and_the_shortest_option_as_often_as_chance_has_it(amounts, uneven):
    kinds = [kind for kind, amount in amounts.items() for _ in range(amount)]

    findings = list(questions.lengths([choice(number, *kind) for number, kind in enumerate(kinds)]))

    if uneven is None:
        assert findings == []
    else:
        name, keys, remedy = uneven
        (finding,) = findings
        assert finding.place == "multiple_choice"
        assert finding.detail == (
            f"the key is the {name} option in {keys} of the 40 questions in which one option alone is, "
            "and 4 to 17 would be chance"
        )
        assert finding.remedy == f"{remedy} in some of them"


def test_keys_that_are_longest_too_often_are_found_in_a_folder(folder):
    wrong = [{"text": text, "misconception": "A belief"} for text in ("One lock", "Two locks", "No lock")]
    (folder / LOCKS).unlink()
    for number in range(8):
        change(
            folder,
            INSERTS,
            put(id=f"mc-databases-{number}", title=f"Number {number}", correct="Three locks", distractors=wrong),
            to=f"multiple_choice/databases/mc-databases-{number}.json",
        )
    (folder / INSERTS).unlink()

    assert (
        "multiple_choice: the key is the longest option in 8 of the 8 questions in which one option alone is, "
        "and 0 to 5 would be chance → shorten keys, or lengthen distractors, in some of them"
    ) in found(folder)


class Lazy(Random):
    """A shuffle that leaves everything where it is."""

    def shuffle(self, x: MutableSequence[Any]) -> None:
        """Does nothing."""


def test_a_shuffle_that_favours_a_position_is_found():
    (finding,) = questions.positions([choice(1, *SHORTEST)], Lazy())

    assert finding.place == "multiple_choice"
    assert finding.detail == "over 1,000 shuffles the key lands at a 1000, b 0, c 0, d 0 (chi-square 3000.0 > 16.27)"


def test_the_servers_shuffle_favours_none_and_needs_four_different_options():
    twins = choice(2, "k", ("k", "b", "c"))

    assert list(questions.positions([choice(1, *SHORTEST), twins], Random(1))) == []
    assert list(questions.positions([twins], Lazy())) == []
    assert list(questions.positions([], Lazy())) == []


def test_an_option_has_an_id_for_every_position():
    assert len(OPTION_IDS) == OPTION_COUNT


@pytest.mark.parametrize(
    ("trials", "bounds"),
    [(0, (0, 0)), (3, (0, 3)), (4, (0, 3)), (40, (4, 17)), (106, (16, 38))],
)
def test_the_range_of_chance_leaves_half_a_per_cent_at_either_end(trials, bounds):
    assert expected_range(trials, 0.25) == bounds


def test_chi_square_is_zero_for_equal_counts_and_crosses_its_bound_once_in_a_thousand():
    assert chi_square([250, 250, 250, 250]) == 0
    assert chi_square([300, 250, 250, 200]) == pytest.approx(20.0)
    random = Random(20261122)
    over = 0
    for _ in range(2_000):
        counts = [0, 0, 0, 0]
        for position in random.choices(range(4), k=100):
            counts[position] += 1
        over += chi_square(counts) > CHI_SQUARE_BOUND
    assert over <= 8  # 2 expected
