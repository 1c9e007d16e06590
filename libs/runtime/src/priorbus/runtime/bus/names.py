"""Names of exchanges and queues (Conventions 13.2)."""

from dataclasses import dataclass
from typing import Literal

COMMANDS = "priorbus.commands"
FACTS = "priorbus.facts"
EVENTS = "priorbus.events"
DEAD_LETTERS = "priorbus.dlx"
EVENT_STREAM = "priorbus.events.stream"

RETRY_DELAYS = (1, 5, 30)
"""Seconds before attempt 2, 3 and every later one."""

Exchange = Literal["commands", "facts"]
EXCHANGES: dict[Exchange, str] = {"commands": COMMANDS, "facts": FACTS}


@dataclass(frozen=True, slots=True)
class ServiceQueue:
    """One of a service's two inbound queues."""

    service: str
    kind: Exchange

    @property
    def name(self) -> str:
        return f"priorbus.{self.service}.{self.kind}"

    def retry(self, attempt: int) -> str:
        """Where a message waits that failed for the `attempt`-th time (1 for the first)."""
        return self.retry_after(RETRY_DELAYS[min(attempt, len(RETRY_DELAYS)) - 1])

    def retry_after(self, seconds: int) -> str:
        """The queue whose messages come back to this one after so many seconds."""
        return f"{self.name}.retry.{seconds}"


def parking_queue(service: str) -> str:
    """Where operators find a service's poison messages."""
    return f"priorbus.{service}.parking"
