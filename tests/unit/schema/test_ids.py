"""Global ids."""

from base64 import b64encode
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.enums import QuotaReason
from domain.errors import BadInput
from domain.ids import ChallengeId, EvaluationId, UserId
from schema import ids


def test_an_id_is_read_back_as_what_it_stands_for() -> None:
    assert ids.read(ids.user(UserId("u1")), field="id").user == "u1"
    assert ids.read(ids.challenge(ChallengeId("c1")), field="id").challenge == "c1"
    assert ids.read(ids.evaluation(EvaluationId("e1")), field="id").evaluation == "e1"


def test_an_id_of_another_type_stands_for_nothing() -> None:
    read = ids.read(ids.user(UserId("u1")), field="id")

    assert read.challenge is None
    assert read.evaluation is None


def test_the_ledger_names_its_subject_by_its_global_id() -> None:
    assert ids.subject(QuotaReason.CHALLENGE, "x") == ids.challenge(ChallengeId("x"))
    assert ids.subject(QuotaReason.EVALUATION, "x") == ids.evaluation(EvaluationId("x"))


@pytest.mark.parametrize(
    "malformed",
    [
        "",
        "c1",
        "Challenge:c1",
        b64encode(b"Challenge").decode(),
        b64encode(b":c1").decode(),
        b64encode(b"Challenge:").decode(),
        b64encode(b"Challenge:a\x00b").decode(),
        b64encode("Challenge:é".encode()).decode(),
        b64encode(b"Challenge:c12").decode().rstrip("="),
        b64encode(b"Challenge:c1").decode() + "\n",
        b64encode(b"Challenge:" + b"c" * 129).decode(),
    ],
)
def test_a_malformed_id_is_refused_by_name(malformed: str) -> None:
    with pytest.raises(BadInput, match=r"input\.challengeId is malformed") as raised:
        ids.read(malformed, field="input.challengeId")

    assert raised.value.field == "input.challengeId"


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    with suppress(BadInput):
        assert ids.read(text, field="id").type
