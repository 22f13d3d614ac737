"""The official SDK's client, set up so that it waits and retries for nobody. Loads the SDK: import it late."""

from anthropic import AsyncAnthropic

from domain.enums import Engine
from domain.language_models import Request, T
from providers.anthropic import messages
from providers.catalogue import Lookup
from providers.models import Generated, OnSnapshot


class Client:
    """One client for all models."""

    def __init__(self, *, api_key: str, base_url: str, lookup: Lookup) -> None:
        self._lookup = lookup
        # The router owns retries and the deadline: the SDK would try three times, and sleep for as long as Retry-After
        # says. Spans of its own would carry no request id of ours.
        self._client = AsyncAnthropic(api_key=api_key, base_url=base_url, max_retries=0, open_telemetry=False)

    async def generate(
        self, request: Request[T], *, model: str, timeout_seconds: float, on_snapshot: OnSnapshot | None
    ) -> Generated[T]:
        """Ask once."""
        return await messages.ask(
            self._client,
            request,
            model=model,
            able=self._lookup(Engine.ANTHROPIC, model),
            timeout_seconds=timeout_seconds,
            on_snapshot=on_snapshot,
        )

    async def close(self) -> None:
        """Give up the connections."""
        await self._client.close()
