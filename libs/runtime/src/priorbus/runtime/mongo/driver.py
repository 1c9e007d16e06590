"""The one place that knows which MongoDB driver runs: sessions, aggregations and change streams differ, the rest is equal."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC
from typing import Any, Literal, Protocol

from bson import UuidRepresentation
from bson.codec_options import CodecOptions
from pymongo import AsyncMongoClient, WriteConcern
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError

from priorbus.runtime.mongo.cancellation import mend_condition_waits
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.settlement import StoreUnavailable

DriverName = Literal["pymongo", "motor"]
Session = AsyncClientSession
Database = AsyncDatabase[Document]
Rows = AsyncCollection[Document]
Pipeline = Sequence[Mapping[str, Any]]

CONNECTION: Mapping[str, Any] = {
    "serverSelectionTimeoutMS": 2000,
    "connectTimeoutMS": 2000,
    "socketTimeoutMS": 15000,
    "retryWrites": True,
    "retryReads": True,
    "w": "majority",
    "journal": True,
    "wTimeoutMS": 10000,
    "readConcernLevel": "majority",
    "appname": "priorbus",
}
"""Owners' data: a write that was acknowledged survives every failover, a read never shows what may still be rolled back."""
CODEC: CodecOptions[Any] = CodecOptions(tz_aware=True, tzinfo=UTC, uuid_representation=UuidRepresentation.STANDARD)
QUICK = WriteConcern(w=1, j=False)
"""For rows that can be made again, such as projections and leases."""
_COMMIT_TRIES = 5


class ChangeStream(Protocol):
    """An open change stream."""

    async def try_next(self) -> Mapping[str, Any] | None:
        """The next change, or None when none came within the await time."""

    @property
    def alive(self) -> bool:
        """False once it can yield nothing any more, for example because its collection was dropped."""

    @property
    def resume_token(self) -> Mapping[str, Any] | None:
        """Where to go on after the last change returned; moves on in quiet times too."""


class Client(Protocol):
    """A connection pool to one replica set. Operations raise driver errors; wrap them in `translated_errors`."""

    def database(self, name: str) -> Database:
        """A database with the codec and concerns of Priorbus."""

    def session(self) -> AbstractAsyncContextManager[Session]:
        """A causally consistent session: each read in it sees what was there when its last operation ran."""

    def transaction(self) -> AbstractAsyncContextManager[Session]:
        """One transaction: committed at the end of the block, aborted by an exception.

        Raises StoreUnavailable when it stays unknown whether the commit took effect: the journal tells later.
        """

    async def aggregate(self, rows: Rows, pipeline: Pipeline) -> list[Document]:
        """All documents an aggregation yields."""

    def watch(
        self, rows: Rows, pipeline: Pipeline, *, resume_after: Mapping[str, Any] | None, await_ms: int
    ) -> AbstractAsyncContextManager[ChangeStream]:
        """Tail a collection, from a token or from now."""

    async def close(self) -> None:
        """Close all connections."""


def connect(url: str, driver: DriverName = "pymongo") -> Client:
    """A client for `url`; connects at the first operation. `motor` needs the extra `priorbus-runtime[motor]`."""
    if driver == "motor":
        from priorbus.runtime.mongo.motor import MotorClient  # noqa: PLC0415 - an optional dependency

        return MotorClient(url)
    return PymongoClient(url)


class PymongoClient:
    """PyMongo's own asyncio API; satisfies `Client`."""

    def __init__(self, url: str) -> None:
        mend_condition_waits()
        self._client: AsyncMongoClient[Document] = AsyncMongoClient(url, **CONNECTION)

    def database(self, name: str) -> Database:
        return self._client.get_database(name, codec_options=CODEC)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        async with self._client.start_session() as session:
            yield session

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Session]:
        async with self._client.start_session() as session:
            await session.start_transaction()
            async with ended(session):
                yield session

    async def aggregate(self, rows: Rows, pipeline: Pipeline) -> list[Document]:
        async with await rows.aggregate(pipeline) as cursor:
            return await cursor.to_list()

    @asynccontextmanager
    async def watch(
        self, rows: Rows, pipeline: Pipeline, *, resume_after: Mapping[str, Any] | None, await_ms: int
    ) -> AsyncIterator[ChangeStream]:
        stream = await rows.watch(pipeline, resume_after=resume_after, max_await_time_ms=await_ms)
        async with stream:
            yield stream

    async def close(self) -> None:
        await self._client.close()


@asynccontextmanager
async def ended(session: Session) -> AsyncIterator[None]:
    """Commit or abort the transaction that the session is in; the same for both drivers."""
    try:
        yield
    except BaseException:
        await session.abort_transaction()
        raise
    await _commit(session)


async def _commit(session: Session) -> None:
    """Commit; asking again is harmless when the answer was lost, and finishes a transaction that the server still holds."""
    for tries_left in reversed(range(_COMMIT_TRIES)):
        try:
            await session.commit_transaction()
            return
        except PyMongoError as error:
            if not error.has_error_label("UnknownTransactionCommitResult"):
                raise
            if not tries_left:
                raise StoreUnavailable("UnknownTransactionCommitResult") from error
