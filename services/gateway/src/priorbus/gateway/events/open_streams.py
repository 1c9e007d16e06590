"""How many streams each client has open at this instance (Conventions 9)."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp.web import BaseRequest

from priorbus.gateway.http.call import Call
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.metrics import EVENT_STREAMS

MOST = 5
_RETRY_SECONDS = "5"


class OpenStreams:
    """Streams by principal; one whose client has gone counts no more, even before its next write finds out."""

    def __init__(self, ping_seconds: float) -> None:
        self.ping_seconds = ping_seconds
        self._open = defaultdict[tuple[str, str], list[BaseRequest]](list)

    def admit(self, call: Call) -> None:
        """Raises 429 when the principal has enough of them."""
        present = self._open.get((call.tenant, call.principal.client_id), ())
        if sum(_connected(request) for request in present) >= MOST:
            raise Problem("rate_limited", details={"violatedPolicies": ["streams"]}, headers={"Retry-After": _RETRY_SECONDS})

    @contextmanager
    def counted(self, call: Call) -> Iterator[None]:
        """The call's stream is open while inside."""
        key = (call.tenant, call.principal.client_id)
        self._open[key].append(call.request)
        try:
            with EVENT_STREAMS.track_inprogress():
                yield
        finally:
            self._open[key].remove(call.request)
            if not self._open[key]:
                del self._open[key]


def _connected(request: BaseRequest) -> bool:
    return request.transport is not None and not request.transport.is_closing()
