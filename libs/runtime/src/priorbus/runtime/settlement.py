"""What becomes of one delivered message, and the thing that decides it: the seam between bus and store."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from priorbus.contracts.envelope import Envelope


@dataclass(frozen=True, slots=True)
class Settlement:
    """The outcome of one message. `reply` is the JSON of one Reply.

    `done` is acknowledged, `retry` comes again after a durable delay with `attempt` + 1, `park` goes to the parking queue.
    `error` is an exception's class name and `category` its category; neither ever holds PHI.
    """

    kind: Literal["done", "retry", "park"]
    reply: bytes | None = None
    error: str = ""
    category: str = ""


class StoreUnavailable(Exception):
    """The database can not be reached: nothing was committed, the same messages may be run again."""


class Sink(Protocol):
    """What a consumer hands its messages to."""

    async def run(self, envelopes: Sequence[Envelope]) -> Sequence[Settlement]:
        """Carry out a group; one settlement per message, in the same order. Raises StoreUnavailable when nothing could be committed."""

    def concurrent(self, envelope: Envelope) -> bool:
        """Whether this message runs in a group of its own beside the others (it contacts the outside world)."""
