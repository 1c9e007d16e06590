"""Searches in MongoDB; every query begins with tenant and type, as the indexes do."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from priorbus.fhir_pas.aggregates import RESOURCES
from priorbus.fhir_pas.domain.resources import StoredResource
from priorbus.fhir_pas.domain.search import DateRange, Search
from priorbus.runtime.mongo import Store, translated_errors


class MongoResourceIndex:
    """Satisfies `ResourceIndex`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def find(self, tenant: str, resource_type: str, search: Search) -> Sequence[StoredResource]:
        query = _query(tenant, resource_type, search)
        if search.after is not None:
            moment, identity = search.after
            older = [{"last_updated": {"$lt": moment}}, {"last_updated": moment, "id": {"$lt": identity}}]
            query["$and"] = [*query.get("$and", ()), {"$or": older}]
        return await self._store.find(RESOURCES, query, sort=(("last_updated", -1), ("id", -1)), limit=search.limit)

    async def count(self, tenant: str, resource_type: str, search: Search) -> int:
        with translated_errors():
            return int(await self._store.database[RESOURCES.name].count_documents(_query(tenant, resource_type, search)))


def _query(tenant: str, resource_type: str, search: Search) -> dict[str, Any]:
    query: dict[str, Any] = {"tenant": tenant, "type": resource_type, "deleted": {"$ne": True}}
    if search.client is not None:
        query["client"] = search.client
    clauses = list(_clauses(search))
    return {**query, "$and": clauses} if clauses else query


def _clauses(search: Search) -> Iterator[dict[str, Any]]:
    for alternatives in search.terms:
        yield {"terms": {"$in": list(alternatives)}}
    for ids in search.ids:
        yield {"id": {"$in": list(ids)}}
    yield from (_within("last_updated", dates) for dates in search.updated)
    yield from (_within("created_instant", dates) for dates in search.created)


def _within(name: str, alternatives: Sequence[DateRange]) -> dict[str, Any]:
    bounds = [{name: _between(moments)} for moments in alternatives]
    return bounds[0] if len(bounds) == 1 else {"$or": bounds}


def _between(moments: DateRange) -> dict[str, datetime]:
    bounds = {"$gte": moments.start, "$lt": moments.end}
    return {name: bound for name, bound in bounds.items() if bound is not None}
