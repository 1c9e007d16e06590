"""Copies of what tenants have set for themselves, as far as the gateway goes by it."""

from collections.abc import Mapping
from typing import Any

from priorbus.runtime.mongo.documents import Document

COLLECTION = "tenant_settings"


def document(tenant: str, settings: Mapping[str, Any], rank: int) -> Document:
    """The settings of a tenant; `rank` is the time of the fact in milliseconds, because they have no version."""
    return {"_id": tenant, "rank": rank, "reply_deadline_ms": settings["reply_deadline_ms"]}
