"""How each API says the same things: an answer, a stream of it, and everything that can go wrong with either."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from providers.models import LanguageModel
from tests.integration.providers.loopback import Loopback, Reply, as_events, as_json

Events = list[tuple[str | None, object]]
INPUT, CACHED, OUTPUT = 120, 40, 30
"""Tokens that every answer was billed with, cached ones among those of the input."""


def pieces(text: str) -> list[str]:
    return [text[at : at + 7] for at in range(0, len(text), 7)]


class Dialect(ABC):
    """One API of one provider."""

    model: str

    @abstractmethod
    def models(self, server: Loopback) -> LanguageModel: ...

    @abstractmethod
    def plain(self, text: str, *, end: str = "finished") -> Reply: ...

    @abstractmethod
    def events(self, text: str, *, end: str = "finished") -> Events: ...

    @abstractmethod
    def error_events(self, code: str) -> Events: ...

    @abstractmethod
    def text_of(self, body: dict[str, Any]) -> list[tuple[str, str]]:
        """The turns of a request: who, and what."""

    def answer(self, text: str, *, streamed: bool, end: str = "finished") -> Reply:
        return as_events(self.events(text, end=end)) if streamed else self.plain(text, end=end)

    def error(self, status: int, code: str, *headers: tuple[str, str]) -> Reply:
        body = {"type": "error", "error": {"type": code, "code": code, "message": "no"}}
        return as_json(body, status=status, headers=headers)

    def cut_stream(self, text: str, *, broken: bool) -> Reply:
        """Half of the text, and neither the rest nor an end."""
        return as_events(self.events(text)[: self.lead + len(pieces(text)) // 2], broken=broken)

    def failing_stream(self, text: str, code: str) -> Reply:
        return as_events([*self.events(text)[: self.lead + 2], *self.error_events(code)])

    lead: int
    """Events before the first piece of text."""


class Responses(Dialect):
    model = "gpt-6-luna"
    lead = 3

    def models(self, server: Loopback) -> LanguageModel:
        from providers.openai.model import OpenAIModels

        return OpenAIModels(api_key="sk-test", base_url=f"{server.origin}/v1", responses_api=True)

    def _response(self, text: str, end: str) -> dict[str, Any]:
        part: dict[str, Any] = {"type": "output_text", "text": text, "annotations": []}
        if end == "refused":
            part = {"type": "refusal", "refusal": "I will not."}
        reasons = {"cut off": "max_output_tokens", "filtered": "content_filter", "stopped": "steered"}
        return {
            "id": "resp_1",
            "object": "response",
            "created_at": 0,
            "model": self.model,
            "status": "incomplete" if end in reasons else "failed" if end == "failed" else "completed",
            "incomplete_details": {"reason": reasons[end]} if end in reasons else None,
            "error": {"code": "server_error", "message": "no"} if end == "failed" else None,
            "output": [{"id": "m", "type": "message", "role": "assistant", "status": "completed", "content": [part]}],
            "usage": {
                "input_tokens": INPUT,
                "input_tokens_details": {"cached_tokens": CACHED, "cache_write_tokens": 0},
                "output_tokens": OUTPUT,
                "output_tokens_details": {"reasoning_tokens": 0},
                "total_tokens": INPUT + OUTPUT,
            },
        }

    def plain(self, text: str, *, end: str = "finished") -> Reply:
        return as_json(self._response(text, end))

    def events(self, text: str, *, end: str = "finished") -> Events:
        last = self._response(text, end)
        place = {"item_id": "m", "output_index": 0, "content_index": 0}
        begun = {**last, "status": "in_progress", "output": [], "incomplete_details": None, "error": None}
        item = {"id": "m", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
        part = {"type": "output_text", "text": "", "annotations": []}
        data: list[dict[str, Any]] = [
            {"type": "response.created", "response": begun},
            {"type": "response.output_item.added", "output_index": 0, "item": item},
            {"type": "response.content_part.added", **place, "part": part},
            *({"type": "response.output_text.delta", **place, "delta": piece} for piece in pieces(text)),
            {"type": "response.output_text.done", **place, "text": text},
            {"type": f"response.{last['status']}", "response": last},
        ]
        return [(event["type"], {**event, "sequence_number": at}) for at, event in enumerate(data)]

    def error_events(self, code: str) -> Events:
        return [("error", {"type": "error", "code": code, "message": "no", "param": None, "sequence_number": 99})]

    def text_of(self, body: dict[str, Any]) -> list[tuple[str, str]]:
        return [("system", body["instructions"]), *((turn["role"], _joined(turn["content"])) for turn in body["input"])]


class Chat(Dialect):
    model = "llama3.3"
    lead = 1

    def models(self, server: Loopback) -> LanguageModel:
        from providers.openai.model import OpenAIModels

        return OpenAIModels(api_key="none", base_url=f"{server.origin}/v1")

    def _envelope(self, choices: Sequence[object], *, billed: bool, kind: str) -> dict[str, Any]:
        envelope: dict[str, Any] = {"id": "c", "object": kind, "created": 0, "model": self.model, "choices": choices}
        if billed:
            details = {"cached_tokens": CACHED}
            envelope["usage"] = {
                "prompt_tokens": INPUT,
                "completion_tokens": OUTPUT,
                "total_tokens": INPUT + OUTPUT,
                "prompt_tokens_details": details,
            }
        return envelope

    @staticmethod
    def _reason(end: str) -> str:
        return {"cut off": "length", "filtered": "content_filter"}.get(end, "stop")

    def plain(self, text: str, *, end: str = "finished") -> Reply:
        refused = end == "refused"
        message = {"role": "assistant", "content": None if refused else text, "refusal": "no" if refused else None}
        choice = {"index": 0, "finish_reason": self._reason(end), "message": message}
        return as_json(self._envelope([choice], billed=True, kind="chat.completion"))

    def events(self, text: str, *, end: str = "finished") -> Events:
        def chunk(delta: dict[str, str], reason: str | None = None) -> tuple[None, object]:
            choice = {"index": 0, "delta": delta, "finish_reason": reason}
            return None, self._envelope([choice], billed=False, kind="chat.completion.chunk")

        said = [{"refusal": "no"}] if end == "refused" else [{"content": piece} for piece in pieces(text)]
        return [
            chunk({"role": "assistant", "content": ""}),
            *(chunk(delta) for delta in said),
            chunk({}, self._reason(end)),
            (None, self._envelope([], billed=True, kind="chat.completion.chunk")),
            (None, "[DONE]"),
        ]

    def error_events(self, code: str) -> Events:
        return [(None, {"error": {"type": code, "code": code, "message": "no"}})]

    def text_of(self, body: dict[str, Any]) -> list[tuple[str, str]]:
        return [(turn["role"], _joined(turn["content"])) for turn in body["messages"]]


class Messages(Dialect):
    model = "claude-haiku-5-5"
    lead = 2

    def models(self, server: Loopback) -> LanguageModel:
        from providers.anthropic.model import AnthropicModels

        return AnthropicModels(api_key="sk-ant-test", base_url=server.origin)

    def _message(self, content: list[object], reason: str | None) -> dict[str, Any]:
        return {
            "id": "msg",
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": content,
            "stop_reason": reason,
            "stop_sequence": None,
            "usage": {
                "input_tokens": INPUT - CACHED,
                "cache_read_input_tokens": CACHED,
                "cache_creation_input_tokens": 0,
                "output_tokens": OUTPUT if reason else 1,
            },
        }

    @staticmethod
    def _reason(end: str) -> str:
        return {"cut off": "max_tokens", "filtered": "refusal", "refused": "refusal", "stopped": "pause_turn"}.get(
            end, "end_turn"
        )

    def plain(self, text: str, *, end: str = "finished") -> Reply:
        return as_json(self._message([{"type": "text", "text": text}], self._reason(end)))

    def events(self, text: str, *, end: str = "finished") -> Events:
        ended = {"stop_reason": self._reason(end), "stop_sequence": None}
        data: list[dict[str, Any]] = [
            {"type": "message_start", "message": self._message([], None)},
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
            *(
                {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}}
                for piece in pieces(text)
            ),
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": ended, "usage": {"output_tokens": OUTPUT}},
            {"type": "message_stop"},
        ]
        return [(event["type"], event) for event in data]

    def error_events(self, code: str) -> Events:
        return [("error", {"type": "error", "error": {"type": code, "message": "no"}})]

    def text_of(self, body: dict[str, Any]) -> list[tuple[str, str]]:
        return [("system", body["system"]), *((turn["role"], _joined(turn["content"])) for turn in body["messages"])]


def _joined(content: str | list[dict[str, Any]]) -> str:
    return content if isinstance(content, str) else "\n\n".join(part["text"] for part in content)


DIALECTS = {"responses": Responses(), "chat": Chat(), "messages": Messages()}
