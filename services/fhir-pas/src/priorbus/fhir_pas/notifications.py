"""How Subscriptions are served: their handlers, and the task that notifies receivers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from priorbus.contracts.commands.fhir_subscriptions import RecordNotification
from priorbus.fhir_pas.adapters.receivers import HttpReceivers
from priorbus.fhir_pas.adapters.subscription_index import MongoSubscriptionIndex
from priorbus.fhir_pas.domain.subscriptions.state import SubscriptionState
from priorbus.fhir_pas.handlers.notifying import Notifier
from priorbus.fhir_pas.handlers.subscription_tools import SubscriptionTools
from priorbus.fhir_pas.handlers.tools import Tools
from priorbus.fhir_pas.notification_subscriptions import notification_subscriptions, outcome_of_notifications
from priorbus.fhir_pas.settings import Settings
from priorbus.runtime.clock import utc_now
from priorbus.runtime.deliveries import Dispatcher
from priorbus.runtime.group import GroupRunner
from priorbus.runtime.handling import Subscription
from priorbus.runtime.mongo import Lease, Store
from priorbus.runtime.sealing import Sealer


@dataclass(frozen=True)
class Notifications:
    """The rows of the subscription table, and the task."""

    subscriptions: tuple[Subscription, ...]
    dispatcher: Dispatcher[SubscriptionState]


@asynccontextmanager
async def open_notifications(settings: Settings, store: Store, tools: Tools) -> AsyncIterator[Notifications]:
    """With pools of connections to receivers."""
    async with HttpReceivers.open() as receivers:
        served = SubscriptionTools(
            tools,
            MongoSubscriptionIndex(store),
            receivers,
            Sealer(settings.sealing_keys),
            handshake_patience=timedelta(seconds=settings.subscriptions_handshake_seconds),
        )
        runner = GroupRunner(store, (outcome_of_notifications(served),))

        async def record(command: RecordNotification, tenant: str) -> None:
            await runner.execute(command, tenant)

        notifier = Notifier(served, store, record, utc_now)
        dispatcher = Dispatcher(Lease(store.database, "notifications"), notifier.find, notifier.deliver)
        yield Notifications(notification_subscriptions(served), dispatcher)
