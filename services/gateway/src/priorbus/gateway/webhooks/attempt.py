"""One attempt to deliver: what is sent, and what comes back."""

import asyncio
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import aiohttp

from priorbus.gateway.webhooks.endpoint import signing_secrets
from priorbus.gateway.webhooks.request import request_of
from priorbus.runtime.clock import Clock
from priorbus.runtime.outgoing import ForbiddenUrl, OutgoingGuard
from priorbus.runtime.sealing import NotOpened, Sealer

_SNIPPET_BYTES = 1024
_LONGEST_PAUSE = timedelta(hours=24)
_BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT)


@dataclass(frozen=True, slots=True)
class Attempt:
    """`status` is None when no answer came, `error` None when the receiver took it; `retry_after` is what it asked for."""

    at: datetime
    latency_ms: int
    status: int | None = None
    error: str | None = None
    snippet: str = ""
    retry_after: timedelta | None = None

    @property
    def delivered(self) -> bool:
        """Whether the receiver has it."""
        return self.error is None

    @property
    def gone(self) -> bool:
        """Whether the receiver wants nothing any more."""
        return self.status == HTTPStatus.GONE

    @property
    def busy(self) -> bool:
        """Whether the receiver should be left alone for a while."""
        return self.status in _BUSY

    def as_document(self) -> dict[str, Any]:
        """How the delivery log keeps it."""
        return {
            "at": self.at,
            "http_status": self.status,
            "latency_ms": self.latency_ms,
            "error": self.error,
            "response_snippet": self.snippet,
        }


class Sender:
    """Makes attempts over a guarded session; `timeout` seconds are for the whole of one."""

    def __init__(self, session: aiohttp.ClientSession, guard: OutgoingGuard, sealer: Sealer, clock: Clock) -> None:
        self._session = session
        self._guard = guard
        self._sealer = sealer
        self._clock = clock

    async def attempt(self, delivery: Mapping[str, Any], endpoint: Mapping[str, Any]) -> Attempt:
        """Send once. Whatever the receiver does is an outcome, no exception."""
        at, started = self._clock(), time.perf_counter()
        status, error, snippet, pause = None, None, "", None
        try:
            secrets = [self._sealer.open(sealed) for sealed in signing_secrets(endpoint, at)]
            request = request_of(delivery, endpoint, secrets, at)
            self._guard.check(request.url)
            async with self._session.post(request.url, data=request.body, headers=request.headers, allow_redirects=False) as answer:
                status = answer.status
                snippet = await _beginning(answer)
                error = None if HTTPStatus(200) <= status < HTTPStatus(300) else "http_status"
                pause = _retry_after(answer.headers.get("Retry-After"), at)
        except ForbiddenUrl:
            error = "url_forbidden"
        except NotOpened:
            error = "signing_failed"
        except TimeoutError:
            error = "timeout"
        except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError):
            error = "tls_failed"
        except (aiohttp.ClientError, OSError, ValueError) as failure:
            error = "url_forbidden" if isinstance(failure.__cause__, ForbiddenUrl) else "connection_failed"
        return Attempt(at, math.ceil((time.perf_counter() - started) * 1000), status, error, snippet, pause)


async def _beginning(answer: aiohttp.ClientResponse) -> str:
    """The first kilobyte of an answer; the rest is left unread. A body that breaks off changes nothing about its status."""
    try:
        taken = await answer.content.read(_SNIPPET_BYTES)
    except (aiohttp.ClientError, asyncio.IncompleteReadError):
        return ""
    return taken.decode("utf-8", errors="replace").encode()[:_SNIPPET_BYTES].decode("utf-8", errors="ignore")


def _retry_after(value: str | None, now: datetime) -> timedelta | None:
    """`Retry-After` in either form, up to 24 hours; None without a usable one."""
    if value is None:
        return None
    if value.strip().isdigit() and value.isascii():
        return min(timedelta(seconds=min(int(value), 10**6)), _LONGEST_PAUSE)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
    return min(max(moment - now, timedelta(0)), _LONGEST_PAUSE)
