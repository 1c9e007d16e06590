"""Rate limits: fixed windows per principal and policy (Conventions 9).

Requests are counted in memory only. Every second the counts of all instances are added up in the database, so an instance learns
late of what the others admitted, but no request ever waits for it.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from pymongo import UpdateOne
from pymongo.errors import PyMongoError

from priorbus.gateway.credentials.principal import Principal
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.http.route import PolicyName
from priorbus.runtime.clock import Clock
from priorbus.runtime.mongo.driver import Rows

COLLECTION = "rate_windows"
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_SHOWN: Mapping[PolicyName, str] = {"patients": "default", "patients_poll": "poll"}
"""What clients and their own quotas call a policy, where that is not its name."""
_Key = tuple[str, str, PolicyName]
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Policy:
    """At most `quota` requests in a window of so many seconds."""

    quota: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> "Policy":
        """From the form `6000/60` of the settings."""
        quota, _, seconds = text.partition("/")
        return cls(int(quota), int(seconds))


PATIENTS_POLL = Policy(300, 60)
"""Reads of one record of the patient attachments API (Conventions 9)."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Where a principal stands after a request; the window ends at `ends`, in `reset` seconds."""

    name: PolicyName
    policy: Policy
    left: int
    reset: int
    admitted: bool
    ends: datetime

    @property
    def shown(self) -> str:
        """The policy's name as clients know it."""
        return _SHOWN.get(self.name, self.name)

    def headers(self) -> dict[str, str]:
        """What every authenticated answer shows."""
        return {
            "RateLimit-Policy": f'"{self.shown}";q={self.policy.quota};w={self.policy.seconds}',
            "RateLimit": f'"{self.shown}";r={self.left};t={self.reset}',
        }

    def require_admitted(self) -> None:
        """Raises 429 when the request was one too many."""
        if not self.admitted:
            headers = {"Retry-After": str(self.reset)}
            if self.name in _SHOWN:
                headers["X-RateLimit-Reset"] = str(math.ceil(self.ends.timestamp()))
            raise Problem("rate_limited", details={"violatedPolicies": [self.shown]}, headers=headers)


@dataclass(slots=True)
class _Window:
    """`counted` is what is known of all instances, `unmerged` the part of it that only this one knows."""

    opened: datetime
    ends: datetime
    counted: int = 0
    unmerged: int = 0


class RateLimits:
    """The windows that this process has seen requests for."""

    def __init__(self, rows: Rows, policies: Mapping[PolicyName, Policy], clock: Clock, merge_seconds: float) -> None:
        self._rows = rows
        self._policies = policies
        self._clock = clock
        self._merge_seconds = merge_seconds
        self._windows: dict[_Key, _Window] = {}
        self._touched = set[_Key]()

    def take(self, principal: Principal, name: PolicyName) -> Reading:
        """Count a request; one that is not admitted does not count."""
        now = self._clock()
        policy = self._policies[name]
        quota = principal.quotas.get(_SHOWN.get(name, name), policy.quota)
        key = (principal.tenant, principal.client_id, name)
        window = self._windows.get(key)
        if window is None or window.ends <= now:
            window = self._windows[key] = _Window(now, now + timedelta(seconds=policy.seconds))
        self._touched.add(key)
        admitted = window.counted < quota
        if admitted:
            window.counted += 1
            window.unmerged += 1
        reset = max(1, math.ceil((window.ends - now).total_seconds()))
        return Reading(name, Policy(quota, policy.seconds), max(0, quota - window.counted), reset, admitted, window.ends)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Merge in the background, and once more on exit."""
        task = asyncio.create_task(self._run(), name="rate-limits")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            await self.merge()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._merge_seconds)
            await self.merge()

    async def merge(self) -> None:
        """Add what was counted here to the common counts and learn those; without the database each instance counts alone."""
        now = self._clock()
        self._windows = {key: window for key, window in self._windows.items() if window.ends > now}
        taken = {_row_id(key): self._windows[key] for key in self._touched if key in self._windows}
        self._touched = set()
        if not taken:
            return
        amounts = {row_id: window.unmerged for row_id, window in taken.items()}
        for window in taken.values():
            window.unmerged = 0
        try:
            await self._rows.bulk_write([_addition(row_id, taken[row_id], amounts[row_id]) for row_id in taken], ordered=False)
            rows = await self._rows.find({"_id": {"$in": list(taken)}}).to_list(None)
        except PyMongoError as error:
            log.warning("rate limits can not be merged", error=error)
            for row_id, window in taken.items():
                window.unmerged += amounts[row_id]
            return
        _adopt(taken, rows)


def _adopt(windows: Mapping[str, _Window], rows: Iterable[Mapping[str, object]]) -> None:
    for row in rows:
        window = windows[str(row["_id"])]
        count, ends = row["count"], row["ends"]
        assert isinstance(count, int)
        assert isinstance(ends, datetime)
        window.counted, window.ends = count + window.unmerged, ends


def _row_id(key: _Key) -> str:
    return "/".join(key)


def _addition(row_id: str, window: _Window, amount: int) -> UpdateOne:
    """Joins the common window if it was still open when this one opened, else begins it anew."""
    joins = {"$gt": [{"$ifNull": ["$ends", _LONG_AGO]}, window.opened]}
    count = {"$cond": [joins, {"$add": ["$count", amount]}, amount]}
    ends = {"$cond": [joins, "$ends", window.ends]}
    return UpdateOne({"_id": row_id}, [{"$set": {"count": count, "ends": ends}}], upsert=True)
