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

IDEMPOTENCY_DAYS = 7
"""How long a success answers for its idempotency key (Conventions 5.4) unless an installation says otherwise."""
INBOX_DAYS = 7
"""How long a message is known again at least, whatever becomes of idempotency records."""
DAY_SECONDS = 24 * 3600
_HOUR_SECONDS = 3600
_MISMATCH = frozenset({85, 86})
_EXISTS = 48
_INDEX_NOT_FOUND = 27


async def ensure_indexes(database: Database, collections: Iterable[Collection[Any]], idempotency_days: int = IDEMPOTENCY_DAYS) -> None:
    """Create what is missing for these collections and for journal, idempotency and timers, and drop what is retired.

    Raises IndexMismatch, StoreUnavailable.
    """
    wanted, retired = _own(idempotency_days), dict[str, tuple[str, ...]]()
    for collection in collections:
        check_collection(collection)
        wanted[collection.name], retired[collection.name] = collection.indexes, collection.retired
    with translated_errors():
        existing = set(await database.list_collection_names())
    for name, indexes in wanted.items():
        if name not in existing:
            await _create(database, name)
        await _drop(database, name, retired.get(name, ()))
        await ensure_collection_indexes(database, name, indexes)


def _own(idempotency_days: int) -> dict[str, tuple[Index, ...]]:
    # an idempotency record points into the journal, so the journal outlives it
    journal_seconds = max(idempotency_days, INBOX_DAYS) * DAY_SECONDS + _HOUR_SECONDS
    return {
        JOURNAL: (Index("expiry", (("at", 1),), expire_after=journal_seconds),),
        IDEMPOTENCY: (Index("expiry", (("at", 1),), expire_after=idempotency_days * DAY_SECONDS),),
        TIMERS: (Index("due", (("due", 1),)),),
    }


async def ensure_collection_indexes(database: Database, name: str, indexes: Iterable[Index]) -> None:
    """Create the missing indexes of one collection; one that only expires at another time is changed.

    Raises IndexMismatch, StoreUnavailable.
    """
    wanted = list(indexes)
    if not wanted or await _create_all(database, name, wanted):
        return
    for index in wanted:
        try:
            with translated_errors():
                await database[name].create_indexes([_model(index)])
        except OperationFailure as error:
            if error.code not in _MISMATCH:
                raise
            if await _only_expires_otherwise(database, name, index):
                change = {"name": index.name, "expireAfterSeconds": index.expire_after}
                await database.command({"collMod": name, "index": change})
                continue
            raise IndexMismatch(
                f"index {index.name} of {database.name}.{name} exists with another definition: drop it, or give the new one another name"
            ) from error


async def _create_all(database: Database, name: str, indexes: Iterable[Index]) -> bool:
    """All in one go, which is far faster; False when one of them exists with another definition."""
    try:
        with translated_errors():
            await database[name].create_indexes([_model(index) for index in indexes])
    except OperationFailure as error:
        if error.code not in _MISMATCH:
            raise
        return False
    return True


async def _only_expires_otherwise(database: Database, name: str, index: Index) -> bool:
    there = (await database[name].index_information()).get(index.name)
    if there is None or index.expire_after is None or "expireAfterSeconds" not in there:
        return False
    same = (tuple(there["key"]), there.get("unique", False), there.get("partialFilterExpression"))
    return same == (index.keys, index.unique, index.partial)


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


async def _drop(database: Database, name: str, indexes: Iterable[str]) -> None:
    for index in indexes:
        try:
            with translated_errors():
                await database[name].drop_index(index)
        except OperationFailure as error:
            if error.code != _INDEX_NOT_FOUND:
                raise


def _model(index: Index) -> IndexModel:
    options: dict[str, Any] = {"name": index.name, "unique": index.unique}
    if index.expire_after is not None:
        options["expireAfterSeconds"] = index.expire_after
    if index.partial is not None:
        options["partialFilterExpression"] = index.partial
    return IndexModel(list(index.keys), **options)
