"""What an observer is given: committed state, and transactions ahead of its message's own."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel

from priorbus.runtime.handling import Context, Step, Subscription, TransientError
from priorbus.runtime.mongo.jobs import Job
from priorbus.runtime.settlement import Settlement
from priorbus.runtime.work import Collection, Reader, Ref

T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Steps:
    """Satisfies `Outside` for one message. `run` commits a job."""

    reader: Reader
    job: Job
    run: Callable[[Job], Awaitable[Settlement]]

    async def get(self, collection: Collection[T], tenant: str, key: str) -> T | None:
        return await self.reader.get(collection, tenant, key)

    async def commit(self, name: str, step: Step, touches: Iterable[Ref] = ()) -> dict[str, Any]:
        refs = tuple(touches)

        async def handle(_: Any, context: Context) -> dict[str, Any]:
            return await step(context)

        envelope = replace(self.job.envelope, id=f"{self.job.envelope.id}/{name}", idempotency=None)
        subscription = Subscription(self.job.subscription.message, handle, touches=lambda *_: refs)
        settlement = await self.run(Job(envelope, subscription, self.job.message))
        if settlement.kind != "done" or settlement.reply is None:
            raise TransientError(f"a step failed: {settlement.error}")
        result: dict[str, Any] = orjson.loads(settlement.reply)["result"]
        return result
