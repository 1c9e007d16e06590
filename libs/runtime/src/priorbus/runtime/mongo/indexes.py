"""Collections and indexes, made at the start of a service; again is harmless."""

from collections.abc import Iterable
from typing import Any

from pymongo import IndexModel
from pymongo.errors import CollectionInvalid, OperationFailure

from priorbus.runtime.mongo.commit import IDEMPOTENCY, JOURNAL, TIMERS
from priorbus.runtime.mongo.documents import check_collection
from priorbus.runtime.mongo.driver import Database
from priorbus.runtime.mongo.errors import IndexMismatch, translated_errors
from priorbus.runtime.work import Collection, Index

KEPT_SECONDS = 7 * 24 * 3600
"""How long a success answers for its idempotency key (Conventions 5.4)."""
_JOURNAL_KEPT_SECONDS = KEPT_SECONDS + 3600
_OWN: dict[str, tuple[Index, ...]] = {
    # an idempotency record points into the journal, so the journal outlives it
    JOURNAL: (Index("expiry", (("at", 1),), expire_after=_JOURNAL_KEPT_SECONDS),),
    IDEMPOTENCY: (Index("expiry", (("at", 1),), expire_after=KEPT_SECONDS),),
    TIMERS: (Index("due", (("due", 1),)),),
}
_MISMATCH = frozenset({85, 86})
_EXISTS = 48


async def ensure_indexes(database: Database, collections: Iterable[Collection[Any]]) -> None:
    """Create what is missing for these collections and for journal, idempotency and timers. Raises IndexMismatch, StoreUnavailable."""
    wanted = dict(_OWN)
    for collection in collections:
        check_collection(collection)
        wanted[collection.name] = collection.indexes
    with translated_errors():
        existing = set(await database.list_collection_names())
    for name, indexes in wanted.items():
        if name not in existing:
            await _create(database, name)
        await ensure_collection_indexes(database, name, indexes)


async def ensure_collection_indexes(database: Database, name: str, indexes: Iterable[Index]) -> None:
    """Create the missing indexes of one collection. Raises IndexMismatch, StoreUnavailable."""
    for index in indexes:
        try:
            with translated_errors():
                await database[name].create_indexes([_model(index)])
        except OperationFailure as error:
            if error.code not in _MISMATCH:
                raise
            raise IndexMismatch(
                f"index {index.name} of {database.name}.{name} exists with another definition: drop it, or give the new one another name"
            ) from error


async def _create(database: Database, name: str) -> None:
    """Ahead of use, because a collection that a transaction creates makes other transactions conflict."""
    try:
        with translated_errors():
            await database.create_collection(name)
    except CollectionInvalid:
        return
    except OperationFailure as error:
        if error.code != _EXISTS:
            raise


def _model(index: Index) -> IndexModel:
    options: dict[str, Any] = {"name": index.name, "unique": index.unique}
    if index.expire_after is not None:
        options["expireAfterSeconds"] = index.expire_after
    if index.partial is not None:
        options["partialFilterExpression"] = index.partial
    return IndexModel(list(index.keys), **options)
