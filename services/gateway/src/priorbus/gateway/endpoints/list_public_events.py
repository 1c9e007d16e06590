"""GET /v1/events (Conventions 12.1)."""

import orjson

from priorbus.gateway.endpoints.answers import page_answer
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.queries.events import LoggedEvent


async def list_public_events(gateway: Gateway, call: Call) -> Answer:
    """One page of the tenant's event log, oldest first."""
    events, following = await gateway.events.page(call)
    return page_answer([_with_position(event) for event in events], following)


def _with_position(event: LoggedEvent) -> orjson.Fragment:
    """The CloudEvent plus its position, without parsing it again."""
    return orjson.Fragment(b'{"position":"%d",' % event.position + event.body[1:])
