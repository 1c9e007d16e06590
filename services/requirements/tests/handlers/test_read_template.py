from services.requirements.tests.domain.catalog.conftest import template

from priorbus.contracts.commands.requirements import ReadTemplate
from priorbus.contracts.templates import Template
from priorbus.requirements.aggregates import TEMPLATES
from priorbus.requirements.handlers.read_template import read_template
from priorbus.runtime.group import GroupRunner
from priorbus.runtime.handling import Subscription
from priorbus.runtime.testing.store import MemoryStore
from priorbus.runtime.work import EVERY_TENANT


async def test_it_answers_with_the_file_members() -> None:
    store, stored = MemoryStore(), template("t", 2)
    await store.put(TEMPLATES, EVERY_TENANT, stored)
    runner = GroupRunner(store, (Subscription(ReadTemplate, read_template),))
    reply = await runner.execute(ReadTemplate(template_id="t", version=2), EVERY_TENANT)
    assert reply.result is not None
    assert reply.result["templateId"] == "t"
    assert Template.model_validate(reply.result) == stored


async def test_an_unknown_version() -> None:
    runner = GroupRunner(MemoryStore(), (Subscription(ReadTemplate, read_template),))
    reply = await runner.execute(ReadTemplate(template_id="t", version=1), EVERY_TENANT)
    assert reply.refusal is not None
    assert reply.refusal.code == "not_found"
