"""Parameters of requests: headers that many operations take, and queries of lists (Conventions 2, 5, 6; authorizations.md 10.7)."""

from typing import Any, get_args

from priorbus.contracts.authorizations import Outcome
from priorbus.gateway.openapi.schemas import Schema
from priorbus.gateway.presentation.style import Style
from priorbus.gateway.queries.parameters import DEFAULT_LIMIT, MAX_LIMIT

SERVICE_TYPES = ["inpatient", "outpatient", "drug"]
_VERSION_TAG = r'^"(0|[1-9][0-9]{0,17})"$'


def header(name: str, description: str, schema: Schema, *, required: bool = False) -> Schema:
    """A request header."""
    return {"name": name, "in": "header", "required": required, "description": description, "schema": schema}


def query(name: str, schema: Schema, **more: Any) -> Schema:
    """A query parameter."""
    return {"name": name, "in": "query", "schema": schema, **more}


HEADERS = {
    "IfMatch": header("If-Match", "The version the change is based on.", {"type": "string", "pattern": _VERSION_TAG}, required=True),
    "IfNoneMatch": header("If-None-Match", "Versions the client has.", {"type": "string"}),
    "IdempotencyKey": header(
        "Idempotency-Key",
        "Makes a repeated request harmless for 7 days.",
        {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[!-~]+$"},
    ),
    "Prefer": header("Prefer", "`respond-async` answers 202 at once.", {"type": "string"}),
}
"""Reusable parameters by component name."""

PAGING = (
    query("limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}),
    query("cursor", {"type": "string"}),
)


def authorization_filters(style: Style) -> tuple[Schema, ...]:
    """The filters of a style's list."""
    moment = {"type": "string", "format": "date-time"}
    return (
        query("status", {"type": "array", "items": {"enum": list(style.states_of_status)}}, style="form", explode=True),
        query("outcome", {"enum": list(get_args(Outcome))}),
        query("payerId", {"type": "string"}),
        query("providerNpi", {"type": "string"}),
        query("nextActionType", {"enum": list(style.actions)}),
        *(query(name, moment) for name in ("createdAfter", "createdBefore", "updatedAfter")),
        query(
            "metadata",
            {"type": "object", "additionalProperties": {"type": "string"}, "maxProperties": 5},
            style="deepObject",
            explode=True,
        ),
        *PAGING,
    )
