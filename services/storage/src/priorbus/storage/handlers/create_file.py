"""`storage.create_file`: a file that waits for its bytes, and where to send them (authorizations.md 8.2)."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from priorbus.contracts.commands.storage import CreateFile, ExpireUpload
from priorbus.contracts.envelope import Envelope
from priorbus.contracts.facts.storage import FileCreated
from priorbus.contracts.replies import Refusal
from priorbus.runtime.handling import Context, Result
from priorbus.runtime.objects import ObjectStore, SignedRequest, StorageUnavailable
from priorbus.runtime.work import Reader
from priorbus.storage.aggregates import FILES
from priorbus.storage.domain.files import Description, created, describe, event
from priorbus.storage.domain.keys import quarantine_key
from priorbus.storage.settings import Settings
from priorbus.storage.timers import expiry_timer


@dataclass(frozen=True)
class Target:
    """An upload target for a description that passed."""

    description: Description
    key: str
    upload: SignedRequest


@dataclass(frozen=True)
class CreateFileHandler:
    """Needs the object store only to see that it is there: a target that nobody could use is not given out."""

    objects: ObjectStore
    settings: Settings

    async def observe(self, message: CreateFile, envelope: Envelope, _reader: Reader) -> Target | Refusal:
        if message.schema_issues:
            return Refusal(code="bad_request", issues=message.schema_issues)
        description = describe(
            message.file_name, message.content_type, message.purpose, message.declared_size, max_bytes=self.settings.file_max_bytes
        )
        if isinstance(description, Refusal):
            return description
        key = quarantine_key(envelope.tenant, message.file_id, secrets.token_hex(16))
        try:
            await self.objects.check()
        except StorageUnavailable:
            return Refusal(code="storage_unavailable")
        upload = await self.objects.presign_put(
            key, content_type=description.content_type, size=description.declared_size, ttl_seconds=self.settings.upload_ttl_seconds
        )
        return Target(description, key, upload)

    async def handle(self, message: CreateFile, context: Context) -> Result | Refusal:
        target: Target | Refusal = context.observed
        if isinstance(target, Refusal):
            return target
        expires_at = context.now + timedelta(seconds=self.settings.upload_ttl_seconds)
        file = created(message.file_id, context.tenant, target.description, key=target.key, now=context.now, upload_expires_at=expires_at)
        context.work.put(FILES, context.tenant, file)
        context.work.publish(FileCreated(file=file, events=(event(file, "created", context.now, actor="customer"),)))
        grace = timedelta(seconds=self.settings.upload_grace_seconds)
        context.work.schedule(expiry_timer(file.id), expires_at + grace, ExpireUpload(file_id=file.id))
        return {"file": file, "upload": _wire(target.upload)}


def _wire(upload: SignedRequest) -> dict[str, object]:
    return {"strategy": "single_put", "method": upload.method, "url": upload.url, "headers": dict(upload.headers)}
