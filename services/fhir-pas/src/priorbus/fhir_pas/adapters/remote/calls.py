"""One FHIR operation at a remote endpoint: token, one retry after 401, circuit breaker (fhir-pas.md 22)."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog

from priorbus.fhir_pas.adapters.remote.breaker import Breaker
from priorbus.fhir_pas.adapters.remote.replies import read_json
from priorbus.fhir_pas.adapters.remote.tokens import Tokens
from priorbus.fhir_pas.domain.remote.endpoint import PayerEndpoint
from priorbus.fhir_pas.ports import PayerUnreachable
from priorbus.runtime.outgoing import ForbiddenUrl, OutgoingGuard

_FHIR_JSON = "application/fhir+json"
_UNAUTHORIZED, _FORBIDDEN, _TOO_MANY, _SERVER_ERROR = 401, 403, 429, 500
_NOT_OURS = frozenset({_UNAUTHORIZED, _FORBIDDEN, _TOO_MANY})
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Reply:
    """Status below 500 and the resource in the body, empty when there is none."""

    status: int
    content: dict[str, Any]


class RemoteCalls:
    """Calls that either get an answer to read or raise PayerUnreachable."""

    def __init__(
        self, session: aiohttp.ClientSession, guard: OutgoingGuard, tokens: Tokens, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._session = session
        self._guard = guard
        self._tokens = tokens
        self._monotonic = monotonic
        self._breakers: dict[str, Breaker] = {}

    async def post(self, endpoint: PayerEndpoint, operation: str, body: bytes) -> Reply:
        """POST to an operation of the endpoint. Raises PayerUnreachable."""
        breaker = self._breakers.setdefault(endpoint.base_url, Breaker(self._monotonic))
        if breaker.is_open:
            raise PayerUnreachable("the circuit to the payer is open")
        try:
            return await self._authorized(endpoint, f"{endpoint.base_url}/{operation}", body)
        except ForbiddenUrl as error:
            raise PayerUnreachable("the address of the payer is not allowed") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            breaker.failed()
            raise PayerUnreachable(type(error).__name__) from None
        except PayerUnreachable:
            breaker.failed()
            raise

    async def _authorized(self, endpoint: PayerEndpoint, url: str, body: bytes) -> Reply:
        token = await self._tokens.of(endpoint)
        reply = await self._send(url, body, token)
        if reply.status == _UNAUTHORIZED:
            reply = await self._send(url, body, await self._tokens.of(endpoint, refused=token))
        if reply.status in _NOT_OURS or reply.status >= _SERVER_ERROR or not reply.content:
            log.warning("payer call failed", status=reply.status)
            raise PayerUnreachable(f"the payer answered {reply.status}")
        return reply

    async def _send(self, url: str, body: bytes, token: str) -> Reply:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": _FHIR_JSON, "Accept": _FHIR_JSON}
        async with self._session.post(self._guard.check(url), data=body, headers=headers, allow_redirects=False) as answer:
            return Reply(answer.status, await read_json(answer))
