"""Start, events and errors."""

from collections.abc import Mapping
from html import escape
from typing import Any

from priorbus.contracts.errors import ERRORS
from priorbus.contracts.public_events import PUBLIC_EVENTS
from priorbus.gateway.event_schemas import event_schema
from priorbus.gateway.reference.page import PAGES, code, page, prose, table
from priorbus.gateway.reference.schemas import members


def start_page(documents: Mapping[str, Mapping[str, Any]]) -> bytes:
    """What there is."""
    apis = [(f'<a href="/docs/{name}">{escape(PAGES[name])}</a>', prose(_count(document))) for name, document in documents.items()]
    others = [
        ('<a href="/docs/events">Events</a>', prose(f"{len(PUBLIC_EVENTS)} types: webhooks, server-sent events, the event list, RabbitMQ")),
        ('<a href="/docs/errors">Errors</a>', prose(f"{len(ERRORS)} codes")),
        ('<a href="/fhir/metadata">FHIR</a>', "CapabilityStatement of the PAS and CDex endpoints"),
    ]
    text = (
        "<p>Priorbus takes prior-authorization requests, works out what is missing, submits them to payers and tells what became of them. "
        "Requests carry an API key as a bearer token; writes take an <code>Idempotency-Key</code>, and changes of what exists an "
        "<code>If-Match</code> with the version last read.</p>"
    )
    machines = ", ".join(f'<a href="{path}">{path}</a>' for path in (*(f"/openapi/{name}.json" for name in documents), "/asyncapi.json"))
    return page("", "Documentation", f"<h1>Priorbus</h1>{text}{table(('Part', ''), apis + others)}<p>For machines: {machines}.</p>")


def _count(document: Mapping[str, Any]) -> str:
    return f"{sum(map(len, document['paths'].values()))} operations"


_EVENTS = (
    "<h1>Events</h1><p>Thin CloudEvents: ids, versions, states and codes. Delivery is at least once on every channel: drop duplicates "
    "by <code>id</code>. An event never precedes the state that it announces.</p>"
)


def event_page(base_url: str) -> bytes:
    """Every type with the members of its `data`."""
    parts = [_EVENTS, table(("Type",), [(f'<a href="#{name}">{code(name)}</a>',) for name in PUBLIC_EVENTS])]
    for name in PUBLIC_EVENTS:
        link = f'<a href="/schemas/events/{name}.json">schema</a>'
        parts.append(f'<article><h3 id="{name}">{code(name)} {link}</h3>{members(event_schema(name, base_url))}</article>')
    return page("events", "Events", "".join(parts))


def error_list_page() -> bytes:
    """Every code with its status and meaning."""
    rows = [
        (f'<a href="/docs/errors/{error.code}">{code(error.code)}</a>', _statuses(error.code), escape(error.message))
        for error in sorted(ERRORS.values(), key=lambda error: error.code)
    ]
    return page("errors", "Errors", f"<h1>Errors</h1>{table(('Code', 'Status', 'Meaning'), rows)}")


def _statuses(name: str) -> str:
    error = ERRORS[name]
    return " or ".join(str(status) for status in sorted({error.status(shape) for shape in error.shapes}))
