"""`storage.keep_documents`: resources refer to these documents, so they stay (fhir-pas.md 17)."""

from priorbus.contracts.commands.storage import KeepDocuments
from priorbus.runtime.handling import Context, Result, TransientError
from priorbus.storage.aggregates import DOCUMENTS
from priorbus.storage.timers import document_discard_timer


async def keep_documents(message: KeepDocuments, context: Context) -> Result:
    """Drop their timers. A document that is gone already needs a person: the message is parked in the end."""
    for id_ in message.document_ids:
        known = await context.work.get(DOCUMENTS, context.tenant, id_)
        if known is None:
            raise TransientError("a document that a resource refers to is not there")
        if not known.kept:
            context.work.put(DOCUMENTS, context.tenant, known.model_copy(update={"kept": True}))
            context.work.unschedule(document_discard_timer(id_))
    return None
