"""GET /v1/events/stream: server-sent events (Conventions 12.3)."""

from functools import partial

from aiohttp.web import StreamResponse

from priorbus.gateway.events.stream import EventStream
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.middleware.authentication import authenticate
from priorbus.gateway.queries.events import read_selection
from priorbus.gateway.queries.parameters import Parameters

MEDIA_TYPE = "text/event-stream"


async def stream_events(gateway: Gateway, call: Call) -> Answer:
    """The tenant's events from where the client is, then as they come, until it leaves."""
    selection = read_selection(Parameters(call, ("type", "subject")))
    gateway.open_streams.admit(call)
    last = call.request.headers.get("Last-Event-ID")
    stream = EventStream(gateway.events, gateway.feeds, call.tenant, selection, gateway.open_streams.ping_seconds)

    async def run(response: StreamResponse) -> None:
        with gateway.open_streams.counted(call):
            await stream.run(response, call.request, last, partial(_still_known, gateway, call))

    return Answer(200, headers={"X-Accel-Buffering": "no"}, content_type=f"{MEDIA_TYPE}; charset=utf-8", stream=run)


async def _still_known(gateway: Gateway, call: Call) -> bool:
    """Whether the credential is valid still."""
    try:
        await authenticate(call.request, "key", gateway.credentials)
    except Problem:
        return False
    return True
