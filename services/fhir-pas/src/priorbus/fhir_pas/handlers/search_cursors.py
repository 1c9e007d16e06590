"""Opaque cursors of searches (Conventions 2): bound to tenant, route and filters, valid for 24 hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson

from priorbus.fhir_pas.domain.search import BadSearch, Search
from priorbus.runtime.sealing import NotOpened, Sealer

_LIFETIME: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class SearchCursors:
    """Any instance reads what another one wrote. `search` gives the filters, `route` is the tenant and what is searched on which base."""

    sealer: Sealer

    def write(self, route: Sequence[str], search: Search, last: tuple[datetime, str], now: datetime) -> str:
        """A cursor that continues after `last`."""
        moment, identity = last
        text = orjson.dumps([_millis(now + _LIFETIME), _bound(route, search), _millis(moment), identity])
        return self.sealer.seal(text.decode()).decode().rstrip("=")

    def read(self, route: Sequence[str], search: Search, now: datetime) -> tuple[datetime, str] | None:
        """Where the last page ended, None for the first page. Raises BadSearch where the cursor is not for this search, or too old."""
        if search.cursor is None:
            return None
        padded = search.cursor + "=" * (-len(search.cursor) % 4)
        try:
            end, bound, millis, identity = orjson.loads(self.sealer.open(padded.encode()))
        except NotOpened:
            raise BadSearch("_cursor") from None
        if bound != _bound(route, search) or end < _millis(now):
            raise BadSearch("_cursor")
        return datetime.fromtimestamp(millis / 1000, UTC), identity


def _bound(route: Sequence[str], search: Search) -> list[Any]:
    return [*route, sorted([name, value] for name, value in search.used if name != "_count")]


def _millis(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
