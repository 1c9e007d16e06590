"""Copies of templates, payers and providers."""

from collections.abc import Mapping
from typing import Any

import orjson

from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.work import Index

TEMPLATES, PAYERS, PROVIDERS = "templates", "payers", "providers"
PAYER_INDEXES = (Index("by_name", (("display_name", 1), ("_id", 1))),)
PROVIDER_INDEXES = (Index("by_npi", (("tenant", 1), ("npi", 1))),)


def template_id(template: str, version: int) -> str:
    """The `_id` of a template version."""
    return f"{template}/{version}"


def template_document(template: Mapping[str, Any]) -> Document:
    """A template version; it never changes."""
    return {"_id": template_id(template["template_id"], template["version"]), "json": orjson.dumps(template)}


def payer_document(payer: Mapping[str, Any], rank: int) -> Document:
    """A payer; `rank` is the time of the fact in milliseconds, because payers have no version."""
    return {
        "_id": payer["id"],
        "rank": rank,
        "display_name": payer["display_name"],
        "names": [name.casefold() for name in (payer["display_name"], *payer["aliases"])],
        "states": payer["supported_states"],
        "service_types": payer["supported_service_types"],
        "status": payer["status"],
        "json": orjson.dumps(payer),
    }


def provider_document(provider: Mapping[str, Any], rank: int) -> Document:
    """A provider of a tenant; `rank` as with payers."""
    tenant, npi = provider["tenant"], provider["npi"]
    return {"_id": f"{tenant}/{npi}", "rank": rank, "tenant": tenant, "npi": npi, "json": orjson.dumps(provider)}
