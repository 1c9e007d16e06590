"""Sends a command and answers with its outcome, or keeps it durably and answers 202 (Conventions 1.4, 4, 5, 7)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson
from pymongo.errors import PyMongoError

from priorbus.contracts.envelope import Envelope, Idempotency
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.fingerprint import fingerprint
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.operations.marks import IdempotencyMarks, idempotency_scope
from priorbus.gateway.operations.outcome import Appliers, Target, refusal_problem
from priorbus.gateway.operations.settling import Settler
from priorbus.gateway.operations.store import OperationStore
from priorbus.gateway.presentation.operation import render_operation
from priorbus.runtime.bus import NoReply, NotAccepted, ReplyData, Requests
from priorbus.runtime.clock import Clock
from priorbus.runtime.handling import Ids
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.errors import translated_errors
from priorbus.runtime.settlement import StoreUnavailable

_FAILOVER_SECONDS = 5.0
_NO_DATA: Mapping[str, Any] = {}
Present = Callable[[Mapping[str, Any]], Awaitable[Answer]]
"""Renders the result of a reply."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A command ready to go."""

    envelope: Envelope
    data_json: bytes

    @property
    def scope(self) -> str | None:
        """The scope of the client's idempotency key, if there is one."""
        return self.envelope.idempotency.scope if self.envelope.idempotency else None


@dataclass(frozen=True, slots=True)
class Kept:
    """A command whose outcome will be found in an operation."""

    row: Document


@dataclass(frozen=True, slots=True)
class Books:
    """Where commands under way are kept, and where their outcomes go."""

    operations: OperationStore
    settler: Settler
    marks: IdempotencyMarks
    appliers: Appliers


