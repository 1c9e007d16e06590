"""The service's subscription table on a store in memory."""

import pytest
from services.requirements.tests.conftest import PROVIDER, TENANT, World

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.envelope import Idempotency
from priorbus.contracts.messages import Message
from priorbus.requirements.aggregates import AUTHORIZATIONS, PROVIDERS
from priorbus.requirements.domain.catalog import Catalogue
from priorbus.requirements.domain.questionnaire import CompiledTemplate
from priorbus.requirements.subscriptions import subscriptions
from priorbus.runtime.testing.handlers import Handled, Stage
from priorbus.runtime.work import Reader


class OneTemplate:
    """Satisfies `Templates`."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def catalogue(self) -> Catalogue:
        return self._world.catalogue

    def compiled(self, template: object) -> CompiledTemplate:
        return self._world.compiled

    async def pinned(self, authorization: Authorization, reader: Reader) -> CompiledTemplate:
        return self._world.compiled


class Office:
    """Gives messages to the handlers that the table names for them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.stage = Stage()
        self._table = {row.message: row for row in subscriptions(OneTemplate(world), world.terms)}

    async def run(self, message: Message, *, tenant: str = TENANT, idempotency: Idempotency | None = None) -> Handled:
        self.stage.clock.now = self.world.moment.now
        return await self.stage.run(self._table[type(message)], message, tenant=tenant, idempotency=idempotency)

    async def given(self, authorization: Authorization) -> Authorization:
        await self.stage.store.put(AUTHORIZATIONS, TENANT, authorization)
        return authorization

    async def stored(self, authorization_id: str) -> Authorization:
        found = await self.stage.store.get(AUTHORIZATIONS, TENANT, authorization_id)
        assert found is not None
        return found


def wire_types(handled: Handled) -> list[str]:
    """What was published, in order."""
    return [message.wire_type for message in handled.published]


@pytest.fixture
async def office(world: World) -> Office:
    made = Office(world)
    await made.stage.store.put(PROVIDERS, TENANT, PROVIDER)
    return made
