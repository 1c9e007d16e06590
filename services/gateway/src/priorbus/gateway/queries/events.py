"""Reads of the public event log (Conventions 12.1, 12.2).

Rows are read as a majority of the database's nodes has them: what was shown once stays, whatever node fails.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from priorbus.gateway.events.selection import PATTERN, Selection
from priorbus.gateway.http.call import Call
from priorbus.gateway.http.problem import Problem, bad_request
from priorbus.gateway.queries.cursors import Cursors
from priorbus.gateway.queries.parameters import Parameters
from priorbus.gateway.read_models import event_log
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.driver import Database, Session

POSITION = re.compile(r"0|[1-9][0-9]{0,17}")
_SUBJECT = re.compile(r"[a-z_]{1,40}/[A-Za-z0-9._-]{1,128}")
_MAX_TYPES = 20
_SCANNED = 20_000
"""Positions that one read goes through at most, so that a filter which finds nothing costs little."""


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """One event of the log. `body` is the CloudEvent as JSON."""

    position: int
    type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Stretch:
    """The wanted events of a stretch of the log that ends with position `reached`; `more` tells whether the log goes on."""

    events: list[LoggedEvent]
    reached: int
    more: bool


def read_selection(parameters: Parameters) -> Selection:
    """The filters of a query. Raises 400."""
    types = parameters.all("type")
    if len(types) > _MAX_TYPES or any(PATTERN.fullmatch(pattern) is None for pattern in types):
        raise bad_request("invalid_value", "An event type, a prefix such as authorization.*, or *.", "type")
    return Selection(tuple(types), parameters.matching("subject", _SUBJECT))


def events_in(rows: Iterable[Document], after: int, selection: Selection) -> list[LoggedEvent]:
    """The wanted events of some rows above a position."""
    return [
        LoggedEvent(position, event_type, body)
        for row in rows
        for position, event_type, body in zip(range(row["first"], row["last"] + 1), row["types"], row["events"], strict=True)
        if position > after and selection.admits(event_type, row["subject"])
    ]


class EventQueries:
    """Every method is limited to one tenant."""

    def __init__(self, database: Database, cursors: Cursors) -> None:
        self._rows = database[event_log.COLLECTION]
        self._counters = database[event_log.POSITIONS]
        self._cursors = cursors

    async def page(self, call: Call) -> tuple[list[LoggedEvent], str | None]:
        """One page in ascending order and the cursor of the next one. Raises 410 where events have expired."""
        parameters = Parameters(call, ("after", "type", "subject", "limit", "cursor"))
        limit, selection = parameters.limit(), read_selection(parameters)
        stretch = await self.stretch(call.tenant, await self._start(call, parameters), selection, limit)
        return stretch.events, self._cursors.write(call, [stretch.reached]) if stretch.more else None

    async def _start(self, call: Call, parameters: Parameters) -> int:
        cursor, after = parameters.one("cursor"), parameters.matching("after", POSITION)
        oldest = await self.oldest(call.tenant)
        if cursor is None and after is None:
            return oldest - 1
        start = int(after or 0) if cursor is None else int(self._cursors.read(call, cursor)[0])
        if start < oldest - 1:
            raise Problem("event_position_expired")
        return start

    async def oldest(self, tenant: str) -> int:
        """The first position that is still kept, or the next one to be given when none is."""
        head = await self.head(tenant)
        row = await self._rows.find_one({"tenant": tenant}, {"first": 1}, sort=[("last", 1)])
        return head + 1 if row is None else int(row["first"])

    async def head(self, tenant: str, session: Session | None = None) -> int:
        """The latest position, 0 before the first."""
        row = await self._counters.find_one({"_id": tenant}, session=session)
        return 0 if row is None else int(row["last"])

    async def stretch(self, tenant: str, after: int, selection: Selection, limit: int) -> Stretch:
        """At most `limit` wanted events above a position."""
        head = await self.head(tenant)
        upper = min(after + _SCANNED, head)
        query = {"tenant": tenant, "last": {"$gt": after, "$lte": upper}, **selection.query()}
        rows = await self._rows.find(query, sort=[("last", 1)], limit=limit + 1).to_list(None)
        events = events_in(rows, after, selection)
        if len(events) > limit:
            reached = events[limit - 1].position
        elif len(rows) > limit:
            reached = int(rows[-1]["last"])
        else:
            reached = max(after, upper if upper == head else await self._row_start(tenant, upper))
        return Stretch(events[:limit], reached, reached < head)

    async def _row_start(self, tenant: str, position: int) -> int:
        """The position before the row that holds this one, which may reach beyond it."""
        row = await self._rows.find_one({"tenant": tenant, "last": {"$gte": position}}, {"first": 1}, sort=[("last", 1)])
        return position if row is None else int(row["first"]) - 1
