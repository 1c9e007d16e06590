"""The storage service: its parts and how they hang together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from priorbus.runtime.clock import utc_now
from priorbus.runtime.group import GroupRunner
from priorbus.runtime.mongo import Lease, Store
from priorbus.runtime.objects import ObjectStore, StorageUnavailable, open_objects
from priorbus.runtime.objects.form_check import prove_forms
from priorbus.runtime.process import CannotStart, wait_for
from priorbus.runtime.service import Service, run
from priorbus.runtime.sweeping import keep_sweeping
from priorbus.storage.adapters.clamav import ClamAV
from priorbus.storage.aggregates import DOCUMENTS, FILES, SWEEP_POSITIONS
from priorbus.storage.patient_aggregates import PATIENT_COLLECTIONS
from priorbus.storage.ports import Scanner
from priorbus.storage.settings import Settings
from priorbus.storage.subscriptions import subscriptions, sweeping
from priorbus.storage.sweeper import Sweeper

log = structlog.get_logger()


@asynccontextmanager
async def storage(settings: Settings, store: Store) -> AsyncIterator[Service]:
    """Commands are taken while the object store is away too: they are answered with storage_unavailable."""
    async with open_objects(settings) as objects:

        async def housekeeping() -> None:
            await wait_for("object store", lambda: _usable_bucket(objects, settings), (StorageUnavailable,))
            sweeper = Sweeper(objects, store, GroupRunner(store, sweeping(settings)))
            await Lease(store.database, "sweeper").run(lambda: keep_sweeping(sweeper.sweep, settings.sweep_seconds))

        yield Service(
            subscriptions=subscriptions(objects, settings, scanner_of(settings)),
            collections=(FILES, DOCUMENTS, SWEEP_POSITIONS, *PATIENT_COLLECTIONS),
            checks={"object store": objects.check},
            tasks={"housekeeping": housekeeping},
        )


async def _usable_bucket(objects: ObjectStore, settings: Settings) -> None:
    """Create the bucket unless it exists, and see that it takes forms. Raises CannotStart, StorageUnavailable."""
    await objects.ensure_bucket()
    try:
        await prove_forms(objects, settings, utc_now())
    except CannotStart as error:
        # what ends a background task reaches the operator wrapped
        log.critical("can not start", reason=str(error))
        raise


def scanner_of(settings: Settings) -> Scanner | None:
    """The scanner that the settings name, if any."""
    host, _, port = settings.clamav_addr.partition(":")
    return ClamAV(host, int(port)) if host else None


def main() -> None:
    """Run until SIGTERM."""
    run("storage", Settings, storage)
