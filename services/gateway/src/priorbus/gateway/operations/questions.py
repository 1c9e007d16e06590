"""Asks owners what only they know. A question changes nothing, so it has no operation and no idempotency (authorizations.md 2)."""

from collections.abc import Mapping
from typing import Any

import orjson

from priorbus.contracts.envelope import Envelope
from priorbus.gateway.http.call import Call
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.operations.outcome import refusal_problem
from priorbus.gateway.presentation.style import StyleName
from priorbus.runtime.bus import NoReply, NotAccepted, Requests
from priorbus.runtime.clock import Clock
from priorbus.runtime.handling import Ids

_NO_DATA: Mapping[str, Any] = {}


class Questions:
    """What endpoints ask with."""

    def __init__(self, requests: Requests, clock: Clock, new_id: Ids, deadline: float) -> None:
        self._requests = requests
        self._clock = clock
        self._new_id = new_id
        self._deadline = deadline

    async def ask(
        self, call: Call, wire_type: str, data: Mapping[str, Any], style: StyleName | None = None, deadline: float | None = None
    ) -> Mapping[str, Any]:
        """The result. Raises Problem with what the owner refused, or 503 when it does not answer in time (seconds)."""
        principal = call.principal
        envelope = Envelope(
            id=self._new_id("qry"),
            type=wire_type,
            time=self._clock(),
            tenant=principal.tenant,
            data=_NO_DATA,
            client=principal.client_id,
            user=str(principal.user_id),
            request_id=call.request_id,
            traceparent=call.traceparent,
        )
        try:
            reply = await self._requests.call(envelope, orjson.dumps(data), deadline or self._deadline)
        except (NotAccepted, NoReply):
            raise Problem("service_unavailable") from None
        problem = refusal_problem(reply, style)
        if problem is not None:
            raise problem
        result: Mapping[str, Any] = reply["result"]
        return result
