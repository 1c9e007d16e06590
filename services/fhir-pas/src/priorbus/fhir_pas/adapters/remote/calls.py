"""One FHIR operation at a remote endpoint: token, one retry after 401, circuit breaker (fhir-pas.md 22)."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog
from prometheus_client import Counter

from priorbus.fhir_pas.adapters.remote.breaker import Breaker
from priorbus.fhir_pas.adapters.remote.replies import read_json
from priorbus.fhir_pas.adapters.remote.tokens import Tokens
from priorbus.fhir_pas.domain.remote.endpoint import PayerEndpoint
from priorbus.fhir_pas.ports import PayerUnreachable
from priorbus.runtime.outgoing import ForbiddenUrl, OutgoingGuard

CALLS = Counter("priorbus_fhir_pas_payer_calls", "Calls of remote payers by what came of them", ["operation", "result"])
_FHIR_JSON, _SUBSCRIPTION = "application/fhir+json", "Subscription"
_BAD_REQUEST, _UNAUTHORIZED, _FORBIDDEN, _TOO_MANY, _SERVER_ERROR = 400, 401, 403, 429, 500
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
        return await self.call("POST", endpoint, operation, body)

    async def call(self, method: str, endpoint: PayerEndpoint, path: str, body: bytes | None = None) -> Reply:
        """Any interaction of the endpoint. Raises PayerUnreachable."""
        operation = _SUBSCRIPTION if path.startswith(_SUBSCRIPTION) else path
        try:
            reply = await self._guarded(method, endpoint, path, body)
        except PayerUnreachable:
            CALLS.labels(operation, "unreachable").inc()
            raise
        CALLS.labels(operation, "refused" if reply.status >= _BAD_REQUEST else "answered").inc()
        return reply

    async def _guarded(self, method: str, endpoint: PayerEndpoint, path: str, body: bytes | None) -> Reply:
        breaker = self._breakers.setdefault(endpoint.base_url, Breaker(self._monotonic))
        if breaker.is_open:
            raise PayerUnreachable("the circuit to the payer is open")
        try:
            return await self._authorized(method, endpoint, f"{endpoint.base_url}/{path}", body)
        except ForbiddenUrl as error:
            raise PayerUnreachable("the address of the payer is not allowed") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            breaker.failed()
            raise PayerUnreachable(type(error).__name__) from None
        except PayerUnreachable:
            breaker.failed()
            raise

    async def _authorized(self, method: str, endpoint: PayerEndpoint, url: str, body: bytes | None) -> Reply:
        token = await self._tokens.of(endpoint)
        reply = await self._send(method, url, body, token)
        if reply.status == _UNAUTHORIZED:
            reply = await self._send(method, url, body, await self._tokens.of(endpoint, refused=token))
        if reply.status in _NOT_OURS or reply.status >= _SERVER_ERROR or not reply.content:
            log.warning("payer call failed", status=reply.status)
            raise PayerUnreachable(f"the payer answered {reply.status}")
        return reply

    async def _send(self, method: str, url: str, body: bytes | None, token: str) -> Reply:
        headers = {"Authorization": f"Bearer {token}", "Accept": _FHIR_JSON, **({} if body is None else {"Content-Type": _FHIR_JSON})}
        async with self._session.request(method, self._guard.check(url), data=body, headers=headers, allow_redirects=False) as answer:
            return Reply(answer.status, await read_json(answer))
