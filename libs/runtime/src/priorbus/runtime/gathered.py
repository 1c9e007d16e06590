"""Reads that are wanted at about the same time are one query: while one query is under way, the next one gathers."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from contextvars import Context
from typing import Any, Generic, TypeVar, cast

from pydantic import BaseModel

from priorbus.runtime.mongo.documents import slot_of
from priorbus.runtime.mongo.transactional import TransactionalStore
from priorbus.runtime.work import Collection as Aggregates
from priorbus.runtime.work import Ref

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
T = TypeVar("T", bound=BaseModel)
_MOST = 200


class Gathered(Generic[K, V]):
    """One `load` at a time, of at most 200 keys; a key that it leaves out has no value. Every value was read after it was wanted."""

    def __init__(self, load: Callable[[Collection[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._load = load
        self._waiting: dict[K, asyncio.Future[V | None]] = {}
        self._loading: asyncio.Task[None] | None = None

    async def get(self, key: K) -> V | None:
        """Raises what `load` raises."""
        wanted = self._waiting.get(key)
        if wanted is None:
            wanted = self._waiting[key] = asyncio.get_running_loop().create_future()
        if self._loading is None:
            self._loading = asyncio.create_task(self._load_all(), context=Context())
        # one that gives up must not take the others along
        return await asyncio.shield(wanted)

    async def _load_all(self) -> None:
        try:
            while self._waiting:
                keys = list(self._waiting)[:_MOST]
                await self._answer({key: self._waiting.pop(key) for key in keys})
        finally:
            self._loading = None

    async def _answer(self, wanted: Mapping[K, asyncio.Future[V | None]]) -> None:
        try:
            found = await self._load(wanted)
        except asyncio.CancelledError:
            for future in wanted.values():
                future.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - whoever wanted it handles it
            for future in wanted.values():
                future.set_exception(error)
                future.exception()
            return
        for key, future in wanted.items():
            future.set_result(found.get(key))


class GatheredReader:
    """Aggregates as committed; satisfies `Reader`."""

    def __init__(self, store: TransactionalStore) -> None:
        self._store = store
        self._reads: Gathered[Ref, Any] = Gathered(self._load)

    async def get(self, collection: Aggregates[T], tenant: str, key: str) -> T | None:
        """Raises StoreUnavailable."""
        return cast(T | None, await self._reads.get(Ref(collection, tenant, key)))

    async def _load(self, refs: Collection[Ref]) -> Mapping[Ref, Any]:
        loaded = await self._store.load(refs)
        return {ref: loaded[slot_of(ref)].aggregate for ref in refs}
