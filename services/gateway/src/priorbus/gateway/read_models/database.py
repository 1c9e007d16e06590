"""The gateway's database: types, concerns and indexes.

Projections can be made again from the facts, so they are written and read at the primary without waiting for a majority;
that is also what makes a write visible to the next read (Conventions 1.5). Operations and credentials keep the owners' concerns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pymongo.errors import CollectionInvalid, OperationFailure
from pymongo.read_concern import ReadConcern

from priorbus.gateway.read_models import authorizations, catalogue, event_log, files, tenant_settings, timeline
from priorbus.gateway.read_models.patients import LISTINGS
from priorbus.gateway.webhooks import delivery, endpoint
from priorbus.runtime.mongo.driver import QUICK, Database, Rows
from priorbus.runtime.mongo.indexes import ensure_collection_indexes
from priorbus.runtime.work import Index

_DAY = 24 * 3600
_EXISTS = 48

PROJECTIONS = (
    authorizations.COLLECTION,
    files.COLLECTION,
    *(listing.collection for listing in LISTINGS),
    catalogue.TEMPLATES,
    catalogue.PAYERS,
    catalogue.PROVIDERS,
    tenant_settings.COLLECTION,
    timeline.COLLECTION,
    event_log.COLLECTION,
)
"""The collections that are made from facts."""

INDEXES: Mapping[str, Sequence[Index]] = {
    authorizations.COLLECTION: authorizations.INDEXES,
    files.COLLECTION: (),
    timeline.COLLECTION: timeline.INDEXES,
    event_log.COLLECTION: event_log.INDEXES,
    event_log.POSITIONS: (),
    endpoint.COLLECTION: endpoint.INDEXES,
    delivery.COLLECTION: delivery.INDEXES,
    catalogue.TEMPLATES: (),
    catalogue.PAYERS: catalogue.PAYER_INDEXES,
    catalogue.PROVIDERS: catalogue.PROVIDER_INDEXES,
    tenant_settings.COLLECTION: (),
    **{listing.collection: listing.indexes for listing in LISTINGS},
    "operations": (
        Index("due", (("next_send_at", 1),), partial={"status": "pending"}),
        Index("by_key", (("scope", 1),), partial={"status": "succeeded"}),
        Index("expiry", (("completed_at", 1),), expire_after=7 * _DAY),
    ),
    "idempotency_marks": (Index("expiry", (("lease_until", 1),), expire_after=_DAY),),
    "idempotency": (Index("expiry", (("at", 1),), expire_after=7 * _DAY),),
    "tenants": (),
    "api_keys": (
        Index("digest", (("digest", 1),), unique=True),
        Index("newest", (("tenant", 1), ("created_at", -1), ("_id", -1))),
        Index("by_user", (("tenant", 1), ("user_id", 1))),
    ),
    "access_tokens": (Index("expiry", (("expires_at", 1),), expire_after=0),),
    "fhir_clients": (),
    "seen_assertions": (Index("expiry", (("expires_at", 1),), expire_after=0),),
    "rate_windows": (Index("expiry", (("ends", 1),), expire_after=0),),
    "audit": (Index("by_resource", (("tenant", 1), ("resource_id", 1), ("at", 1))),),
}
"""Every collection of the gateway with its indexes."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Days after which rows are removed: records of keys, completed operations, public events (Conventions 5.4, 7.5, 12.2)."""

    idempotency: int = 7
    operations: int = 7
    events: int = 30

    def indexes(self, name: str) -> Sequence[Index]:
        """The indexes of a collection."""
        days = {"idempotency": self.idempotency, "operations": self.operations, event_log.COLLECTION: self.events}
        if name not in days:
            return INDEXES[name]
        return [replace(index, expire_after=days[name] * _DAY) if index.name == "expiry" else index for index in INDEXES[name]]


def projected(database: Database, name: str) -> Rows:
    """A collection of projections."""
    return database.get_collection(name, write_concern=QUICK, read_concern=ReadConcern("local"))


async def prepare(database: Database, kept: Kept | None = None) -> None:
    """Make collections and indexes; again is harmless. Raises IndexMismatch, StoreUnavailable."""
    kept = kept or Kept()
    existing = set(await database.list_collection_names())
    for name in INDEXES:
        if name not in existing:
            await _create(database, name)
        await ensure_collection_indexes(database, name, kept.indexes(name))


async def _create(database: Database, name: str) -> None:
    """Ahead of use, because a collection that a transaction creates makes other transactions conflict."""
    try:
        await database.create_collection(name)
    except CollectionInvalid:
        return
    except OperationFailure as error:
        if error.code != _EXISTS:
            raise
