"""RabbitMQ's HTTP API."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import aiohttp
import orjson
from yarl import URL

from priorbus.gateway.settings import BrokerSettings

_SECONDS = 20


class BrokerRefused(Exception):
    """The broker could not be reached, or did not do what it was asked; the text says which call and its status."""


class Management:
    """Calls below `/api`; path segments are given unescaped."""

    def __init__(self, session: aiohttp.ClientSession, base_url: str, vhost: str) -> None:
        self._session = session
        self._base_url = base_url
        self.vhost = vhost

    async def call(self, method: str, *path: str, body: Mapping[str, Any] | None = None, missing: bool = False) -> Any:
        """The parsed answer, None without one; with `missing` a 404 is None too. Raises BrokerRefused."""
        url = URL(f"{self._base_url}/api/" + "/".join(quote(segment, safe="") for segment in path), encoded=True)
        data = None if body is None else orjson.dumps(body)
        try:
            async with self._session.request(method, url, data=data, headers={"Content-Type": "application/json"}) as answer:
                content = await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise BrokerRefused(f"the broker's management API can not be reached ({type(error).__name__})") from None
        if missing and answer.status == HTTPStatus.NOT_FOUND:
            return None
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise BrokerRefused(f"the broker's management API answered {answer.status} to {method} {path[0]}")
        return orjson.loads(content) if content else {}


@asynccontextmanager
async def management(settings: BrokerSettings) -> AsyncIterator[Management]:
    """The API at the address of the settings, for the virtual host that the services use."""
    address = urlsplit(settings.rabbitmq_management_url.get_secret_value())
    login = aiohttp.BasicAuth(unquote(address.username or ""), unquote(address.password or ""))
    host = address.netloc.rpartition("@")[2]
    vhost = unquote(urlsplit(settings.amqp_url.get_secret_value()).path.removeprefix("/")) or "/"
    async with aiohttp.ClientSession(auth=login, timeout=aiohttp.ClientTimeout(total=_SECONDS)) as session:
        yield Management(session, f"{address.scheme}://{host}{address.path.rstrip('/')}", vhost)
