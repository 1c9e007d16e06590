"""Motor behind the driver seam. Its collections and sessions have PyMongo's async interface but for what is written out here."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast

from motor.motor_asyncio import AsyncIOMotorClient

from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.driver import CODEC, CONNECTION, ChangeStream, Database, Pipeline, Rows, Session, ended


class MotorClient:
    """Motor, PyMongo's threaded driver wrapped for asyncio; satisfies `Client`."""

    def __init__(self, url: str) -> None:
        self._client: Any = AsyncIOMotorClient(url, **CONNECTION)

    def database(self, name: str) -> Database:
        return cast(Database, self._client.get_database(name, codec_options=CODEC))

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        async with await self._client.start_session() as session:
            yield cast(Session, session)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Session]:
        async with await self._client.start_session() as session:
            session.start_transaction()
            async with ended(cast(Session, session)):
                yield cast(Session, session)

    async def aggregate(self, rows: Rows, pipeline: Pipeline) -> list[Document]:
        cursor = cast(Any, rows).aggregate(pipeline)
        return cast(list[Document], await cursor.to_list(None))

    @asynccontextmanager
    async def watch(
        self, rows: Rows, pipeline: Pipeline, *, resume_after: Mapping[str, Any] | None, await_ms: int
    ) -> AsyncIterator[ChangeStream]:
        start = {"resume_after": resume_after} if resume_after is not None else {"start_at_operation_time": await _operation_time(rows)}
        async with cast(Any, rows).watch(pipeline, max_await_time_ms=await_ms, **start) as stream:
            yield cast(ChangeStream, stream)

    async def close(self) -> None:
        self._client.close()


async def _operation_time(rows: Rows) -> Any:
    """Now in the database's history: Motor opens a stream only when it is first read, which would be too late."""
    return (await rows.database.command("ping"))["operationTime"]
