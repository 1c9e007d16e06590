"""Reads of projected authorizations."""

import asyncio
from datetime import datetime
from typing import Any

from priorbus.contracts.authorizations import Outcome
from priorbus.gateway.http.call import Call
from priorbus.gateway.http.problem import bad_request
from priorbus.gateway.presentation.style import Style
from priorbus.gateway.queries.cursors import Cursors
from priorbus.gateway.queries.parameters import Parameters
from priorbus.gateway.read_models import authorizations, timeline
from priorbus.gateway.read_models.database import projected
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.driver import Database

MAX_METADATA_FILTERS = 5
_KNOWN = frozenset(
    ("status", "outcome", "payerId", "providerNpi", "createdAfter", "createdBefore", "updatedAfter", "nextActionType", "limit", "cursor")
)
_OUTCOMES: tuple[Outcome, ...] = ("approved", "denied", "modified", "not_required", "failed")
_METADATA = "metadata["
_BOUNDS = (("createdAfter", "created_at", "$gt"), ("createdBefore", "created_at", "$lt"), ("updatedAfter", "updated_at", "$gt"))
State = dict[str, Any]
_CATCH_UP_SECONDS = 2.0
_LOOK_AGAIN_SECONDS = 0.02


class AuthorizationQueries:
    """Every method is limited to the call's tenant."""

    def __init__(self, database: Database, cursors: Cursors) -> None:
        self._rows = projected(database, authorizations.COLLECTION)
        self._timeline = projected(database, timeline.COLLECTION)
        self._cursors = cursors

    async def find(self, tenant: str, authorization_id: str) -> State | None:
        """The state of a case, None if the tenant has none with this id."""
        found = await self._rows.find_one({"_id": authorizations.document_id(tenant, authorization_id)}, {"json": 1})
        return None if found is None else authorizations.state_of(found)

    async def exists(self, tenant: str, authorization_id: str) -> bool:
        """Whether the tenant has such a case."""
        return await self._rows.find_one({"_id": authorizations.document_id(tenant, authorization_id)}, {"_id": 1}) is not None

    async def page(self, call: Call, style: Style) -> tuple[list[State], str | None]:
        """One page, newest first, and the cursor of the next one. Filters take the style's names."""
        parameters = Parameters(call, _KNOWN, prefixes=(_METADATA,))
        limit = parameters.limit()
        query: Document = {"tenant": call.tenant, "$and": _conditions(parameters, call, style)}
        cursor = parameters.one("cursor")
        if cursor is not None:
            query["$and"].append(_after(self._cursors.read(call, cursor)))
        if not query["$and"]:
            del query["$and"]
        wanted = {"json": 1, "created_at": 1, "id": 1}
        found = await self._rows.find(query, wanted, sort=[("created_at", -1), ("id", -1)], limit=limit + 1).to_list(None)
        last = found[limit - 1] if len(found) > limit else None
        following = self._cursors.write(call, [last["created_at"].isoformat(), last["id"]]) if last else None
        return [authorizations.state_of(document) for document in found[:limit]], following

    async def timeline(self, call: Call, authorization_id: str, newest: int) -> tuple[list[State], str | None]:
        """One page of a case's timeline in ascending order, and the cursor of the next one.

        A write shows in the case before its facts have come round: waits a moment for the entry of sequence `newest`.
        """
        parameters = Parameters(call, ("limit", "cursor"))
        limit = parameters.limit()
        cursor = parameters.one("cursor")
        after = self._cursors.read(call, cursor)[0] if cursor is not None else 0
        subject = authorizations.document_id(call.tenant, authorization_id)
        entries = await self._entries(subject, after, limit + 1)
        deadline = asyncio.get_running_loop().time() + _CATCH_UP_SECONDS
        while _behind(entries, after, limit, newest) and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
            entries = await self._entries(subject, after, limit + 1)
        more = len(entries) > limit
        return entries[:limit], self._cursors.write(call, [entries[limit - 1]["sequence"]]) if more else None

    async def _entries(self, subject: str, after: int, enough: int) -> list[State]:
        """Entries with a higher sequence, at least `enough` of them if there are."""
        rows = await self._timeline.find({"subject": subject, "last": {"$gt": after}}, sort=[("last", 1)], limit=enough).to_list(None)
        return [entry for row in rows for entry in timeline.entries_of(row) if entry["sequence"] > after]


def _behind(entries: list[State], after: int, limit: int, newest: int) -> bool:
    reached = entries[-1]["sequence"] if entries else after
    return len(entries) <= limit and reached < newest


def _after(position: list[Any]) -> Document:
    """What comes later in the list. The outer bound is one that an index can start at."""
    created_at, authorization_id = datetime.fromisoformat(position[0]), position[1]
    return {"created_at": {"$lte": created_at}, "$or": [{"created_at": {"$lt": created_at}}, {"id": {"$lt": authorization_id}}]}


def _conditions(parameters: Parameters, call: Call, style: Style) -> list[Document]:
    statuses = parameters.choices("status", style.states_of_status)
    action = parameters.choice("nextActionType", style.actions)
    exact: Document = {
        "outcome": parameters.choice("outcome", _OUTCOMES),
        "payer_id": parameters.one("payerId"),
        "provider_npi": parameters.one("providerNpi"),
        "action": style.actions[action] if action is not None else None,
    }
    conditions: list[Document] = [{name: value} for name, value in exact.items() if value is not None]
    if statuses:
        conditions.append({"state": {"$in": [state for status in statuses for state in style.states_of_status[status]]}})
    for name, field, operator in _BOUNDS:
        moment = parameters.moment(name)
        if moment is not None:
            conditions.append({field: {operator: moment}})
    return conditions + _metadata(call)


def _metadata(call: Call) -> list[Document]:
    wanted = [(name, value) for name, value in call.query if name.startswith(_METADATA)]
    if len(wanted) > MAX_METADATA_FILTERS or any(not name.endswith("]") for name, _ in wanted):
        raise bad_request("invalid_value", "At most 5 filters of the form metadata[key].", "metadata")
    return [{"metadata": authorizations.metadata_entry(name[len(_METADATA) : -1], value)} for name, value in wanted]
