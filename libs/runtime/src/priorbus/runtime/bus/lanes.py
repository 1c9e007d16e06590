"""Gathering: messages for one destination that wait while a confirm is outstanding travel together."""

import asyncio
from dataclasses import dataclass, field
from typing import NamedTuple

from priorbus.runtime import cloudevents
from priorbus.runtime.bus import metrics
from priorbus.runtime.bus.pipe import DISCONNECTED, NO_ROOM, Pipe, Settle
from priorbus.runtime.bus.posting import Posting
from priorbus.runtime.bus.properties import batch_properties

BATCH_COUNT = 128
BATCH_BYTES = 256 * 1024


class Route(NamedTuple):
    """Where a batch goes."""

    exchange: str
    key: str
    wire_type: str
    reply_to: str | None = None


@dataclass(slots=True)
class _Lane:
    busy: bool = False
    bodies: list[bytes] = field(default_factory=list)
    settles: list[Settle] = field(default_factory=list)


class Lanes:
    """One lane per route with at most one AMQP message unconfirmed, so batches grow with the load and no timer waits."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self._lanes: dict[Route, _Lane] = {}

    def add(self, route: Route, body: bytes, settle: Settle) -> None:
        """Send one encoded CloudEvent with the next batch of its route."""
        if not self._pipe.connected:
            settle(DISCONNECTED)
            return
        if not self._pipe.take_room(len(body)):
            settle(NO_ROOM)
            return
        lane = self._lanes.get(route)
        if lane is None:
            lane = self._lanes[route] = _Lane()
        if not lane.busy and not lane.bodies:
            # Not at once: whatever else this turn of the event loop brings goes along.
            asyncio.get_running_loop().call_soon(self._flush, route, lane)
        lane.bodies.append(body)
        lane.settles.append(settle)

    def _flush(self, route: Route, lane: _Lane) -> None:
        if lane.busy:
            return
        if not lane.bodies:
            self._lanes.pop(route, None)
            return
        count, size = _fitting(lane.bodies)
        bodies, settles = lane.bodies[:count], lane.settles[:count]
        del lane.bodies[:count], lane.settles[:count]
        lane.busy = True

        def settled(reason: str | None) -> None:
            lane.busy = False
            for settle in settles:
                settle(reason)
            if reason is not None:
                self._fail_waiting(lane, reason)
            self._flush(route, lane)

        metrics.published(route.wire_type, count)
        posting = Posting(route.exchange, route.key, cloudevents.join(bodies), batch_properties(route.wire_type, route.reply_to))
        self._pipe.post(posting, size, settled)

    def _fail_waiting(self, lane: _Lane, reason: str) -> None:
        # They have waited as long as the batch before them, so nobody waits longer than one confirm may take.
        bodies, settles = lane.bodies[:], lane.settles[:]
        lane.bodies.clear()
        lane.settles.clear()
        self._pipe.give_room(sum(map(len, bodies)))
        for settle in settles:
            settle(reason)


def _fitting(bodies: list[bytes]) -> tuple[int, int]:
    size = 0
    for count, body in enumerate(bodies):
        if count == BATCH_COUNT or (count and size + len(body) > BATCH_BYTES):
            return count, size
        size += len(body)
    return len(bodies), size
