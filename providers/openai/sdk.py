"""The official SDK's client, set up so that it waits and retries for nobody. Loads the SDK: import it late."""

from base64 import b64encode
from urllib.parse import unquote, urlsplit

from openai import AsyncOpenAI, DefaultAioHttpClient

from domain.enums import Engine
from domain.language_models import Request, T
from providers.catalogue import Lookup
from providers.models import Generated, OnSnapshot
from providers.openai import chat, responses


class Client:
    """One client for all of a provider's models."""

    def __init__(self, *, api_key: str, base_url: str, responses_api: bool, lookup: Lookup) -> None:
        base_url, headers = _with_credentials(base_url)
        # The router owns retries and the deadline: the SDK would try three times, for ten minutes each.
        # Over aiohttp, which the SDK offers for many requests at once: see decision 8.
        self._client = AsyncOpenAI(
            api_key=api_key,
            base_url=base_url,
            max_retries=0,
            http_client=DefaultAioHttpClient(),
            default_headers=headers,
        )
        self._lookup = lookup
        self._ask = responses.ask if responses_api else chat.ask

    async def generate(
        self, request: Request[T], *, model: str, timeout_seconds: float, on_snapshot: OnSnapshot | None
    ) -> Generated[T]:
        """Ask once."""
        return await self._ask(
            self._client,
            request,
            model=model,
            able=self._lookup(Engine.OPENAI, model),
            timeout_seconds=timeout_seconds,
            on_snapshot=on_snapshot,
        )

    async def close(self) -> None:
        """Give up the connections."""
        await self._client.close()


def _with_credentials(url: str) -> tuple[str, dict[str, str]]:
    """The address without a user and password, and the header that says them: aiohttp takes them from no address."""
    parts = urlsplit(url)
    if parts.username is None:
        return url, {}
    told = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    address = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return address, {"Authorization": f"Basic {b64encode(told.encode()).decode()}"}
