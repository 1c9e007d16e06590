"""C4: unlink an attachment; the file stays (authorizations.md 9.7)."""

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.commands.requirements import RemoveAttachment
from priorbus.contracts.facts.requirements import AttachmentRemoved
from priorbus.contracts.replies import Refusal
from priorbus.requirements.domain.lifecycle.decision import Decision
from priorbus.requirements.domain.lifecycle.draft import Draft
from priorbus.requirements.domain.lifecycle.guards import refuse_edit
from priorbus.requirements.domain.lifecycle.moment import Moment
from priorbus.requirements.domain.lifecycle.recomputation import recompute
from priorbus.requirements.domain.lifecycle.settling import settle
from priorbus.requirements.domain.questionnaire import CompiledTemplate


def decide(authorization: Authorization, command: RemoveAttachment, compiled: CompiledTemplate, moment: Moment) -> Decision | Refusal:
    """Irreversible; the document requirement may be back. The attachment is what the request addresses, so it comes before the state."""
    removed = next((attachment for attachment in authorization.attachments if attachment.id == command.attachment_id), None)
    if removed is None:
        return Refusal(code="attachment_not_found")
    refusal = refuse_edit(authorization, command)
    if refusal is not None:
        return refusal
    draft = Draft(authorization, moment, "customer")
    draft.change(
        attachments=tuple(attachment for attachment in authorization.attachments if attachment is not removed),
        attachments_version=authorization.attachments_version + 1,
    )
    draft.tell("attachment.removed", attachmentId=removed.id, fileId=removed.file_id, documentTypes=list(removed.document_types))
    recompute(draft, compiled)
    settle(draft)
    return draft.finish(AttachmentRemoved)
