"""C3: link a ready file, and note in its record who holds it."""

from priorbus.contracts.commands.requirements import AddAttachment
from priorbus.contracts.replies import Refusal
from priorbus.requirements.aggregates import FILE_USES
from priorbus.requirements.domain.file_use import attached
from priorbus.requirements.domain.lifecycle import attach
from priorbus.requirements.domain.lifecycle.terms import Terms
from priorbus.requirements.handlers.saving import NOT_FOUND, load, moment, reply
from priorbus.requirements.ports import Templates
from priorbus.runtime.handling import Context, Result


async def add_attachment(command: AddAttachment, context: Context, templates: Templates, terms: Terms) -> Result | Refusal:
    authorization = await load(context, command.authorization_id)
    if authorization is None:
        return NOT_FOUND
    use = await context.work.get(FILE_USES, context.tenant, command.file_id)
    if use is not None and use.released:
        # What the gateway read is out of date: the file's bytes are about to go.
        command = command.model_copy(update={"file": None})
    compiled = await templates.pinned(authorization, context.work)
    decided = attach.decide(authorization, command, compiled, moment(context), terms)
    if not isinstance(decided, Refusal):
        context.work.put(FILE_USES, context.tenant, attached(use, command.file_id, command.attachment_id, context.now))
    return reply(context, decided)
