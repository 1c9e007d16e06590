"""An owner says its state again, so that projections of it can be made anew while traffic runs (Conventions 1.6).

Each aggregate is read and its fact recorded in one transaction of the owner; the relay publishes it like any other. A projection takes a
restated state over one of the same rank, and never over a newer one, so whatever is written meanwhile wins.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from priorbus.contracts.envelope import Envelope
from priorbus.contracts.messages import Command, Fact
from priorbus.runtime.clock import utc_now
from priorbus.runtime.group import GROUP_MAX, GroupRunner
from priorbus.runtime.handling import Context, Result, Subscription
from priorbus.runtime.ids import new_id
from priorbus.runtime.mongo import Store, translated_errors
from priorbus.runtime.work import Collection

RESTATEMENTS = "priorbus.restatements"
"""Entry point group: service, and its `Restatement`."""


@dataclass(frozen=True)
class Restatement:
    """What a service can say again. `command` has `collection` and `key`; `facts` says what is told of an aggregate."""

    command: type[Command]
    facts: Mapping[Collection[Any], Callable[[Any], Fact]]

    def subscription(self) -> Subscription:
        """The handler of `command`."""
        by_name = {collection.name: (collection, fact) for collection, fact in self.facts.items()}

        async def handle(command: Any, context: Context) -> Result:
            collection, fact = by_name[command.collection]
            aggregate = await context.work.get(collection, context.tenant, command.key)
            if aggregate is not None:
                context.work.publish(fact(aggregate))
            return {}

        return Subscription(self.command, handle)


async def restate(store: Store, restatement: Restatement) -> Mapping[str, int]:
    """Say everything again; how many aggregates by collection. Raises StoreUnavailable; may be run again at any time."""
    runner = GroupRunner(store, (restatement.subscription(),))
    told: dict[str, int] = {}
    for collection in restatement.facts:
        told[collection.name] = 0
        async for ids in _ids(store, collection.name):
            settlements = await runner.run([_envelope(restatement.command, collection.name, id_) for id_ in ids])
            told[collection.name] += sum(settlement.kind == "done" for settlement in settlements)
    return told


async def _ids(store: Store, collection: str) -> AsyncIterator[Sequence[str]]:
    """In the order of `_id`, a group at a time; no cursor stays open, however long it takes."""
    last = ""
    while True:
        with translated_errors():
            rows = await store.database[collection].find({"_id": {"$gt": last}}, {"_id": 1}).sort("_id", 1).limit(GROUP_MAX).to_list(None)
        if not rows:
            return
        last = rows[-1]["_id"]
        yield [row["_id"] for row in rows]


def _envelope(command: type[Command], collection: str, id_: str) -> Envelope:
    tenant, _, key = id_.partition("/")
    data = {"collection": collection, "key": key}
    return Envelope(new_id("cmd"), command.wire_type, utc_now(), tenant, data, request_id=new_id("req"))
