"""A sink that records what it is given and does what the test tells it."""

import asyncio
from collections.abc import Callable, Sequence

import orjson

from priorbus.contracts.envelope import Envelope
from priorbus.runtime.settlement import Settlement


def done(envelope: Envelope) -> Settlement:
    """Settled, with a reply."""
    return Settlement("done", orjson.dumps({"command_id": envelope.id, "result": {}, "refusal": None, "replayed": False}))


class RecordingSink:
    """Settles each message with `settle`; while the `gate` is closed nothing gets through."""

    def __init__(self, settle: Callable[[Envelope], Settlement] = done, concurrent: Callable[[Envelope], bool] | None = None) -> None:
        self.groups: list[list[Envelope]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self._settle = settle
        self._concurrent = concurrent
        self._changed = asyncio.Event()

    @property
    def seen(self) -> list[Envelope]:
        """Every message in the order it was run, repetitions included."""
        return [envelope for group in self.groups for envelope in group]

    async def run(self, envelopes: Sequence[Envelope]) -> Sequence[Settlement]:
        self.groups.append(list(envelopes))
        self._changed.set()
        await self.gate.wait()
        return [self._settle(envelope) for envelope in envelopes]

    def concurrent(self, envelope: Envelope) -> bool:
        return self._concurrent is not None and self._concurrent(envelope)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds; it is checked whenever messages come."""
        while not condition():
            self._changed.clear()
            await self._changed.wait()

    async def until_seen(self, count: int) -> list[Envelope]:
        """Wait for so many messages."""
        await self.until(lambda: len(self.seen) >= count)
        return self.seen
