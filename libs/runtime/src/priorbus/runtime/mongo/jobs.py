"""One message on its way through a group: what was asked, and what came of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from pydantic import ValidationError

from priorbus.contracts.envelope import Envelope
from priorbus.contracts.messages import Command, Message, Query
from priorbus.runtime.bus.limits import given_up
from priorbus.runtime.handling import Subscription, TransientError
from priorbus.runtime.mongo.transactional import IdempotencyRow, JournalRow
from priorbus.runtime.settlement import Settlement
from priorbus.runtime.work import Ref

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Job:
    """A parsed message and its handler. `observed` is what its observer brought back."""

    envelope: Envelope
    subscription: Subscription
    message: Message
    observed: Any = None

    def touches(self) -> Iterable[Ref]:
        """The aggregates to read ahead."""
        touches, expects = self.subscription.touches, self.subscription.expects
        if expects is not None:
            return expects(self.observed, self.envelope.tenant)
        return () if touches is None else touches(self.message, self.envelope.tenant)

    @property
    def answered(self) -> bool:
        """Whether the sender gets a reply: commands and queries, not facts."""
        return isinstance(self.message, Command | Query)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a message is settled once its rows are committed."""

    settlement: Settlement
    journal: JournalRow | None = None
    idempotency: IdempotencyRow | None = None
    refused: bool = False


def parse(envelope: Envelope, subscriptions: Mapping[str, Subscription]) -> Job | Settlement:
    """The job of a message, or its parking when nobody here understands it."""
    subscription = subscriptions.get(envelope.type)
    if subscription is None:
        log.error("message of unknown type parked", message_type=envelope.type, message_id=envelope.id, tenant=envelope.tenant)
        return Settlement("park", given_up(envelope), error="UnknownMessage", category="incorrect")
    try:
        return Job(envelope, subscription, subscription.message.model_validate(envelope.data))
    except ValidationError as error:
        kinds = sorted({problem["type"] for problem in error.errors(include_url=False, include_context=False, include_input=False)})
        log.error(  # noqa: TRY400 - a validation error's stack says nothing
            "invalid message parked", message_type=envelope.type, message_id=envelope.id, tenant=envelope.tenant, code=",".join(kinds)
        )
        return Settlement("park", given_up(envelope), error="ValidationError", category="incorrect")


def failure(envelope: Envelope, error: Exception) -> Settlement:
    """How a message is settled whose handler or whose documents failed: later again; the bus knows when that is enough."""
    transient = isinstance(error, TransientError)
    about = {"message_type": envelope.type, "message_id": envelope.id, "tenant": envelope.tenant, "attempt": envelope.attempt}
    if transient:
        log.warning("message will be tried again later", error=type(error).__name__, **about)
    else:
        log.error("message failed", error=error, **about)
    return Settlement("retry", error=type(error).__name__, category="unavailable" if transient else "fault")
