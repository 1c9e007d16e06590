"""How a service that owns aggregates runs: store, bus, consumers, outbox relay and timers around its subscription table."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from priorbus.contracts.envelope import Envelope
from priorbus.contracts.messages import Fact
from priorbus.runtime import logs
from priorbus.runtime.bus import AmqpBus, Bus, Consumer, Limits, ServiceQueue, Topology, TopologyMismatch
from priorbus.runtime.bus.names import Exchange
from priorbus.runtime.group import GroupRunner
from priorbus.runtime.handling import Subscription
from priorbus.runtime.health import Check
from priorbus.runtime.mongo import OUTBOX, IndexMismatch, OutboxOutlet, Relay, Store, Timers
from priorbus.runtime.process import CannotStart, Process, run_process, wait_for
from priorbus.runtime.settings import BusSettings, MongoSettings, OwnerSettings
from priorbus.runtime.settlement import Settlement, Sink, StoreUnavailable
from priorbus.runtime.work import Collection

S = TypeVar("S", bound=OwnerSettings)
Task = Callable[[], Awaitable[None]]
"""Work that goes on until it is cancelled; when it ends or fails, the process ends."""

_BROKER_PATIENCE = 5.0
_CANCEL_AGAIN = 1.0


@dataclass(frozen=True)
class Service:
    """What one service brings along. `checks` are its further dependencies, `tasks` its further lasting work, both by name."""

    subscriptions: Sequence[Subscription]
    collections: Sequence[Collection[Any]]
    checks: Mapping[str, Check] = field(default_factory=dict)
    tasks: Mapping[str, Task] = field(default_factory=dict)


Compose = Callable[[S, Store], AbstractAsyncContextManager[Service]]
"""Opens what a service needs besides store and bus, and wires its handlers. The store may not be reachable yet."""


def run(name: str, settings_type: type[S], compose: Compose[S]) -> None:
    """Run the service until SIGTERM; ends by SystemExit. `name` is the queue and database name, for example `fhir-pas`."""

    @asynccontextmanager
    async def parts(settings: S, process: Process) -> AsyncIterator[None]:
        async with open_store(settings, name) as store, open_bus(settings, name) as bus, compose(settings, store) as service:
            process.health.add("mongodb", store.ping)
            process.health.add("rabbitmq", _check(lambda: bus.connected))
            for dependency, check in service.checks.items():
                process.health.add(dependency, check)
            await prepare(store, service.collections)
            await declare(bus, topology(name, service.subscriptions))
            tasks = {
                "relay": Relay(store, OUTBOX, OutboxOutlet(bus.publisher)).run,
                "timers": Timers(store, bus.publisher).run,
                **service.tasks,
            }
            async with background(tasks), _consumers(name, settings, service, store, bus) as consumers:
                process.health.add("consumers", _check(lambda: all(consumer.consuming for consumer in consumers)))
                yield

    run_process(name, settings_type, parts)


def open_store(settings: MongoSettings, service: str) -> AbstractAsyncContextManager[Store]:
    """The service's own database."""
    return Store.open(
        settings.mongo_url.get_secret_value(), settings.database_of(service), settings.mongo_driver, settings.idempotency_days
    )


def open_bus(settings: BusSettings, name: str) -> AbstractAsyncContextManager[AmqpBus]:
    """A connection to the broker, made in the background; `name` is shown by the broker."""
    limits = Limits(settings.delivery_limit, settings.event_retention_days)
    return AmqpBus.connect(settings.amqp_url.get_secret_value(), f"priorbus-{name}", limits)


async def prepare(store: Store, collections: Sequence[Collection[Any]]) -> None:
    """Make collections and indexes, waiting for the database as long as it takes. Raises CannotStart when one is defined otherwise."""
    try:
        await wait_for("mongodb", lambda: store.ensure_indexes(collections), (StoreUnavailable,))
    except IndexMismatch as error:
        raise CannotStart(str(error)) from error


async def declare(bus: Bus, wanted: Topology) -> None:
    """Declare queues, waiting for the broker as long as it takes. Raises CannotStart when one is declared otherwise."""

    async def connected() -> None:
        async with asyncio.timeout(_BROKER_PATIENCE):
            await bus.ready()

    await wait_for("rabbitmq", connected, (TimeoutError,))
    try:
        await bus.declare(wanted)
    except TopologyMismatch as error:
        raise CannotStart(str(error)) from error


def topology(service: str, subscriptions: Sequence[Subscription]) -> Topology:
    """The queues that a subscription table needs."""
    facts = _facts(subscriptions)
    return Topology(service, facts=facts, commands=len(facts) < len(subscriptions))


def _facts(subscriptions: Sequence[Subscription]) -> list[str]:
    return [row.message.wire_type for row in subscriptions if issubclass(row.message, Fact)]


@asynccontextmanager
async def background(tasks: Mapping[str, Task]) -> AsyncIterator[None]:
    """Lasting work while inside; cancelled at the end. If one of them ends or fails, the block is cancelled and the failure raised."""
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(_lasting(name, task), name=name) for name, task in tasks.items()]
        yield
        await _cancelled(running)


async def _cancelled(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel tasks until they end; drivers swallow a cancellation now and then."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=_CANCEL_AGAIN)


async def _lasting(name: str, task: Task) -> None:
    await task()
    raise RuntimeError(f"{name} ended")


@asynccontextmanager
async def _consumers(name: str, settings: OwnerSettings, service: Service, store: Store, bus: Bus) -> AsyncIterator[list[Consumer]]:
    sink = InContext(GroupRunner(store, service.subscriptions, group_max=settings.group_max))
    wanted = topology(name, service.subscriptions)
    kinds: dict[Exchange, bool] = {"commands": wanted.commands, "facts": bool(wanted.facts)}
    async with AsyncExitStack() as stack:
        queues = [ServiceQueue(name, kind) for kind, needed in kinds.items() if needed]
        yield [await stack.enter_async_context(bus.consumer(queue, sink, group_max=settings.group_max)) for queue in queues]


def _check(holds: Callable[[], bool]) -> Check:
    async def check() -> None:
        if not holds():
            raise ConnectionError

    return check


class InContext:
    """A sink that puts a single message's ids on the log lines of its handling; satisfies `Sink`."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def concurrent(self, envelope: Envelope) -> bool:
        return self._sink.concurrent(envelope)

    async def run(self, envelopes: Sequence[Envelope]) -> Sequence[Settlement]:
        if len(envelopes) != 1:
            return await self._sink.run(envelopes)
        with logs.message_context(envelopes[0]):
            return await self._sink.run(envelopes)
