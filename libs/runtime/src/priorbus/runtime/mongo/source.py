"""What a relay reads, and where it puts it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from priorbus.runtime.bus import Confirmation
from priorbus.runtime.mongo.documents import Document


@dataclass(frozen=True, slots=True)
class Source:
    """The rows that a relay publishes: inserts into `collection` that match `query`, cut down to `fields` and `time_field`.

    `time_field` is indexed and holds the time of the commit, roughly: rows are found by it when the stream's history is lost.
    """

    collection: str
    query: Mapping[str, Any]
    fields: Sequence[str]
    time_field: str = "at"

    def pipeline(self) -> list[Mapping[str, Any]]:
        """The change stream's pipeline; light, because the database runs it for every change."""
        match = {"operationType": "insert", **{f"fullDocument.{name}": condition for name, condition in self.query.items()}}
        return [{"$match": match}, {"$project": {f"fullDocument.{name}": 1 for name in self.projection()}}]

    def projection(self) -> list[str]:
        """The fields that are read."""
        return [*self.fields, self.time_field]


class Outlet(Protocol):
    """Where a relay's rows go."""

    async def send(self, rows: Sequence[Document]) -> Sequence[Confirmation]:
        """Send rows in order; together the confirmations cover all of them. Raises NotAccepted."""
