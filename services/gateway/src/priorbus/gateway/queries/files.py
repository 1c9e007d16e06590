"""Reads of projected files."""

from typing import Any

from priorbus.gateway.read_models import files
from priorbus.gateway.read_models.database import projected
from priorbus.runtime.mongo.driver import Database


class FileQueries:
    """Limited to one tenant."""

    def __init__(self, database: Database) -> None:
        self._rows = projected(database, files.COLLECTION)

    async def find(self, tenant: str, file_id: str) -> dict[str, Any] | None:
        """The state of a file, None if the tenant has none with this id, or has none any more."""
        found = await self._rows.find_one({"_id": files.document_id(tenant, file_id)})
        state = None if found is None else files.state_of(found)
        return None if state is None or state["status"] == "removed" else state
