"""The audit trail: who read or wrote which case when (Conventions 3.6).

Records are written to the collection `audit` in batches, so that no answer waits for them; what can not be written there, and what
does not fit while the database is away, goes to the log instead. A crash loses at most the last second, of which the log tells the same.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime

import structlog
from pymongo.errors import BulkWriteError, PyMongoError

from priorbus.gateway.http.call import Call
from priorbus.gateway.oauth.clients import BASES
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.driver import Rows

FLUSH_SECONDS = 1.0
_DUPLICATE_KEY = 11000
_MOST_WAITING = 20_000
_COVERAGE = "COVAUTH"
"""Purpose of use: coverage authorization (http://terminology.hl7.org/CodeSystem/v3-ActReason)."""
log = structlog.get_logger()


class AuditTrail:
    """Collects records and writes them every second."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._waiting: list[Document] = []

    def note(self, call: Call, action: str, status: int, at: datetime) -> None:
        """Record one access."""
        record: Document = {
            "at": at,
            "tenant": call.tenant,
            "client_id": call.principal.client_id,
            "action": action,
            "resource_id": call.subject,
            "request_id": call.request_id,
            "status": status,
            **_fhir_part(call),
        }
        if len(self._waiting) < _MOST_WAITING:
            self._waiting.append(record)
        else:
            _log(record)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["AuditTrail"]:
        """Write in the background; the rest is written on exit."""
        task = asyncio.create_task(self._run(), name="audit")
        try:
            yield self
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            if not await self.flush():
                for record in self._waiting:
                    _log(record)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            await self.flush()

    async def flush(self) -> bool:
        """Write what is waiting; False when it could not be written and still waits."""
        if not self._waiting:
            return True
        records, self._waiting = self._waiting, []
        try:
            await self._rows.insert_many(records, ordered=False)
        except asyncio.CancelledError:
            # shutdown: perhaps they are written, then they are recognised
            self._waiting = records + self._waiting
            raise
        except PyMongoError as error:
            if _all_written(error):
                return True
            log.warning("audit records wait for the database", count=len(records), error=error)
            self._waiting = records + self._waiting
            return False
        return True


def _fhir_part(call: Call) -> Document:
    """What records of the FHIR bases tell beside the others (fhir-pas.md 19)."""
    base = next((base for base in BASES if call.template.startswith(f"{base}/")), None)
    part: Document = {} if base is None else {"base": base, "purpose": _COVERAGE}
    return {**part, "resources": list(call.touched)} if call.touched else part


def _all_written(error: PyMongoError) -> bool:
    """Whether the records were there already: an earlier attempt whose answer got lost had written them."""
    if not isinstance(error, BulkWriteError):
        return False
    details = error.details or {}
    return not details.get("writeConcernErrors") and all(problem["code"] == _DUPLICATE_KEY for problem in details["writeErrors"])


def _log(record: Document) -> None:
    log.info(
        "audit",
        tenant=record["tenant"],
        client_id=record["client_id"],
        operation=record["action"],
        subject=record["resource_id"],
        request_id=record["request_id"],
        status=record["status"],
    )
