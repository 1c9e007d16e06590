"""Finds large request bodies in the object store that nobody wants (fhir-pas.md 17)."""

from priorbus.contracts.commands.fhir_keeping import RetireRequestObject
from priorbus.fhir_pas.aggregates import REQUEST_OBJECTS
from priorbus.fhir_pas.domain.request_objects import RAW, UNTOUCHED, may_go, owner_of
from priorbus.runtime.clock import Clock, utc_now
from priorbus.runtime.group import GroupRunner
from priorbus.runtime.mongo.documents import slot_of
from priorbus.runtime.mongo.transactional import TransactionalStore
from priorbus.runtime.objects import ObjectStore
from priorbus.runtime.sweeping import first
from priorbus.runtime.work import Ref

PAGE = 1000
"""Objects that one sweep looks at; the next sweep goes on behind them."""


class RequestSweeper:
    """Looks at every object in turn; whoever takes the work over begins anew."""

    def __init__(self, objects: ObjectStore, store: TransactionalStore, commands: GroupRunner, clock: Clock = utc_now) -> None:
        self._objects = objects
        self._store = store
        self._commands = commands
        self._clock = clock
        self._after = ""

    async def sweep(self) -> int:
        """The next page; how many objects go. Raises StorageUnavailable, StoreUnavailable, ExecutionFailed."""
        page = await first(PAGE, self._objects.list(RAW, after=self._after))
        now = self._clock()
        old = {one.key: tenant for one in page if now - one.modified >= UNTOUCHED and (tenant := owner_of(one.key)) is not None}
        refs = {key: Ref(REQUEST_OBJECTS, tenant, key) for key, tenant in old.items()}
        known = await self._store.load(refs.values())
        unwanted = [key for key, ref in refs.items() if may_go(known[slot_of(ref)].aggregate, now)]
        for key in unwanted:
            await self._commands.execute(RetireRequestObject(key=key), old[key])
        self._after = page[-1].key if len(page) == PAGE else ""
        return len(unwanted)
