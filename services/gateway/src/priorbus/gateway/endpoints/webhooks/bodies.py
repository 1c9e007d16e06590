"""Request bodies of webhook endpoints."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from priorbus.contracts.public_events import PUBLIC_EVENTS
from priorbus.gateway.events.selection import EVERYTHING, matches
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.http.schema import B, Body, Findings
from priorbus.gateway.presentation.moments import parse_moment
from priorbus.gateway.webhooks.endpoint import Format
from priorbus.gateway.webhooks.replays import Window

_Url = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
_EventTypes = Annotated[
    list[Annotated[str, StringConstraints(pattern=r"^(\*|[a-z_]+\.(\*|[a-z_]+))$")]], Field(min_length=1, max_length=50)
]
_Description = Annotated[str, StringConstraints(max_length=500)]
_Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class CreateEndpointBody(Body):
    """A new endpoint."""

    url: _Url
    event_types: _EventTypes = Field(default_factory=lambda: [EVERYTHING])
    format: Format = "standard"
    description: _Description | None = None


class UpdateEndpointBody(Body):
    """What is left out stays."""

    url: _Url | None = None
    event_types: _EventTypes | None = None
    format: Format | None = None
    description: _Description | None = None


class ReplayBody(Body):
    """A window of time; both ends belong to it."""

    from_: Annotated[_Moment, Field(alias="from")]
    to: _Moment


def read_endpoint_body(model: type[B], body: object) -> B:
    """A valid body. Raises 400, also when a type is none that there is."""
    findings = Findings()
    read = findings.validated(model, body)
    if read is not None:
        _check_types(getattr(read, "event_types", None) or (), findings)
    if read is None or findings.issues:
        raise Problem("bad_request", issues=findings.issues)
    return read


def _check_types(patterns: Iterable[str], findings: Findings) -> None:
    for number, pattern in enumerate(patterns):
        if not any(matches((pattern,), event_type) for event_type in PUBLIC_EVENTS):
            findings.add("invalid_value", ("eventTypes", number))


def read_window(body: object) -> Window:
    """The window of a replay. Raises 400."""
    findings = Findings()
    read = findings.validated(ReplayBody, body)
    if read is None:
        raise Problem("bad_request", issues=findings.issues)
    start, end = _moment(read.from_, "from", findings), _moment(read.to, "to", findings)
    if start is None or end is None or end < start:
        if not findings.issues:
            findings.add("invalid_value", ("to",))
        raise Problem("bad_request", issues=findings.issues)
    return Window(start, end)


def _moment(text: str, member: str, findings: Findings) -> datetime | None:
    try:
        return parse_moment(text)
    except ValueError:
        findings.add("invalid_value", (member,))
        return None
