"""Held attachments by TrackingId, in MongoDB."""

from collections.abc import Sequence

from priorbus.fhir_pas.aggregates import ATTACHMENT_SUBMISSIONS
from priorbus.fhir_pas.domain.attachments.submission import AttachmentSubmission
from priorbus.runtime.mongo import Store


class MongoHeldAttachments:
    """Satisfies `HeldAttachments`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def find(self, tenant: str, trackings: Sequence[str]) -> Sequence[AttachmentSubmission]:
        query = {"tenant": tenant, "status": "held", "attach_to": "preauthorization", "tracking": {"$in": list(trackings)}}
        return await self._store.find(ATTACHMENT_SUBMISSIONS, query, sort=(("created_at", 1),))
