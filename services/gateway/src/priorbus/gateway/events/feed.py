"""The latest events of one tenant in memory, shared by all its open streams."""

import asyncio
from collections import deque

from priorbus.runtime.mongo.documents import Document

ROOM = 1000
"""Events kept; a stream that falls further behind is closed and resumes (Conventions 12.3)."""


class Feed:
    """Rows of the event log without a gap: everything above `base` up to `tail`."""

    def __init__(self, room: int = ROOM) -> None:
        self.base = 0
        self.tail = 0
        self.over = False
        self._room = room
        self._rows = deque[Document]()
        self._kept = 0
        self._changed = asyncio.Event()

    def begin_at(self, head: int) -> None:
        """Nothing up to `head` will come, unless it has come already."""
        if not self._rows:
            self.base = self.tail = head

    def add(self, row: Document) -> None:
        """Take the next row; one that is here already is left out."""
        if row["last"] <= self.tail:
            return
        if row["first"] > self.tail + 1:
            self._rows.clear()
            self._kept, self.base = 0, row["first"] - 1
        self._rows.append(row)
        self._kept += len(row["events"])
        self.tail = row["last"]
        while self._kept > self._room and len(self._rows) > 1:
            dropped = self._rows.popleft()
            self._kept -= len(dropped["events"])
            self.base = dropped["last"]
        self._wake()

    def after(self, position: int) -> list[Document] | None:
        """The rows above a position; None when some of them are here no more."""
        if position < self.base:
            return None
        found = list[Document]()
        for row in reversed(self._rows):
            if row["last"] <= position:
                break
            found.append(row)
        return found[::-1]

    async def grown(self, position: int, seconds: float) -> None:
        """Wait until there is something above a position or the feed is over, but not longer than so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                while self.tail <= position and not self.over:
                    await self._changed.wait()
        except TimeoutError:
            return

    def end(self) -> None:
        """Nothing more will come; streams close and their clients resume."""
        self.over = True
        self._wake()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
