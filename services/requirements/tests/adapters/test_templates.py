"""The cached catalogue on a real MongoDB."""

from collections.abc import AsyncIterator

import pytest
from services.requirements.tests.conftest import PAYER, SELECTION, TEMPLATE, World

from priorbus.contracts.templates import Payer, Template
from priorbus.requirements.adapters.templates import FRESH_SECONDS, CachedTemplates
from priorbus.requirements.aggregates import ALL
from priorbus.requirements.handlers.load_catalogue import LoadCatalogue, load_catalogue, touched
from priorbus.runtime.group import GroupRunner
from priorbus.runtime.handling import Subscription
from priorbus.runtime.mongo import Store
from priorbus.runtime.work import EVERY_TENANT


class Shelf:
    """The adapter, its store, and the seconds that have passed."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.seconds = 0.0
        self.templates = CachedTemplates(store, lambda: self.seconds)

    async def load(self, *templates: Template, payer: Payer = PAYER) -> None:
        runner = GroupRunner(self.store, (Subscription(LoadCatalogue, load_catalogue, touches=touched),))
        reply = await runner.execute(LoadCatalogue(templates=templates, payers=(payer,)), EVERY_TENANT)
        assert reply.refusal is None


@pytest.fixture
async def shelf(mongo_url: str, emptied_prefix: str) -> AsyncIterator[Shelf]:
    async with Store.open(mongo_url, f"{emptied_prefix}_requirements") as store:
        await store.ensure_indexes(ALL)
        yield Shelf(store)


async def test_new_versions_and_changed_payers_are_seen_after_a_moment(shelf: Shelf) -> None:
    await shelf.load(TEMPLATE)
    first = await shelf.templates.catalogue()
    assert (first.select(SELECTION), first.payer(PAYER.id)) == (TEMPLATE, PAYER)
    second_version, closed = TEMPLATE.model_copy(update={"version": 2}), PAYER.model_copy(update={"status": "inactive"})
    await shelf.load(TEMPLATE, second_version, payer=closed)
    assert await shelf.templates.catalogue() is first
    shelf.seconds += FRESH_SECONDS
    second = await shelf.templates.catalogue()
    assert (second.select(SELECTION), second.payer(PAYER.id)) == (second_version, closed)


async def test_an_unchanged_catalogue_is_not_read_again(shelf: Shelf) -> None:
    await shelf.load(TEMPLATE)
    first = await shelf.templates.catalogue()
    shelf.seconds += FRESH_SECONDS
    assert await shelf.templates.catalogue() is first


async def test_a_case_keeps_its_version_compiled_once(shelf: Shelf, world: World) -> None:
    await shelf.load(TEMPLATE)
    case = world.case("advance")
    pinned = await shelf.templates.pinned(case, shelf.store)
    assert pinned.template == TEMPLATE
    assert await shelf.templates.pinned(case, shelf.store) is pinned
    assert shelf.templates.compiled(TEMPLATE) is pinned


async def test_a_version_that_is_gone_is_a_fault(shelf: Shelf, world: World) -> None:
    with pytest.raises(LookupError):
        await shelf.templates.pinned(world.case("advance"), shelf.store)
