"""`storage.read_document`: where the bytes are that a resource of FHIR names, and what they are."""

from priorbus.contracts.commands.storage import ReadDocument
from priorbus.contracts.documents import StoredContent
from priorbus.contracts.files import File
from priorbus.contracts.replies import Refusal
from priorbus.runtime.handling import Context, Result
from priorbus.storage.aggregates import DOCUMENTS, FILES


async def read_document(message: ReadDocument, context: Context) -> Result | Refusal:
    """A document, or a file of a case, which is what the resources made of the case name."""
    document = await context.work.get(DOCUMENTS, context.tenant, message.document_id)
    if document is not None:
        return {"content": StoredContent.model_validate(document.model_dump(include=set(StoredContent.model_fields)))}
    file = await context.work.get(FILES, context.tenant, message.document_id)
    if file is None or file.status != "ready" or file.size_bytes is None:
        return Refusal(code="not_found")
    return {"content": _of_file(file, file.size_bytes)}


def _of_file(file: File, size: int) -> StoredContent:
    return StoredContent(
        id=file.id, client="", content_type=file.content_type, size_bytes=size, storage_key=file.storage_key, created_at=file.created_at
    )
