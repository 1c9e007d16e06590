"""What operators may set about the bus, and what becomes of a message that has been delivered too often (Conventions 13.5, 16)."""

from dataclasses import dataclass, replace

from priorbus.contracts.envelope import Envelope
from priorbus.contracts.messages import MESSAGES, Command, Query
from priorbus.contracts.replies import Refusal, Reply
from priorbus.runtime.settlement import Settlement


@dataclass(frozen=True, slots=True)
class Limits:
    """`deliveries` of one message until it is parked; `event_days` that public events can be read again from the stream."""

    deliveries: int = 10
    event_days: int = 30


def limited(envelope: Envelope, settlement: Settlement, deliveries: int) -> Settlement:
    """Parked instead of tried again, once it has been delivered so often."""
    if settlement.kind == "retry" and envelope.attempt >= deliveries:
        return replace(settlement, kind="park", reply=settlement.reply or given_up(envelope))
    return settlement


def given_up(envelope: Envelope) -> bytes | None:
    """What the sender of a parked command or query hears, so that nobody waits for ever. It is not recorded: requeued, the message runs."""
    kind = MESSAGES.get(envelope.type)
    if kind is None or not issubclass(kind, Command | Query):
        return None
    return Reply(command_id=envelope.id, refusal=Refusal(code="internal_error")).model_dump_json().encode()
