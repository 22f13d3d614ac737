"""The Responses API: OpenAI's own."""

from typing import Final

from openai import AsyncOpenAI, AsyncStream
from openai.types.responses import (
    EasyInputMessageParam,
    ResponseInputParam,
    ResponseInputTextParam,
    ResponseTextConfigParam,
)
from openai.types.responses.response_create_params import ResponseCreateParamsBase
from openai.types.shared_params import Reasoning

from domain.calls import Usage
from domain.language_models import Request, T
from providers import structured
from providers.catalogue import Capabilities
from providers.faults import CutOff, Declined, Garbled, ModelFault, StreamCut
from providers.models import Generated, OnSnapshot
from providers.openai import wire
from providers.openai.faults import from_code, translate
from providers.openai.schema import strict_schema
from providers.reading import follow, translating

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
    watched = on_snapshot is not None
    with translating(translate):
        # Past `responses.create`, which walks through all of the body to change nothing: see decision 8.
        answered = await client.post(
            "/responses",
            cast_to=object,
            body={**_body(request, model, able), "stream": watched},
            # A key for retries of the SDK's own, of which there are none: it would draw a random one for each request.
            options={"timeout": timeout_seconds, "idempotency_key": "none"},
            stream=watched,
            stream_cls=AsyncStream[object],
        )
    if isinstance(answered, AsyncStream) and on_snapshot is not None:
        async with answered:
            answer = _Streamed()
            await follow(aiter(answered), answer, translate=translate, on_snapshot=on_snapshot)
        return _finished(request, answer.response)
    return _finished(request, answered)


def _body(request: Request[T], model: str, able: Capabilities) -> ResponseCreateParamsBase:
    body: ResponseCreateParamsBase = {
        "model": model,
        "instructions": request.system,
        "input": _turns(request),
        "text": _text(request),
        "max_output_tokens": request.max_output_tokens,
        "prompt_cache_key": request.prompt_version,
        "store": False,  # what people answer stays ours
    }
    if request.effort is not None and request.effort in able.efforts:
        body["reasoning"] = Reasoning(effort=request.effort.value)
    if able.sampling and request.temperature is not None:
        body["temperature"] = request.temperature
    return body


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
        self.response: object = None

    def absorb(self, event: object) -> bool:
        told = wire.read(wire.ResponseEvent, event)
        if told.type == "response.output_text.delta" and isinstance(told.delta, str):
            self.text += told.delta
            return True
        if told.type in LAST_EVENTS:
            self.response = told.response
        elif told.type == "error":
            raise from_code(told.code if isinstance(told.code, str) else None)
        return False

    @property
    def complete(self) -> bool:
        return self.response is not None


def _finished(request: Request[T], answered: object) -> Generated[T]:
    response = wire.read(wire.Response, answered)
    usage = Usage() if response.usage is None else response.usage.counted()
    if response.status == "failed":
        raise from_code(response.error.code if response.error is not None else None)
    if response.status == "incomplete":
        raise _unfinished(response.incomplete_details.reason if response.incomplete_details else None, usage)
    messages = [item for item in response.output or () if item.type == "message"]
    parts = [part for item in messages for part in wire.read(wire.Message, {"content": item.content}).content]
    if any(part.type == "refusal" for part in parts):
        raise Declined("The model refused to answer.", usage=usage)
    text = "".join(part.text or "" for part in parts if part.type == "output_text")
    if not text:
        raise Garbled("OpenAI answered without a text.", usage=usage)
    return Generated(structured.parse(request, text, usage=usage), response.model or "", usage)


def _unfinished(reason: str | None, usage: Usage) -> ModelFault:
    if reason == "content_filter":
        return Declined("OpenAI's filter refused the answer.", usage=usage)
    if reason == "max_output_tokens":
        return CutOff("OpenAI reached the limit of tokens.", usage=usage)
    return StreamCut("OpenAI did not finish the answer.", usage=usage)
