"""Public events: the list and the stream (Conventions 12, 13.1)."""

from typing import Literal

from priorbus.gateway.openapi.model import FreeObject, Moment, Shown, absent
from priorbus.gateway.openapi.operation import Key, Operation
from priorbus.gateway.openapi.parameters import PAGING, header, query
from priorbus.gateway.openapi.resources import Page
from priorbus.gateway.openapi.schemas import Schema, reference

_STREAM = (
    "Server-sent events. The first frame has `retry` and `id`; then one frame per event: `id` is the position, `event` the short type, "
    "`data` the CloudEvent as one line. `Last-Event-ID` resumes; a position that is unknown or expired is answered with the frame "
    "`event: reset`."
)
_TYPES = query(
    "type",
    {"type": "array", "items": {"type": "string"}, "maxItems": 20},
    style="form",
    explode=True,
    description="Exact types, or prefixes such as `authorization.*`.",
)
_SUBJECT = query("subject", {"type": "string"}, description="For example `authorization/auth_123`.")
_POSITION: Schema = {"type": "string", "pattern": "^(0|[1-9][0-9]{0,17})$"}


class PublicEvent(Shown):
    """A CloudEvent and its position."""

    position: str
    specversion: Literal["1.0"]
    id: str
    source: str
    type: str
    subject: str
    time: Moment
    datacontenttype: Literal["application/json"]
    dataschema: str
    sequence: str
    partitionkey: str
    tenantid: str
    correlationid: str = absent()
    causationid: str = absent()
    traceparent: str = absent()
    data: FreeObject


def event_operations() -> dict[Key, Operation]:
    """Rows of the platform's document."""
    page = Page[PublicEvent]
    return {
        ("GET", "/v1/events"): Operation(
            "List public events in the order of their positions",
            "Events",
            reference(page),
            (page,),
            query=(query("after", _POSITION, description="The last position the client has."), _TYPES, _SUBJECT, *PAGING),
            errors=("bad_request", "event_position_expired"),
        ),
        ("GET", "/v1/events/stream"): Operation(
            "Follow public events as they come",
            "Events",
            {"type": "string", "description": _STREAM},
            query=(_TYPES, _SUBJECT, header("Last-Event-ID", "The last position the client has.", _POSITION)),
            errors=("bad_request",),
            media_type="text/event-stream",
        ),
    }
