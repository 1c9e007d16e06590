"""One attempt at a group: handle every message in order on one identity map, then commit everything at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from priorbus.contracts.messages import Query
from priorbus.contracts.replies import Refusal
from priorbus.runtime.handling import Context, Ids, LastingRefusal, Result
from priorbus.runtime.mongo.encoding import Encoder, replay
from priorbus.runtime.mongo.jobs import Job, Outcome, failure
from priorbus.runtime.mongo.transactional import Changes, IdempotencyRow, JournalRow, TimerRow, TransactionalStore
from priorbus.runtime.mongo.unit_of_work import IdentityMap, MessageWork
from priorbus.runtime.settlement import Settlement, StoreUnavailable

KEY_REUSED = "idempotency_key_reused"


class Attempt:
    """Used once; whatever it raises, nothing was written."""

    def __init__(self, store: TransactionalStore, now: datetime, ids: Ids) -> None:
        self._store = store
        self._now = now
        self._ids = ids
        self._aggregates = IdentityMap(store)
        self._outcomes: dict[str, Outcome] = {}
        self._timers: dict[str, TimerRow | None] = {}
        self._successes: dict[str, IdempotencyRow] = {}

    async def look_up(self, jobs: Sequence[Job]) -> None:
        """Settle ahead what the journal or an idempotency record answers."""
        recorded = await self._store.recorded([job.envelope.id for job in jobs])
        for id_, reply in recorded.items():
            self._outcomes[id_] = Outcome(Settlement("done", reply))
        await self._replay([job for job in jobs if job.envelope.id not in recorded])

    def settles(self, job: Job) -> bool:
        """Whether this message was settled ahead."""
        return job.envelope.id in self._outcomes

    async def run(self, jobs: Sequence[Job]) -> list[Settlement]:
        """Handle and commit. Raises Conflict, StoreUnavailable, or whatever a document that can not be stored causes."""
        waiting = [job for job in jobs if job.envelope.id not in self._outcomes]
        await self._aggregates.load([ref for job in waiting for ref in job.touches()])
        for job in waiting:
            if job.envelope.id not in self._outcomes:
                self._outcomes[job.envelope.id] = await self.handle(job)
        await self._replay([job for job in waiting if self._outcomes[job.envelope.id].refused])
        changes = self._changes()
        if changes:
            await self._store.commit(changes)
        return [self._outcomes[job.envelope.id].settlement for job in jobs]

    async def handle(self, job: Job) -> Outcome:
        """Run the handler of one message; what it did is undone when it refused or failed."""
        key = job.envelope.idempotency
        if key is not None and key.scope in self._successes:
            first = self._successes[key.scope]
            return self._repeated(job, first, self._outcomes[first.message_id].settlement.reply)
        work = MessageWork(self._aggregates, job.envelope, self._now, self._ids)
        context = Context(job.envelope, work, self._now, self._ids, job.observed)
        try:
            result = await job.subscription.handle(job.message, context)
            if isinstance(result, LastingRefusal):
                return self._committed(job, work, work.encoder.refusal(job.envelope.id, result))
            if isinstance(result, Refusal):
                work.undo()
                return self._refused(job, work.encoder.refusal(job.envelope.id, result))
            return self._succeeded(job, work, result)
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - a fault of one message does not spoil the others
            work.undo()
            return Outcome(failure(job.envelope, error))

    def _succeeded(self, job: Job, work: MessageWork, result: Result) -> Outcome:
        envelope = job.envelope
        reply = work.encoder.success(envelope.id, result) if job.answered else None
        if isinstance(job.message, Query):
            if work.changed():
                raise TypeError("the handler of a query changed something")
            return Outcome(Settlement("done", reply))
        key = envelope.idempotency
        record = None
        if key is not None:
            record = self._successes[key.scope] = IdempotencyRow(key.scope, key.fingerprint, envelope.id, self._now)
        return self._committed(job, work, reply, record)

    def _committed(self, job: Job, work: MessageWork, reply: bytes | None, record: IdempotencyRow | None = None) -> Outcome:
        """What the handler did is kept."""
        envelope = job.envelope
        self._timers.update(work.timers)
        journal = JournalRow(envelope.id, envelope.tenant, envelope.type, self._now, reply, tuple(work.out))
        return Outcome(Settlement("done", reply), journal, record)

    def _refused(self, job: Job, reply: bytes) -> Outcome:
        if isinstance(job.message, Query):
            return Outcome(Settlement("done", reply))
        return self._answered(job, reply if job.answered else None, refused=job.envelope.idempotency is not None)

    def _answered(self, job: Job, reply: bytes | None, *, refused: bool = False) -> Outcome:
        envelope = job.envelope
        return Outcome(
            Settlement("done", reply), JournalRow(envelope.id, envelope.tenant, envelope.type, self._now, reply), refused=refused
        )

    async def _replay(self, jobs: Sequence[Job]) -> None:
        """Answer from idempotency records where there are any; takes precedence over a refusal, as if it had been looked up first."""
        scopes = {job.envelope.idempotency.scope for job in jobs if job.envelope.idempotency is not None}
        if not scopes:
            return
        records = await self._store.idempotency(list(scopes))
        replies: Mapping[str, bytes | None] = (
            await self._store.recorded([record.message_id for record in records.values()]) if records else {}
        )
        for job in jobs:
            key = job.envelope.idempotency
            record = records.get(key.scope) if key is not None else None
            if record is not None and record.message_id in replies:
                self._outcomes[job.envelope.id] = self._repeated(job, record, replies[record.message_id])

    def _repeated(self, job: Job, first: IdempotencyRow, reply: bytes | None) -> Outcome:
        """The answer to a further message with a known key."""
        key = job.envelope.idempotency
        if key is None or key.fingerprint != first.fingerprint:
            return self._answered(job, Encoder().refusal(job.envelope.id, Refusal(code=KEY_REUSED)))
        return self._answered(job, None if reply is None else replay(reply, job.envelope.id))

    def _changes(self) -> Changes:
        outcomes = self._outcomes.values()
        return Changes(
            saves=self._aggregates.saves(),
            journal=[outcome.journal for outcome in outcomes if outcome.journal is not None],
            idempotency=[outcome.idempotency for outcome in outcomes if outcome.idempotency is not None],
            timers=self._timers,
        )
