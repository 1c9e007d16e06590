"""Put templates and payers into the catalogue, all in one transaction (authorizations.md 6.2)."""

from collections.abc import Iterable
from typing import ClassVar

from priorbus.contracts.facts.requirements import PayerPublished, TemplatePublished
from priorbus.contracts.messages import Command
from priorbus.contracts.replies import Refusal
from priorbus.contracts.templates import Payer, Template
from priorbus.requirements.aggregates import PAYERS, TEMPLATES, template_key
from priorbus.runtime.handling import Context, Result
from priorbus.runtime.work import EVERY_TENANT, Ref


class LoadCatalogue(Command):
    """Given by the command line in the owner's own process; it never travels."""

    wire_type: ClassVar[str] = "requirements.load_catalogue"
    templates: tuple[Template, ...]
    payers: tuple[Payer, ...]


def touched(command: LoadCatalogue, tenant: str) -> Iterable[Ref]:
    """Everything that the command names."""
    yield from (Ref(TEMPLATES, EVERY_TENANT, template_key(one.template_id, one.version)) for one in command.templates)
    yield from (Ref(PAYERS, EVERY_TENANT, payer.id) for payer in command.payers)


async def load_catalogue(command: LoadCatalogue, context: Context) -> Result | Refusal:
    """Refuses with `template_changed` and `details.template` when a version is there with other content.

    Answers `{"templates": [keys], "payers": [ids]}`: what was written.
    """
    written: dict[str, list[str]] = {"templates": [], "payers": []}
    for template in command.templates:
        key = template_key(template.template_id, template.version)
        known = await context.work.get(TEMPLATES, EVERY_TENANT, key)
        if known is None:
            context.work.put(TEMPLATES, EVERY_TENANT, template)
            context.work.publish(TemplatePublished(template=template))
            written["templates"].append(key)
        elif known != template:
            return Refusal(code="template_changed", details={"template": key})
    for payer in command.payers:
        if await context.work.get(PAYERS, EVERY_TENANT, payer.id) != payer:
            context.work.put(PAYERS, EVERY_TENANT, payer)
            context.work.publish(PayerPublished(payer=payer))
            written["payers"].append(payer.id)
    return written
