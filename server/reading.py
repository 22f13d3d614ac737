"""Reading settings: frozen dataclasses whose fields say their name in the environment, their limits and what they take.

The words and the rules are pydantic's, as far as settings need them. It is not pydantic, because that would take a
ninth of the server's memory at its start for two dozen values: docs/decisions/0009-settings-without-pydantic.md.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Final, Literal, TypeVar, get_args, get_origin

T = TypeVar("T")
Check = TypeVar("Check")
When = Literal["before", "after"]

_SPEC: Final = "setting"
_MARKS: Final = "checked_fields"
_WHOLE: Final = re.compile(r"([+-]?\d+(?:_\d+)*)(?:\.0+)?", re.ASCII)
_TRUTHS: Final = MappingProxyType(
    dict.fromkeys(("1", "true", "t", "yes", "y", "on"), True)
    | dict.fromkeys(("0", "false", "f", "no", "n", "off"), False)
)


class SecretStr:
    """A text that shows in no other text: in no log and in no error."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def get_secret_value(self) -> str:
        """The text itself."""
        return self._value

    def __len__(self) -> int:
        """How long it is."""
        return len(self._value)

    def __repr__(self) -> str:
        """Stars, however long it is."""
        return "SecretStr('**********')"

    def __eq__(self, other: object) -> bool:
        """Whether both hold the same text."""
        return isinstance(other, SecretStr) and other._value == self._value

    def __hash__(self) -> int:
        """As the text's."""
        return hash(self._value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What a field takes. `default` makes its value of the fields before it, where none is given."""

    name: str
    takes: str
    default: Callable[[Mapping[str, Any]], object]
    ge: float | None = None
    le: float | None = None
    min_length: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """A field, and the value that it does not take."""

    field: str
    given: object


class Refused(ValueError):
    """Values that do not make settings: each on its own, or, where `refusals` is empty, together; the text says why."""

    def __init__(self, refusals: tuple[Refusal, ...], sentence: str = "") -> None:
        super().__init__(sentence)
        self.refusals = refusals


def setting(default: Any, name: str, takes: str, **limits: Any) -> Any:  # noqa: ANN401 - stands for a value of any type
    """A field read from `name`; `takes` completes "give …" when its value is refused.

    Limits are `ge` and `le` of a number, `min_length` of a text.
    """
    return derived(lambda _: default, name, takes, **limits)


def derived(default: Callable[[Mapping[str, Any]], object], name: str, takes: str, **limits: Any) -> Any:  # noqa: ANN401 - as above
    """A field whose default is made of the fields before it."""
    return field(metadata={_SPEC: Spec(name=name, takes=takes, default=default, **limits)})


def specs(settings: type) -> dict[str, Spec]:
    """What each field takes, in order."""
    return {declared.name: declared.metadata[_SPEC] for declared in fields(settings)}


def is_secret(settings: type, name: str) -> bool:
    """Whether a field's value must not be shown."""
    return SecretStr in _choices(_types(settings)[name])


def field_validator(*names: str, mode: When = "after") -> Callable[[Check], Check]:
    """A class method that returns a field's value, or raises ValueError: before or after the value has its type."""
    return _marking([(name, mode) for name in names])


def model_validator() -> Callable[[Check], Check]:
    """A method that raises ValueError, with a whole sentence, when the fields do not go together."""
    return _marking([("", "after")])


def make(settings: type[T], given: Mapping[str, object]) -> T:
    """Settings of values by their fields' names: each a text, or of the field's type already.

    Raises:
        Refused: some are not taken; all those are told at once.
    """
    values: dict[str, Any] = {}
    refusals: list[Refusal] = []
    for name, spec in specs(settings).items():
        try:
            value = given[name] if name in given else spec.default(values)
        except KeyError:  # made of a field that was refused: no fault of its own
            continue
        try:
            values[name] = _checked(settings, name, spec, value)
        except ValueError:
            refusals.append(Refusal(name, value))
    if refusals:
        raise Refused(tuple(refusals))
    made = settings(**values)
    for check in _checks(settings, "", "after"):
        try:
            check(made)
        except ValueError as exc:
            raise Refused((), str(exc)) from None
    return made


def _checked(settings: type, name: str, spec: Spec, value: Any) -> object:  # noqa: ANN401 - as above
    for check in _checks(settings, name, "before"):
        value = check(value)
    value = _converted(_types(settings)[name], value)
    if value is not None:
        # `not …`: nan is neither above nor below.
        if (spec.ge is not None and not value >= spec.ge) or (spec.le is not None and not value <= spec.le):
            raise ValueError
        if spec.min_length and len(value) < spec.min_length:
            raise ValueError
    for check in _checks(settings, name, "after"):
        value = check(value)
    return value


def _marking(marks: list[tuple[str, When]]) -> Callable[[Check], Check]:
    def mark(method: Check) -> Check:
        setattr(method, _MARKS, marks)
        return method

    return mark


def _checks(settings: type, name: str, mode: When) -> Iterator[Callable[[Any], Any]]:
    """Those of a field, or of all together: as they are written, a base's before its heirs'."""
    for owner in reversed(settings.__mro__):
        for attribute, method in vars(owner).items():
            if (name, mode) in getattr(method, _MARKS, ()):
                yield getattr(settings, attribute)


def _types(settings: type) -> dict[str, Any]:
    return {declared.name: declared.type for declared in fields(settings)}


def _choices(kind: Any) -> tuple[Any, ...]:  # noqa: ANN401 - whatever an annotation may be
    return get_args(kind) if isinstance(kind, UnionType) else (kind,)


def _converted(kind: Any, value: object) -> Any:  # noqa: ANN401 - of the type that `kind` is
    *rest, last = sorted(_choices(kind), key=lambda choice: choice is not NoneType)
    if rest and value is None:
        return None
    if get_origin(last) is Literal:
        return _one_of(get_args(last), value)
    return _CONVERSIONS[get_origin(last) or last](value)


def _one_of(allowed: tuple[object, ...], value: object) -> object:
    if value not in allowed:
        raise ValueError
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError  # noqa: TRY004 - a refused value, whatever is wrong with it
    return value


def _secret(value: object) -> SecretStr:
    return value if isinstance(value, SecretStr) else SecretStr(_text(value))


def _path(value: object) -> Path:
    return value if isinstance(value, Path) else Path(_text(value))


def _whole(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    written = _WHOLE.fullmatch(_text(value).strip())
    if written is None:
        raise ValueError
    return int(written[1])


def _number(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return float(_text(value))


def _decimal(value: object) -> Decimal:
    try:
        number = value if isinstance(value, Decimal) else Decimal(_text(value).strip())
    except InvalidOperation as exc:
        raise ValueError from exc
    if not number.is_finite():
        raise ValueError
    return number


def _truth(value: object) -> bool:
    if isinstance(value, bool):
        return value
    truth = _TRUTHS.get(_text(value).strip().lower())
    if truth is None:
        raise ValueError
    return truth


def _series(value: object) -> tuple[Any, ...]:
    if not isinstance(value, tuple | list):
        raise ValueError  # noqa: TRY004 - as above
    return tuple(value)


_CONVERSIONS: Final[Mapping[Any, Callable[[object], Any]]] = MappingProxyType(
    {
        str: _text,
        SecretStr: _secret,
        Path: _path,
        int: _whole,
        float: _number,
        Decimal: _decimal,
        bool: _truth,
        tuple: _series,
    }
)
