"""What services see of the bus.

`AmqpBus` is the real one, `priorbus.runtime.testing.bus.MemoryBus` the double; both pass one contract test.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from priorbus.contracts.envelope import Envelope
from priorbus.runtime.bus.names import Exchange, ServiceQueue
from priorbus.runtime.settlement import Sink

ReplyData = dict[str, Any]
"""The JSON of one Reply, parsed once by the transport: `command_id`, `result`, `refusal`, `replayed`."""

Confirmation = asyncio.Future[None]
"""Done when the broker has the message durably; fails with NotAccepted. Nobody needs to await it."""

LateReply = Callable[[ReplyData], None]
"""Gets every reply nobody waits for (any more). Runs in the event loop: hand the work over, do not block, do not raise."""


@dataclass(frozen=True, slots=True)
class PublicEvent:
    """One public CloudEvent and the AMQP properties copied from it (Conventions 13.4). `body` is the whole event."""

    key: str
    body: bytes
    id: str
    type: str
    time: datetime
    tenant: str
    subject: str
    source: str
    sequence: str
    correlation_id: str = ""
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class Topology:
    """What one service needs: the facts (wire types) it subscribes to, whether only one process at a time gets them, commands or not."""

    service: str
    facts: Sequence[str] = ()
    single_active_facts: bool = False
    commands: bool = True


class Publisher(Protocol):
    """Confirmed, mandatory, persistent publishing.

    Every method raises NotAccepted, at once when there is no connection, and never hangs.
    """

    async def publish(self, exchange: Exchange, key: str, body: bytes) -> None:
        """One encoded CloudEvent, confirmed on return.

        Messages waiting for one exchange and key travel together; no order is promised across keys.
        """

    async def send(self, exchange: Exchange, key: str, bodies: Sequence[bytes]) -> Confirmation:
        """One AMQP message with all the bodies, now; calls reach the broker in the order they are made.

        Waits only while there is no room.
        """

    async def send_event(self, event: PublicEvent) -> Confirmation:
        """One public event to `priorbus.events`, in order like `send`."""


class Requests(Protocol):
    """Commands with replies."""

    async def call(self, envelope: Envelope, data_json: bytes, timeout: float) -> ReplyData:  # noqa: ASYNC109 - a deadline that differs per call, not a cancellation
        """Send a command to its owner (`envelope.type` is the key) and wait at most `timeout` seconds for the reply.

        Raises NotAccepted when it was not confirmed, NoReply when it was but no answer came; that reply goes to `on_late_reply`.
        A reply always wins over a missing confirm.
        """

    async def send(self, envelope_json: bytes, key: str) -> None:
        """A command encoded before, whose reply goes to `on_late_reply`; confirmed on return. Raises NotAccepted."""


class Consumer(Protocol):
    """A running subscription; leaving its context finishes the group in hand, acknowledges and gives the rest back."""

    @property
    def consuming(self) -> bool:
        """Whether the broker has this subscription now (readiness)."""


class Bus(Protocol):
    """A service's connection to the broker. Lost connections come back by themselves."""

    async def ready(self) -> None:
        """Wait for a connection."""

    @property
    def connected(self) -> bool:
        """Whether there is a connection now (readiness)."""

    async def declare(self, topology: Topology) -> None:
        """Declare a service's exchanges, queues and bindings; again is harmless. Raises TopologyMismatch."""

    @property
    def publisher(self) -> Publisher:
        """The process's publisher."""

    def requests(self, on_late_reply: LateReply | None = None) -> AbstractAsyncContextManager[Requests]:
        """Replies come to this process as long as the context is open."""

    def consumer(
        self, queue: ServiceQueue, sink: Sink, *, types: Collection[str] | None = None, group_max: int = 64, concurrent_max: int = 32
    ) -> AbstractAsyncContextManager[Consumer]:
        """Feed a queue's messages to a sink, in groups of at most `group_max`, until the context ends.

        Messages of other `types`, when given, are parked unseen.
        """
