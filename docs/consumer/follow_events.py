# ruff: noqa: INP001 - a script by itself
"""A consumer of Priorbus events that loses nothing and handles nothing twice, whatever is restarted. Needs only Python's standard library.

    source .devstack/env && python3 docs/consumer/follow_events.py

Each event and the position behind it are kept in one transaction of a SQLite file, so it may be killed at any moment and started again.
Put your own work into `handle`, in the same transaction.
"""

import argparse
import http.client
import json
import os
import sqlite3
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

PATIENCE_SECONDS = 45
"""Priorbus gives a sign of life every 15 seconds."""
PAUSE_SECONDS = 1.0
LOST = (OSError, http.client.HTTPException, ValueError)
"""What a broken connection looks like; refusals such as a wrong key are told apart by their status."""


class Inbox:
    """What was handled, and how far: one SQLite file."""

    def __init__(self, path: str) -> None:
        self._file = sqlite3.connect(path)
        with self._file:
            self._file.execute(
                "CREATE TABLE IF NOT EXISTS handled (id TEXT PRIMARY KEY, position INTEGER, type TEXT, subject TEXT, data TEXT)"
            )
            self._file.execute("CREATE TABLE IF NOT EXISTS progress (one INTEGER PRIMARY KEY CHECK (one = 1), position INTEGER)")

    def position(self) -> int | None:
        """The position of the last event handled."""
        row = self._file.execute("SELECT position FROM progress").fetchone()
        return None if row is None else int(row[0])

    def skip_to(self, position: int) -> None:
        """Go on above a position."""
        with self._file:
            self._file.execute("INSERT OR REPLACE INTO progress VALUES (1, ?)", (position,))

    def take(self, position: int, event: dict[str, Any]) -> None:
        """Handle an event unless it was, and note the position: both or neither."""
        with self._file:
            row = (event["id"], position, event["type"], event["subject"], json.dumps(event["data"]))
            new = self._file.execute("INSERT OR IGNORE INTO handled VALUES (?, ?, ?, ?, ?)", row).rowcount
            self._file.execute("INSERT OR REPLACE INTO progress VALUES (1, ?)", (position,))
            if new:
                handle(self._file, position, event)


def handle(file: sqlite3.Connection, position: int, event: dict[str, Any]) -> None:
    """Your work. What it writes to `file` is committed together with the position."""
    sys.stdout.write(f"{position:>8}  {event['time']}  {event['type']:<55} {event['subject']}\n")
    sys.stdout.flush()


class Priorbus:
    """The two endpoints that a consumer needs."""

    def __init__(self, base_url: str, api_key: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._api_key = api_key

    def listed(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Every event that is still kept, oldest first."""
        query = {"limit": "100"}
        while True:
            with self._open(f"/v1/events?{urllib.parse.urlencode(query)}", "application/json") as answer:
                page = json.load(answer)
            for event in page["data"]:
                yield int(event["position"]), event
            if not page["pagination"]["hasMore"]:
                return
            query["cursor"] = page["pagination"]["nextCursor"]

    def streamed(self, after: int) -> Iterator[tuple[int, str, dict[str, Any]]]:
        """Position, type and event as they come, until the connection ends."""
        frame: dict[str, str] = {}
        with self._open("/v1/events/stream", "text/event-stream", {"Last-Event-ID": str(after)}) as answer:
            for raw in answer:
                line = raw.decode().rstrip("\n")
                name, _, value = line.partition(":")
                if line:
                    frame[name] = value.removeprefix(" ")
                    continue
                if "data" in frame:
                    yield int(frame["id"]), frame["event"], json.loads(frame["data"])
                frame = {}

    def _open(self, path: str, accept: str, more: dict[str, str] | None = None) -> http.client.HTTPResponse:
        headers = {"Authorization": f"Bearer {self._api_key}", "Accept": accept, **(more or {})}
        request = urllib.request.Request(self._base_url + path, headers=headers)  # noqa: S310 - the operator's own address
        answer: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=PATIENCE_SECONDS)  # noqa: S310 - as above
        return answer


def follow(priorbus: Priorbus, inbox: Inbox) -> None:
    """Once: what was missed, then what comes. Returns when the connection ends."""
    if inbox.position() is None:
        catch_up(priorbus, inbox)
    for position, kind, event in priorbus.streamed(inbox.position() or 0):
        if kind == "reset":
            sys.stderr.write("Some events are no longer kept; going on with the oldest.\n")
            if not catch_up(priorbus, inbox):
                inbox.skip_to(int(event["head"]))
            return
        inbox.take(position, event)


def catch_up(priorbus: Priorbus, inbox: Inbox) -> int:
    """Take every event that is kept; those that were handled are left out. How many there are."""
    count = 0
    for position, event in priorbus.listed():
        inbox.take(position, event)
        count += 1
    return count


def main() -> int:
    """Until it is interrupted, or refused for a reason that does not pass."""
    parser = argparse.ArgumentParser(description="Follow the public events of a tenant.")
    parser.add_argument("--state", default="events.sqlite", help="file that keeps what was handled (default: %(default)s)")
    arguments = parser.parse_args()
    base_url, api_key = os.environ.get("PRIORBUS_BASE_URL"), os.environ.get("PRIORBUS_API_KEY")
    if not base_url or not api_key:
        parser.error("PRIORBUS_BASE_URL and PRIORBUS_API_KEY say where Priorbus is and who you are; `source .devstack/env` sets both")
    priorbus = Priorbus(base_url, api_key)
    inbox = Inbox(arguments.state)
    while True:
        try:
            follow(priorbus, inbox)
        except urllib.error.HTTPError as refused:
            if refused.code in (http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.FORBIDDEN):
                sys.stderr.write(f"Priorbus answers {refused.code}: is the key right, and does it have the scope events:read?\n")
                return 1
        except LOST:
            sys.stderr.write("Connection lost, trying again.\n")
        except KeyboardInterrupt:
            return 0
        time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