class Commands:
    """What endpoints write with."""

    def __init__(self, requests: Requests, books: Books, clock: Clock, new_id: Ids, deadline: float) -> None:
        self._requests = requests
        self._operations = books.operations
        self._settler = books.settler
        self._marks = books.marks
        self._appliers = books.appliers
        self._clock = clock
        self._new_id = new_id
        self._deadline = deadline
        self._sends = set[asyncio.Task[None]]()

    async def run(self, call: Call, wire_type: str, data: Mapping[str, Any], target: Target, present: Present) -> Answer:
        """Carry a command out. Raises Problem with what the owner refused, or 503 when nothing could take the command."""
        sending = self._prepare(call, wire_type, data)
        await self._take_key(sending)
        try:
            if call.respond_async and not await self._succeeded_before(sending):
                row = await self._keep(sending, target)
                self._send_soon(row)
                return _accepted(call, target, row, {"Preference-Applied": "respond-async"})
            outcome = await self._outcome(sending, target)
        except Problem:
            # nothing holds the command here, so the client may come again at once
            with suppress(StoreUnavailable, PyMongoError):
                await self._release(sending)
            raise
        if isinstance(outcome, Kept):
            return _accepted(call, target, outcome.row, {})
        return await self._answer(sending, outcome, target, present)

    async def run_at_once(
        self, call: Call, wire_type: str, data: Mapping[str, Any], deadline: float, *, shows_refused: bool = False, keyed: bool = True
    ) -> ReplyData:
        """Carry a command out that is never answered 202. Raises Problem (503) when no reply comes in time.

        With `shows_refused` a refusal that comes with a result is given back instead of raised: the result is what clients see. One that
        is not `keyed` is carried out each time, whatever its Idempotency-Key.
        """
        sending = self._prepare(call, wire_type, data, keyed=keyed)
        await self._take_key(sending)
        try:
            reply = await self._requests.call(sending.envelope, sending.data_json, deadline)
        except (NotAccepted, NoReply):
            raise Problem("service_unavailable") from None
        finally:
            await self._release(sending)
        problem = refusal_problem(reply)
        if problem is not None and not (shows_refused and reply.get("result") is not None):
            raise problem
        return reply

    async def drain(self) -> None:
        """Let first sends that are under way end."""
        await asyncio.gather(*self._sends)

    def _prepare(self, call: Call, wire_type: str, data: Mapping[str, Any], *, keyed: bool = True) -> Sending:
        principal = call.principal
        idempotency = None
        if keyed and call.idempotency_key is not None:
            idempotency = Idempotency(idempotency_scope(call), fingerprint(call.body, call.path, call.query))
        envelope = Envelope(
            id=self._new_id("cmd"),
            type=wire_type,
            time=self._clock(),
            tenant=principal.tenant,
            data=_NO_DATA,
            client=principal.client_id,
            user=str(principal.user_id),
            request_id=call.request_id,
            traceparent=call.traceparent,
            idempotency=idempotency,
        )
        return Sending(envelope, orjson.dumps(data))

    async def _take_key(self, sending: Sending) -> None:
        if sending.envelope.idempotency is not None:
            mine = sending.envelope.idempotency
            await self._marks.acquire(mine.scope, mine.fingerprint, sending.envelope.id)

    async def _succeeded_before(self, sending: Sending) -> bool:
        """Whether this key was answered 202 and has succeeded since: it is replayed in the synchronous form (Conventions 5.8)."""
        if sending.scope is None:
            return False
        try:
            with translated_errors():
                return await self._operations.has_succeeded(sending.scope)
        except StoreUnavailable:
            raise Problem("service_unavailable") from None

    async def _release(self, sending: Sending) -> None:
        if sending.scope is not None:
            await self._marks.release(sending.scope, sending.envelope.id)

    async def _outcome(self, sending: Sending, target: Target) -> ReplyData | Kept:
        """The owner's reply, or the operation that stands for it once the deadline has passed."""
        started = asyncio.get_running_loop().time()
        try:
            return await self._requests.call(sending.envelope, sending.data_json, self._deadline)
        except NoReply:
            return Kept(await self._keep_at_last(sending, target))
        except NotAccepted:
            left = self._deadline - (asyncio.get_running_loop().time() - started)
            return await self._keep_and_wait(sending, target, left)

    async def _keep_and_wait(self, sending: Sending, target: Target, seconds: float) -> ReplyData | Kept:
        """The broker did not take the command: keep it here, and wait for the relay to get it through after all."""
        waiter = self._settler.expect(sending.envelope.id)
        try:
            row = await self._keep(sending, target)
            done, _ = await asyncio.wait({waiter}, timeout=max(seconds, 0))
            return waiter.result() if done else Kept(row)
        finally:
            self._settler.forget(sending.envelope.id)

    async def _keep(self, sending: Sending, target: Target) -> Document:
        """Make the command durable here. Raises 503 when that is impossible."""
        try:
            with translated_errors():
                row = await self._operations.open(sending.envelope, sending.data_json, target)
        except StoreUnavailable:
            raise Problem("service_unavailable") from None
        if sending.scope is not None:
            # from here on the command is accepted; the relay keeps the key too
            with suppress(StoreUnavailable), translated_errors():
                await self._marks.keep(sending.scope, sending.envelope.id, row["_id"])
        return row

    async def _keep_at_last(self, sending: Sending, target: Target) -> Document:
        """Like `_keep` for a command that the broker has: it will be carried out, so a new primary is worth waiting for."""
        until = asyncio.get_running_loop().time() + _FAILOVER_SECONDS
        while True:
            try:
                return await self._keep(sending, target)
            except Problem:
                if asyncio.get_running_loop().time() > until:
                    raise

    def _send_soon(self, row: Document) -> None:
        task = asyncio.create_task(self._send(row), name="send-operation")
        self._sends.add(task)
        task.add_done_callback(self._sends.discard)

    async def _send(self, row: Document) -> None:
        """Best effort: the relay sends what does not get through."""
        with suppress(NotAccepted):
            await self._requests.send(row["command"], row["key"])

    async def _answer(self, sending: Sending, reply: ReplyData, target: Target, present: Present) -> Answer:
        """Write the state through, let the key go, then show the outcome."""
        result = reply.get("result")
        replayed = bool(reply.get("replayed"))
        if result is not None:
            # a replay too: the gateway that had the first reply may have died before it wrote
            await self._appliers[target.type](result)
        await self._release(sending)
        problem = refusal_problem(reply, target.style)
        if problem is not None:
            raise problem
        answer = await present(result or {})
        if replayed:
            answer.headers["Idempotency-Replayed"] = "true"
        return answer


def _accepted(call: Call, target: Target, row: Document, headers: Mapping[str, str]) -> Answer:
    call.resource_id = target.id
    location = {"Location": f"/v1/operations/{row['_id']}", "Retry-After": "1"}
    return Answer(202, orjson.dumps(render_operation(row)), {**location, **headers})
