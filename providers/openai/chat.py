"""Chat completions: what servers that are compatible with OpenAI agree on."""

from typing import Final

import openai
import orjson
from openai import AsyncOpenAI, AsyncStream
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletion, ChatCompletionChunk, ChatCompletionMessageParam
from openai.types.chat.completion_create_params import ResponseFormat

from domain.calls import Usage
from domain.language_models import Request, T
from providers import structured
from providers.catalogue import Capabilities
from providers.faults import CutOff, Declined, Garbled
from providers.models import Generated, OnSnapshot
from providers.openai.faults import translate
from providers.openai.schema import strict_schema
from providers.reading import follow, legible, translating

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
    effort = request.effort if request.effort in able.efforts else None
    temperature = request.temperature if able.sampling else None
    watched = on_snapshot is not None
    with translating(translate):
        answered = await client.chat.completions.create(
            model=model,
            messages=[],
            max_tokens=request.max_output_tokens,  # the newer name is not known to every server
            reasoning_effort=effort.value if effort is not None else openai.omit,
            temperature=temperature if temperature is not None else openai.omit,
            stream=watched,
            timeout=timeout_seconds,
            stream_options={"include_usage": True} if watched else openai.omit,
            # Not as arguments of their own: the SDK would walk through all their parts to change nothing.
            extra_body={"messages": _messages(request, able), "response_format": _format(request, able)},
        )
    if isinstance(answered, AsyncStream) and on_snapshot is not None:
        async with answered:
            answer = _Streamed()
            await follow(aiter(answered), answer, translate=translate, on_snapshot=on_snapshot)
        return _finished(request, answer)
    with legible():
        plain = _Plain.read(answered)
    return _finished(request, plain)


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
    def read(cls, completion: object) -> "_Plain":
        if not isinstance(completion, ChatCompletion) or not completion.choices:
            raise Garbled("The server answered with something else.")
        answer, choice = cls(), completion.choices[0]
        answer.text = choice.message.content or ""
        answer.refusal = choice.message.refusal or ""
        answer.finish_reason = choice.finish_reason
        answer.model = completion.model
        answer.usage = _usage(completion.usage)
        return answer


class _Streamed(_Plain):
    """The same, piece by piece. The last piece of all carries the usage and no choice."""

    def absorb(self, event: ChatCompletionChunk) -> bool:
        self.model = event.model or self.model
        if event.usage is not None:
            self.usage = _usage(event.usage)
        if not event.choices:
            return False
        choice = event.choices[0]
        self.finish_reason = choice.finish_reason or self.finish_reason
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


def _usage(used: CompletionUsage | None) -> Usage:
    if used is None:
        return Usage()
    details = used.prompt_tokens_details
    return Usage.reported(
        input_tokens=used.prompt_tokens,
        cached=getattr(details, "cached_tokens", None),
        written=getattr(details, "cache_write_tokens", None),
        output=used.completion_tokens,
    )
