"""What has arrived on one channel and waits to be run."""

from collections import deque

from priorbus.runtime.bus.deliveries import Item


class Gathering:
    """Messages for groups and messages that run beside them."""

    def __init__(self, group_max: int) -> None:
        self._group_max = group_max
        self._waiting: deque[Item] = deque()
        self.beside: deque[Item] = deque()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, item: Item) -> None:
        """Wait for the next group."""
        self._waiting.append(item)

    def take(self) -> list[Item]:
        """The next group: whatever is there up to the maximum; a redelivered message alone."""
        group = [self._waiting.popleft()]
        if group[0].delivery.redelivered:
            return group
        while self._waiting and len(group) < self._group_max and not self._waiting[0].delivery.redelivered:
            group.append(self._waiting.popleft())
        return group
