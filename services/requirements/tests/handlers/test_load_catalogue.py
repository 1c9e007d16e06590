import pytest
from services.requirements.tests.domain.catalog.conftest import example_payers, template

from priorbus.contracts.templates import Payer
from priorbus.requirements.aggregates import PAYERS, TEMPLATES
from priorbus.requirements.handlers.load_catalogue import LoadCatalogue, load_catalogue, touched
from priorbus.runtime.group import GroupRunner
from priorbus.runtime.handling import Subscription
from priorbus.runtime.testing.store import MemoryStore
from priorbus.runtime.work import EVERY_TENANT

PAYER: Payer = example_payers()[0]
COMMAND = LoadCatalogue(templates=(template("a"), template("b", code="2")), payers=(PAYER,))


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def runner(store: MemoryStore) -> GroupRunner:
    return GroupRunner(store, (Subscription(LoadCatalogue, load_catalogue, touches=touched),))


def published(store: MemoryStore) -> list[str]:
    return [out.key for row in store.journal.values() for out in row.out]


async def test_everything_is_stored_and_told(store: MemoryStore, runner: GroupRunner) -> None:
    reply = await runner.execute(COMMAND, EVERY_TENANT)
    assert reply.result == {"templates": ["a@1", "b@1"], "payers": ["payer_evergreen"]}
    assert await store.get(TEMPLATES, EVERY_TENANT, "b@1") == template("b", code="2")
    assert await store.get(PAYERS, EVERY_TENANT, "payer_evergreen") == PAYER
    assert published(store) == ["template.published", "template.published", "payer.published"]


async def test_the_same_content_again_writes_nothing(store: MemoryStore, runner: GroupRunner) -> None:
    await runner.execute(COMMAND, EVERY_TENANT)
    reply = await runner.execute(COMMAND, EVERY_TENANT)
    assert reply.result == {"templates": [], "payers": []}
    assert len(published(store)) == 3


async def test_other_content_refuses_everything(store: MemoryStore, runner: GroupRunner) -> None:
    await runner.execute(COMMAND, EVERY_TENANT)
    changed = LoadCatalogue(templates=(template("new", code="3"), template("a", states=["CA"])), payers=())
    reply = await runner.execute(changed, EVERY_TENANT)
    assert reply.refusal is not None
    assert (reply.refusal.code, reply.refusal.details) == ("template_changed", {"template": "a@1"})
    assert await store.get(TEMPLATES, EVERY_TENANT, "new@1") is None


async def test_a_payer_may_change(store: MemoryStore, runner: GroupRunner) -> None:
    await runner.execute(COMMAND, EVERY_TENANT)
    closed = PAYER.model_copy(update={"status": "inactive"})
    reply = await runner.execute(LoadCatalogue(templates=(), payers=(closed,)), EVERY_TENANT)
    assert reply.result == {"templates": [], "payers": ["payer_evergreen"]}
    assert await store.get(PAYERS, EVERY_TENANT, "payer_evergreen") == closed
