"""The Messages API."""

from functools import cache
from typing import Any, Final

import anthropic
from anthropic import AsyncAnthropic, AsyncStream
from anthropic.types import (
    Message,
    MessageDeltaUsage,
    MessageParam,
    OutputConfigParam,
    RawMessageStreamEvent,
    TextBlockParam,
)
from anthropic.types import Usage as Billed
from pydantic import BaseModel

from domain.calls import Usage
from domain.language_models import Block, Request, T
from providers import structured
from providers.anthropic.faults import translate
from providers.catalogue import Capabilities
from providers.faults import CutOff, Declined, Garbled, StreamCut
from providers.models import Generated, OnSnapshot
from providers.reading import follow, legible, translating

CACHE_MARKS: Final = 4
"""Places in a request up to which Anthropic caches, at most."""
CUT_OFF: Final = frozenset({"max_tokens", "model_context_window_exceeded"})
FINISHED: Final = frozenset({"end_turn", "stop_sequence"})


async def ask(
    client: AsyncAnthropic,
    request: Request[T],
    *,
    model: str,
    able: Capabilities,
    timeout_seconds: float,
    on_snapshot: OnSnapshot | None,
) -> Generated[T]:
    """Ask once; as a stream when somebody watches."""
    with translating(translate):
        answered = await client.messages.create(
            model=model,
            system=request.system,
            messages=[],
            max_tokens=request.max_output_tokens,
            stream=on_snapshot is not None,
            timeout=timeout_seconds,
            # Not as arguments of their own: the SDK would walk through all their parts to change nothing.
            extra_body={"messages": _turns(request), "output_config": _output(request, able)},
        )
    if isinstance(answered, AsyncStream) and on_snapshot is not None:
        async with answered:
            answer = _Streamed()
            await follow(aiter(answered), answer, translate=translate, on_snapshot=on_snapshot)
        return _finished(request, answer)
    with legible():
        plain = _Plain.read(answered)
    return _finished(request, plain)


def _turns(request: Request[T]) -> list[MessageParam]:
    turns: list[MessageParam] = [{"role": "user", "content": _blocks(request.blocks)}]
    if request.repair is not None:
        # The API takes no empty turn, and an answer may be blank.
        turns.append({"role": "assistant", "content": request.repair.output.strip() or "{}"})
        turns.append({"role": "user", "content": structured.repair_turn(request.repair)})
    return turns


def _blocks(blocks: tuple[Block, ...]) -> list[TextBlockParam]:
    """The user's turn, marked where what came before is worth caching: the last places count most."""
    marked = [at for at, block in enumerate(blocks) if block.reused][-CACHE_MARKS:]
    params: list[TextBlockParam] = [{"type": "text", "text": block.text} for block in blocks]
    for at in marked:
        params[at]["cache_control"] = {"type": "ephemeral"}
    return params


def _output(request: Request[T], able: Capabilities) -> OutputConfigParam:
    config: OutputConfigParam = {"format": {"type": "json_schema", "schema": _schema(request.output)}}
    if request.effort is not None and request.effort in able.efforts:
        config["effort"] = request.effort.value
    return config


@cache  # output types are few and fixed: each prompt has one
def _schema(output: type[BaseModel]) -> dict[str, Any]:
    return anthropic.transform_schema(output)


class _Plain:
    """An answer: its text, why it ended, and what was billed."""

    def __init__(self) -> None:
        self.text = ""
        self.stop_reason: str | None = None
        self.model = ""
        self.usage = Usage()

    @classmethod
    def read(cls, message: object) -> "_Plain":
        if not isinstance(message, Message):
            raise Garbled("Anthropic answered with something else.")
        answer = cls()
        answer.text = "".join(block.text for block in message.content if block.type == "text")
        answer.stop_reason = message.stop_reason
        answer.model = message.model
        answer.usage = _usage(message.usage)
        return answer


class _Streamed(_Plain):
    """The same, piece by piece."""

    def absorb(self, event: RawMessageStreamEvent) -> bool:
        if event.type == "message_start":
            self.model = event.message.model
            self.usage = _usage(event.message.usage)
        elif event.type == "content_block_delta" and event.delta.type == "text_delta":
            self.text += event.delta.text
            return bool(event.delta.text)
        elif event.type == "message_delta":
            self.stop_reason = event.delta.stop_reason or self.stop_reason
            self.usage = _with_output(self.usage, event.usage)
        return False

    @property
    def complete(self) -> bool:
        # The SDK takes any end of the connection for the end of the message.
        return self.stop_reason is not None


def _finished(request: Request[T], answer: _Plain) -> Generated[T]:
    if answer.stop_reason in CUT_OFF:
        raise CutOff("Anthropic reached the limit of tokens.", usage=answer.usage)
    if answer.stop_reason == "refusal":
        raise Declined("The model refused to answer.", usage=answer.usage)
    if answer.stop_reason not in FINISHED:
        raise StreamCut("Anthropic did not finish the answer.", usage=answer.usage)
    if not answer.text:
        raise Garbled("Anthropic answered without a text.", usage=answer.usage)
    return Generated(structured.parse(request, answer.text, usage=answer.usage), answer.model, answer.usage)


def _usage(billed: Billed) -> Usage:
    """Anthropic counts what it reads from and writes to its cache apart from the rest of the input."""
    cached, written = billed.cache_read_input_tokens or 0, billed.cache_creation_input_tokens or 0
    return Usage(
        input_tokens=(billed.input_tokens or 0) + cached + written,
        cached_input_tokens=cached,
        cache_write_tokens=written,
        output_tokens=billed.output_tokens or 0,
    )


def _with_output(started: Usage, billed: MessageDeltaUsage | None) -> Usage:
    """What the end of a stream adds: its counts are of the whole message."""
    return Usage(
        input_tokens=started.input_tokens,
        cached_input_tokens=started.cached_input_tokens,
        cache_write_tokens=started.cache_write_tokens,
        output_tokens=(billed.output_tokens if billed is not None else None) or started.output_tokens,
    )
