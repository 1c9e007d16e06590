"""Cases of the REST API as Claims: stored, answered and told of like requests that came through FHIR (fhir-pas.md 24)."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from priorbus.contracts.authorizations import Authorization, Failure
from priorbus.contracts.commands.fhir_keeping import PurgeAuthorization
from priorbus.contracts.commands.fhir_pas import FinaliseClaimResponse, FinalItem, SendSubmission, TakePayerEvent
from priorbus.contracts.commands.requirements import Evidence
from priorbus.contracts.facts.fhir_pas import (
    ClaimResponseChanged,
    ClaimResponseFinalised,
    ClaimResponseRecorded,
    ClaimSubmitted,
    ClaimUpdated,
    InformationRequested,
    PayerEvidenceRecorded,
)
from priorbus.fhir_pas.aggregates import CLAIM_AUTHORIZATIONS, EXCHANGES, RAW_REQUESTS, RESOURCES, SUBMISSIONS
from priorbus.fhir_pas.domain.payer import ItemDecision, PayerAnswer, PayerRequest
from priorbus.fhir_pas.domain.remote.inquiries import claim_names
from priorbus.fhir_pas.domain.submissions import ClaimAuthorization, Submission, attempt_id
from priorbus.fhir_pas.handlers.filing import INTERNAL
from priorbus.fhir_pas.handlers.purge_authorization import PurgeAuthorizationHandler
from priorbus.fhir_pas.handlers.purging import Gathering
from priorbus.fhir_pas.ports import PayerUnreachable
from priorbus.runtime.handling import Subscription

TENANT = "t_test"
START = datetime(2026, 1, 5, tzinfo=UTC)
WithMember = Callable[[Authorization, str], Authorization]
Json = dict[str, Any]


class Shelf:
    """What is stored of the only case."""

    def __init__(self, service: Any) -> None:
        self.service = service

    async def submission(self, attempt: int = 1) -> Submission:
        found: Submission = await self.service.stage.store.get(SUBMISSIONS, TENANT, attempt_id("auth_123", attempt))
        return found

    async def response(self, attempt: int = 1) -> Json | None:
        return await self.resource(f"ClaimResponse/{(await self.submission(attempt)).claim_response_id}")

    async def resource(self, key: str) -> Json | None:
        found = await self.service.stage.store.get(RESOURCES, TENANT, key)
        return None if found is None else json.loads(found.content)

    def of_type(self, kind: str) -> list[Json]:
        return [json.loads(one.content) for one in self.service.stage.store.all(RESOURCES, TENANT) if one.type == kind]

    def chain(self) -> ClaimAuthorization:
        (found,) = self.service.stage.store.all(CLAIM_AUTHORIZATIONS, TENANT)
        authorization: ClaimAuthorization = found
        return authorization


@pytest.fixture
def shelf(service: Any) -> Shelf:
    return Shelf(service)


def kinds(handled: Any) -> list[type]:
    return [type(one) for one in handled.published]


def evidence_of(handled: Any) -> PayerEvidenceRecorded:
    (found,) = [one for one in handled.published if isinstance(one, PayerEvidenceRecorded)]
    return found


def action_of(response: Json | None) -> str:
    assert response is not None
    (item,) = response["item"]
    parts = item["adjudication"][0]["extension"][0]["extension"]
    code: str = parts[0]["valueCodeableConcept"]["coding"][0]["code"]
    return code


async def test_an_attempt_is_a_claim_and_its_answer_a_claim_response(service: Any, case: Authorization, shelf: Shelf) -> None:
    await service.want_submission(case)
    handled = await service.attempt(case)
    assert kinds(handled) == [ClaimSubmitted, ClaimResponseRecorded, PayerEvidenceRecorded]
    submission, response = await shelf.submission(), await shelf.response()
    assert (submission.base, submission.client, submission.attempt, submission.undecided) == ("/pas/2.2/fhir", INTERNAL, 1, False)
    assert action_of(response) == "A4"
    (claim,) = shelf.of_type("Claim")
    assert claim["id"] == submission.claim_id
    assert claim["identifier"] == [{"system": "https://pas.example.test/identifiers/authorization", "value": "auth_123:1"}]
    assert {"Patient", "Coverage", "Organization", "DocumentReference", "QuestionnaireResponse"} <= {
        one.type for one in service.stage.store.all(RESOURCES, TENANT)
    }
    raw = await service.stage.store.get(RAW_REQUESTS, TENANT, submission.id)
    assert json.loads(raw.body)["entry"][0]["resource"]["identifier"] == claim["identifier"]
    assert (shelf.chain().id, shelf.chain().head, [line.action for line in shelf.chain().items]) == ("auth_123", submission.id, ["A4"])
    assert evidence_of(handled).evidence_id == f"{submission.claim_response_id}/1"


async def test_a_later_answer_is_the_next_version(service: Any, case: Authorization, shelf: Shelf) -> None:
    await service.want_submission(case)
    await service.attempt(case)
    handled = await service.fire()
    assert kinds(handled) == [ClaimResponseChanged, ClaimResponseFinalised, PayerEvidenceRecorded]
    submission = await shelf.submission()
    assert action_of(await shelf.response()) == "A1"
    assert evidence_of(handled).evidence_id == f"{submission.claim_response_id}/2"
    assert evidence_of(handled).evidence.reference_number == "SBX-2435590704ec"
    assert [line.action for line in shelf.chain().items] == ["A1"]


async def test_a_death_at_the_payer_leaves_a_claim_that_its_command_finishes(
    service: Any, payer: Any, case: Authorization, shelf: Shelf
) -> None:
    """The payer is asked twice under one name, first whether it knows that; one Claim, one ClaimResponse, one evidence."""
    await service.want_submission(case)
    envelope = service.stage.envelope(SendSubmission(authorization=case, work_item_id="work_1", attempt=1), TENANT)
    service.stage.envelope = lambda *_: envelope
    service.payer = Dying(payer)
    with pytest.raises(AssertionError, match="RuntimeError"):
        await service.attempt(case)
    left = await shelf.submission()
    assert (len(shelf.of_type("Claim")), shelf.of_type("ClaimResponse"), left.is_answered) == (1, [], False)
    service.payer = payer
    handled = await service.attempt(case)
    assert kinds(handled) == [ClaimSubmitted, ClaimResponseRecorded, PayerEvidenceRecorded]
    assert ([one["id"] for one in shelf.of_type("Claim")], len(shelf.of_type("ClaimResponse"))) == ([left.claim_id], 1)
    one, two = payer.requests
    assert (one.identifier, one.bundle, one.again, two.again) == (two.identifier, two.bundle, False, True)


class Dying:
    """The process dies once the payer has the request."""

    def __init__(self, payer: Any) -> None:
        self.payer = payer

    async def channel(self, tenant: str) -> str:
        return "sandbox"

    async def decide(self, request: PayerRequest) -> PayerAnswer:
        await self.payer.decide(request)
        raise RuntimeError


async def test_silence_is_no_claim_response(service: Any, case: Authorization, with_member: WithMember, shelf: Shelf) -> None:
    case = with_member(case, "SBX-HOLD")
    await service.want_submission(case)
    assert kinds(await service.attempt(case)) == [ClaimSubmitted]
    assert (len(shelf.of_type("Claim")), await shelf.response()) == (1, None)


async def test_attempts_that_did_not_get_through_stay_without_an_answer(
    service: Any, payer: Any, case: Authorization, with_member: WithMember, shelf: Shelf
) -> None:
    case = with_member(case, "SBX-OUTAGE")
    await service.want_submission(case)
    facts = []
    for attempt in (1, 2, 3):
        facts += kinds(await service.attempt(case, attempt))[:1]
        await service.fire()
    assert facts == [ClaimSubmitted] * 3
    assert [await shelf.response(attempt) is None for attempt in (1, 2, 3)] == [True, True, False]
    names = [set(one.earlier) for one in payer.requests]
    assert [(one.again, len(named)) for one, named in zip(payer.requests, names, strict=True)] == [(False, 0), (True, 2), (True, 4)]
    (exchange,) = service.stage.store.all(EXCHANGES, TENANT)
    assert names[1] == set(claim_names(json.loads(payer.requests[0].bundle)))
    assert names[1] < names[2] < set(exchange.names)
    third = await shelf.submission(3)
    assert (third.updates, third.previous, shelf.chain().head) == (False, attempt_id("auth_123", 2), third.id)


async def test_a_payer_that_is_never_reached_is_an_error_of_the_last_attempt(
    service: Any, case: Authorization, with_member: WithMember, shelf: Shelf
) -> None:
    service.terms = replace(service.terms, submit_attempts=2)
    case = with_member(case, "SBX-OUTAGE")
    await service.want_submission(case)
    await service.attempt(case)
    await service.fire()
    await service.attempt(case, 2)
    handled = await service.fire()
    response = await shelf.response(2)
    assert response is not None
    assert response["outcome"] == "error"
    assert response["error"][0]["code"]["coding"][0]["code"] == "42"
    failure = evidence_of(handled).evidence.failure
    assert failure is not None
    assert failure.code == "payer_unreachable"


@pytest.mark.parametrize(("member_id", "code"), [("SBX-INFO", "18776-5"), ("SBX-QUESTION", "102089-0")])
async def test_more_information_is_a_communication_request(
    service: Any, case: Authorization, with_member: WithMember, shelf: Shelf, member_id: str, code: str
) -> None:
    case = with_member(case, member_id)
    await service.want_submission(case)
    await service.attempt(case)
    handled = await service.fire()
    assert evidence_of(handled).evidence.kind == "information_request"
    (asked,) = shelf.of_type("CommunicationRequest")
    assert asked["payload"] == [{"contentString": code}]
    assert len(shelf.of_type("Task")) == 1
    response = await shelf.response()
    assert action_of(response) == "A4"
    assert response is not None
    assert response["communicationRequest"] == [{"reference": f"CommunicationRequest/{asked['id']}"}]


async def test_a_tenant_may_want_no_tasks(service: Any, case: Authorization, with_member: WithMember, shelf: Shelf) -> None:
    service.terms = replace(service.terms, emits_tasks=False)
    case = with_member(case, "SBX-INFO")
    await service.want_submission(case)
    await service.attempt(case)
    await service.fire()
    assert (len(shelf.of_type("CommunicationRequest")), shelf.of_type("Task")) == (1, [])


async def test_what_comes_after_a_receipt_updates_the_claim(
    service: Any, case: Authorization, with_member: WithMember, with_receipt: Callable[[Authorization], Authorization], shelf: Shelf
) -> None:
    case = with_member(case, "SBX-INFO")
    await service.want_submission(case)
    await service.attempt(case)
    case = with_receipt(case)
    await service.want_submission(case)
    handled = await service.attempt(case, 2)
    assert kinds(handled) == [ClaimUpdated, ClaimResponseRecorded, PayerEvidenceRecorded]
    second = await shelf.submission(2)
    claim = await shelf.resource(f"Claim/{second.claim_id}")
    assert claim is not None
    assert claim["related"][0]["claim"]["reference"].startswith("Claim/")
    assert (second.updates, second.previous) == (True, attempt_id("auth_123", 1))
    assert (shelf.chain().head, [line.action for line in shelf.chain().items]) == (second.id, ["A1"])


async def test_information_is_told_when_it_is_asked_for_first(
    service: Any, payer: Any, case: Authorization, with_member: WithMember, shelf: Shelf
) -> None:
    case = with_member(case, "SBX-INFO")
    service.payer = Skipping(payer)
    await service.want_submission(case)
    handled = await service.attempt(case)
    assert kinds(handled) == [ClaimSubmitted, ClaimResponseRecorded, InformationRequested, PayerEvidenceRecorded]
    assert evidence_of(handled).evidence.document_types == ("treatment_plan",)
    assert action_of(await shelf.response()) == "A4"


class Skipping:
    """Gives its second word first."""

    def __init__(self, payer: Any) -> None:
        self.payer = payer

    async def channel(self, tenant: str) -> str:
        return "sandbox"

    async def decide(self, request: PayerRequest) -> PayerAnswer:
        answer: PayerAnswer = await self.payer.poll(request, 1)
        return answer


async def test_an_operators_decision_reaches_the_case(service: Any, case: Authorization, with_member: WithMember, shelf: Shelf) -> None:
    case = with_member(case, "SBX-RECEIPT")
    await service.want_submission(case)
    await service.attempt(case)
    submission = await shelf.submission()
    item = FinalItem(sequence=1, action="A3")
    handled = await service.send(FinaliseClaimResponse(claim_response_id=submission.claim_response_id, items=(item,), human_reviewed=True))
    told = evidence_of(handled)
    assert (told.evidence.kind, told.attempt, told.evidence_id) == ("denied", 1, f"{submission.claim_response_id}/2")


@pytest.mark.parametrize("member_id", ["SBX-INFO", "SBX-QUESTION"])
async def test_an_operators_decision_ends_a_request_for_information(
    service: Any, case: Authorization, with_member: WithMember, shelf: Shelf, member_id: str
) -> None:
    case = with_member(case, member_id)
    await service.want_submission(case)
    await service.attempt(case)
    await service.fire()
    submission = await shelf.submission()
    item = FinalItem(sequence=1, action="A1")
    handled = await service.send(FinaliseClaimResponse(claim_response_id=submission.claim_response_id, items=(item,), human_reviewed=True))
    assert evidence_of(handled).evidence.kind == "approved"


async def test_a_payer_is_not_asked_any_more_once_an_operator_has_decided(service: Any, case: Authorization, shelf: Shelf) -> None:
    service.payer = Silent()
    await service.want_submission(case)
    await service.attempt(case)
    assert kinds(await service.fire()) == []
    submission = await shelf.submission()
    item = FinalItem(sequence=1, action="A3")
    await service.send(FinaliseClaimResponse(claim_response_id=submission.claim_response_id, items=(item,), human_reviewed=True))
    assert kinds(await service.fire()) == []
    (exchange,) = service.stage.store.all(EXCHANGES, TENANT)
    assert (exchange.status, service.waiting, action_of(await shelf.response())) == ("closed", [], "A3")


class Silent:
    """Pends everything, and says no more."""

    async def channel(self, tenant: str) -> str:
        return "fhir_pas"

    async def decide(self, request: PayerRequest) -> PayerAnswer:
        return PayerAnswer(items=(ItemDecision(1, "A4", reference="REF-1"),), poll_after=timedelta(minutes=15))

    async def poll(self, request: PayerRequest, step: int) -> PayerAnswer:
        return PayerAnswer(poll_after=timedelta(minutes=15))

    async def settle(self, request: PayerRequest, occasion: str, elapsed: timedelta) -> PayerAnswer:
        return PayerAnswer()


async def test_an_operator_may_leave_the_decision_to_the_rules(
    service: Any, case: Authorization, with_member: WithMember, shelf: Shelf
) -> None:
    case = with_member(case, "SBX-RECEIPT")
    await service.want_submission(case)
    await service.attempt(case)
    submission = await shelf.submission()
    handled = await service.send(FinaliseClaimResponse(claim_response_id=submission.claim_response_id, human_reviewed=False))
    assert handled.result["items"] == [{"sequence": 1, "action": action_of(await shelf.response())}]


@pytest.mark.parametrize(
    ("evidence", "action", "facts"),
    [
        ({"kind": "receipt", "reference_number": "REF-1"}, "A4", [ClaimResponseRecorded]),
        ({"kind": "approved", "authorization_number": "AUTH-1", "effective_from": START}, "A1", [ClaimResponseRecorded]),
        ({"kind": "modified", "authorization_number": "AUTH-1", "modifications": ("half",)}, "A6", [ClaimResponseRecorded]),
        ({"kind": "denied", "denial_reasons": ("no",)}, "A3", [ClaimResponseRecorded]),
        ({"kind": "not_required"}, "NA", [ClaimResponseRecorded]),
        ({"kind": "information_request", "message": "more"}, "A4", [ClaimResponseRecorded, InformationRequested]),
    ],
)
async def test_what_a_tester_lets_the_payer_say_is_shown(
    service: Any, case: Authorization, with_member: WithMember, shelf: Shelf, evidence: Json, action: str, facts: list[type]
) -> None:
    """authorizations.md 11.3: the case has heard it, so nothing is reported to it."""
    case = with_member(case, "SBX-HOLD")
    await service.want_submission(case)
    await service.attempt(case)
    event = TakePayerEvent(authorization_id="auth_123", attempt=1, evidence=Evidence(channel="sandbox", received_at=START, **evidence))
    assert kinds(await service.send(event)) == facts
    assert action_of(await shelf.response()) == action
    assert kinds(await service.send(event)) == []


async def test_documents_without_a_code_of_loinc_are_asked_for_by_their_report_type(
    service: Any, case: Authorization, shelf: Shelf
) -> None:
    await service.want_submission(case)
    await service.attempt(case)
    kinds_ = ("treatment_plan", "medical_necessity_letter", "other")
    asked = Evidence(kind="information_request", channel="sandbox", received_at=START, message="more", document_types=kinds_)
    await service.send(TakePayerEvent(authorization_id="auth_123", attempt=1, evidence=asked))
    assert {one["payload"][0]["contentString"] for one in shelf.of_type("CommunicationRequest")} == {"18776-5", "03", "77"}
    (task,) = shelf.of_type("Task")
    codings = [one["valueCodeableConcept"]["coding"][0] for one in task["input"] if "valueCodeableConcept" in one]
    assert {(one["system"].rpartition("/")[2], one["code"]) for one in codings} == {("loinc.org", "18776-5"), ("755", "03"), ("755", "77")}


async def test_a_failure_that_a_tester_makes_up_is_an_error(
    service: Any, case: Authorization, with_member: WithMember, shelf: Shelf
) -> None:
    await service.want_submission(case)
    await service.attempt(case)
    failure = Evidence(kind="failure", channel="sandbox", received_at=START, failure=Failure(code="x", message="It broke."))
    handled = await service.send(TakePayerEvent(authorization_id="auth_123", attempt=1, evidence=failure))
    assert kinds(handled) == [ClaimResponseChanged, ClaimResponseFinalised]
    response = await shelf.response()
    assert response is not None
    assert (response["outcome"], response["processNote"]) == ("error", [{"number": 1, "text": "It broke."}])


async def test_a_failure_that_comes_after_the_decision_leaves_it(service: Any, case: Authorization, shelf: Shelf) -> None:
    await service.want_submission(case)
    await service.attempt(case)
    await service.fire()
    failure = Evidence(kind="failure", channel="sandbox", received_at=START, failure=Failure(code="x", message="It broke."))
    assert kinds(await service.send(TakePayerEvent(authorization_id="auth_123", attempt=1, evidence=failure))) == []
    assert action_of(await shelf.response()) == "A1"


async def test_what_is_said_of_an_attempt_is_no_answer_to_the_next(service: Any, case: Authorization, shelf: Shelf) -> None:
    await service.want_submission(case)
    await service.attempt(case)
    service.payer = Away()
    await service.want_submission(case.model_copy(update={"attempts": 1}))
    await service.attempt(case, 2)
    receipt = Evidence(kind="receipt", channel="sandbox", received_at=START)
    assert kinds(await service.send(TakePayerEvent(authorization_id="auth_123", attempt=1, evidence=receipt))) == []
    assert await shelf.response(2) is None


class Away:
    """Is not reached."""

    async def channel(self, tenant: str) -> str:
        return "sandbox"

    async def decide(self, request: PayerRequest) -> PayerAnswer:
        raise PayerUnreachable("away")


async def test_before_anything_was_sent_there_is_nothing_to_show(service: Any, shelf: Shelf) -> None:
    denied = Evidence(kind="denied", channel="sandbox", received_at=START)
    assert kinds(await service.send(TakePayerEvent(authorization_id="auth_123", attempt=1, evidence=denied))) == []


async def test_retention_takes_the_exchange_along(service: Any, case: Authorization, shelf: Shelf) -> None:
    await service.want_submission(case)
    await service.attempt(case)
    nothing_else: Any = NothingElse()
    handler = PurgeAuthorizationHandler(Gathering(service.tools(), nothing_else))
    row = Subscription(PurgeAuthorization, handler.handle, observe=handler.observe)
    early = await service.stage.run(row, PurgeAuthorization(authorization_id="auth_123"), tenant=TENANT)
    assert early.result == {"removed": False}
    service.stage.clock.advance(timedelta(days=900))
    late = await service.stage.run(row, PurgeAuthorization(authorization_id="auth_123"), tenant=TENANT)
    assert late.result == {"removed": True}
    assert [service.stage.store.all(kept, TENANT) for kept in (EXCHANGES, CLAIM_AUTHORIZATIONS, RAW_REQUESTS, RESOURCES)] == [[]] * 4
    assert service.waiting == []


class NothingElse:
    """What retention asks its index for: nobody else uses anything."""

    async def is_used(self, tenant: str, key: str, *, but_for: str, claims: Any) -> bool:
        return False

    async def attachments_of(self, tenant: str, claim_ids: Any) -> list[str]:
        return []
