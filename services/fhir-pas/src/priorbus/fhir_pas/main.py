"""The fhir-pas service: its parts and how they hang together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from priorbus.fhir_pas.access_subscriptions import Access, access_subscriptions
from priorbus.fhir_pas.adapters.claim_index import StoredClaimIndex
from priorbus.fhir_pas.adapters.exchange_index import StoredExchangeIndex
from priorbus.fhir_pas.adapters.held_attachments import MongoHeldAttachments
from priorbus.fhir_pas.adapters.inline_contents import StorageContents
from priorbus.fhir_pas.adapters.kept_index import StoredKeptIndex
from priorbus.fhir_pas.adapters.request_bodies import StoredRequestBodies
from priorbus.fhir_pas.adapters.resource_index import MongoResourceIndex
from priorbus.fhir_pas.adapters.submission_index import MongoSubmissionIndex
from priorbus.fhir_pas.aggregates import ALL
from priorbus.fhir_pas.domain.structure.loading import load_usual_models
from priorbus.fhir_pas.handlers.purging import Gathering
from priorbus.fhir_pas.handlers.search_cursors import SearchCursors
from priorbus.fhir_pas.handlers.tools import Tools
from priorbus.fhir_pas.keeping_subscriptions import housekeeping, keeping_subscriptions
from priorbus.fhir_pas.notifications import open_notifications
from priorbus.fhir_pas.payer_subscriptions import payer_subscriptions
from priorbus.fhir_pas.payers import open_payers
from priorbus.fhir_pas.pends import Pends
from priorbus.fhir_pas.recovery import Recovery
from priorbus.fhir_pas.retention import Purge, PurgeCommand, Retention
from priorbus.fhir_pas.settings import Settings
from priorbus.fhir_pas.subscription_collections import SUBSCRIPTION_COLLECTIONS
from priorbus.fhir_pas.subscriptions import subscriptions
from priorbus.fhir_pas.sweeper import RequestSweeper
from priorbus.runtime.gathered import GatheredReader
from priorbus.runtime.group import GroupRunner
from priorbus.runtime.mongo import Lease, Store
from priorbus.runtime.objects import open_objects
from priorbus.runtime.sealing import Sealer
from priorbus.runtime.service import Service, open_bus, run
from priorbus.runtime.sweeping import keep_sweeping


@asynccontextmanager
async def fhir_pas(settings: Settings, store: Store) -> AsyncIterator[Service]:
    """Parts and handlers of the service."""
    load_usual_models()
    async with (
        open_objects(settings) as objects,
        open_bus(settings, "fhir-pas-requests") as bus,
        bus.requests() as requests,
        open_payers(settings, GatheredReader(store), StoredRequestBodies(objects)) as payers,
    ):
        bodies, contents, terms = StoredRequestBodies(objects), StorageContents(requests), settings.terms()
        held = MongoHeldAttachments(store)
        tools = Tools(payers.connector, bodies, contents, StoredClaimIndex(store), held, terms)
        cursors = SearchCursors(Sealer(settings.sealing_keys))
        access = Access(bodies, contents, MongoResourceIndex(store), MongoSubmissionIndex(store), held, terms, cursors)
        gathering = Gathering(tools, StoredKeptIndex(store))
        keepers = GroupRunner(store, housekeeping(gathering))
        sweeper, retention = RequestSweeper(objects, store, keepers), Retention(gathering.kept, purging_by(keepers), terms)
        async with open_notifications(settings, store, tools) as notifications:
            yield Service(
                subscriptions=(
                    *subscriptions(tools),
                    *payer_subscriptions(tools, StoredExchangeIndex(store), payers.subscriptions),
                    *access_subscriptions(access),
                    *keeping_subscriptions(objects, gathering),
                    *notifications.subscriptions,
                ),
                collections=(*ALL, *SUBSCRIPTION_COLLECTIONS),
                checks={"object store": objects.check},
                tasks={
                    "notifications": notifications.dispatcher.run,
                    "recovery": Recovery(store, bus.publisher).run,
                    "pends": Pends(store).run,
                    "sweeper": lambda: Lease(store.database, "sweeper").run(lambda: keep_sweeping(sweeper.sweep, settings.sweep_seconds)),
                    "retention": lambda: Lease(store.database, "retention").run(retention.keep_looking),
                },
            )


def purging_by(commands: GroupRunner) -> Purge:
    """Commands of retention, carried out in this process."""

    async def purge(command: PurgeCommand, tenant: str) -> bool:
        reply = await commands.execute(command, tenant)
        return bool((reply.result or {}).get("removed"))

    return purge


def main() -> None:
    """Run until SIGTERM."""
    run("fhir-pas", Settings, fhir_pas)
