"""Consumers of public events on every channel, and what each event must look like (conventions.md 10 to 13)."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import aio_pika
import jsonschema_rs
from aio_pika.abc import AbstractIncomingMessage

from priorbus.contracts.public_events import PUBLIC_EVENTS
from priorbus.devstack.client import Client
from priorbus.devstack.stack import Stack
from priorbus.runtime.bus.names import EVENT_STREAM, EVENTS

_TEXT = {"type": "string", "minLength": 1}
CLOUD_EVENT = jsonschema_rs.Draft202012Validator(
    {
        "type": "object",
        "required": ["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema", "sequence", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {"type": "string", "pattern": "^evt_[0-9A-Z]{26}$"},
            "source": {"type": "string", "pattern": "^/tenants/t_[a-z0-9_-]+$"},
            "type": {"type": "string", "pattern": r"^priorbus\.[a-z_]+\.[a-z_]+\.v1$"},
            "subject": {"type": "string", "pattern": "^[a-z_]+/[A-Za-z0-9_-]+$"},
            "time": {"type": "string", "format": "date-time", "pattern": r"^[0-9T:-]{19}\.[0-9]{3}Z$"},
            "datacontenttype": {"const": "application/json"},
            "dataschema": {"type": "string", "format": "uri"},
            "sequence": {"type": "string", "pattern": "^[0-9]{12}$"},
            "partitionkey": _TEXT,
            "tenantid": {"type": "string", "pattern": "^t_"},
            "correlationid": _TEXT,
            "causationid": _TEXT,
            "traceparent": {"type": "string", "pattern": "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"},
            "data": {"type": "object"},
        },
        "additionalProperties": False,
    },
    validate_formats=True,
)
"""CloudEvents 1.0 in JSON, with the attributes that Priorbus gives and no others (13.1)."""


def short_type(event: Any) -> str:
    """The type without prefix and version."""
    return str(event["type"]).removeprefix("priorbus.").removesuffix(".v1")


def check_event(event: Any) -> None:
    """Raises AssertionError where a CloudEvent or its data is not what is promised."""
    problems = [f"{error.instance_path}: {error.message}" for error in CLOUD_EVENT.iter_errors(event)]
    assert not problems, problems
    short = short_type(event)
    PUBLIC_EVENTS[short].model_validate(event["data"])
    assert event["dataschema"].endswith(f"/schemas/events/{short}.json")
    assert event["subject"].endswith("/" + event["partitionkey"])


async def all_events(client: Client, query: str = "") -> list[Any]:
    """Every event of the caller's tenant."""
    events: list[Any] = []
    cursor = ""
    while True:
        page = (await client.succeed("GET", f"/v1/events?limit=100{query}{cursor}")).json
        events += page["data"]
        if not page["pagination"]["hasMore"]:
            return events
        cursor = f"&cursor={page['pagination']['nextCursor']}"


async def until_listed(client: Client, wanted: str) -> list[Any]:
    """Every event once there is one of a type."""
    async with asyncio.timeout(30):
        while wanted not in map(short_type, events := await all_events(client)):
            await asyncio.sleep(0.1)
    return events


async def decided_case(client: Client) -> str:
    """A case from its opening to the payer's decision; its id."""
    case = await client.confirm(await client.advance_case())
    await client.until(case.json["id"], "completed", seconds=30)
    return str(case.json["id"])


@dataclass
class Subscriber:
    """A consumer account and what its queue has got."""

    url: str
    messages: list[AbstractIncomingMessage] = field(default_factory=list)
    _came: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, message: AbstractIncomingMessage) -> None:
        """The consumer's callback."""
        await message.ack()
        async with self._came:
            self.messages.append(message)
            self._came.notify_all()

    @property
    def events(self) -> list[Any]:
        """The bodies."""
        return [json.loads(message.body) for message in self.messages]

    async def until(self, wanted: str) -> list[Any]:
        """All events, once there is one of a type."""
        async with asyncio.timeout(30), self._came:
            await self._came.wait_for(lambda: wanted in map(short_type, self.events))
        return self.events


def account_url(stack: Stack, account: str, password: str) -> str:
    """The AMQP address of a consumer account."""
    parts = urlsplit(stack.settings["PRIORBUS_AMQP_URL"])
    return urlunsplit(parts._replace(netloc=f"{quote(account)}:{password}@{parts.netloc.rpartition('@')[2]}"))


async def reader_of_everything(stack: Stack) -> str:
    """The AMQP address of an account that reads every tenant's events."""
    made = await asyncio.to_thread(stack.priorbus, "consumers", "create", "--all-tenants", "--name", f"c{secrets.token_hex(4)}")
    return account_url(stack, made["account"], made["password"])


@asynccontextmanager
async def subscribed(url: str, queue: str, *keys: str) -> AsyncIterator[Subscriber]:
    """A queue bound to the public exchange."""
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        declared = await channel.declare_queue(queue, exclusive=True)
        for key in keys:
            await declared.bind(EVENTS, key)
        subscriber = Subscriber(url)
        await declared.consume(subscriber.take)
        yield subscriber


async def read_stream(url: str, wanted: Sequence[str]) -> list[str]:
    """Ids in the replay stream from its beginning until all wanted ones have come."""
    seen: list[str] = []
    done = asyncio.Event()
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=200)
        stream = await channel.get_queue(EVENT_STREAM, ensure=False)

        async def take(message: AbstractIncomingMessage) -> None:
            seen.append(str(message.message_id))
            await message.ack()
            if set(wanted) <= set(seen):
                done.set()

        await stream.consume(take, arguments={"x-stream-offset": "first"})
        async with asyncio.timeout(30):
            await done.wait()
    return seen
