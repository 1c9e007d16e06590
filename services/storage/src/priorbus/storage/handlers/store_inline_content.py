"""`storage.store_inline_content`: keep content of a FHIR resource in the object store (fhir-pas.md 17)."""

import base64
import hashlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

from priorbus.contracts.commands.storage import DiscardDocument, StoreInlineContent
from priorbus.contracts.documents import Document
from priorbus.contracts.envelope import Envelope
from priorbus.contracts.replies import Refusal
from priorbus.runtime.handling import Context, Result
from priorbus.runtime.objects import ObjectMissing, ObjectStore, StorageUnavailable
from priorbus.runtime.work import Reader
from priorbus.storage.aggregates import DOCUMENTS
from priorbus.storage.domain.inline_content import NotThere, decode, detected_type, text_at
from priorbus.storage.domain.keys import document_key
from priorbus.storage.ports import Scanner, ScanUnavailable

UNCLAIMED = timedelta(hours=24)
"""How long content stays that no resource refers to."""


@dataclass(frozen=True)
class StoreInlineContentHandler:
    """Writes the object outside the transaction; what a crash leaves there is removed like any content that nothing refers to."""

    objects: ObjectStore
    scanner: Scanner | None

    async def observe(self, message: StoreInlineContent, envelope: Envelope, reader: Reader) -> Document | Refusal:
        known = await reader.get(DOCUMENTS, envelope.tenant, message.document_id)
        if known is not None:
            return known
        try:
            content = await self._content(message)
            if self.scanner is not None and not await self.scanner.clean(_whole(content)):
                return Refusal(code="content_refused")
            key = document_key(envelope.tenant, secrets.token_hex(16))
            await self.objects.put(key, content, content_type=message.content_type, only_if_absent=True)
        except (StorageUnavailable, ObjectMissing):
            return Refusal(code="storage_unavailable")
        except ScanUnavailable:
            return Refusal(code="scan_unavailable")
        except NotThere:
            return Refusal(code="validation_failed")
        return _document(message, envelope, content, key)

    async def _content(self, message: StoreInlineContent) -> bytes:
        if message.data is not None:
            return decode(message.data)
        async with self.objects.get(message.body_key or "") as chunks:
            body = b"".join([chunk async for chunk in chunks])
        return decode(text_at(body, message.pointer))

    async def handle(self, message: StoreInlineContent, context: Context) -> Result | Refusal:
        observed: Document | Refusal = context.observed
        if isinstance(observed, Refusal):
            return observed
        known = await context.work.get(DOCUMENTS, context.tenant, message.document_id)
        if known is not None:
            return {"document": known}
        context.work.put(DOCUMENTS, context.tenant, observed)
        context.work.schedule(discard_timer(observed.id), context.now + UNCLAIMED, DiscardDocument(document_id=observed.id))
        return {"document": observed}


def discard_timer(document_id: str) -> str:
    """The timer that discards a document."""
    return f"document/{document_id}"


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _document(message: StoreInlineContent, envelope: Envelope, content: bytes, key: str) -> Document:
    return Document(
        id=message.document_id,
        client=envelope.client,
        content_type=message.content_type,
        detected_type=detected_type(content),
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        sha1=base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode(),
        storage_key=key,
        created_at=envelope.time,
    )
