"""The bus in memory, for tests of services: one instance is broker and connection for everybody in the test."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace

import orjson

from priorbus.contracts.envelope import Envelope
from priorbus.runtime import cloudevents
from priorbus.runtime.bus.errors import NotAccepted
from priorbus.runtime.bus.interfaces import Confirmation, LateReply, PublicEvent, ReplyData, Topology
from priorbus.runtime.bus.limits import Limits, limited
from priorbus.runtime.bus.names import Exchange, ServiceQueue
from priorbus.runtime.bus.running import is_concurrent, run_group
from priorbus.runtime.bus.tasks import Tasks
from priorbus.runtime.bus.waiting import Call, WaitingCalls
from priorbus.runtime.settlement import Settlement, Sink

_Answer = Callable[[ReplyData], None]


@dataclass(slots=True)
class Parked:
    """What operators would find in a parking queue; `envelope` is None for what is no message."""

    service: str
    error: str
    category: str
    envelope: Envelope | None


@dataclass(slots=True)
class _Arrived:
    body: bytes
    answer: _Answer | None = None


@dataclass(slots=True)
class _Waiting:
    envelope: Envelope
    answer: _Answer | None


@dataclass
class _Queue:
    arrived: deque[_Arrived] = field(default_factory=deque)
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, arrived: _Arrived) -> None:
        self.arrived.append(arrived)
        self.wake.set()


class MemoryBus:
    """Implements `Bus`. A retried message comes back at once. `published`, `events` and `parked` tell what went over it."""

    def __init__(self) -> None:
        self.connected = True
        self.published: list[Envelope] = []
        self.events: list[PublicEvent] = []
        self.parked: list[Parked] = []
        self._queues: dict[str, _Queue] = {}
        self._commands: dict[str, str] = {}
        self._facts: dict[str, list[str]] = {}
        self._up = asyncio.Event()
        self._up.set()
        self._parking = asyncio.Event()

    def go_down(self) -> None:
        """From now on nothing is accepted."""
        self.connected = False
        self._up.clear()

    def come_up(self) -> None:
        """Accept again."""
        self.connected = True
        self._up.set()

    def park(self, parked: Parked) -> None:
        """Leave a message to the operators."""
        self.parked.append(parked)
        self._parking.set()

    async def next_parked(self, service: str) -> Parked:
        """Take the oldest message out of a service's parking queue, waiting for it."""
        while not (found := [parked for parked in self.parked if parked.service == service]):
            self._parking.clear()
            await self._parking.wait()
        self.parked.remove(found[0])
        return found[0]

    async def ready(self) -> None:
        await self._up.wait()

    async def declare(self, topology: Topology) -> None:
        if topology.commands:
            name = ServiceQueue(topology.service, "commands").name
            self._queues.setdefault(name, _Queue())
            self._commands[topology.service] = name
        name = ServiceQueue(topology.service, "facts").name
        for fact in topology.facts:
            self._queues.setdefault(name, _Queue())
            if name not in self._facts.setdefault(fact, []):
                self._facts[fact].append(name)

    @property
    def publisher(self) -> "MemoryBus":
        return self

    async def publish(self, exchange: Exchange, key: str, body: bytes) -> None:
        self.route(exchange, key, [body], None)
        # Like a real confirm, this lets others run.
        await asyncio.sleep(0)

    async def send(self, exchange: Exchange, key: str, bodies: Sequence[bytes]) -> Confirmation:
        return _confirmation(lambda: self.route(exchange, key, bodies, None))

    async def send_event(self, event: PublicEvent) -> Confirmation:
        def keep() -> None:
            self.check_up()
            self.events.append(event)

        return _confirmation(keep)

    @asynccontextmanager
    async def requests(self, on_late_reply: LateReply | None = None) -> AsyncIterator["MemoryRequests"]:
        yield MemoryRequests(self, on_late_reply)

    @asynccontextmanager
    async def consumer(
        self, queue: ServiceQueue, sink: Sink, *, types: Collection[str] | None = None, group_max: int = 64, concurrent_max: int = 32
    ) -> AsyncIterator["MemoryConsumer"]:
        consumer = MemoryConsumer(self, queue, sink, types, group_max, concurrent_max)
        task = asyncio.create_task(consumer.run())
        try:
            yield consumer
        finally:
            consumer.stop()
            await task

    def check_up(self) -> None:
        """Raises NotAccepted when down."""
        if not self.connected:
            raise NotAccepted("no connection to the broker")

    def route(self, exchange: Exchange, key: str, bodies: Sequence[bytes], answer: _Answer | None) -> None:
        """Put one batch into every bound queue. Raises NotAccepted."""
        self.check_up()
        names = self._targets(exchange, key)
        if not names:
            raise NotAccepted("no queue takes it")
        body = cloudevents.join(bodies)
        with suppress(cloudevents.MalformedBatch):
            self.published.extend(cloudevents.decode(body))
        for name in names:
            self.queue(name).put(_Arrived(body, answer))

    def queue(self, name: str) -> _Queue:
        """A declared queue, or an undeclared one that nothing is bound to."""
        return self._queues.setdefault(name, _Queue())

    def _targets(self, exchange: Exchange, key: str) -> list[str]:
        if exchange == "facts":
            return self._facts.get(key, [])
        service, _, rest = key.partition(".")
        return [self._commands[service]] if service in self._commands and "." not in rest else []


