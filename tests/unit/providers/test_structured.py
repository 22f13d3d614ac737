"""Output as a type, as a complaint, and as far as it has come."""

import pytest
from pydantic import BaseModel, Field

from domain.calls import Usage
from providers import structured
from providers.faults import InvalidOutput
from tests.integration.providers.questions import GOOD, VERDICT, question


class Many(BaseModel):
    numbers: list[int] = Field(max_length=100)


@pytest.mark.parametrize("text", [GOOD, f"  {GOOD}\n", f"```json\n{GOOD}\n```", f"```\n{GOOD}```\n"])
def test_an_answer_is_read(text):
    assert structured.parse(question(), text, usage=Usage()) == VERDICT


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("", None),
        ("Sure", None),
        ("[1", None),
        ("{", {}),
        ('{"quote": "I wou', {"quote": "I wou"}),
        ('{"quote": "I would", "lev', {"quote": "I would"}),
        ('```json\n{"quote": "I', {"quote": "I"}),
        ("```js", None),
    ],
)
def test_what_an_unfinished_answer_says(written, says):
    assert structured.snapshot(written) == says


def test_a_complaint_names_places_and_never_more_than_eight():
    text = '{"numbers": [' + ", ".join('"secret"' for _ in range(20)) + "]}"

    with pytest.raises(InvalidOutput) as caught:
        structured.parse(question(output=Many), text, usage=Usage())

    lines = caught.value.repair.complaint.splitlines()
    assert lines[0] == "- numbers.0: Input should be a valid integer, unable to parse string as an integer"
    assert (len(lines), lines[-1]) == (9, "- and 12 more")


def test_a_fault_holds_nothing_of_the_answer_that_a_log_could_show():
    with pytest.raises(InvalidOutput) as caught:
        structured.parse(question(), '{"quote": "secret"}', usage=Usage())

    assert str(caught.value) == "The answer does not fit Verdict."
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_a_very_long_answer_is_shown_again_in_part_only():
    with pytest.raises(InvalidOutput) as caught:
        structured.parse(question(), "x" * 1_000_000, usage=Usage())

    assert len(caught.value.repair.output) == 16_000
