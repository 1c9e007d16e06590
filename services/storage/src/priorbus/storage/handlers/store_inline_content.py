"""`storage.store_inline_content`: keep content of a FHIR resource in the object store (fhir-pas.md 17)."""

import base64
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from priorbus.contracts.commands.storage import StoreInlineContent
from priorbus.contracts.documents import Document
from priorbus.contracts.envelope import Envelope
from priorbus.contracts.replies import Refusal
from priorbus.runtime.handling import Context, Result, TransientError
from priorbus.runtime.objects import ObjectMissing, ObjectStore, StorageUnavailable
from priorbus.runtime.work import Reader
from priorbus.storage.aggregates import DOCUMENTS
from priorbus.storage.discarding import discard_object_soon, discard_unless_kept
from priorbus.storage.domain.inline_content import NotThere, decode, detected_type, text_at
from priorbus.storage.domain.keys import document_key
from priorbus.storage.domain.sweeping import UNTOUCHED
from priorbus.storage.ports import Scanner, ScanUnavailable
from priorbus.storage.shared_bodies import SharedBodies

STALE: Final = UNTOUCHED / 2
"""Nobody waits for an older message any more. An object that the sweep takes for forgotten will therefore never get a record."""


@dataclass(frozen=True)
class Known:
    """The document was there when the message was looked at."""


@dataclass(frozen=True)
class StoreInlineContentHandler:
    """Writes the object outside the transaction, under a key made of the message's id.

    So a redelivered message writes the same object again, and no two messages write the same one: an object can be removed without
    looking what others do.
    """

    objects: ObjectStore
    scanner: Scanner | None
    bodies: SharedBodies

    async def observe(self, message: StoreInlineContent, envelope: Envelope, reader: Reader) -> Document | Known | Refusal:
        if await reader.get(DOCUMENTS, envelope.tenant, message.document_id) is not None:
            return Known()
        try:
            content = await self._content(message)
            if self.scanner is not None and not await self.scanner.clean(_whole(content)):
                return Refusal(code="content_refused")
            key = document_key(envelope.tenant, message.document_id, hashlib.sha256(envelope.id.encode()).hexdigest()[:32])
            await self.objects.put(key, content, content_type=message.content_type)
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
        async with self.bodies.open(message.body_key or "") as body:
            return decode(text_at(body, message.pointer))

    async def handle(self, message: StoreInlineContent, context: Context) -> Result | Refusal:
        observed: Document | Known | Refusal = context.observed
        if isinstance(observed, Refusal):
            return observed
        if context.now - context.envelope.time > STALE:
            return Refusal(code="storage_unavailable")
        known = await context.work.get(DOCUMENTS, context.tenant, message.document_id)
        if known is None and isinstance(observed, Known):
            raise TransientError("the document was discarded meanwhile")
        if isinstance(observed, Document):
            if known is None:
                context.work.put(DOCUMENTS, context.tenant, observed)
            elif known.storage_key != observed.storage_key:
                # Another message was faster; nothing will ever name this object.
                discard_object_soon(context, observed)
        stored = known or observed
        assert isinstance(stored, Document)
        if not stored.kept:
            discard_unless_kept(context, stored.id)
        return {"document": stored}


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