class MemoryRequests:
    """Implements `Requests`."""

    def __init__(self, bus: MemoryBus, on_late_reply: LateReply | None) -> None:
        self._bus = bus
        self._waiting = WaitingCalls(on_late_reply)

    async def call(self, envelope: Envelope, data_json: bytes, timeout: float) -> ReplyData:  # noqa: ASYNC109 - see interfaces
        call = Call(envelope.type)
        self._waiting.add(envelope.id, call)
        try:
            self._bus.route("commands", envelope.type, [cloudevents.encode(envelope, data_json)], self._answer)
            call.settle(None)
            return await call.answer(timeout)
        finally:
            self._waiting.remove(envelope.id, call)

    async def send(self, envelope_json: bytes, key: str) -> None:
        self._bus.route("commands", key, [envelope_json], self._answer)
        await asyncio.sleep(0)

    def _answer(self, reply: ReplyData) -> None:
        self._waiting.answered(reply["command_id"], reply)


class MemoryConsumer:
    """Implements `Consumer`."""

    def __init__(
        self, bus: MemoryBus, queue: ServiceQueue, sink: Sink, types: Collection[str] | None, group_max: int, concurrent_max: int
    ) -> None:
        self._bus = bus
        self._service = queue.service
        self._queue = bus.queue(queue.name)
        self._sink = sink
        self._types = types
        self._group_max = group_max
        self._free = asyncio.Semaphore(concurrent_max)
        self._beside = Tasks()
        self._ended = asyncio.Event()

    @property
    def consuming(self) -> bool:
        return not self._ended.is_set()

    def stop(self) -> None:
        """Finish what is in hand."""
        self._ended.set()
        self._queue.wake.set()

    async def run(self) -> None:
        """Consume until `stop`."""
        while not self._ended.is_set():
            await self._queue.wake.wait()
            self._queue.wake.clear()
            while self._queue.arrived and not self._ended.is_set():
                group = list(self._take())
                if group:
                    await self._run(group)
        await self._beside.finish()
        self._queue.wake.set()

    def _take(self) -> Iterable[_Waiting]:
        count = 0
        while self._queue.arrived and count < self._group_max:
            for waiting in self._unpack(self._queue.arrived.popleft()):
                if self._types is not None and waiting.envelope.type not in self._types:
                    self._bus.park(Parked(self._service, "UnknownType", "unknown_type", waiting.envelope))
                elif is_concurrent(self._sink, waiting.envelope):
                    self._beside.spawn(self._run_beside(waiting))
                else:
                    count += 1
                    yield waiting

    def _unpack(self, arrived: _Arrived) -> list[_Waiting]:
        try:
            return [_Waiting(envelope, arrived.answer) for envelope in cloudevents.decode(arrived.body)]
        except cloudevents.MalformedBatch as error:
            self._bus.park(Parked(self._service, str(error), "malformed", None))
            return []

    async def _run_beside(self, waiting: _Waiting) -> None:
        async with self._free:
            await self._run([waiting])

    async def _run(self, group: list[_Waiting]) -> None:
        settlements = await run_group(self._sink, [waiting.envelope for waiting in group], self._ended)
        if settlements is None:
            for waiting in reversed(group):
                self._queue.arrived.appendleft(_alone(waiting.envelope, waiting.answer))
            return
        for waiting, settlement in zip(group, settlements, strict=True):
            self._settle(waiting, settlement)

    def _settle(self, waiting: _Waiting, settlement: Settlement) -> None:
        settlement = limited(waiting.envelope, settlement, Limits().deliveries)
        if settlement.reply is not None and waiting.answer is not None:
            waiting.answer(orjson.loads(settlement.reply))
        envelope = waiting.envelope
        if settlement.kind == "retry":
            self._queue.put(_alone(replace(envelope, attempt=envelope.attempt + 1), waiting.answer))
        elif settlement.kind != "done":
            self._bus.park(Parked(self._service, settlement.error, settlement.category, envelope))


def _alone(envelope: Envelope, answer: _Answer | None) -> _Arrived:
    return _Arrived(cloudevents.join([cloudevents.encode_parsed(envelope)]), answer)


def _confirmation(work: Callable[[], None]) -> Confirmation:
    confirmation: Confirmation = asyncio.get_running_loop().create_future()
    confirmation.add_done_callback(lambda done: done.exception())
    try:
        work()
        confirmation.set_result(None)
    except NotAccepted as error:
        confirmation.set_exception(error)
    return confirmation
