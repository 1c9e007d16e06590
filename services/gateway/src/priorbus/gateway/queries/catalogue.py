"""Reads of payers and providers."""

import re
from typing import Any

import orjson

from priorbus.gateway.http.call import Call
from priorbus.gateway.queries.cursors import Cursors
from priorbus.gateway.queries.parameters import Parameters
from priorbus.gateway.read_models import catalogue
from priorbus.gateway.read_models.database import projected
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.driver import Database

Page = tuple[list[dict[str, Any]], str | None]


class CatalogueQueries:
    """Payers are shared by all tenants, providers belong to one."""

    def __init__(self, database: Database, cursors: Cursors) -> None:
        self._payers = projected(database, catalogue.PAYERS)
        self._providers = projected(database, catalogue.PROVIDERS)
        self._cursors = cursors

    async def payer(self, payer_id: str) -> dict[str, Any] | None:
        """One payer."""
        return _json(await self._payers.find_one({"_id": payer_id}))

    async def provider(self, tenant: str, npi: str) -> dict[str, Any] | None:
        """One provider of the tenant."""
        return _json(await self._providers.find_one({"_id": f"{tenant}/{npi}"}))

    async def payers(self, call: Call) -> Page:
        """One page by displayName and id (authorizations.md 7.1)."""
        parameters = Parameters(call, ("q", "state", "serviceType", "status", "limit", "cursor"))
        wanted = parameters.one("q")
        query: Document = {
            "names": {"$regex": re.escape(wanted.casefold())} if wanted else None,
            "states": parameters.one("state"),
            "service_types": parameters.choice("serviceType", ("inpatient", "outpatient", "drug")),
            "status": parameters.choice("status", ("active", "inactive")),
        }
        query = {name: value for name, value in query.items() if value is not None}
        cursor, limit = parameters.one("cursor"), parameters.limit()
        if cursor is not None:
            name, payer_id = self._cursors.read(call, cursor)
            query["$or"] = [{"display_name": {"$gt": name}}, {"display_name": name, "_id": {"$gt": payer_id}}]
        rows = await self._payers.find(query, sort=[("display_name", 1), ("_id", 1)], limit=limit + 1).to_list(None)
        last = rows[limit - 1] if len(rows) > limit else None
        following = self._cursors.write(call, [last["display_name"], last["_id"]]) if last else None
        return [orjson.loads(row["json"]) for row in rows[:limit]], following

    async def providers(self, call: Call) -> Page:
        """One page of the tenant's providers by NPI."""
        parameters = Parameters(call, ("limit", "cursor"))
        cursor, limit = parameters.one("cursor"), parameters.limit()
        query: Document = {"tenant": call.tenant}
        if cursor is not None:
            query["npi"] = {"$gt": self._cursors.read(call, cursor)[0]}
        rows = await self._providers.find(query, sort=[("npi", 1)], limit=limit + 1).to_list(None)
        following = self._cursors.write(call, [rows[limit - 1]["npi"]]) if len(rows) > limit else None
        return [orjson.loads(row["json"]) for row in rows[:limit]], following


def _json(row: Document | None) -> dict[str, Any] | None:
    if row is None:
        return None
    found: dict[str, Any] = orjson.loads(row["json"])
    return found
