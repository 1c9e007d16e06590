"""How many records a list has, counted in an index.

That costs most of a large list's page, so a large number is kept for some seconds: whoever goes through the pages pays once. A number
below `KEPT_FROM` is always as of now.
"""

import asyncio
from collections import OrderedDict

from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.driver import Rows

KEPT_FROM = 10_000
KEPT_SECONDS = 5.0
_MOST_KEPT = 1000


class Counts:
    """The numbers of one collection."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._kept: OrderedDict[str, tuple[int, float]] = OrderedDict()

    async def of(self, query: Document, index: str) -> int:
        """How many records pass. Live and archived ones are counted apart: an index counts a single range fastest."""
        name = repr(query)
        now = asyncio.get_running_loop().time()
        number, until = self._kept.get(name, (0, 0.0))
        if until > now:
            return number
        archived = query["archived"]
        flags = archived["$in"] if isinstance(archived, dict) else [archived]
        number = sum([await self._rows.count_documents({**query, "archived": flag}, hint=index) for flag in flags])
        if number >= KEPT_FROM:
            self._keep(name, number, now + KEPT_SECONDS)
        return number

    def _keep(self, name: str, number: int, until: float) -> None:
        self._kept[name] = number, until
        self._kept.move_to_end(name)
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
