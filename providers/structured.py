"""Model output becomes a type at once, or a complaint that the model can act on."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import from_json

from domain.calls import Usage
from domain.language_models import Repair, Request, T
from providers.faults import InvalidOutput

COMPLAINTS: Final = 8
"""Faults of an answer that are told to the model; one slip often shows in many places."""
SHOWN_OUTPUT: Final = 16_000
"""Characters of its answer that the model is shown again."""
FENCE: Final = "```"
"""Small models wrap JSON in a Markdown code block although they are told not to."""


def parse(request: Request[T], text: str, *, usage: Usage) -> T:
    """Check an answer against the type that was asked for.

    Raises:
        InvalidOutput: it is no JSON, or breaks the type's bounds.
    """
    try:
        return request.output.model_validate_json(_unfenced(text))
    except ValidationError as exc:
        complaint = _complaint(exc)
    # Not raised inside: pydantic's message quotes what was answered, and a chained error may be logged.
    raise InvalidOutput(
        f"The answer does not fit {request.output.__name__}.",
        usage=usage,
        repair=Repair(text[:SHOWN_OUTPUT], complaint),
    )


def snapshot(text: str) -> Mapping[str, Any] | None:
    """What an unfinished answer says so far; None while it is no object yet."""
    try:
        value = from_json(_unfenced(text), allow_partial="trailing-strings")
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def repair_turn(repair: Repair) -> str:
    """What the model is told after an answer that did not fit."""
    return (
        "Your answer does not fit the required JSON schema:\n"
        f"{repair.complaint}\n"
        "Answer again, in full, with these faults corrected. Answer with the JSON object only."
    )


def _complaint(exc: ValidationError) -> str:
    errors = exc.errors(include_url=False, include_input=False, include_context=False)
    lines = [f"- {'.'.join(map(str, error['loc'])) or 'answer'}: {error['msg']}" for error in errors[:COMPLAINTS]]
    if len(errors) > COMPLAINTS:
        lines.append(f"- and {len(errors) - COMPLAINTS} more")
    return "\n".join(lines)


def _unfenced(text: str) -> str:
    stripped = text.strip()
    if not stripped.startswith(FENCE):
        return stripped
    _, _, body = stripped.partition("\n")
    return body.removesuffix(FENCE)
