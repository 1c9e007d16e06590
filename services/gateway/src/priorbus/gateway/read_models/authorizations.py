"""Projected authorizations: the state as JSON, beside the fields that lists filter and sort by."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.work import Index

COLLECTION = "authorizations"
_SEQUENCES_PER_VERSION = 1 << 24

_NEWEST = (("created_at", -1), ("id", -1))
INDEXES = (
    Index("newest", (("tenant", 1), *_NEWEST)),
    Index("by_state", (("tenant", 1), ("state", 1), *_NEWEST)),
    Index("by_outcome", (("tenant", 1), ("outcome", 1), *_NEWEST)),
    Index("by_payer", (("tenant", 1), ("payer_id", 1), *_NEWEST)),
    Index("by_provider", (("tenant", 1), ("provider_npi", 1), *_NEWEST)),
    Index("by_action", (("tenant", 1), ("action", 1), *_NEWEST)),
    Index("by_metadata_newest", (("tenant", 1), ("metadata", 1), *_NEWEST)),
    Index("by_update", (("tenant", 1), ("updated_at", -1), *_NEWEST)),
)
"""One for each filter (authorizations.md 10.7), in the order of the list, so that a page reads what it shows and no more."""


def document_id(tenant: str, authorization_id: str) -> str:
    """The `_id` of a projected authorization."""
    return f"{tenant}/{authorization_id}"


def rank(state: Mapping[str, Any]) -> int:
    """Orders the states of one case: by version, and by timeline where a fact leaves the version unchanged."""
    return int(state["version"]) * _SEQUENCES_PER_VERSION + int(state["sequence"])


def metadata_entry(key: str, value: str) -> str:
    """One metadata pair as one indexable text; keys hold no control characters."""
    return f"{key}\x1f{value}"


def document(state: Mapping[str, Any]) -> Document:
    """The document of a state (JSON of `contracts.authorizations.Authorization`)."""
    action = state["next_action"]
    return {
        "_id": document_id(state["tenant"], state["id"]),
        "rank": rank(state),
        "tenant": state["tenant"],
        "id": state["id"],
        "state": state["state"],
        "outcome": state["outcome"],
        "payer_id": state["selection"]["payer_id"],
        "provider_npi": state["provider_npi"],
        "action": action["type"] if action else None,
        "metadata": [metadata_entry(key, value) for key, value in state["metadata"].items()],
        "created_at": datetime.fromisoformat(state["created_at"]),
        "updated_at": datetime.fromisoformat(state["updated_at"]),
        "json": orjson.dumps(state),
    }


def state_of(found: Document) -> dict[str, Any]:
    """The state in a document."""
    state: dict[str, Any] = orjson.loads(found["json"])
    return state
