"""Readiness of a case without writing anything (authorizations.md 10.5)."""

from dataclasses import asdict

from priorbus.contracts.commands.requirements import PreviewAuthorization
from priorbus.contracts.replies import Refusal
from priorbus.requirements.domain.questionnaire import Circumstances, preview
from priorbus.requirements.handlers.saving import NOT_FOUND, load
from priorbus.requirements.ports import Templates
from priorbus.runtime.handling import Context, Result


async def preview_authorization(query: PreviewAuthorization, context: Context, templates: Templates) -> Result | Refusal:
    """In every state, because nothing changes."""
    authorization = await load(context, query.authorization_id)
    if authorization is None:
        return NOT_FOUND
    if query.schema_refusal is not None:
        return query.schema_refusal
    compiled = await templates.pinned(authorization, context.work)
    seen = preview(compiled, authorization.answers, query.answers, Circumstances.of(authorization))
    if isinstance(seen, Refusal):
        return seen
    return {
        "authorization_version": authorization.version,
        "requirements_version": authorization.requirements.version,
        "state": authorization.state,
        **asdict(seen),
    }
