"""One template version, for a gateway that has not seen its fact yet."""

from priorbus.contracts.commands.requirements import ReadTemplate
from priorbus.contracts.replies import Refusal
from priorbus.requirements.aggregates import TEMPLATES, template_key
from priorbus.runtime.handling import Context, Result
from priorbus.runtime.work import EVERY_TENANT


async def read_template(query: ReadTemplate, context: Context) -> Result | Refusal:
    """The Template as JSON with the members of its file."""
    template = await context.work.get(TEMPLATES, EVERY_TENANT, template_key(query.template_id, query.version))
    if template is None:
        return Refusal(code="not_found")
    return template.model_dump(mode="json", by_alias=True)
