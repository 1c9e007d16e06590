"""Puts the webhooks' two loops together."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from priorbus.gateway.operations.ledger import OperationLedger
from priorbus.gateway.operations.store import OperationStore
from priorbus.gateway.settings import ProjectorSettings
from priorbus.gateway.webhooks.attempt import Sender
from priorbus.gateway.webhooks.disabling import Disabling
from priorbus.gateway.webhooks.dispatch import AT_ONCE, PER_ENDPOINT, WebhookDispatch
from priorbus.gateway.webhooks.replays import Replays
from priorbus.gateway.webhooks.verdict import schedule
from priorbus.runtime.clock import Clock
from priorbus.runtime.deliveries import Dispatcher
from priorbus.runtime.mongo import Lease, Store
from priorbus.runtime.outgoing import outgoing_session
from priorbus.runtime.sealing import Sealer
from priorbus.runtime.service import Task


@asynccontextmanager
async def webhook_tasks(store: Store, settings: ProjectorSettings, clock: Clock) -> AsyncIterator[Mapping[str, Task]]:
    """The lasting work by name; of all processes that have it, one does it."""
    client, database, base_url = store.client, store.database, settings.public_base_url
    guard = settings.webhook_guard
    async with outgoing_session(guard, timeout_seconds=settings.webhook_timeout_ms / 1000, connections=AT_ONCE) as session:
        sender = Sender(session, guard, Sealer(settings.sealing_keys), clock)
        plan, disabling = schedule(settings.webhook_retry_scale), Disabling(client, database, clock, base_url)
        dispatch = WebhookDispatch(database, sender, plan, disabling, clock)
        replays = Replays(client, database, OperationLedger(client, database, OperationStore(database, clock), clock, base_url), clock)
        sending = Dispatcher(Lease(database, "webhooks"), dispatch.find, dispatch.deliver, at_once=AT_ONCE, per_lane=PER_ENDPOINT)
        replaying = Dispatcher(Lease(database, "webhook-replays"), replays.find, replays.carry_out)
        yield {"webhooks": sending.run, "webhook-replays": replaying.run}
