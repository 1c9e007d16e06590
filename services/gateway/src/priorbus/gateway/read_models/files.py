"""Projected files."""

from collections.abc import Mapping
from typing import Any

import orjson

from priorbus.runtime.mongo.documents import Document

COLLECTION = "files"


def document_id(tenant: str, file_id: str) -> str:
    """The `_id` of a projected file."""
    return f"{tenant}/{file_id}"


def document(file: Mapping[str, Any]) -> Document:
    """The document of a state (JSON of `contracts.files.File`)."""
    return {"_id": document_id(file["tenant"], file["id"]), "rank": file["version"], "tenant": file["tenant"], "json": orjson.dumps(file)}


def state_of(found: Document) -> dict[str, Any]:
    """The state in a document."""
    state: dict[str, Any] = orjson.loads(found["json"])
    return state
