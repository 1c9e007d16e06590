"""When documents that nothing refers to go, and what they leave (fhir-pas.md 17)."""

from datetime import timedelta
from typing import Final

from priorbus.contracts.commands.storage import DiscardDocument, DiscardObject
from priorbus.contracts.documents import Document
from priorbus.runtime.handling import Context
from priorbus.storage.timers import document_discard_timer, object_discard_timer

UNCLAIMED: Final = timedelta(hours=24)
"""How long content stays that no resource refers to."""

LAST_CALL: Final = timedelta(hours=1)
"""The last part of it, counted anew when the service has been away: what has come to refer to the content can still say so."""


def discard_unless_kept(context: Context, document_id: str) -> None:
    """Start a document's time without any reference, or start it anew."""
    context.work.schedule(
        document_discard_timer(document_id), context.now + UNCLAIMED - LAST_CALL, DiscardDocument(document_id=document_id)
    )


def call_for_the_last_time(context: Context, document_id: str) -> None:
    """The document goes when this time is over as well."""
    last = DiscardDocument(document_id=document_id, last_call=True)
    context.work.schedule(document_discard_timer(document_id), context.now + LAST_CALL, last)


def discard_object_soon(context: Context, document: Document) -> None:
    """Remove the object of a document whose record is gone or never came, as soon as this work is committed."""
    command = DiscardObject(document_id=document.id, storage_key=document.storage_key)
    context.work.schedule(object_discard_timer(document.storage_key), context.now, command)
