"""One request as an endpoint sees it, and what it answers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp.web import BaseRequest, StreamResponse

from priorbus.gateway.credentials.principal import Principal

_WHOLES = ("authorization_id", "id")
"""Path parameters that others may follow, of a part or a version."""
Stream = Callable[[StreamResponse], Awaitable[None]]
"""Writes to an answer whose headers have been sent, until it is over."""


@dataclass(slots=True)
class Answer:
    """An HTTP answer: finished, or one that `stream` goes on writing."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    stream: Stream | None = None


@dataclass(slots=True)
class Call:
    """An authenticated request that passed the syntax checks.

    `body` is the parsed JSON (numbers with a fraction or exponent as Decimal), None without one; `raw` its bytes.
    `if_match` is set where the route demands it, `idempotency_key` is stripped of its quotes, `template` is the route's path.
    `resource_id` and `touched` are what the audit record names beside the path.
    """

    request: BaseRequest
    request_id: str
    principal: Principal
    method: str
    template: str
    path: dict[str, str]
    query: list[tuple[str, str]]
    traceparent: str = ""
    body: Any = None
    raw: bytes = b""
    if_match: int = 0
    idempotency_key: str | None = None
    respond_async: bool = False
    resource_id: str = ""
    touched: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """The id of the resource that was addressed or made, of a part or a version that of the whole; empty for lists."""
        whole = [self.path[name] for name in _WHOLES if name in self.path]
        return self.resource_id or next(iter((*whole, *self.path.values())), "")

    @property
    def tenant(self) -> str:
        """The tenant that every read and write is limited to."""
        return self.principal.tenant
