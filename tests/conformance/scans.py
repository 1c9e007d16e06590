"""Which queries of the services read a whole collection, as MongoDB's profiler sees them while the acceptance cases run."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database

from priorbus.devstack.stack import Stack

OWNERS = ("gateway", "requirements", "fhir_pas", "storage")
READ_WHOLE = {"requirements.templates", "requirements.payers", "fhir_pas.tenant_settings"}
"""The catalogue, which is small, the same for all tenants, and kept in memory as a whole; and once an hour what tenants have set."""
_APPLICATION = "priorbus"
"""What the services call themselves to the database; tests that look into it do not."""
_SCANS = {"planSummary": {"$regex": "COLLSCAN"}, "appName": _APPLICATION, "op": {"$ne": "getmore"}}
"""A scan shows in the command that begins it; what a change stream is waiting for is no scan."""
Noted = dict[str, Any]


class Scans:
    """Notes every scan from now on."""

    def __init__(self, stack: Stack, client: MongoClient[Noted]) -> None:
        prefix = stack.settings["PRIORBUS_MONGO_DATABASE_PREFIX"]
        self._databases = {owner: client[f"{prefix}_{owner}"] for owner in OWNERS}
        for database in self._databases.values():
            database.command("profile", 1, filter=_SCANS)

    def since(self, start: datetime) -> list[str]:
        """Scans that ended since then: collection and what was asked."""
        return [told for owner, database in self._databases.items() for told in _told(owner, database, start)]


def _told(owner: str, database: Database[Noted], start: datetime) -> Iterator[str]:
    for row in database["system.profile"].find({"ts": {"$gte": start}}):
        collection = f"{owner}.{row['ns'].partition('.')[2]}"
        if collection not in READ_WHOLE and "$changeStream" not in str(row):
            yield f"{collection}: {row['op']} {row.get('command')}"
