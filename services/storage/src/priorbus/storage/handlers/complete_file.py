"""`storage.complete_file`: check the uploaded bytes and make the file ready, or fail it (authorizations.md 8.3)."""

from dataclasses import dataclass
from typing import Any

from priorbus.contracts.commands.storage import CompleteFile, RetireFile
from priorbus.contracts.envelope import Envelope
from priorbus.contracts.facts.storage import FileProgressed, FileReady
from priorbus.contracts.files import File
from priorbus.contracts.replies import Refusal
from priorbus.runtime.handling import Context, LastingRefusal, Outside, Result
from priorbus.runtime.objects import ObjectStore, StorageUnavailable
from priorbus.storage.aggregates import FILES
from priorbus.storage.domain.files import awaits_upload, event, pending, ready
from priorbus.storage.domain.inspection import Accepted, Rejected, Verdict
from priorbus.storage.failures import discard_soon, record_failure
from priorbus.storage.handlers.showing_progress import showing_progress
from priorbus.storage.ports import Scanner, ScanUnavailable
from priorbus.storage.settings import Settings
from priorbus.storage.timers import expiry_timer, retirement_timer
from priorbus.storage.uploads import settle


@dataclass(frozen=True)
class CompleteFileHandler:
    """Looks at the bytes outside the transaction; the state inside it has the last word."""

    objects: ObjectStore
    settings: Settings
    scanner: Scanner | None

    async def observe(self, message: CompleteFile, envelope: Envelope, outside: Outside) -> Verdict | Refusal | None:
        file = await outside.get(FILES, envelope.tenant, message.file_id)
        if file is None or not awaits_upload(file) or message.schema_issues:
            return None
        try:
            async with showing_progress(outside, file) as arrived:
                return await settle(self.objects, file, self.settings.file_max_bytes, self.scanner, arrived=arrived)
        except StorageUnavailable:
            return Refusal(code="storage_unavailable")
        except ScanUnavailable:
            return Refusal(code="scan_unavailable")

    async def handle(self, message: CompleteFile, context: Context) -> Result | Refusal:
        file = await context.work.get(FILES, context.tenant, message.file_id)
        if file is None or file.status == "removed":
            return Refusal(code="file_not_found")
        if file.status == "failed":
            return _already_failed(file, context)
        if message.schema_issues:
            return Refusal(code="bad_request", issues=message.schema_issues)
        return _result(file) if file.status == "ready" else self._conclude(file, context)

    def _conclude(self, file: File, context: Context) -> Result | Refusal:
        match context.observed:
            case Accepted() as accepted:
                return _result(self._make_ready(file, accepted, context))
            case Rejected() as rejected:
                changed = record_failure(context, file, rejected.code, actor="customer")
                return LastingRefusal(code=rejected.code, details=rejected.details, result=_result(changed))
            case Refusal() as unavailable:
                return _without_verdict(file, unavailable, context)
        return _without_verdict(file, Refusal(code="file_not_uploaded"), context)

    def _make_ready(self, file: File, accepted: Accepted, context: Context) -> File:
        changed = ready(file, accepted, context.now)
        context.work.put(FILES, context.tenant, changed)
        context.work.publish(FileReady(file=changed, events=(event(changed, "ready", context.now, actor="customer"),)))
        context.work.unschedule(expiry_timer(file.id))
        context.work.schedule(retirement_timer(file.id), context.now + self.settings.file_retention, RetireFile(file_id=file.id))
        return changed


def _without_verdict(file: File, refusal: Refusal, context: Context) -> Refusal:
    """The file waits on; it is `uploaded` only while a completion runs (8.3.1)."""
    if file.status == "pending_upload":
        return refusal
    changed = pending(file)
    context.work.put(FILES, context.tenant, changed)
    context.work.publish(FileProgressed(file=changed, events=()))
    return LastingRefusal(code=refusal.code, result=_result(changed))


def _already_failed(file: File, context: Context) -> Refusal:
    # This attempt, or the one that died before it, may have moved bytes after the file had failed.
    discard_soon(context, file.id)
    return LastingRefusal(code="file_not_ready", details={"failureCode": file.failure.code if file.failure else ""})


def _result(file: File) -> dict[str, Any]:
    return {"file": file}
