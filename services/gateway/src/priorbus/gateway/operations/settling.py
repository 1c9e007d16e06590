"""Makes an operation terminal when the reply to its command has come (Conventions 7.4)."""

import asyncio

import structlog
from pymongo.errors import PyMongoError

from priorbus.gateway.operations.ledger import Completion, OperationLedger
from priorbus.gateway.operations.marks import IdempotencyMarks
from priorbus.gateway.operations.outcome import Appliers, Target, refusal_problem
from priorbus.gateway.operations.store import OperationStore
from priorbus.runtime.bus import ReplyData
from priorbus.runtime.mongo import Conflict
from priorbus.runtime.settlement import StoreUnavailable

log = structlog.get_logger()


class Settler:
    """Applies late replies. What fails here is done again: the relay sends the command once more and the owner repeats its reply."""

    def __init__(self, operations: OperationStore, ledger: OperationLedger, marks: IdempotencyMarks, appliers: Appliers) -> None:
        self._operations = operations
        self._ledger = ledger
        self._marks = marks
        self._appliers = appliers
        self._waiters: dict[str, asyncio.Future[ReplyData]] = {}
        self._tasks = set[asyncio.Task[None]]()

    def on_late_reply(self, reply: ReplyData) -> None:
        """Take a reply that no call waits for."""
        task = asyncio.create_task(self._settle_quietly(reply), name="settle-operation")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drain(self) -> None:
        """Finish what has arrived."""
        await asyncio.gather(*self._tasks)

    def expect(self, command_id: str) -> "asyncio.Future[ReplyData]":
        """The reply to a kept command once its operation is terminal."""
        return self._waiters.setdefault(command_id, asyncio.get_running_loop().create_future())

    def forget(self, command_id: str) -> None:
        """Nobody waits for this command here any more."""
        self._waiters.pop(command_id, None)

    async def _settle_quietly(self, reply: ReplyData) -> None:
        try:
            await self.settle(reply)
        except (PyMongoError, StoreUnavailable, Conflict) as error:
            log.warning("operation not settled, its reply will come again", message_id=reply["command_id"], error=error)
        except Exception:  # one bad reply must not stop the others
            log.exception("operation can not be settled", message_id=reply["command_id"])

    async def settle(self, reply: ReplyData) -> None:
        """Write the state through, then complete the operation and announce it, then let the idempotency key go."""
        row = await self._operations.pending_for(reply["command_id"])
        if row is None:
            return
        target = Target(**row["target"])
        if reply.get("result") is not None:
            await self._appliers[target.type](reply["result"])
            target = target.as_in(reply["result"])
        await self._ledger.complete(Completion(row, target, refusal_problem(reply, target.style)))
        if row["scope"]:
            await self._marks.release(row["scope"], row["command_id"])
        waiter = self._waiters.pop(row["command_id"], None)
        if waiter is not None and not waiter.done():
            waiter.set_result(reply)
