"""`$submit` between its two transactions: what a death, a repetition or a silent payer leaves behind (fhir-pas.md 8, 10, 11, 17, 22)."""

import asyncio
import base64
import json
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from priorbus.contracts.commands.fhir_pas import DecideClaim
from priorbus.contracts.commands.storage import KeepDocuments
from priorbus.contracts.facts.fhir_pas import ClaimResponseChanged, ClaimResponseFinalised, ClaimResponseRecorded, ClaimSubmitted
from priorbus.fhir_pas.adapters.sandbox.connector import SandboxPayer
from priorbus.fhir_pas.aggregates import RAW_REQUESTS, RESOURCES, SUBMISSIONS
from priorbus.fhir_pas.domain.payer import InformationRequest, Occasion, PayerAnswer, PayerRequest, SentDocuments
from priorbus.fhir_pas.domain.submissions import Submission
from priorbus.fhir_pas.ports import PayerUnreachable
from priorbus.runtime.clock import utc_now
from priorbus.runtime.testing.handlers import Handled

TENANT = "t_test"
DATA = base64.b64encode(b"a note").decode()


@dataclass
class Frail:
    """The sandbox; the first calls end as told: an exception, or None for an answer."""

    sandbox: SandboxPayer
    ends: list[Exception | None] = field(default_factory=list)
    requests: list[PayerRequest] = field(default_factory=list)
    waits: asyncio.Event | None = None
    name: str = "sandbox"

    async def channel(self, tenant: str) -> str:
        return self.name

    async def discover(self, request: PayerRequest) -> tuple[InformationRequest, ...]:
        return ()

    async def decide(self, request: PayerRequest) -> PayerAnswer:
        self.requests.append(request)
        if self.waits is not None:
            await self.waits.wait()
        end = self.ends.pop(0) if self.ends else None
        if end is not None:
            raise end
        return await self.sandbox.decide(request)

    async def poll(self, request: PayerRequest, step: int) -> PayerAnswer:
        return PayerAnswer()

    async def settle(self, request: PayerRequest, occasion: Occasion, elapsed: timedelta) -> PayerAnswer:
        return await self.sandbox.settle(request, occasion, elapsed)

    async def review(self, request: PayerRequest, documents: SentDocuments) -> PayerAnswer:
        return await self.sandbox.review(request, documents)


@pytest.fixture
def frail(service: Any, sandbox: SandboxPayer) -> Frail:
    service.payer = Frail(sandbox)
    payer: Frail = service.payer
    return payer


@pytest.fixture
def approved(own_request: dict[str, Any]) -> str:
    own_request["entry"][0]["resource"]["item"][0]["productOrService"]["coding"][0]["code"] = "PB001"
    return json.dumps(own_request)


def same_command(service: Any) -> None:
    """From here on every message is the same one, delivered again."""
    first = service.stage.envelope
    made: list[Any] = []

    def envelope(*about: Any, **more: Any) -> Any:
        if not made:
            made.append(first(*about, **more))
        return made[0]

    service.stage.envelope = envelope


async def only(service: Any) -> Submission:
    found = service.stage.store.all(SUBMISSIONS, TENANT)
    assert len(found) == 1
    submission: Submission = found[0]
    return submission


def body(handled: Handled) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(handled.result["body"])
    return parsed


async def test_a_death_at_the_payer_leaves_a_request_that_its_command_finishes(service: Any, frail: Frail, approved: str) -> None:
    same_command(service)
    frail.ends = [RuntimeError()]
    with pytest.raises(AssertionError, match="RuntimeError"):
        await service.submit(approved)
    left = await only(service)
    assert (left.undecided, left.response) == (True, b"")
    assert await service.stage.store.get(RESOURCES, TENANT, "Claim/claim-1") is not None
    assert await service.stage.store.get(RESOURCES, TENANT, f"ClaimResponse/{left.claim_response_id}") is None
    handled = await service.submit(approved)
    assert body(handled)["entry"][0]["resource"]["id"] == left.claim_response_id
    assert [type(fact) for fact in handled.published] == [ClaimSubmitted, ClaimResponseRecorded]
    assert [(one.identifier, one.again) for one in frail.requests] == [(left.id, False), (left.id, True)]
    assert not (await only(service)).undecided


async def test_a_request_that_was_left_is_decided_late_and_told(service: Any, frail: Frail, approved: str) -> None:
    frail.ends = [RuntimeError()]
    with pytest.raises(AssertionError, match="RuntimeError"):
        await service.submit(approved)
    left = await only(service)
    service.stage.clock.advance(timedelta(seconds=40))
    handled = await service.send(DecideClaim(submission_id=left.id, poll=0))
    assert [type(fact) for fact in handled.published] == [ClaimResponseRecorded, ClaimResponseChanged]
    again = await service.send(DecideClaim(submission_id=left.id, poll=0))
    assert again.published == []
    assert (await service.submit(approved)).result["headers"] == {"Idempotency-Replayed": "true"}
    assert len(frail.requests) == 2


async def test_fhir_68_the_same_request_waits_for_the_first_one(service: Any, frail: Frail, approved: str) -> None:
    service.stage.clock.now = utc_now()
    frail.waits = asyncio.Event()
    first = asyncio.create_task(service.submit(approved))
    while not frail.requests:
        await asyncio.sleep(0)
    second = asyncio.create_task(service.submit(approved))
    await asyncio.sleep(0)
    frail.waits.set()
    bodies = [(await one).result["body"] for one in (first, second)]
    assert bodies[0] == bodies[1]
    assert len(frail.requests) == 1


