"""What a consumer consumes and how."""

from collections.abc import Collection
from dataclasses import dataclass

from priorbus.runtime.bus.names import ServiceQueue
from priorbus.runtime.settlement import Sink


@dataclass(frozen=True, slots=True)
class Subscribing:
    """The arguments of `Bus.consumer`, and how often a message is delivered at most."""

    queue: ServiceQueue
    sink: Sink
    types: Collection[str] | None
    group_max: int
    concurrent_max: int
    deliveries: int

    @property
    def prefetch(self) -> int:
        """AMQP messages in hand: one group and the next, and messages that wait to run beside them."""
        return 2 * self.group_max + 4 * self.concurrent_max
