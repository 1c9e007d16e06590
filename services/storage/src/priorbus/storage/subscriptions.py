"""Every message the storage service handles, and with what; rows about patients stand in `patient_subscriptions`. Read this first."""

from typing import Any

from priorbus.contracts.commands.storage import (
    CompleteFile,
    CreateFile,
    DiscardDocument,
    DiscardObject,
    DiscardUpload,
    ExpireUpload,
    KeepDocuments,
    ReadDocument,
    ReleaseDocuments,
    RemoveFile,
    RetireFile,
    SaveSweepPosition,
    StoreInlineContent,
)
from priorbus.contracts.facts.requirements import AttachmentRemoved
from priorbus.runtime.handling import Subscription
from priorbus.runtime.objects import ObjectStore
from priorbus.runtime.work import EVERY_TENANT, Ref
from priorbus.storage.aggregates import DOCUMENTS, FILES, SWEEP_POSITIONS
from priorbus.storage.handlers.complete_file import CompleteFileHandler
from priorbus.storage.handlers.create_file import CreateFileHandler
from priorbus.storage.handlers.discard_document import discard_document
from priorbus.storage.handlers.discard_object import DiscardObjectHandler
from priorbus.storage.handlers.discard_upload import DiscardUploadHandler
from priorbus.storage.handlers.expire_upload import expire_upload
from priorbus.storage.handlers.keep_documents import keep_documents
from priorbus.storage.handlers.on_attachment_removed import OnAttachmentRemoved
from priorbus.storage.handlers.read_document import read_document
from priorbus.storage.handlers.release_documents import release_documents
from priorbus.storage.handlers.remove_file import remove_file
from priorbus.storage.handlers.retire_file import RetireFileHandler
from priorbus.storage.handlers.save_sweep_position import save_sweep_position
from priorbus.storage.handlers.store_inline_content import StoreInlineContentHandler
from priorbus.storage.patient_subscriptions import patient_subscriptions
from priorbus.storage.ports import Scanner
from priorbus.storage.settings import Settings
from priorbus.storage.shared_bodies import SharedBodies


def subscriptions(objects: ObjectStore, settings: Settings, scanner: Scanner | None) -> tuple[Subscription, ...]:
    """The table; without a scanner files are not scanned."""
    create = CreateFileHandler(objects, settings)
    complete = CompleteFileHandler(objects, settings, scanner)
    discard = DiscardUploadHandler(objects)
    inline = StoreInlineContentHandler(objects, scanner, SharedBodies(objects))
    discard_object = DiscardObjectHandler(objects)
    attachment_removed = OnAttachmentRemoved(settings.file_retention)
    return (
        Subscription(CreateFile, create.handle, observe=create.observe),
        Subscription(CompleteFile, complete.handle, touches=_file, observe=complete.observe),
        Subscription(ExpireUpload, expire_upload, touches=_file),
        Subscription(DiscardUpload, discard.handle, observe=discard.observe),
        Subscription(StoreInlineContent, inline.handle, touches=_document, observe=inline.observe),
        Subscription(KeepDocuments, keep_documents),
        Subscription(ReleaseDocuments, release_documents),
        Subscription(DiscardDocument, discard_document, touches=_document),
        Subscription(DiscardObject, discard_object.handle, observe=discard_object.observe),
        Subscription(ReadDocument, read_document),
        *patient_subscriptions(objects, settings, scanner),
        Subscription(RemoveFile, remove_file, touches=_file),
        Subscription(AttachmentRemoved, attachment_removed.handle),
        *sweeping(settings),
    )


def sweeping(settings: Settings) -> tuple[Subscription, ...]:
    """What the sweeper says as well."""
    retire = RetireFileHandler(settings.file_retention)
    return (
        Subscription(RetireFile, retire.handle, touches=_file),
        Subscription(SaveSweepPosition, save_sweep_position, touches=_sweep_position),
    )


def _file(message: Any, tenant: str) -> tuple[Ref, ...]:
    return (Ref(FILES, tenant, message.file_id),)


def _document(message: Any, tenant: str) -> tuple[Ref, ...]:
    return (Ref(DOCUMENTS, tenant, message.document_id),)


def _sweep_position(message: SaveSweepPosition, tenant: str) -> tuple[Ref, ...]:
    return (Ref(SWEEP_POSITIONS, EVERY_TENANT, message.area),)
