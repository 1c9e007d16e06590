import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.commands.fhir_pas import FinaliseClaimResponse, FinalItem, ReviewClaim
from priorbus.contracts.facts.fhir_pas import ClaimResponseChanged
from priorbus.fhir_pas.aggregates import CLAIM_AUTHORIZATIONS, RAW_REQUESTS, RESOURCES, SUBMISSIONS
from priorbus.fhir_pas.domain.exchange import LONGEST_SENDING
from priorbus.fhir_pas.domain.submissions import RawRequest
from priorbus.fhir_pas.handlers.review_claim import RETRY

TENANT = "t_test"
CALL = b'{"resourceType":"Parameters"}'


@pytest.fixture
async def waiting(service: Any, own_request: dict[str, Any]) -> ReviewClaim:
    """A request for which the payer wants a document, and the call that brought one."""
    own_request["entry"][0]["resource"]["item"][0]["productOrService"]["coding"][0]["code"] = "PB006"
    await service.submit(json.dumps(own_request))
    (authorization,) = service.stage.store.all(CLAIM_AUTHORIZATIONS, TENANT)
    now = service.stage.clock()
    about = {"client": "client", "base": "/fhir", "media_type": "application/fhir+json", "sha256": "", "status": 200, "received_at": now}
    await service.stage.store.put(RAW_REQUESTS, TENANT, RawRequest(id="attachments-1", operation="$submit-attachment", body=CALL, **about))
    return ReviewClaim(authorization_id=authorization.id, codes=("11506-3",), attachments="attachments-1")


def actions(service: Any) -> list[str]:
    (authorization,) = service.stage.store.all(CLAIM_AUTHORIZATIONS, TENANT)
    return [line.action for line in authorization.items]


async def test_the_payer_is_handed_the_call_as_it_came(service: Any, waiting: ReviewClaim) -> None:
    await service.send(waiting.model_copy(update={"final": False}))
    assert ("A4" in actions(service), service.payer.reviewed[0].final) == (True, False)
    decided = await service.send(waiting)
    assert "A4" not in actions(service)
    assert [type(one) for one in decided.published if isinstance(one, ClaimResponseChanged)] == [ClaimResponseChanged]
    assert [one.body for one in service.payer.reviewed] == [CALL, CALL]


async def test_a_payer_that_is_away_gets_the_documents_later(service: Any, waiting: ReviewClaim) -> None:
    service.payer.away = True
    await service.send(waiting)
    (submission,) = service.stage.store.all(SUBMISSIONS, TENANT)
    assert json.loads(submission.answer)["wanted"][0]["received"]
    assert ("A4" in actions(service), service.waiting) == (True, [RETRY])
    await service.fire()
    assert service.waiting == [RETRY]
    service.payer.away = False
    await service.fire()
    assert ("A4" in actions(service), service.waiting, len(service.payer.reviewed)) == (False, [], 3)


async def test_what_is_decided_is_not_reviewed(service: Any, waiting: ReviewClaim) -> None:
    await service.send(waiting)
    await service.send(waiting)
    assert len(service.payer.reviewed) == 1


async def test_documents_that_come_after_the_decision_complete_what_was_asked(service: Any, waiting: ReviewClaim) -> None:
    (submission,) = service.stage.store.all(SUBMISSIONS, TENANT)
    pended = [item["sequence"] for item in json.loads(submission.answer)["items"] if item["action"] == "A4"]
    items = tuple(FinalItem(sequence=sequence, action="A3") for sequence in pended)
    await service.send(FinaliseClaimResponse(claim_response_id=submission.claim_response_id, items=items))
    handled = await service.send(waiting)
    (asked,) = [json.loads(one.content) for one in service.stage.store.all(RESOURCES, TENANT) if one.type == "CommunicationRequest"]
    assert (asked["status"], service.payer.reviewed, handled.published, "A4" in actions(service)) == ("completed", [], [], False)


async def test_a_request_that_has_not_got_through_comes_before_its_documents(service: Any, waiting: ReviewClaim) -> None:
    (submission,) = service.stage.store.all(SUBMISSIONS, TENANT)
    answer = {**json.loads(submission.answer), "undelivered": 1}
    await service.stage.store.put(SUBMISSIONS, TENANT, submission.model_copy(update={"answer": json.dumps(answer).encode()}))
    await service.send(waiting)
    assert (service.payer.reviewed, service.waiting) == ([], [timedelta(minutes=2)])


async def test_documents_wait_for_the_attempt_that_is_being_sent(
    service: Any, case: Authorization, with_member: Callable[[Authorization, str], Authorization]
) -> None:
    """What has no answer yet may be pended."""
    case = with_member(case, "SBX-OUTAGE")
    await service.want_submission(case)
    for attempt in (1, 2):
        await service.attempt(case, attempt)
        await service.fire()
    review = ReviewClaim(authorization_id=case.id, attachments="attachments-1")
    await service.send(review)
    assert (service.payer.reviewed, service.waiting) == ([], [RETRY])
    await service.attempt(case, 3)
    await service.send(review)
    assert len(service.payer.reviewed) == 1


async def test_documents_for_a_case_that_is_not_sent_any_more_are_not_kept_waiting(
    service: Any, case: Authorization, with_member: Callable[[Authorization, str], Authorization]
) -> None:
    case = with_member(case, "SBX-OUTAGE")
    await service.want_submission(case)
    await service.attempt(case)
    await service.fire()
    service.stage.clock.advance(LONGEST_SENDING)
    await service.send(ReviewClaim(authorization_id=case.id, attachments="attachments-1"))
    assert (service.payer.reviewed, service.waiting) == ([], [])
