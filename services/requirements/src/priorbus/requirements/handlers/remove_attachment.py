"""C4: unlink an attachment, and note in the record of its file that it holds it no more."""

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.commands.requirements import RemoveAttachment
from priorbus.contracts.replies import Refusal
from priorbus.requirements.aggregates import FILE_USES
from priorbus.requirements.domain.file_use import detached
from priorbus.requirements.domain.lifecycle import remove
from priorbus.requirements.handlers.saving import NOT_FOUND, load, moment, reply
from priorbus.requirements.ports import Templates
from priorbus.runtime.handling import Context, Result


async def remove_attachment(command: RemoveAttachment, context: Context, templates: Templates) -> Result | Refusal:
    authorization = await load(context, command.authorization_id)
    if authorization is None:
        return NOT_FOUND
    compiled = await templates.pinned(authorization, context.work)
    decided = remove.decide(authorization, command, compiled, moment(context))
    if not isinstance(decided, Refusal):
        await _let_go(context, authorization, command.attachment_id)
    return reply(context, decided)


async def _let_go(context: Context, authorization: Authorization, attachment_id: str) -> None:
    """Note that the attachment holds its file no more."""
    for file_id in (attachment.file_id for attachment in authorization.attachments if attachment.id == attachment_id):
        use = await context.work.get(FILE_USES, context.tenant, file_id)
        if use is not None:
            context.work.put(FILE_USES, context.tenant, detached(use, attachment_id, context.now))
