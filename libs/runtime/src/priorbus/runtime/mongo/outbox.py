"""The outbox of an owner service: messages in the journal, handed to the bus as the bytes they are."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

from priorbus.runtime.bus import Confirmation, Publisher
from priorbus.runtime.bus.names import Exchange
from priorbus.runtime.cloudevents import traceparent_of
from priorbus.runtime.mongo.commit import JOURNAL
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.source import Source
from priorbus.runtime.tracing import enabled, publishing

OUTBOX = Source(collection=JOURNAL, query={"out": {"$exists": True}}, fields=("out",))
_BYTES_AT_ONCE = 256 * 1024


class OutboxOutlet:
    """Sends consecutive messages with one exchange and key as one batch; satisfies `Outlet`."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def send(self, rows: Sequence[Document]) -> Sequence[Confirmation]:
        messages = [message for row in rows for message in row["out"]]
        with publishing(_traced(rows) if enabled() else ()):
            return [
                await self._publisher.send(exchange, key, bodies)
                for (exchange, key), alike in groupby(messages, key=_address)
                for bodies in _batches(message["body"] for message in alike)
            ]


def _traced(rows: Sequence[Document]) -> list[tuple[str, str, datetime]]:
    return [(message["key"], traceparent_of(message["body"]), row["at"]) for row in rows for message in row["out"]]


def _address(message: Document) -> tuple[Exchange, str]:
    return message["exchange"], message["key"]


def _batches(bodies: Iterable[bytes]) -> Iterable[list[bytes]]:
    """Cut where a batch gets too big for the broker's comfort."""
    batch: list[bytes] = []
    size = 0
    for body in bodies:
        if batch and size + len(body) > _BYTES_AT_ONCE:
            yield batch
            batch, size = [], 0
        batch.append(body)
        size += len(body)
    if batch:
        yield batch
