"""In-flight marks of idempotency keys (Conventions 5.3, 5.6). Successes are remembered by the owners, not here."""

from datetime import datetime, timedelta

from pymongo.errors import DuplicateKeyError

from priorbus.gateway.http.call import Call
from priorbus.gateway.http.problem import Problem
from priorbus.runtime.clock import Clock
from priorbus.runtime.mongo.driver import Database

LEASE = timedelta(seconds=60)


def idempotency_scope(call: Call) -> str:
    """What a client's key is unique in (Conventions 5.2)."""
    return f"{call.tenant}|{call.method} {call.template}|{call.idempotency_key}"


class IdempotencyMarks:
    """One row per key whose first request is still running."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._rows = database["idempotency_marks"]
        self._clock = clock

    async def acquire(self, scope: str, fingerprint: str, command_id: str) -> None:
        """Take the key for a command. Raises 409 problems while another request holds it."""
        now = self._clock()
        row = {"_id": scope, "fingerprint": fingerprint, "command_id": command_id, "operation_id": None, "lease_until": now + LEASE}
        try:
            await self._rows.replace_one({"_id": scope, "lease_until": {"$lt": now}}, row, upsert=True)
        except DuplicateKeyError:
            await self._refuse(scope, fingerprint)

    async def _refuse(self, scope: str, fingerprint: str) -> None:
        held = await self._rows.find_one({"_id": scope})
        if held is not None and held["fingerprint"] != fingerprint:
            raise Problem("idempotency_key_reused")
        operation_id = held["operation_id"] if held else None
        raise Problem("idempotency_in_progress", details={"operationId": operation_id} if operation_id else {})

    async def release(self, scope: str, command_id: str) -> None:
        """Let the key go, if this command still holds it."""
        await self._rows.delete_one({"_id": scope, "command_id": command_id})

    async def keep(self, scope: str, command_id: str, operation_id: str, pause: timedelta = timedelta()) -> None:
        """Hold the key for a pending operation that is looked at again after so long a pause; the lease begins then."""
        until: datetime = self._clock() + pause + LEASE
        await self._rows.update_one(
            {"_id": scope, "command_id": command_id}, {"$set": {"operation_id": operation_id, "lease_until": until}}
        )
