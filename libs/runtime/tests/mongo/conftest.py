"""A store on the real database, and a broker that the test looks into."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

import pytest

from priorbus.contracts.envelope import Envelope
from priorbus.contracts.messages import Message
from priorbus.runtime import cloudevents
from priorbus.runtime.bus import Confirmation, NotAccepted, PublicEvent
from priorbus.runtime.bus.names import Exchange
from priorbus.runtime.clock import utc_now
from priorbus.runtime.ids import new_id
from priorbus.runtime.mongo import Store
from priorbus.runtime.testing.ledger import ACCOUNTS


class Broker:
    """Satisfies `Publisher`. Confirms at once while `confirming`, refuses everything while `down`; each send takes `seconds`."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, str, list[Envelope]]] = []
        self.confirming = True
        self.down = False
        self.seconds = 0.0
        self.refused = 0
        self._unconfirmed: list[Confirmation] = []
        self._arrived = asyncio.Condition()

    @property
    def received(self) -> list[Envelope]:
        """Every CloudEvent in the order of arrival."""
        return [envelope for _, _, batch in self.messages for envelope in batch]

    async def publish(self, exchange: Exchange, key: str, body: bytes) -> None:
        await (await self.send(exchange, key, [body]))

    async def send(self, exchange: Exchange, key: str, bodies: Sequence[bytes]) -> Confirmation:
        confirmation: Confirmation = asyncio.get_running_loop().create_future()
        if self.down:
            self.refused += 1
            confirmation.set_exception(NotAccepted())
            async with self._arrived:
                self._arrived.notify_all()
            return confirmation
        await asyncio.sleep(self.seconds)
        self.messages.append((exchange, key, cloudevents.decode(cloudevents.join(bodies))))
        if self.confirming:
            confirmation.set_result(None)
        else:
            self._unconfirmed.append(confirmation)
        async with self._arrived:
            self._arrived.notify_all()
        return confirmation

    async def send_event(self, event: PublicEvent) -> Confirmation:
        raise NotImplementedError

    def lose_confirms(self) -> None:
        """As when the connection breaks."""
        for confirmation in self._unconfirmed:
            confirmation.set_exception(NotAccepted())
        self._unconfirmed.clear()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something to have arrived."""
        async with asyncio.timeout(20), self._arrived:
            await self._arrived.wait_for(condition)


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture(params=["pymongo", "motor"])
async def store(request: pytest.FixtureRequest, mongo_url: str, database_prefix: str) -> AsyncIterator[Store]:
    async with Store.open(mongo_url, f"{database_prefix}_ledger", request.param) as opened:
        await opened.ensure_indexes([ACCOUNTS])
        yield opened


@pytest.fixture
def envelope() -> Callable[..., Envelope]:
    def make(message: Message, tenant: str = "t_acme") -> Envelope:
        return Envelope(id=new_id("cmd"), type=message.wire_type, time=utc_now(), tenant=tenant, data=message.model_dump(mode="json"))

    return make


@pytest.fixture
def running() -> Callable[..., AbstractAsyncContextManager[None]]:
    """Something with `run` (relay, timers), at work inside the block."""

    @asynccontextmanager
    async def run(*loops: object) -> AsyncIterator[None]:
        tasks = [asyncio.ensure_future(loop.run()) for loop in loops]  # type: ignore[attr-defined]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*tasks)

    return run
