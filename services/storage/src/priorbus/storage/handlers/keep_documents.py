"""`storage.keep_documents`: resources refer to these documents, so they stay (fhir-pas.md 17)."""

from priorbus.contracts.commands.storage import KeepDocuments
from priorbus.runtime.handling import Context, Result
from priorbus.storage.aggregates import DOCUMENTS
from priorbus.storage.handlers.store_inline_content import discard_timer


async def keep_documents(message: KeepDocuments, context: Context) -> Result:
    """Drop their timers."""
    for id_ in message.document_ids:
        known = await context.work.get(DOCUMENTS, context.tenant, id_)
        if known is not None and not known.kept:
            context.work.put(DOCUMENTS, context.tenant, known.model_copy(update={"kept": True}))
            context.work.unschedule(discard_timer(id_))
    return None
