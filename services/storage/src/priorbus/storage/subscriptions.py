"""Every message the storage service handles, and with what."""

from typing import Any

from priorbus.contracts.commands.storage import (
    CompleteFile,
    CreateFile,
    DiscardDocument,
    DiscardUpload,
    ExpireUpload,
    KeepDocuments,
    ReadDocument,
    StoreInlineContent,
)
from priorbus.runtime.handling import Subscription
from priorbus.runtime.objects import ObjectStore
from priorbus.runtime.work import Ref
from priorbus.storage.aggregates import DOCUMENTS, FILES
from priorbus.storage.handlers.complete_file import CompleteFileHandler
from priorbus.storage.handlers.create_file import CreateFileHandler
from priorbus.storage.handlers.discard_document import DiscardDocumentHandler
from priorbus.storage.handlers.discard_upload import DiscardUploadHandler
from priorbus.storage.handlers.expire_upload import expire_upload
from priorbus.storage.handlers.keep_documents import keep_documents
from priorbus.storage.handlers.read_document import read_document
from priorbus.storage.handlers.store_inline_content import StoreInlineContentHandler
from priorbus.storage.ports import Scanner
from priorbus.storage.settings import Settings


def subscriptions(objects: ObjectStore, settings: Settings, scanner: Scanner | None) -> tuple[Subscription, ...]:
    """The table; without a scanner files are not scanned."""
    create = CreateFileHandler(objects, settings)
    complete = CompleteFileHandler(objects, settings, scanner)
    discard = DiscardUploadHandler(objects)
    inline = StoreInlineContentHandler(objects, scanner)
    discard_document = DiscardDocumentHandler(objects)
    return (
        Subscription(CreateFile, create.handle, observe=create.observe),
        Subscription(CompleteFile, complete.handle, touches=_file, observe=complete.observe),
        Subscription(ExpireUpload, expire_upload, touches=_file),
        Subscription(DiscardUpload, discard.handle, observe=discard.observe),
        Subscription(StoreInlineContent, inline.handle, touches=_document, observe=inline.observe),
        Subscription(KeepDocuments, keep_documents),
        Subscription(DiscardDocument, discard_document.handle, touches=_document, observe=discard_document.observe),
        Subscription(ReadDocument, read_document),
    )


def _file(message: Any, tenant: str) -> tuple[Ref, ...]:
    return (Ref(FILES, tenant, message.file_id),)


def _document(message: Any, tenant: str) -> tuple[Ref, ...]:
    return (Ref(DOCUMENTS, tenant, message.document_id),)
