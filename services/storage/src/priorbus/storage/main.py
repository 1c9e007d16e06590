"""The storage service: its parts and how they hang together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from priorbus.runtime.group import GroupRunner
from priorbus.runtime.mongo import Lease, Store
from priorbus.runtime.objects import StorageUnavailable, open_objects
from priorbus.runtime.process import wait_for
from priorbus.runtime.service import Service, run
from priorbus.storage.adapters.clamav import ClamAV
from priorbus.storage.aggregates import DOCUMENTS, FILES, SWEEP_POSITIONS
from priorbus.storage.patient_aggregates import PATIENT_COLLECTIONS
from priorbus.storage.ports import Scanner
from priorbus.storage.settings import Settings
from priorbus.storage.subscriptions import subscriptions, sweeping
from priorbus.storage.sweeper import Sweeper, keep_sweeping


@asynccontextmanager
async def storage(settings: Settings, store: Store) -> AsyncIterator[Service]:
    """Commands are taken while the object store is away too: they are answered with storage_unavailable."""
    async with open_objects(settings) as objects:

        async def housekeeping() -> None:
            await wait_for("object store", objects.ensure_bucket, (StorageUnavailable,))
            sweeper = Sweeper(objects, store, GroupRunner(store, sweeping(settings)))
            await Lease(store.database, "sweeper").run(lambda: keep_sweeping(sweeper, settings.sweep_seconds))

        yield Service(
            subscriptions=subscriptions(objects, settings, scanner_of(settings)),
            collections=(FILES, DOCUMENTS, SWEEP_POSITIONS, *PATIENT_COLLECTIONS),
            checks={"object store": objects.check},
            tasks={"housekeeping": housekeeping},
        )


def scanner_of(settings: Settings) -> Scanner | None:
    """The scanner that the settings name, if any."""
    host, _, port = settings.clamav_addr.partition(":")
    return ClamAV(host, int(port)) if host else None


def main() -> None:
    """Run until SIGTERM."""
    run("storage", Settings, storage)
