"""States carried by replies, written to the projections before the replies are answered (Conventions 1.5)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from priorbus.gateway.read_models import authorizations, catalogue, files
from priorbus.gateway.read_models.database import projected
from priorbus.gateway.read_models.guarded import WriteThrough
from priorbus.runtime.mongo.driver import Database


class Projections:
    """One writer per collection."""

    def __init__(self, database: Database) -> None:
        self._authorizations = WriteThrough(projected(database, authorizations.COLLECTION))
        self._files = WriteThrough(projected(database, files.COLLECTION))
        self._providers = WriteThrough(projected(database, catalogue.PROVIDERS))

    async def authorization(self, result: Mapping[str, Any]) -> None:
        """`{"authorization": …}`."""
        await self._authorizations.write(authorizations.document(result["authorization"]))

    async def file(self, result: Mapping[str, Any]) -> None:
        """`{"file": …}`."""
        await self._files.write(files.document(result["file"]))

    async def provider(self, result: Mapping[str, Any]) -> None:
        """`{"provider": …}`."""
        provider = result["provider"]
        rank = int(datetime.fromisoformat(provider["updated_at"]).timestamp() * 1000)
        await self._providers.write(catalogue.provider_document(provider, rank))
