"""Chat completions: what servers that are compatible with OpenAI agree on."""

from typing import Final

import orjson
from openai import AsyncOpenAI, AsyncStream
from openai.types.chat import ChatCompletionMessageParam
from openai.types.chat.completion_create_params import CompletionCreateParamsBase, ResponseFormat

from domain.calls import Usage
from domain.language_models import Request, T
from providers import structured
from providers.catalogue import Capabilities
from providers.faults import CutOff, Declined, Garbled
from providers.models import Generated, OnSnapshot
from providers.openai import wire
from providers.openai.faults import translate
from providers.openai.schema import strict_schema
from providers.reading import follow, translating

BETWEEN_BLOCKS: Final = "\n\n"


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
        # Past `completions.create`, which walks through all of the body to change nothing: see decision 8.
        answered = await client.post(
            "/chat/completions",
            cast_to=object,
            body={**_body(request, model, able), **(_STREAMED if watched else {})},
            # A key for retries of the SDK's own, of which there are none: it would draw a random one for each request.
            options={"timeout": timeout_seconds, "idempotency_key": "none"},
            stream=watched,
            stream_cls=AsyncStream[object],
        )
    if isinstance(answered, AsyncStream) and on_snapshot is not None:
        async with answered:
            answer = _Streamed()
            await follow(aiter(answered), answer, translate=translate, on_snapshot=on_snapshot)
        return _finished(request, answer)
    return _finished(request, _Plain.read(answered))


_STREAMED: Final = {"stream": True, "stream_options": {"include_usage": True}}


def _body(request: Request[T], model: str, able: Capabilities) -> CompletionCreateParamsBase:
    body: CompletionCreateParamsBase = {
        "model": model,
        "messages": _messages(request, able),
        "max_tokens": request.max_output_tokens,  # the newer name is not known to every server
        "response_format": _format(request, able),
    }
    if request.effort is not None and request.effort in able.efforts:
        body["reasoning_effort"] = request.effort.value
    if able.sampling and request.temperature is not None:
        body["temperature"] = request.temperature
    return body


def _messages(request: Request[T], able: Capabilities) -> list[ChatCompletionMessageParam]:
    system = request.system
    if not able.structured_output:
        schema = orjson.dumps(strict_schema(request.output)).decode()
        system += f"\n\nAnswer with one JSON object that fits this JSON Schema, and nothing else:\n{schema}"
    messages: list[ChatCompletionMessageParam] = [
        {"role": "system", "content": system},
        # One string: parts are not known to every server.
        {"role": "user", "content": BETWEEN_BLOCKS.join(block.text for block in request.blocks)},
    ]
    if request.repair is not None:
        messages.append({"role": "assistant", "content": request.repair.output})
        messages.append({"role": "user", "content": structured.repair_turn(request.repair)})
    return messages


def _format(request: Request[T], able: Capabilities) -> ResponseFormat:
    if not able.structured_output:
        return {"type": "json_object"}
    schema = strict_schema(request.output)
    return {"type": "json_schema", "json_schema": {"name": request.output.__name__, "strict": True, "schema": schema}}


class _Plain:
    """An answer: its text, why it ended, and what was billed."""

    def __init__(self) -> None:
        self.text = ""
        self.refusal = ""
        self.finish_reason: str | None = None
        self.model = ""
        self.usage = Usage()

    @classmethod
    def read(cls, answered: object) -> "_Plain":
        completion = wire.read(wire.ChatCompletion, answered)
        answer, choice = cls(), completion.choices[0]
        answer.text = choice.message.content or ""
        answer.refusal = choice.message.refusal or ""
        answer.finish_reason = choice.finish_reason
        answer.model = completion.model or ""
        if completion.usage is not None:
            answer.usage = completion.usage.counted()
        return answer


class _Streamed(_Plain):
    """The same, piece by piece."""

    def absorb(self, event: object) -> bool:
        chunk = wire.read(wire.ChatChunk, event)
        self.model = chunk.model or self.model
        if chunk.usage is not None:
            self.usage = chunk.usage.counted()
        if not chunk.choices:
            return False
        choice = chunk.choices[0]
        self.finish_reason = choice.finish_reason or self.finish_reason
        if choice.delta is None:
            return False
        self.refusal += choice.delta.refusal or ""
        self.text += choice.delta.content or ""
        return bool(choice.delta.content)

    @property
    def complete(self) -> bool:
        return self.finish_reason is not None


def _finished(request: Request[T], answer: _Plain) -> Generated[T]:
    if answer.finish_reason == "content_filter" or answer.refusal:
        raise Declined("The model, or a filter, refused to answer.", usage=answer.usage)
    if answer.finish_reason == "length":
        raise CutOff("The limit of tokens was reached.", usage=answer.usage)
    if not answer.text:
        raise Garbled("The server answered without a text.", usage=answer.usage)
    return Generated(structured.parse(request, answer.text, usage=answer.usage), answer.model, answer.usage)
