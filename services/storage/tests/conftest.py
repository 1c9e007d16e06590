"""The service on doubles: its own subscription table, run by the real group runner."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from priorbus.contracts.commands.storage import CompleteFile, CreateFile
from priorbus.contracts.envelope import Envelope
from priorbus.contracts.facts.storage import FileFact
from priorbus.contracts.files import File
from priorbus.contracts.messages import Message
from priorbus.contracts.replies import Reply
from priorbus.runtime import cloudevents
from priorbus.runtime.clock import FixedClock
from priorbus.runtime.group import GroupRunner
from priorbus.runtime.ids import CountingIds
from priorbus.runtime.objects import SignedRequest
from priorbus.runtime.settlement import Settlement
from priorbus.runtime.testing.objects import MemoryObjectStore
from priorbus.runtime.testing.store import MemoryStore
from priorbus.storage.aggregates import FILES
from priorbus.storage.ports import ScanUnavailable
from priorbus.storage.settings import Settings
from priorbus.storage.subscriptions import subscriptions
from priorbus.storage.sweeper import Sweeper

TENANT = "t_acme"
PDF = b"%PDF-1.7 note"


class StubScanner:
    """Finds what holds the word virus; `available` False is a scanner that is away."""

    def __init__(self) -> None:
        self.available = True

    async def clean(self, chunks: AsyncIterator[bytes]) -> bool:
        if not self.available:
            raise ScanUnavailable
        return b"virus" not in b"".join([chunk async for chunk in chunks])


class World:
    """Storage, its database and its object store in memory, with one clock."""

    def __init__(self, settings: Settings, objects: MemoryObjectStore | None = None) -> None:
        self.settings = settings
        self.clock = FixedClock()
        self.objects = objects or MemoryObjectStore()
        self.objects.now = self.clock.now
        self.store = MemoryStore()
        self.scanner = StubScanner() if settings.clamav_addr else None
        self._ids = CountingIds()
        self.runner = GroupRunner(self.store, subscriptions(self.objects, settings, self.scanner), self.clock, self._ids)
        self.sweeper = Sweeper(self.objects, self.store, self.runner, self.clock)

    async def send(self, message: Message, *, message_id: str | None = None) -> Reply:
        """One command and its reply."""
        settlement = await self.attempt(message, message_id=message_id)
        assert settlement.kind == "done", settlement
        assert settlement.reply is not None
        return Reply.model_validate_json(settlement.reply)

    async def attempt(self, message: Message, *, message_id: str | None = None) -> Settlement:
        """One message, and how it ended."""
        (settlement,) = await self.runner.run([self.envelope(message, message_id)])
        return settlement

    def envelope(self, message: Message, message_id: str | None = None) -> Envelope:
        """A message as the bus brings it."""
        return Envelope(
            id=message_id or self._ids("msg"),
            type=message.wire_type,
            time=self.clock(),
            tenant=TENANT,
            data=message.model_dump(mode="json"),
        )

    async def create(self, file_id: str = "file_1", **values: Any) -> Reply:
        given = {"file_name": "note.pdf", "content_type": "application/pdf", "purpose": "authorization_attachment"} | values
        return await self.send(CreateFile(file_id=file_id, **given))

    async def uploaded(self, body: bytes = PDF, file_id: str = "file_1", **values: Any) -> SignedRequest:
        """Create a file and put bytes to its target."""
        reply = await self.create(file_id, **values)
        assert reply.result is not None
        upload = reply.result["upload"]
        request = SignedRequest(upload["method"], upload["url"], upload["headers"])
        assert self.objects.send(request, body)[0] == 200
        return request

    async def complete(self, file_id: str = "file_1", **named: str) -> Reply:
        return await self.send(CompleteFile(file_id=file_id), **named)

    async def file(self, file_id: str = "file_1") -> File:
        file = await self.store.get(FILES, TENANT, file_id)
        assert file is not None
        return file

    async def run_due_timers(self) -> None:
        """Send what is due, as the timer loop does."""
        while due := [row for row in self.store.timers.values() if row.due <= self.clock()]:
            for row in due:
                del self.store.timers[row.id]
                await self._fire(row.body)

    async def _fire(self, body: bytes) -> None:
        (envelope,) = cloudevents.decode(cloudevents.join([body]))
        (settlement,) = await self.runner.run([envelope])
        assert settlement.kind == "done", settlement

    def later(self, **duration: float) -> None:
        self.clock.advance(timedelta(**duration))
        self.objects.now = self.clock.now

    def facts(self) -> list[FileFact]:
        return [message for message in self.store.published() if isinstance(message, FileFact)]

    def waiting_timers(self) -> list[str]:
        return sorted(self.store.timers)


@pytest.fixture
def settings() -> Settings:
    return Settings.model_validate(
        {
            "amqp_url": "amqp://nowhere",
            "mongo_url": "mongodb://nowhere",
            "s3_endpoint": "http://nowhere",
            "s3_public_endpoint": "http://nowhere",
            "s3_bucket": "priorbus",
            "s3_access_key": "k",
            "s3_secret_key": "s",
        }
    )


@pytest.fixture
def make_world() -> type[World]:
    return World


@pytest.fixture
def world(settings: Settings) -> World:
    return World(settings)


@pytest.fixture
def scanned(settings: Settings) -> World:
    """The same with a scanner configured."""
    return World(settings.model_copy(update={"clamav_addr": "127.0.0.1:3310"}))
