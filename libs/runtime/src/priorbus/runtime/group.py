"""Group commit: whatever messages have arrived are handled in order and committed in one transaction (docs/adr)."""

import asyncio
import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from priorbus.contracts.envelope import Envelope, Idempotency
from priorbus.contracts.messages import Message, Query
from priorbus.contracts.replies import Reply
from priorbus.runtime.clock import Clock, utc_now
from priorbus.runtime.gathered import Gathered, GatheredReader
from priorbus.runtime.handling import Ids, Observer, Subscription
from priorbus.runtime.ids import new_id
from priorbus.runtime.joining import Joining
from priorbus.runtime.mongo import metrics
from priorbus.runtime.mongo.attempt import Attempt
from priorbus.runtime.mongo.errors import Conflict
from priorbus.runtime.mongo.jobs import Job, failure, parse
from priorbus.runtime.mongo.transactional import TransactionalStore
from priorbus.runtime.settlement import Settlement, StoreUnavailable
from priorbus.runtime.steps import Steps

GROUP_MAX = 64
_GROUP_TRIES = 3
_SINGLE_TRIES = 8
_JITTER_SECONDS = 0.02


class ExecutionFailed(Exception):
    """A message given to `execute` could not be handled; the text is an exception's class name."""


class GroupRunner:
    """Runs messages of one service against its store; satisfies `Sink`.

    The journal is not read ahead: a message seen before collides with its own row, and only then the group looks it up.
    """

    def __init__(
        self,
        store: TransactionalStore,
        subscriptions: Iterable[Subscription],
        clock: Clock = utc_now,
        ids: Ids = new_id,
        *,
        group_max: int = GROUP_MAX,
    ) -> None:
        """With `group_max` 1 every message has a transaction of its own, and several run at once."""
        self._store = store
        self._subscriptions = {row.message.wire_type: row for row in subscriptions}
        self._clock = clock
        self._ids = ids
        self._group_max = group_max
        self._joining = Joining(self._run_group, group_max)
        self._reads = GatheredReader(store)
        self._recorded = Gathered(self._known)

    def concurrent(self, envelope: Envelope) -> bool:
        subscription = self._subscriptions.get(envelope.type)
        return subscription is not None and (self._group_max == 1 or _alone(subscription))

    async def run(self, envelopes: Sequence[Envelope]) -> Sequence[Settlement]:
        settled: dict[int, Settlement] = {}
        grouped: list[tuple[int, Job]] = []
        for position, envelope in enumerate(envelopes):
            job = parse(envelope, self._subscriptions)
            if isinstance(job, Settlement):
                settled[position] = job
            elif _alone(job.subscription):
                settled[position] = await self._run_alone(job)
            else:
                grouped.append((position, job))
        for start in range(0, len(grouped), self._group_max):
            chunk = grouped[start : start + self._group_max]
            outcomes = await self._run_group([job for _, job in chunk])
            settled.update(zip((position for position, _ in chunk), outcomes, strict=True))
        return [settled[position] for position in range(len(envelopes))]

    async def execute(self, message: Message, tenant: str, *, client: str = "", idempotency: Idempotency | None = None) -> Reply:
        """Run one message in this process, as the command line does; what it publishes leaves through the outbox.

        Raises ExecutionFailed, StoreUnavailable.
        """
        envelope = Envelope(
            id=self._ids("cmd"),
            type=message.wire_type,
            time=self._clock(),
            tenant=tenant,
            data=message.model_dump(),
            client=client,
            request_id=self._ids("req"),
            idempotency=idempotency,
        )
        (settlement,) = await self.run((envelope,))
        if settlement.kind != "done":
            raise ExecutionFailed(settlement.error)
        return Reply.model_validate_json(settlement.reply) if settlement.reply else Reply(command_id=envelope.id, result={})

    async def _run_alone(self, job: Job) -> Settlement:
        observe = job.subscription.observe
        if observe is not None:
            return await self._run_observed(job, observe)
        (settlement,) = await self._run_group([job])
        return settlement

    async def _run_observed(self, job: Job, observe: Observer) -> Settlement:
        """A message that looks at the outside world first, but only when it is new."""
        if await self._is_settled(job):
            return await self._run_single(job)
        try:
            observed = await observe(job.message, job.envelope, Steps(self._reads, job, self._commit))
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever went wrong out there, this message is tried again
            return failure(job.envelope, error)
        return await self._commit(replace(job, observed=observed))

    async def _is_settled(self, job: Job) -> bool:
        """Whether journal or idempotency record answer the message."""
        if job.envelope.idempotency is None:
            return await self._recorded.get(job.envelope.id) is not None
        ahead = Attempt(self._store, self._clock(), self._ids)
        await ahead.look_up([job])
        return ahead.settles(job)

    async def _known(self, message_ids: Collection[str]) -> Mapping[str, bool]:
        return dict.fromkeys(await self._store.recorded(list(message_ids)), True)

    async def _commit(self, job: Job) -> Settlement:
        """One message beside the groups: together with others that are ready, unless it waits for no transaction."""
        if self._group_max > 1 and not isinstance(job.message, Query):
            return await self._joining.run(job)
        (settlement,) = await self._run_group([job])
        return settlement

    async def _run_group(self, jobs: Sequence[Job]) -> list[Settlement]:
        for attempt in range(_GROUP_TRIES):
            try:
                with metrics.group_seconds.time():
                    return await self._attempt(jobs, look_up=attempt > 0)
            except Conflict:
                metrics.group_conflicts.inc()
                await _jitter(attempt)
            except StoreUnavailable:
                raise
            except Exception as error:  # noqa: BLE001 - one message's documents are at fault: find out whose
                if len(jobs) == 1:
                    return [failure(jobs[0].envelope, error)]
                break
        return [await self._run_single(job) for job in jobs]

    async def _run_single(self, job: Job) -> Settlement:
        latest: Exception = Conflict()
        for attempt in range(_SINGLE_TRIES):
            try:
                (settlement,) = await self._attempt([job], look_up=True)
            except Conflict as error:
                latest = error
                await _jitter(attempt)
            except StoreUnavailable:
                raise
            except Exception as error:  # noqa: BLE001 - a document that can not be read or written
                return failure(job.envelope, error)
            else:
                return settlement
        return failure(job.envelope, latest)

    async def _attempt(self, jobs: Sequence[Job], *, look_up: bool) -> list[Settlement]:
        attempt = Attempt(self._store, self._clock(), self._ids)
        if look_up:
            await attempt.look_up(jobs)
        return await attempt.run(jobs)


def _alone(subscription: Subscription) -> bool:
    return subscription.observe is not None or issubclass(subscription.message, Query)


async def _jitter(attempt: int) -> None:
    """So that two processes that want the same aggregate do not collide again."""
    await asyncio.sleep(random.uniform(0, _JITTER_SECONDS * (attempt + 1)))  # noqa: S311 - not a secret
