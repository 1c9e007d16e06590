"""Operations: the gateway's durable outbox of commands whose outcome a client may ask for later (Conventions 7)."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from pymongo.errors import DuplicateKeyError

from priorbus.contracts.envelope import Envelope
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.operations.outcome import Target
from priorbus.gateway.presentation.errors.e1_envelope import error_object
from priorbus.runtime import cloudevents
from priorbus.runtime.clock import Clock
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.driver import Database, Session

_FIRST_RESEND = timedelta(seconds=1)
_LONGEST_PAUSE = timedelta(minutes=5)
_RESEND_FOR = timedelta(days=6)
"""Less than owners remember messages: a command sent again later could run twice."""


def operation_id(command_id: str) -> str:
    """The id of the operation for a command: the same ULID under another prefix."""
    return "op_" + command_id.partition("_")[2]


def pause_after(row: Document) -> timedelta:
    """How long a command that is being sent waits until it is sent again; the pauses grow up to five minutes."""
    pause: timedelta = min(_FIRST_RESEND * 2 ** min(row["sends"], 9), _LONGEST_PAUSE)
    return pause


class OperationStore:
    """The rows of `operations`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._rows = database["operations"]
        self._clock = clock

    async def open(self, envelope: Envelope, data_json: bytes, target: Target) -> Document:
        """Keep a command durably. From here on it will be carried out. Raises PyMongoError."""
        now = self._clock()
        row: Document = {
            "_id": operation_id(envelope.id),
            "tenant": envelope.tenant,
            "status": "pending",
            "key": envelope.type,
            "command_id": envelope.id,
            "command": cloudevents.encode(envelope, data_json),
            "scope": envelope.idempotency.scope if envelope.idempotency else None,
            "target": asdict(target),
            "request_id": envelope.request_id,
            "created_at": now,
            "completed_at": None,
            "next_send_at": now + _FIRST_RESEND,
            "sends": 1,
            "error": None,
        }
        with suppress(DuplicateKeyError):
            # An insert whose answer was lost is there all the same.
            await self._rows.insert_one(row)
        return row

    async def add(self, row: Document, session: Session) -> None:
        """Keep an operation that the gateway itself carries out."""
        await self._rows.insert_one(row, session=session)

    async def find(self, tenant: str, wanted: str) -> Document | None:
        """An operation of the tenant."""
        return await self._rows.find_one({"_id": wanted, "tenant": tenant})

    async def pending_for(self, command_id: str) -> Document | None:
        """The operation of a command, while it is pending."""
        return await self._rows.find_one({"_id": operation_id(command_id), "status": "pending"})

    async def has_succeeded(self, scope: str) -> bool:
        """Whether an operation with this idempotency key has succeeded."""
        return await self._rows.find_one({"scope": scope, "status": "succeeded"}, {"_id": 1}) is not None

    async def complete(self, row: Document, target: Target, problem: Problem | None, session: Session) -> bool:
        """Make a pending operation terminal, once and for all; False when it was terminal already."""
        outcome: Mapping[str, Any] = {
            "status": "failed" if problem else "succeeded",
            "completed_at": self._clock(),
            "target": asdict(target),
            "error": {"httpStatus": problem.error.status("E1"), **error_object(problem)} if problem else None,
        }
        done = await self._rows.update_one({"_id": row["_id"], "status": "pending"}, {"$set": outcome}, session=session)
        return bool(done.modified_count)

    async def due(self, limit: int) -> Sequence[Document]:
        """Pending operations whose command is to be sent (again), longest due first."""
        now = self._clock()
        query = {"status": "pending", "next_send_at": {"$lte": now}, "created_at": {"$gt": now - _RESEND_FOR}}
        return await self._rows.find(query, sort=[("next_send_at", 1)], limit=limit).to_list(None)

    async def postpone(self, row: Document) -> None:
        """Note that the command is being sent."""
        moment: datetime = self._clock() + pause_after(row)
        await self._rows.update_one({"_id": row["_id"]}, {"$set": {"next_send_at": moment}, "$inc": {"sends": 1}})
