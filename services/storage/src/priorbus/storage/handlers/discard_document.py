"""Timer: drop content that no resource has come to refer to (fhir-pas.md 17)."""

from priorbus.contracts.commands.storage import DiscardDocument
from priorbus.runtime.handling import Context
from priorbus.storage.aggregates import DOCUMENTS
from priorbus.storage.discarding import call_for_the_last_time, discard_object_soon


async def discard_document(message: DiscardDocument, context: Context) -> None:
    """First the record, which `keep_documents` changes too, so that only one of them takes effect; the object afterwards."""
    known = await context.work.get(DOCUMENTS, context.tenant, message.document_id)
    if known is None or known.kept:
        return
    if not message.last_call:
        call_for_the_last_time(context, known.id)
        return
    context.work.delete(DOCUMENTS, context.tenant, known.id)
    discard_object_soon(context, known)
