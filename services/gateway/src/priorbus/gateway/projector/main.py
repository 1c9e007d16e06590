"""The projector: facts in, projections and public events out. Any number may run, one works."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from priorbus.gateway.events.outlet import EVENT_LOG, EventOutlet
from priorbus.gateway.main import SERVICE, connection_check, prepared
from priorbus.gateway.projections.projector import Projector
from priorbus.gateway.settings import ProjectorSettings
from priorbus.gateway.subscriptions import SUBSCRIPTIONS
from priorbus.gateway.webhooks.running import webhook_tasks
from priorbus.runtime.bus import ServiceQueue, Topology
from priorbus.runtime.clock import utc_now
from priorbus.runtime.mongo import Relay
from priorbus.runtime.process import Process, run_process
from priorbus.runtime.service import background, declare, open_bus, open_store

PROCESS = "gateway-projector"


@asynccontextmanager
async def parts(settings: ProjectorSettings, process: Process) -> AsyncIterator[None]:
    """Database and broker, then the event relay, the webhooks and the consumer."""
    async with open_store(settings, SERVICE) as store, open_bus(settings, PROCESS) as bus:
        process.health.add("mongodb", store.ping)
        process.health.add("rabbitmq", connection_check(bus))
        await prepared(store, settings)
        await declare(bus, Topology(SERVICE, facts=tuple(SUBSCRIPTIONS), single_active_facts=True, commands=False))
        projector = Projector(store, SUBSCRIPTIONS, settings.public_base_url, utc_now)
        relay = Relay(store, EVENT_LOG, EventOutlet(bus.publisher))
        facts = ServiceQueue(SERVICE, "facts")
        consumer = bus.consumer(facts, projector, types=SUBSCRIPTIONS, group_max=settings.group_max)
        async with webhook_tasks(store, settings, utc_now) as webhooks, background({"events": relay.run, **webhooks}), consumer:
            yield


def main() -> None:
    """Run until SIGTERM."""
    run_process(PROCESS, ProjectorSettings, parts)
