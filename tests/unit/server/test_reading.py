"""How values become settings: which texts a type takes, what is refused, and in which order fields are checked."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pytest

from server.reading import Refusal, Refused, SecretStr, derived, field_validator, make, model_validator, setting


@dataclass(frozen=True, kw_only=True)
class Base:
    """Fields that heirs have, too."""

    whole: int = setting(1, "WHOLE", "a whole number", ge=0, le=10)
    number: float = setting(1.0, "NUMBER", "a number", ge=0, le=10)

    @field_validator("whole", mode="before")
    @classmethod
    def _dozen(cls, value: object) -> object:
        return "6" if value == "half a dozen" else value

    @model_validator()
    def _sum(self) -> None:
        if self.whole + self.number > 15:
            raise ValueError("WHOLE and NUMBER are too much together: lower one.")


@dataclass(frozen=True, kw_only=True)
class Every(Base):
    """A field of every type."""

    amount: Decimal = setting(Decimal(1), "AMOUNT", "an amount", ge=0)
    switch: bool = setting(default=True, name="SWITCH", takes="on or off")
    text: str = setting("a", "TEXT", "a text", min_length=1)
    folder: Path = setting(Path("/a"), "FOLDER", "a folder")
    secret: SecretStr | None = setting(None, "SECRET", "a secret", min_length=3)
    mode: Literal["x", "y"] = setting("x", "MODE", "x or y")
    several: tuple[str, ...] = setting((), "SEVERAL", "names, separated by commas")
    below: Path = derived(lambda before: before["folder"] / "below", "BELOW", "a folder")

    @field_validator("several", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(value.split(",")) if isinstance(value, str) else value

    @field_validator("text")
    @classmethod
    def _lower(cls, value: str) -> str:
        return value.lower()


@pytest.mark.parametrize(
    ("field", "written", "value"),
    [
        *(("whole", text, 10) for text in ("10", " 10 ", "+10", "1_0", "10.0", 10)),
        ("whole", "half a dozen", 6),
        *(("number", text, 2.5) for text in ("2.5", " 25e-1", 2.5)),
        ("number", 2, 2.0),
        *(("amount", text, Decimal("2.50")) for text in ("2.50", " 2.5 ", Decimal("2.5"))),
        *(("switch", text, True) for text in ("1", "true", "T", "yes", "y", "ON", True)),
        *(("switch", text, False) for text in ("0", "false", "F", "no", "n", " off ", False)),
        ("text", "ABC", "abc"),
        ("folder", "/b", Path("/b")),
        ("folder", Path("/b"), Path("/b")),
        ("secret", "abc", SecretStr("abc")),
        ("secret", SecretStr("abc"), SecretStr("abc")),
        ("secret", None, None),
        ("mode", "y", "y"),
        ("several", "a,b", ("a", "b")),
        ("several", ["a", "b"], ("a", "b")),
    ],
)
def test_what_a_type_takes(field: str, written: object, value: object):
    assert getattr(make(Every, {field: written}), field) == value


@pytest.mark.parametrize(
    ("field", "given"),
    [
        *(("whole", given) for given in ("", "a", "10.", "1.5", "1e1", "-1", "11", "1__0", "٣", True, 1.0, None)),
        *(("number", given) for given in ("", "a", "nan", "inf", "-0.1", "10.1", True, None)),
        *(("amount", given) for given in ("", "a", "nan", "Infinity", "-0.01", 1.5, None)),
        *(("switch", given) for given in ("", "2", "maybe", None)),
        *(("text", given) for given in ("", 1, None)),
        *(("folder", given) for given in (1, None)),
        *(("secret", given) for given in ("ab", 123)),
        *(("mode", given) for given in ("z", "X", None)),
        *(("several", given) for given in (1, None)),
    ],
)
def test_what_a_type_refuses(field: str, given: object):
    with pytest.raises(Refused) as caught:
        make(Every, {field: given})

    assert caught.value.refusals == (Refusal(field, given),)


def test_a_default_may_be_made_of_the_fields_before_it():
    assert make(Every, {"folder": "/b"}).below == Path("/b/below")
    assert make(Every, {"folder": "/b", "below": "/c"}).below == Path("/c")


def test_all_refused_values_are_told_and_nothing_made_of_them():
    with pytest.raises(Refused) as caught:
        make(Every, {"whole": "x", "folder": 7, "mode": "z"})

    assert [refusal.field for refusal in caught.value.refusals] == ["whole", "folder", "mode"]


def test_fields_that_do_not_go_together_are_told_in_a_sentence():
    with pytest.raises(Refused, match=r"WHOLE and NUMBER are too much together: lower one\.") as caught:
        make(Every, {"whole": 8, "number": 8})

    assert caught.value.refusals == ()


@pytest.mark.parametrize("show", [repr, str, "{}".format, "{!r}".format])
def test_a_secret_shows_in_no_text(show: Any):
    assert "hunter2" not in show(make(Every, {"secret": "hunter2"}))
    assert "hunter2" not in show(SecretStr("hunter2"))


def test_secrets_compare_by_what_they_hold():
    assert SecretStr("a") == SecretStr("a")
    assert len({SecretStr("a"), SecretStr("a"), SecretStr("b")}) == 2
    assert SecretStr("a") != "a"
