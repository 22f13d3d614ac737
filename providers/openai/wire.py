"""What is read of OpenAI's answers, and of those of compatible servers: these fields, and no others.

The SDK has types for whole answers, and builds them field by field in Python, for each piece of a stream again: see
decision 8. Shapes: platform.openai.com/docs/api-reference.
"""

from typing import Annotated, Any, Final, TypeVar

from pydantic import AliasChoices, BaseModel, BeforeValidator, Field, ValidationError

from domain.calls import Usage
from providers.faults import Garbled

M = TypeVar("M", bound=BaseModel)
S = TypeVar("S")


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _object(value: object) -> object:
    return value if isinstance(value, dict) else None


Count = Annotated[int | None, BeforeValidator(_count)]
"""Tokens, as a server counts them: anything but a whole number says nothing."""
Maybe = Annotated[S | None, BeforeValidator(_object)]
"""Something that is told beside the answer: where it has another shape, it is as good as not there."""


class Details(BaseModel):
    """What of the input was cached."""

    cached_tokens: Count = None
    cache_write_tokens: Count = None


class Billed(BaseModel):
    """What was billed. The two APIs have each their names for the same counts."""

    input_tokens: Count = Field(default=None, validation_alias=AliasChoices("input_tokens", "prompt_tokens"))
    output_tokens: Count = Field(default=None, validation_alias=AliasChoices("output_tokens", "completion_tokens"))
    details: Maybe[Details] = Field(
        default=None, validation_alias=AliasChoices("input_tokens_details", "prompt_tokens_details")
    )

    def counted(self) -> Usage:
        """As ours."""
        details = self.details or _NO_DETAILS
        return Usage.reported(
            input_tokens=self.input_tokens,
            cached=details.cached_tokens,
            written=details.cache_write_tokens,
            output=self.output_tokens,
        )


class ChatText(BaseModel):
    """A message, or a piece of one."""

    content: str | None = None
    refusal: str | None = None


class ChatChoice(BaseModel):
    """A complete message."""

    message: ChatText
    finish_reason: str | None = None


class ChatCompletion(BaseModel):
    """An answer of the chat completions API."""

    choices: list[ChatChoice] = Field(min_length=1)
    model: str | None = None
    usage: Maybe[Billed] = None


class ChatPiece(BaseModel):
    """What a choice grows by."""

    delta: ChatText | None = None
    finish_reason: str | None = None


class ChatChunk(BaseModel):
    """An event of a streamed one. The last of all carries the usage and no choice."""

    choices: list[ChatPiece] | None = None
    model: str | None = None
    usage: Maybe[Billed] = None


class Part(BaseModel):
    """A part of a message's content: text, or a refusal."""

    type: str
    text: str | None = None


class Item(BaseModel):
    """A message, whose `content` are parts, or something that a model put out beside it, such as reasoning."""

    type: str
    content: Any = None


class Message(BaseModel):
    """An item of the type `message`."""

    content: list[Part]


class Reason(BaseModel):
    """Why it is incomplete."""

    reason: str | None = None


class Failure(BaseModel):
    """Why it failed."""

    code: str | None = None


class Response(BaseModel):
    """An answer of the Responses API."""

    status: str | None = None
    output: list[Item] | None = None
    model: str | None = None
    usage: Maybe[Billed] = None
    incomplete_details: Maybe[Reason] = None
    error: Maybe[Failure] = None


class ResponseEvent(BaseModel):
    """An event of a streamed one. `response` is read from the last one only: it is there in others, half done."""

    type: str
    delta: Any = None
    response: Any = None
    code: Any = None


_NO_DETAILS: Final = Details()


def read(shape: type[M], answered: object) -> M:
    """What was answered, in that shape.

    Raises:
        Garbled: it is something else.
    """
    try:
        if isinstance(answered, str):  # JSON that was not called so
            return shape.model_validate_json(answered)
        return shape.model_validate(answered)
    except ValidationError:
        pass
    # Not raised inside: pydantic's message quotes what was answered, and a chained error may be logged.
    raise Garbled("The server answered with something else.")
