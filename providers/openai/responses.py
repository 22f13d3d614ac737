"""The Responses API: OpenAI's own."""

from typing import Final

import openai
from openai import AsyncOpenAI, AsyncStream
from openai.types.responses import (
    EasyInputMessageParam,
    Response,
    ResponseInputParam,
    ResponseInputTextParam,
    ResponseStreamEvent,
    ResponseTextConfigParam,
)
from openai.types.shared_params import Reasoning

from domain.calls import Usage
from domain.language_models import Request, T
from providers import structured
from providers.catalogue import Capabilities
from providers.faults import CutOff, Declined, Garbled, ModelFault, StreamCut
from providers.models import Generated, OnSnapshot
from providers.openai.faults import from_code, translate
from providers.openai.schema import strict_schema
from providers.reading import follow, legible, translating

LAST_EVENTS: Final = frozenset({"response.completed", "response.incomplete", "response.failed"})


async def ask(
    client: AsyncOpenAI,
    request: Request[T],
    *,
    model: str,
    able: Capabilities,
    timeout_seconds: float,
    on_snapshot: OnSnapshot | None,
) -> Generated[T]:
    """Ask once; as a stream when somebody watches."""
    effort = request.effort if request.effort in able.efforts else None
    temperature = request.temperature if able.sampling else None
    with translating(translate):
        answered = await client.responses.create(
            model=model,
            instructions=request.system,
            input=[],
            max_output_tokens=request.max_output_tokens,
            reasoning=Reasoning(effort=effort.value) if effort is not None else openai.omit,
            temperature=temperature if temperature is not None else openai.omit,
            prompt_cache_key=request.prompt_version,
            store=False,  # what people answer stays ours
            stream=on_snapshot is not None,
            timeout=timeout_seconds,
            # Not as arguments of their own: the SDK would walk through all their parts to change nothing.
            extra_body={"input": _turns(request), "text": _text(request)},
        )
    if isinstance(answered, AsyncStream) and on_snapshot is not None:
        async with answered:
            answer = _Streamed()
            await follow(aiter(answered), answer, translate=translate, on_snapshot=on_snapshot)
        return _finished(request, answer.response)
    return _finished(request, answered)


def _turns(request: Request[T]) -> ResponseInputParam:
    blocks = [ResponseInputTextParam(type="input_text", text=block.text) for block in request.blocks]
    turns: ResponseInputParam = [EasyInputMessageParam(role="user", content=list(blocks))]
    if request.repair is not None:
        turns.append(EasyInputMessageParam(role="assistant", content=request.repair.output))
        turns.append(EasyInputMessageParam(role="user", content=structured.repair_turn(request.repair)))
    return turns


def _text(request: Request[T]) -> ResponseTextConfigParam:
    schema = strict_schema(request.output)
    return {"format": {"type": "json_schema", "name": request.output.__name__, "strict": True, "schema": schema}}


class _Streamed:
    """The text as it grows; the last event carries the whole response, which is what counts."""

    def __init__(self) -> None:
        self.text = ""
        self.response: Response | None = None

    def absorb(self, event: ResponseStreamEvent) -> bool:
        if event.type == "response.output_text.delta":
            self.text += event.delta
            return True
        if event.type in LAST_EVENTS:
            self.response = getattr(event, "response", None)
        elif event.type == "error":
            raise from_code(event.code)
        return False

    @property
    def complete(self) -> bool:
        return self.response is not None


def _finished(request: Request[T], response: object) -> Generated[T]:
    with legible():
        text, usage, model = _read(response)
    return Generated(structured.parse(request, text, usage=usage), model, usage)


def _read(response: object) -> tuple[str, Usage, str]:
    """What was answered, what was billed, and whose answer it is."""
    if not isinstance(response, Response):
        raise Garbled("OpenAI answered with something else.")
    usage = _usage(response)
    if response.status == "failed":
        raise from_code(response.error.code if response.error is not None else None)
    if response.status == "incomplete":
        raise _unfinished(response.incomplete_details.reason if response.incomplete_details else None, usage)
    parts = [part for item in response.output if item.type == "message" for part in item.content]
    if any(part.type == "refusal" for part in parts):
        raise Declined("The model refused to answer.", usage=usage)
    text = "".join(part.text for part in parts if part.type == "output_text")
    if not text:
        raise Garbled("OpenAI answered without a text.", usage=usage)
    return text, usage, response.model


def _unfinished(reason: str | None, usage: Usage) -> ModelFault:
    if reason == "content_filter":
        return Declined("OpenAI's filter refused the answer.", usage=usage)
    if reason == "max_output_tokens":
        return CutOff("OpenAI reached the limit of tokens.", usage=usage)
    return StreamCut("OpenAI did not finish the answer.", usage=usage)


def _usage(response: Response) -> Usage:
    used = response.usage
    if used is None:
        return Usage()
    details = used.input_tokens_details
    return Usage.reported(
        input_tokens=used.input_tokens,
        cached=getattr(details, "cached_tokens", None),
        written=getattr(details, "cache_write_tokens", None),
        output=used.output_tokens,
    )
