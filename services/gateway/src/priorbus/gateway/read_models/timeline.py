"""Timelines of authorizations: one document per fact (authorizations.md 10.6)."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.work import Index

COLLECTION = "timeline"
INDEXES = (Index("by_subject", (("subject", 1), ("last", 1))),)


def document(fact_id: str, subject: str, entries: Sequence[Mapping[str, Any]]) -> Document:
    """The row of one fact; `subject` is `<tenant>/<authorization id>`, `entries` are in wire form, in order, at least one."""
    first, last = entries[0]["sequence"], entries[-1]["sequence"]
    return {"_id": fact_id, "subject": subject, "first": first, "last": last, "entries": orjson.dumps(entries)}


def entries_of(row: Document) -> list[dict[str, Any]]:
    """The entries of one row."""
    entries: list[dict[str, Any]] = orjson.loads(row["entries"])
    return entries
