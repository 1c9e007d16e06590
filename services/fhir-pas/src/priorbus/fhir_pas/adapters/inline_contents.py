"""Content of resources goes to the storage service, by commands with replies."""

import asyncio
from collections.abc import Sequence

from priorbus.contracts.commands.storage import StoreInlineContent
from priorbus.contracts.documents import Document
from priorbus.contracts.envelope import Envelope
from priorbus.fhir_pas.ports import ContentNotStored
from priorbus.runtime.bus import NoReply, NotAccepted, Requests
from priorbus.runtime.clock import Clock, utc_now
from priorbus.runtime.handling import Ids
from priorbus.runtime.ids import new_id

_AWAY = "storage_unavailable"
SECONDS = 5.0
"""How long all contents of a request may take together (fhir-pas.md 17)."""


class StorageContents:
    """Satisfies `InlineContents`."""

    def __init__(self, requests: Requests, clock: Clock = utc_now, ids: Ids = new_id) -> None:
        self._requests = requests
        self._clock = clock
        self._ids = ids

    async def store(self, envelope: Envelope, contents: Sequence[StoreInlineContent]) -> Sequence[Document]:
        return await asyncio.gather(*(self._store(envelope, content) for content in contents))

    async def _store(self, cause: Envelope, content: StoreInlineContent) -> Document:
        envelope = Envelope(
            id=self._ids("cmd"),
            type=content.wire_type,
            time=self._clock(),
            tenant=cause.tenant,
            data={},
            client=cause.client,
            user=cause.user,
            request_id=cause.request_id,
            causation_id=cause.id,
            traceparent=cause.traceparent,
        )
        try:
            reply = await self._requests.call(envelope, content.model_dump_json().encode(), SECONDS)
        except (NotAccepted, NoReply) as error:
            raise ContentNotStored(type(error).__name__) from None
        if reply.get("refusal"):
            raise ContentNotStored(str(reply["refusal"]["code"]))
        return Document.model_validate(reply["result"]["document"])


class NoContents:
    """Satisfies `InlineContents` where no broker is at hand and nothing is to be stored."""

    async def store(self, envelope: Envelope, contents: Sequence[StoreInlineContent]) -> Sequence[Document]:
        if contents:
            raise ContentNotStored(_AWAY)
        return ()
