"""One group's changes as bulk writes: a few round trips whatever the size of the group."""

from collections import defaultdict
from collections.abc import Iterable

from pymongo import DeleteOne, InsertOne, ReplaceOne

from priorbus.runtime.mongo.documents import Document, to_document
from priorbus.runtime.mongo.driver import Database, Session
from priorbus.runtime.mongo.errors import Conflict
from priorbus.runtime.mongo.transactional import Changes, IdempotencyRow, JournalRow, Save, TimerRow

JOURNAL = "journal"
IDEMPOTENCY = "idempotency"
TIMERS = "timers"
Operation = InsertOne[Document] | ReplaceOne[Document] | DeleteOne


async def write(database: Database, session: Session, changes: Changes) -> None:
    """Write the changes in the session's transaction. Raises Conflict when a revision moved on."""
    if changes.journal:
        await database[JOURNAL].insert_many(map(journal_document, changes.journal), session=session)
    if changes.idempotency:
        await database[IDEMPOTENCY].insert_many(map(idempotency_document, changes.idempotency), session=session)
    for name, saves in _by_collection(changes.saves).items():
        await _save(database, session, name, saves)
    if changes.timers:
        await database[TIMERS].bulk_write([_timer_operation(id_, row) for id_, row in changes.timers.items()], session=session)


async def _save(database: Database, session: Session, name: str, saves: list[Save]) -> None:
    done = await database[name].bulk_write([_operation(save) for save in saves], session=session, ordered=False)
    if done.inserted_count + done.matched_count + done.deleted_count != len(saves):
        raise Conflict("a revision moved on")


def _operation(save: Save) -> Operation:
    if save.aggregate is None:
        return DeleteOne({"_id": save.id, "rev": save.rev})
    document = to_document(save.aggregate, save.id, save.tenant, save.rev + 1)
    if save.rev == 0:
        return InsertOne(document)
    return ReplaceOne({"_id": save.id, "rev": save.rev}, document)


def _by_collection(saves: Iterable[Save]) -> dict[str, list[Save]]:
    grouped: dict[str, list[Save]] = defaultdict(list)
    for save in saves:
        grouped[save.collection.name].append(save)
    return grouped


def journal_document(row: JournalRow) -> Document:
    """A journal row as stored; without `out` when nothing is to be published, so that the relay never sees it."""
    document: Document = {"_id": row.id, "tenant": row.tenant, "type": row.type, "at": row.at}
    if row.reply is not None:
        document["reply"] = row.reply
    if row.out:
        document["out"] = [{"exchange": out.exchange, "key": out.key, "body": out.body} for out in row.out]
    return document


def idempotency_document(row: IdempotencyRow) -> Document:
    """An idempotency row as stored."""
    return {"_id": row.scope, "fingerprint": row.fingerprint, "message_id": row.message_id, "at": row.at}


def _timer_operation(id_: str, row: TimerRow | None) -> Operation:
    if row is None:
        return DeleteOne({"_id": id_})
    return ReplaceOne({"_id": id_}, timer_document(row), upsert=True)


def timer_document(row: TimerRow) -> Document:
    """A timer as stored."""
    return {"_id": row.id, "tenant": row.tenant, "due": row.due, "key": row.key, "body": row.body}
