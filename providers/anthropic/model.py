"""Anthropic's models, through the Messages API.

Not through the SDK's `parse`: that raises on an answer that does not fit, and drops with it the tokens that were billed
and the text that a repair needs. The schema that is sent is the SDK's own all the same; it turns bounds (`ge`,
`max_length`) into prose, so they are checked here. It cannot say `dict[str, …]`: use lists of pairs in output types.
"""

import asyncio
from threading import Lock
from typing import TYPE_CHECKING, Final

from domain.enums import Engine
from domain.language_models import Request, T
from providers.catalogue import Lookup, capabilities
from providers.models import Generated, OnSnapshot

if TYPE_CHECKING:
    from providers.anthropic.sdk import Client

ANTHROPIC_URL: Final = "https://api.anthropic.com"


class AnthropicModels:
    """Satisfies LanguageModel. Lives in one event loop; the SDK (about two seconds to load) comes with the first use.

    Args:
        api_key: of Anthropic.
        base_url: ends before `/v1/messages`.
        lookup: what is known of each model.
    """

    engine: Final = Engine.ANTHROPIC

    def __init__(self, *, api_key: str, base_url: str = ANTHROPIC_URL, lookup: Lookup = capabilities) -> None:
        self._api_key = api_key
        self._lookup = lookup
        self._base_url = base_url
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
        from providers.anthropic.sdk import Client  # noqa: PLC0415 - loads the SDK

        with self._loading:
            if self._client is None:
                self._client = Client(api_key=self._api_key, base_url=self._base_url, lookup=self._lookup)
            return self._client
