"""Large request bodies that nobody wants any more leave the object store (fhir-pas.md 17)."""

from dataclasses import dataclass
from datetime import timedelta

from priorbus.contracts.commands.fhir_keeping import DiscardRequestObject, RetireRequestObject
from priorbus.contracts.envelope import Envelope
from priorbus.fhir_pas.aggregates import REQUEST_OBJECTS
from priorbus.fhir_pas.domain.request_objects import going, gone, may_go
from priorbus.runtime.handling import Context, Result
from priorbus.runtime.objects import ObjectStore, StorageUnavailable
from priorbus.runtime.work import Reader

_RETRY_AFTER = timedelta(seconds=60)


async def retire_request_object(command: RetireRequestObject, context: Context) -> Result:
    """Mark it, so that no request is kept with it from now on; the removal follows."""
    known = await context.work.get(REQUEST_OBJECTS, context.tenant, command.key)
    if may_go(known, context.now) and (known is None or not known.going):
        context.work.put(REQUEST_OBJECTS, context.tenant, going(known, command.key))
        context.work.schedule(f"request-object/{command.key}", context.now, DiscardRequestObject(key=command.key))
    return None


@dataclass(frozen=True)
class DiscardRequestObjectHandler:
    """An object store that is away is asked again later, as often as it takes."""

    objects: ObjectStore

    async def observe(self, command: DiscardRequestObject, envelope: Envelope, reader: Reader) -> bool:
        """Whether it is removed."""
        known = await reader.get(REQUEST_OBJECTS, envelope.tenant, command.key)
        if known is None or not known.going:
            return True
        try:
            await self.objects.delete(command.key)
        except StorageUnavailable:
            return False
        return True

    async def handle(self, command: DiscardRequestObject, context: Context) -> Result:
        known = await context.work.get(REQUEST_OBJECTS, context.tenant, command.key)
        if known is None or not known.going:
            return None
        if context.observed:
            context.work.put(REQUEST_OBJECTS, context.tenant, gone(known, context.now))
        else:
            context.work.schedule(f"request-object/{command.key}", context.now + _RETRY_AFTER, command)
        return None
