"""Violations of a JSON Schema in words that name the place and the rule, and never the text that stands there."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from jsonschema import Draft202012Validator


def violations(validator: Draft202012Validator, instance: object) -> Iterator[tuple[str, str]]:
    """Each violation once, as detail and remedy, in the order of their places."""
    told = set()
    for error in sorted(validator.iter_errors(instance), key=lambda error: (error.json_path, str(error.validator))):
        rule = str(error.validator)
        detail = f"{_place(error.absolute_path)} {_RULES.get(rule, _other)(error)}"
        if detail not in told:
            told.add(detail)
            yield detail, _REMEDIES.get(rule, "change it to what the schema takes")


def _place(path: Sequence[str | int]) -> str:
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return steps.removeprefix(".") or "the file"


def _too_few(error: Any) -> str:  # noqa: ANN401 - what it is about is any JSON
    return f"has {len(error.instance)} {_unit(error)}, and {error.validator_value} at least are needed"


def _too_many(error: Any) -> str:  # noqa: ANN401 - as above
    return f"has {len(error.instance)} {_unit(error)}, and {error.validator_value} at most are allowed"


def _unit(error: Any) -> str:  # noqa: ANN401 - as above
    return "characters" if isinstance(error.instance, str) else "entries"


def _missing(error: Any) -> str:  # noqa: ANN401 - as above
    return f"has no {', '.join(name for name in error.validator_value if name not in error.instance)}"


def _unknown(error: Any) -> str:  # noqa: ANN401 - as above
    names = sorted(error.instance.keys() - error.schema["properties"].keys())
    return f"has {', '.join(names)}, which the schema does not know"


def _other(error: Any) -> str:  # noqa: ANN401 - as above
    return f"breaks the rule “{error.validator}”"


_RULES: Final[Mapping[str, Callable[[Any], str]]] = MappingProxyType(
    {
        "required": _missing,
        "additionalProperties": _unknown,
        "enum": lambda error: f"is none of {', '.join(map(str, error.validator_value))}",
        "type": lambda error: f"is not of the type {error.validator_value}",
        "pattern": lambda error: f"does not match {error.validator_value}",
        "minLength": _too_few,
        "minItems": _too_few,
        "maxLength": _too_many,
        "maxItems": _too_many,
        "minimum": lambda error: f"is {error.instance}, and {error.validator_value} at least is needed",
        "maximum": lambda error: f"is {error.instance}, and {error.validator_value} at most is allowed",
        "uniqueItems": lambda error: f"has one entry twice among {len(error.instance)}",
    }
)
"""By keyword."""
_REMEDIES: Final[Mapping[str, str]] = MappingProxyType({"required": "add it", "additionalProperties": "remove it"})
