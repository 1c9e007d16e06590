"""C3: link a ready file (authorizations.md section 9)."""

from priorbus.contracts.authorizations import Attachment, Authorization
from priorbus.contracts.commands.requirements import AddAttachment
from priorbus.contracts.facts.requirements import AttachmentAdded
from priorbus.contracts.files import File
from priorbus.contracts.replies import Issue, Refusal
from priorbus.requirements.domain.lifecycle.decision import Decision
from priorbus.requirements.domain.lifecycle.draft import Draft
from priorbus.requirements.domain.lifecycle.guards import incomplete, refuse_edit
from priorbus.requirements.domain.lifecycle.moment import Moment
from priorbus.requirements.domain.lifecycle.recomputation import recompute
from priorbus.requirements.domain.lifecycle.settling import settle
from priorbus.requirements.domain.lifecycle.terms import Terms
from priorbus.requirements.domain.questionnaire import CompiledTemplate, known_document_types


def decide(
    authorization: Authorization, command: AddAttachment, compiled: CompiledTemplate, moment: Moment, terms: Terms
) -> Decision | Refusal:
    """Attach the file under its document types; duplicates among them are dropped."""
    refusal = refuse_edit(authorization, command) or refuse_types(authorization, command, compiled)
    if refusal is not None:
        return refusal
    ready = ready_file(authorization, command)
    if isinstance(ready, Refusal):
        return ready
    refusal = refuse_place(authorization, ready, terms)
    if refusal is not None:
        return refusal
    draft = Draft(authorization, moment, "customer")
    attachment = attachment_of(command, ready, moment)
    draft.change(
        attachments=(*authorization.attachments, attachment),
        attachments_version=authorization.attachments_version + 1,
    )
    draft.tell("attachment.added", attachmentId=attachment.id, fileId=attachment.file_id, documentTypes=list(attachment.document_types))
    recompute(draft, compiled)
    settle(draft)
    return draft.finish(AttachmentAdded)


def refuse_types(authorization: Authorization, command: AddAttachment, compiled: CompiledTemplate) -> Refusal | None:
    """Document types must be there and known (9.1, 6.1.4)."""
    if not command.document_types:
        return incomplete("/documentTypes")
    known = known_document_types(compiled, authorization.payer_requests) | {finding.document_type for finding in authorization.findings}
    issues = tuple(
        Issue(code="unknown_document_type", message="This document type is not known here.", field=f"/documentTypes/{index}")
        for index, document_type in enumerate(command.document_types)
        if document_type not in known
    )
    return Refusal(code="bad_request", issues=issues) if issues else None


def ready_file(authorization: Authorization, command: AddAttachment) -> File | Refusal:
    """The file, if it can be attached at all. A failed one names its failure, one that may still become ready does not."""
    file = command.file
    if file is None or file.tenant != authorization.tenant:
        return Refusal(code="file_not_found")
    if file.status != "ready":
        failure = {"failureCode": file.failure.code} if file.failure else {}
        return Refusal(code="file_not_ready", details={"status": file.status, **failure})
    return file


def refuse_place(authorization: Authorization, file: File, terms: Terms) -> Refusal | None:
    """A file is attached once, and neither number nor total size may pass the limits (9.5, 9.6)."""
    attachments = authorization.attachments
    if any(attachment.file_id == file.id for attachment in attachments):
        return Refusal(code="file_already_attached")
    if len(attachments) >= terms.max_attachments:
        return Refusal(code="attachment_limit_exceeded", details={"maxAttachments": terms.max_attachments})
    total = sum(attachment.size_bytes for attachment in attachments) + (file.size_bytes or 0)
    if total > terms.max_bytes:
        return Refusal(code="attachment_limit_exceeded", details={"maxBytes": terms.max_bytes, "actualBytes": total})
    return None


def attachment_of(command: AddAttachment, file: File, moment: Moment) -> Attachment:
    """The link, with the facts of the file that later decisions need."""
    return Attachment(
        id=command.attachment_id,
        file_id=file.id,
        created_at=moment.now,
        document_types=tuple(dict.fromkeys(command.document_types)),
        label=command.label,
        description=command.description,
        content_type=file.content_type,
        size_bytes=file.size_bytes or 0,
        checksum_sha256=file.checksum_sha256 or "",
        storage_key=file.storage_key,
    )
