"""Providers and payers on the wire (authorizations.md 7)."""

from collections.abc import Mapping
from typing import Any

from priorbus.gateway.presentation.members import Json, renamed
from priorbus.gateway.presentation.moments import wire_moment


def render_provider(provider: Mapping[str, Any]) -> Json:
    """A provider of the tenant."""
    rendered: Json = {"npi": provider["npi"], "displayName": provider["display_name"], "status": provider["status"]}
    rendered |= renamed(provider, {"tax_id": "taxId"})
    return rendered | {
        "metadata": provider["metadata"],
        "warnings": provider["warnings"],
        "createdAt": wire_moment(provider["created_at"]),
        "updatedAt": wire_moment(provider["updated_at"]),
    }
