"""`storage.release_documents`: no resource refers to these documents any more (fhir-pas.md 21)."""

from priorbus.contracts.commands.storage import ReleaseDocuments
from priorbus.runtime.handling import Context, Result
from priorbus.storage.aggregates import DOCUMENTS
from priorbus.storage.discarding import discard_object_soon
from priorbus.storage.timers import document_discard_timer


async def release_documents(message: ReleaseDocuments, context: Context) -> Result:
    """First the records, the objects afterwards; what is gone already is fine."""
    for id_ in message.document_ids:
        known = await context.work.get(DOCUMENTS, context.tenant, id_)
        if known is not None:
            context.work.delete(DOCUMENTS, context.tenant, id_)
            context.work.unschedule(document_discard_timer(id_))
            discard_object_soon(context, known)
    return None
