"""POSTs to receivers of notifications, behind the guard (Conventions 11.4, fhir-pas.md 14.3)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus
from urllib.parse import urlsplit

import aiohttp
from multidict import CIMultiDict
from prometheus_client import Histogram

from priorbus.fhir_pas.ports import EndpointForbidden, Notification, Reception
from priorbus.runtime.outgoing import ForbiddenUrl, OutgoingGuard, outgoing_session

NOTIFICATION_SECONDS = Histogram(
    "priorbus_fhir_notification_seconds", "Attempts to notify a receiver", ("outcome",), buckets=(0.05, 0.2, 1, 5, 20, 60)
)
_LONGEST = 60.0
_AGENT = "Priorbus"


class HttpReceivers:
    """Satisfies `Receivers`."""

    def __init__(self, sessions: AsyncExitStack) -> None:
        self._opened = sessions
        self._sessions: dict[OutgoingGuard, aiohttp.ClientSession] = {}

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator["HttpReceivers"]:
        """With pools of connections for the length of the block."""
        async with AsyncExitStack() as sessions:
            yield cls(sessions)

    async def check(self, endpoint: str, exempt: frozenset[str]) -> None:
        try:
            await _guard(endpoint, exempt).check_reachable(endpoint)
        except ForbiddenUrl as error:
            raise EndpointForbidden(str(error)) from None

    async def post(self, notification: Notification) -> Reception:
        started = asyncio.get_running_loop().time()
        outcome = await self._post(notification)
        NOTIFICATION_SECONDS.labels(outcome).observe(asyncio.get_running_loop().time() - started)
        return outcome

    async def _post(self, notification: Notification) -> Reception:
        guard = _guard(notification.endpoint, notification.exempt)
        try:
            guard.check(notification.endpoint)
            session = await self._session(guard)
            async with session.post(
                notification.endpoint,
                data=notification.body,
                headers=_headers(notification),
                timeout=aiohttp.ClientTimeout(total=notification.timeout_seconds),
                allow_redirects=False,
            ) as answer:
                taken = HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES
                return "delivered" if taken else "refused"
        except ForbiddenUrl:
            return "forbidden"
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            # ValueError: a URL or a header that can not be sent
            return "unreachable"

    async def _session(self, guard: OutgoingGuard) -> aiohttp.ClientSession:
        """A pool for each guard, so that a connection that was exempt for one tenant serves nobody else."""
        if guard not in self._sessions:
            self._sessions[guard] = await self._opened.enter_async_context(outgoing_session(guard, timeout_seconds=_LONGEST))
        return self._sessions[guard]


def _guard(endpoint: str, exempt: frozenset[str]) -> OutgoingGuard:
    """Exempt is at most the host at hand, so that there are no more guards than such hosts."""
    try:
        host = urlsplit(endpoint).hostname
    except ValueError:
        host = None
    return OutgoingGuard(exempt & {host})


def _headers(notification: Notification) -> CIMultiDict[str]:
    """The client's lines, a repeated name repeated."""
    headers = CIMultiDict[str]()
    for line in notification.header:
        name, _, value = line.partition(":")
        headers.add(name, value.strip())
    headers.setdefault("Content-Type", notification.content_type)
    headers.setdefault("User-Agent", _AGENT)
    return headers
