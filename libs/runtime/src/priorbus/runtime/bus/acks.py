"""Which deliveries of one channel may be acknowledged, in as few acks as possible."""


class AckTracker:
    """Delivery tags of one channel, in the order they came."""

    def __init__(self) -> None:
        # A dict keeps the order of arrival; the value tells whether the delivery is settled.
        self._open: dict[int, bool] = {}

    def __len__(self) -> int:
        return len(self._open)

    def received(self, tag: int) -> None:
        """A delivery arrived."""
        self._open[tag] = False

    def settled(self, tag: int) -> None:
        """A delivery needs no more work."""
        self._open[tag] = True

    def take(self) -> list[tuple[int, bool]]:
        """The acks to send now, (tag, multiple): one for all up to the oldest unsettled delivery, one for each settled beyond it."""
        acks: list[tuple[int, bool]] = []
        leading: list[int] = []
        for tag, settled in self._open.items():
            if not settled:
                break
            leading.append(tag)
        if leading:
            acks.append((leading[-1], len(leading) > 1))
        for tag in leading:
            del self._open[tag]
        beyond = [tag for tag, settled in self._open.items() if settled]
        for tag in beyond:
            del self._open[tag]
        acks.extend((tag, False) for tag in beyond)
        return acks
