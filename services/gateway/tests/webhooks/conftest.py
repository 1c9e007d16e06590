"""Endpoints, events and the loops that deliver, on a real database."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import SecretStr

from priorbus.devstack.receiver import Behave, Receiver, receiver
from priorbus.gateway.events.log import EventLog
from priorbus.gateway.read_models import event_log
from priorbus.gateway.settings import ProjectorSettings
from priorbus.gateway.webhooks import delivery, endpoint
from priorbus.gateway.webhooks.endpoint import NewEndpoint, endpoint_record, new_secret
from priorbus.gateway.webhooks.listeners import note_change
from priorbus.gateway.webhooks.running import webhook_tasks
from priorbus.runtime.clock import utc_now
from priorbus.runtime.ids import new_id
from priorbus.runtime.mongo import Store
from priorbus.runtime.sealing import Sealer
from priorbus.runtime.service import background

KEY = base64.urlsafe_b64encode(b"k" * 32).decode()
SEALER = Sealer([SecretStr(KEY)])


@dataclass
class Deliveries:
    """What the tests do with webhooks below the HTTP API."""

    store: Store
    stack: AsyncExitStack
    log: EventLog
    numbers: list[str] = field(default_factory=list)

    async def receiver(self, behave: Behave | None = None) -> Receiver:
        """A receiver that lives as long as the test."""
        return await self.stack.enter_async_context(receiver(behave))

    async def endpoint(self, url: str, *types: str, tenant: str = "t_one", **changes: Any) -> str:
        """A new endpoint for these types, or for all."""
        record = (
            endpoint_record(
                new_id("whe"), tenant, NewEndpoint(url, types or ("*",), "standard", None), SEALER.seal(new_secret()), utc_now()
            )
            | changes
        )
        async with self.store.client.transaction() as session:
            await note_change(self.store.database, tenant, session)
            await self.store.database[endpoint.COLLECTION].insert_one(record, session=session)
        return str(record["_id"])

    async def event(self, kind: str = "file.created", tenant: str = "t_one") -> str:
        """One more event; its id."""
        event_id = f"evt_{len(self.numbers)}"
        self.numbers.append(event_id)
        body = {"id": event_id, "type": f"priorbus.{kind}.v1", "time": "2026-03-04T05:06:07.089Z", "data": {"id": "file_1"}}
        row = event_log.document(event_id, tenant, "file/file_1", [kind], [json.dumps(body).encode()])
        async with self.store.client.transaction() as session:
            await self.log.append(session, [row], utc_now())
        return event_id

    async def rows(self, **query: Any) -> list[dict[str, Any]]:
        """The delivery log, oldest first."""
        return await self.store.database[delivery.COLLECTION].find(query, sort=[("_id", 1)]).to_list(None)

    async def of(self, endpoint_id: str) -> dict[str, Any]:
        """The endpoint as it is."""
        found = await self.store.database[endpoint.COLLECTION].find_one({"_id": endpoint_id})
        assert found is not None
        return found

    async def until(self, status: str, **query: Any) -> dict[str, Any]:
        """The one delivery of the query, once it has this status."""
        async with asyncio.timeout(30):
            while True:
                (row,) = await self.rows(**query)
                if row["status"] == status:
                    return row
                await asyncio.sleep(0.02)

    @asynccontextmanager
    async def dispatching(self, **changes: Any) -> AsyncIterator[None]:
        """The projector's webhook loops, with waits a thousandth of the real ones."""
        given: dict[str, Any] = {
            "amqp_url": "amqp://nowhere",
            "mongo_url": "mongodb://nowhere",
            "public_base_url": "https://api.example.test",
            "sealing_keys": [KEY],
            "webhook_allow_private": True,
            "webhook_allow_http": True,
            "webhook_retry_scale": 0.001,
        }
        settings = ProjectorSettings(**(given | changes))
        async with webhook_tasks(self.store, settings, utc_now) as tasks, background(tasks):
            yield


@pytest.fixture
async def deliveries(store: Store) -> AsyncIterator[Deliveries]:
    async with AsyncExitStack() as stack:
        yield Deliveries(store, stack, EventLog(store.database))
