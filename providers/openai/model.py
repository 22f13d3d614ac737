"""OpenAI's models, and those of any server that speaks its chat completions (Ollama, vLLM, LM Studio).

OpenAI itself is asked through the Responses API: it caches and reasons better there, and every new model has it. Other
servers are asked through chat completions, which is what they agree on.

Neither is asked through the SDK's `parse`: that raises on an answer that does not fit, and drops with it the tokens
that were billed and the text that a repair needs. The schema that is sent is the SDK's own strict one all the same.
"""

import asyncio
from threading import Lock
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from domain.enums import Engine
from domain.language_models import Request, T
from providers.catalogue import Lookup, capabilities
from providers.models import Generated, OnSnapshot

if TYPE_CHECKING:
    from providers.openai.sdk import Client

OPENAI_URL: Final = "https://api.openai.com/v1"


class OpenAIModels:
    """Satisfies LanguageModel. Lives in one event loop; the SDK (about a second to load) comes with the first use.

    Args:
        api_key: of OpenAI, or whatever the server behind `base_url` wants; most local ones want anything but nothing.
        base_url: ends before `/chat/completions` or `/responses`.
        responses_api: None chooses by the host of `base_url`.
        lookup: what is known of each model.
    """

    engine: Final = Engine.OPENAI

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str = OPENAI_URL,
        responses_api: bool | None = None,
        lookup: Lookup = capabilities,
    ) -> None:
        self._api_key = api_key
        self._lookup = lookup
        self._base_url = base_url
        self._responses_api = is_openai(base_url) if responses_api is None else responses_api
        self._loading = Lock()
        self._client: Client | None = None

    async def generate(
        self, request: Request[T], *, model: str, timeout_seconds: float, on_snapshot: OnSnapshot | None = None
    ) -> Generated[T]:
        """Ask once. Raises as LanguageModel says."""
        client = self._client
        if client is None:
            client = await asyncio.to_thread(self._load)
        return await client.generate(request, model=model, timeout_seconds=timeout_seconds, on_snapshot=on_snapshot)

    def warm(self) -> None:
        """Load the SDK. May be called in any thread, and again."""
        self._load()

    async def close(self) -> None:
        """Give up the connections."""
        if self._client is not None:
            await self._client.close()

    def _load(self) -> "Client":
        from providers.openai.sdk import Client  # noqa: PLC0415 - loads the SDK

        with self._loading:
            if self._client is None:
                self._client = Client(
                    api_key=self._api_key,
                    base_url=self._base_url,
                    responses_api=self._responses_api,
                    lookup=self._lookup,
                )
            return self._client


def is_openai(base_url: str) -> bool:
    """Whether it is OpenAI's own service, in any of its regions."""
    host = urlsplit(base_url).hostname or ""
    return host == "api.openai.com" or host.endswith(".api.openai.com")
