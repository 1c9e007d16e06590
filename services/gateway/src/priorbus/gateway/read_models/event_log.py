"""The public event log: one document per fact, positions per tenant without gaps (Conventions 12.1)."""

from collections.abc import Sequence
from datetime import datetime

from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.work import Index

COLLECTION = "event_log"
POSITIONS = "positions"
KEPT_SECONDS = 30 * 24 * 3600
INDEXES = (
    Index("by_position", (("tenant", 1), ("last", 1))),
    Index("expiry", (("at", 1),), expire_after=KEPT_SECONDS),
)


def document(fact_id: str, tenant: str, subject: str, types: Sequence[str], bodies: Sequence[bytes]) -> Document:
    """The row of one fact, its positions and time still open; `types` are the short ones, `bodies` CloudEvents as JSON."""
    return {"_id": fact_id, "tenant": tenant, "subject": subject, "types": list(types), "events": list(bodies)}


def place(row: Document, before: int, at: datetime) -> int:
    """Give a row the positions after `before`; the last one is returned."""
    row["first"], row["last"], row["at"] = before + 1, before + len(row["events"]), at
    return int(row["last"])
