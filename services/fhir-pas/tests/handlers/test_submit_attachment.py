import hashlib
import json
from collections.abc import Sequence
from typing import Any

import pytest

from priorbus.contracts.commands.fhir_access import Caller, FhirBody, SubmitAttachment
from priorbus.contracts.commands.storage import KeepDocuments, StoreInlineContent
from priorbus.contracts.documents import Document
from priorbus.contracts.envelope import Envelope
from priorbus.fhir_pas.aggregates import RESOURCES
from priorbus.fhir_pas.domain.resources import StoredResource, next_version
from priorbus.fhir_pas.domain.search import Search
from priorbus.fhir_pas.domain.submissions import Submission
from priorbus.fhir_pas.domain.terms import Terms
from priorbus.fhir_pas.handlers.attachment_target import AttachmentTarget
from priorbus.fhir_pas.handlers.submit_attachment import SubmitAttachmentHandler
from priorbus.fhir_pas.ports import ContentNotStored
from priorbus.runtime.handling import Subscription
from priorbus.runtime.testing.handlers import Stage

TENANT, CLIENT = "t_test", "client"


class MemoryContents:
    """Remembers what it was given; `refusal` makes it fail."""

    def __init__(self, refusal: str = "") -> None:
        self.refusal = refusal

    async def store(self, envelope: Envelope, contents: Sequence[StoreInlineContent]) -> Sequence[Document]:
        if self.refusal:
            raise ContentNotStored(self.refusal)
        known = {"client": envelope.client, "sha256": "", "sha1": "c2hhMQ==", "storage_key": "k", "created_at": envelope.time}
        return [Document(id=one.document_id, content_type=one.content_type, size_bytes=4, **known) for one in contents]


class OneClaim:
    """Both indexes over one Claim."""

    def __init__(self, claim: StoredResource) -> None:
        self.claim = claim

    async def find(self, tenant: str, resource_type: str, search: Search) -> Sequence[StoredResource]:
        wanted = [set(terms) for terms in search.terms]
        return [self.claim] if resource_type == "Claim" and all(terms & set(self.claim.terms) for terms in wanted) else []

    async def count(self, tenant: str, resource_type: str, search: Search) -> int:
        return len(await self.find(tenant, resource_type, search))

    async def of_claim(self, tenant: str, claim_id: str) -> Submission | None:
        return None

    async def of_claim_response(self, tenant: str, claim_response_id: str) -> Submission | None:
        return None


class NoBodies:
    async def read(self, key: str) -> bytes:
        raise AssertionError(key)


@pytest.fixture
async def stage() -> Stage:
    stage = Stage()
    await stage.store.put(RESOURCES, TENANT, the_claim(stage))
    return stage


def the_claim(stage: Stage) -> StoredResource:
    content = {"resourceType": "Claim", "id": "c1", "use": "preauthorization", "identifier": [{"system": "s", "value": "v"}]}
    return next_version(None, content, CLIENT, stage.clock())


def command(*, scopes: tuple[str, ...] = ("system/*.cruds",), **attachment: Any) -> SubmitAttachment:
    content = {"contentType": "text/plain", "data": "bm90ZQ==", **attachment}
    document = {"resourceType": "DocumentReference", "status": "current", "content": [{"attachment": content}]}
    body = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "TrackingId", "valueIdentifier": {"system": "s", "value": "v"}},
            {"name": "AttachTo", "valueCode": "preauthorization"},
            {"name": "MemberId", "valueIdentifier": {"value": "m"}},
            {"name": "Attachment", "part": [{"name": "Content", "resource": document}]},
            {"name": "Final", "valueBoolean": True},
        ],
    }
    text = json.dumps(body)
    request = FhirBody(media_type="application/json", sha256=hashlib.sha256(text.encode()).hexdigest(), size=len(text), body=text)
    return SubmitAttachment(base="/fhir", caller=Caller(scopes=scopes), request=request)


async def send(stage: Stage, message: SubmitAttachment, refusal: str = "") -> Any:
    index = OneClaim(the_claim(stage))
    terms = Terms("https://pas.example.test")
    handler = SubmitAttachmentHandler(NoBodies(), MemoryContents(refusal), AttachmentTarget(index, index), terms)
    return await stage.run(Subscription(SubmitAttachment, handler.handle, observe=handler.observe), message, tenant=TENANT)


async def claim_version(stage: Stage) -> int:
    claim = await stage.store.get(RESOURCES, TENANT, "Claim/c1")
    assert claim is not None
    return claim.version_id


async def test_the_claim_gets_a_new_version_and_documents_are_kept(stage: Stage) -> None:
    handled = await send(stage, command())
    assert handled.result["status"] == 200
    assert await claim_version(stage) == 2
    (kept,) = [message for message in handled.published if isinstance(message, KeepDocuments)]
    assert len(kept.document_ids) == 1


@pytest.mark.parametrize(("refusal", "status"), [("storage_unavailable", 500), ("content_refused", 422)])
async def test_case_16_nothing_is_stored_when_storage_fails(stage: Stage, refusal: str, status: int) -> None:
    handled = await send(stage, command(), refusal)
    outcome = json.loads(handled.result["body"])
    assert (handled.result["status"], outcome["resourceType"], handled.published) == (status, "OperationOutcome", [])
    assert await claim_version(stage) == 1


async def test_case_60_scopes_are_checked_before_anything_is_written(stage: Stage) -> None:
    handled = await send(stage, command(scopes=("system/Claim.cruds",)))
    assert handled.result["status"] == 403
    assert "system/DocumentReference.c" in handled.result["body"]
    assert await claim_version(stage) == 1


async def test_case_56_an_attachment_above_the_limit(stage: Stage) -> None:
    handled = await send(stage, command(data="AAAA" * (7 * 1024 * 1024 + 1)))
    assert (handled.result["status"], json.loads(handled.result["body"])["issue"][0]["code"]) == (413, "too-long")
    assert await claim_version(stage) == 1
