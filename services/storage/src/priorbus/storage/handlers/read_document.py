"""`storage.read_document`: where a document's bytes are, and what they are."""

from priorbus.contracts.commands.storage import ReadDocument
from priorbus.contracts.replies import Refusal
from priorbus.runtime.handling import Context, Result
from priorbus.storage.aggregates import DOCUMENTS


async def read_document(message: ReadDocument, context: Context) -> Result | Refusal:
    known = await context.work.get(DOCUMENTS, context.tenant, message.document_id)
    return {"document": known} if known is not None else Refusal(code="not_found")