async def test_a_first_request_that_is_never_decided_is_not_waited_for_for_ever(service: Any, frail: Frail, approved: str) -> None:
    frail.ends = [RuntimeError()]
    with pytest.raises(AssertionError, match="RuntimeError"):
        await service.submit(approved)
    busy = (await service.submit(approved)).result
    assert (busy["status"], busy["headers"]) == (503, {"Retry-After": "5"})


def with_document(request: dict[str, Any]) -> str:
    document = {
        "resourceType": "DocumentReference",
        "id": "note-1",
        "status": "current",
        "content": [{"attachment": {"contentType": "text/plain", "data": DATA}}],
    }
    request["entry"].append({"fullUrl": "https://ehr.example.test/DocumentReference/note-1", "resource": document})
    info = {"sequence": 1, "category": {"coding": [{"code": "attachment"}]}, "valueReference": {"reference": "DocumentReference/note-1"}}
    request["entry"][0]["resource"]["supportingInfo"] = [info]
    return json.dumps(request)


async def test_fhir_124_contents_are_kept_in_storage_and_forwarded_as_they_came(
    service: Any, payer: Any, own_request: dict[str, Any]
) -> None:
    text = with_document(own_request)
    handled = await service.submit(text)
    stored = await service.stage.store.get(RESOURCES, TENANT, "DocumentReference/note-1")
    attachment = json.loads(stored.content)["content"][0]["attachment"]
    ((document_id, content),) = service.contents.kept.items()
    assert attachment.pop("hash")
    assert attachment == {"contentType": "text/plain", "url": f"https://pas.example.test/fhir/Binary/{document_id}", "size": 6}
    assert content == b"a note"
    assert KeepDocuments(document_ids=(document_id,)) in handled.published
    (shown,) = [one["resource"] for one in body(handled)["entry"] if one["resource"]["resourceType"] == "DocumentReference"]
    assert "data" not in shown["content"][0]["attachment"]
    assert payer.requests[0].bundle == text.encode()
    kept = await service.stage.store.get(RAW_REQUESTS, TENANT, (await only(service)).id)
    assert (kept.body, kept.expires_at) == (text.encode(), None)


@pytest.mark.parametrize(("failure", "status"), [("storage_unavailable", 503), ("NoReply", 503), ("content_refused", 422)])
async def test_what_can_not_be_kept_is_not_accepted(service: Any, own_request: dict[str, Any], failure: str, status: int) -> None:
    service.contents.failure = failure
    handled = await service.submit(with_document(own_request))
    assert handled.result["status"] == status
    assert service.stage.store.all(RESOURCES, TENANT) == []
    assert handled.published == []


async def test_fhir_132_a_silent_payer_gets_the_request_again_until_it_is_too_late(service: Any, frail: Frail, approved: str) -> None:
    frail.ends = [PayerUnreachable()] * 5
    pended = body(await service.submit(approved))["entry"][0]["resource"]
    assert pended["outcome"] == "queued"
    delays = []
    for _ in range(3):
        delays += service.waiting
        await service.fire()
    delays += service.waiting
    handled = await service.fire()
    assert delays == [timedelta(seconds=seconds) for seconds in (30, 120, 600, 1800)]
    assert [type(fact) for fact in handled.published] == [ClaimResponseChanged, ClaimResponseFinalised]
    assert service.waiting == []
    final = body(await service.submit(approved))["entry"][0]["resource"]
    assert (final["outcome"], final["error"][0]["code"]["coding"][0]["code"]) == ("error", "42")
    assert {one.identifier for one in frail.requests} == {(await only(service)).id}
    assert [one.again for one in frail.requests] == [False, True, True, True, True]


async def test_a_payer_that_is_back_decides(service: Any, frail: Frail, approved: str) -> None:
    frail.ends = [PayerUnreachable(), PayerUnreachable()]
    await service.submit(approved)
    assert (await service.fire()).published == []
    handled = await service.fire()
    assert [type(fact) for fact in handled.published] == [ClaimResponseChanged, ClaimResponseFinalised]
    decided = body(await service.submit(approved))["entry"][0]["resource"]
    assert (decided["outcome"], decided["meta"]["versionId"]) == ("complete", "2")


@pytest.mark.parametrize(("channel", "setting", "code"), [("sandbox", None, None), ("fhir_pas", None, "AA"), ("fhir_pas", True, None)])
async def test_fhir_71_an_update_of_what_is_not_known_here(
    service: Any, frail: Frail, own_request: dict[str, Any], channel: str, setting: bool | None, code: str | None
) -> None:
    """Adopted by the sandbox, refused where a remote payer knows it under another name, unless the tenant says otherwise."""
    frail.name = channel
    service.terms = replace(service.terms, adopts_unknown_prior=setting)
    own_request["entry"][0]["resource"]["related"] = [{"claim": {"reference": "Claim/of-old"}}]
    error = body(await service.submit(json.dumps(own_request)))["entry"][0]["resource"].get("error", [])
    assert [one["code"]["coding"][0]["code"] for one in error] == ([code] if code else [])
    assert len(frail.requests) == (code is None)
