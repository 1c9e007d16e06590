"""The database of a service: aggregates, journal, idempotency records, outbox relay and timers on MongoDB."""

from priorbus.runtime.mongo.driver import Client, DriverName, connect
from priorbus.runtime.mongo.errors import Conflict, IndexMismatch, translated_errors
from priorbus.runtime.mongo.indexes import ensure_indexes
from priorbus.runtime.mongo.lease import Lease
from priorbus.runtime.mongo.outbox import OUTBOX, OutboxOutlet
from priorbus.runtime.mongo.relay import Relay
from priorbus.runtime.mongo.source import Outlet, Source
from priorbus.runtime.mongo.store import Store
from priorbus.runtime.mongo.timers import Timers
from priorbus.runtime.mongo.transactional import TransactionalStore

__all__ = [
    "OUTBOX",
    "Client",
    "Conflict",
    "DriverName",
    "IndexMismatch",
    "Lease",
    "OutboxOutlet",
    "Outlet",
    "Relay",
    "Source",
    "Store",
    "Timers",
    "TransactionalStore",
    "connect",
    "ensure_indexes",
    "translated_errors",
]
