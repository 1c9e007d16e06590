"""Runs one handler as the runtime does, on a store in memory."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from priorbus.contracts.envelope import Envelope, Idempotency
from priorbus.contracts.messages import MESSAGES, Message
from priorbus.contracts.replies import Refusal, Reply
from priorbus.runtime import cloudevents
from priorbus.runtime.clock import FixedClock
from priorbus.runtime.group import GroupRunner
from priorbus.runtime.handling import Context, Handler, Result, Subscription
from priorbus.runtime.ids import CountingIds
from priorbus.runtime.testing.store import MemoryStore

TENANT = "t_test"


@dataclass
class Handled:
    """What came of one message. Facts have no reply; `published` is what this message alone put into the outbox."""

    reply: Reply | None
    published: list[Message]

    @property
    def result(self) -> dict[str, Any]:
        """The reply's result; fails when the message was refused."""
        if self.reply is None or self.reply.result is None:
            raise AssertionError(f"no result but {self.refusal}")
        return self.reply.result

    @property
    def refusal(self) -> Refusal | None:
        """The reply's refusal."""
        return None if self.reply is None else self.reply.refusal


@dataclass
class Stage:
    """A service's handlers on a store in memory, with a clock and ids that hold still.

    stage = Stage()
    await stage.store.put(AUTHORIZATIONS, TENANT, authorization)
    handled = await stage.run(patch_answers, PatchAnswers(...))
    assert handled.refusal is None
    """

    store: MemoryStore = field(default_factory=MemoryStore)
    clock: FixedClock = field(default_factory=FixedClock)
    ids: CountingIds = field(default_factory=CountingIds)

    async def run(
        self,
        handler: Handler | Subscription,
        message: Message,
        *,
        tenant: str = TENANT,
        observed: Any = None,
        idempotency: Idempotency | None = None,
    ) -> Handled:
        """Give a message to a handler and commit what it did; exceptions of the handler come through.

        A subscription's `observe` runs too; for a bare handler `observed` takes its place.
        """
        subscription = handler if isinstance(handler, Subscription) else Subscription(type(message), handler)
        faults: list[Exception] = []
        envelope = self.envelope(message, tenant, idempotency)
        runner = GroupRunner(self.store, [_revealing(subscription, observed, faults)], self.clock, self.ids)
        (settlement,) = await runner.run([envelope])
        if faults:
            raise faults[0]
        if settlement.kind != "done":
            raise AssertionError(f"not settled: {settlement.error}")
        reply = None if settlement.reply is None else Reply.model_validate_json(settlement.reply)
        return Handled(reply, self._published_by(envelope.id))

    def envelope(self, message: Message, tenant: str = TENANT, idempotency: Idempotency | None = None) -> Envelope:
        """The message as it comes from the bus."""
        return Envelope(
            id=self.ids("cmd"),
            type=message.wire_type,
            time=self.clock(),
            tenant=tenant,
            data=message.model_dump(mode="json"),
            client="client",
            request_id=self.ids("req"),
            idempotency=idempotency,
        )

    def _published_by(self, message_id: str) -> list[Message]:
        rows = [row for id_, row in self.store.journal.items() if id_ == message_id or id_.startswith(f"{message_id}/")]
        bodies = [out.body for row in rows for out in row.out]
        envelopes = cloudevents.decode(cloudevents.join(bodies)) if bodies else []
        return [MESSAGES[envelope.type].model_validate(envelope.data) for envelope in envelopes]


def _revealing(subscription: Subscription, observed: Any, faults: list[Exception]) -> Subscription:
    """The same subscription, whose faults a test can see."""

    async def handle(message: Any, context: Context) -> Result | Refusal:
        try:
            return await subscription.handle(message, context if observed is None else replace(context, observed=observed))
        except Exception as error:
            faults.append(error)
            raise

    return replace(subscription, handle=handle)


async def run_handler(
    handler: Handler | Subscription,
    message: Message,
    *,
    tenant: str = TENANT,
    store: MemoryStore | None = None,
    now: datetime | None = None,
    observed: Any = None,
) -> Handled:
    """One message on a fresh stage; for more than one, keep a `Stage`."""
    stage = Stage(store=store or MemoryStore(), clock=FixedClock() if now is None else FixedClock(now))
    return await stage.run(handler, message, tenant=tenant, observed=observed)
