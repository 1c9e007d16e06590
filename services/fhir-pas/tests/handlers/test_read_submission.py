import json
from typing import Any

from priorbus.contracts.commands.fhir_access import ReadSubmission
from priorbus.fhir_pas.aggregates import SUBMISSIONS
from priorbus.fhir_pas.domain.submissions import Submission
from priorbus.fhir_pas.handlers.read_submission import ReadSubmissionHandler


class Submissions:
    """The index over the store in memory."""

    def __init__(self, service: Any) -> None:
        self._store = service.stage.store

    async def of_claim(self, tenant: str, claim_id: str) -> Submission | None:
        return next((one for one in self._store.all(SUBMISSIONS, tenant) if one.claim_id == claim_id), None)

    async def of_claim_response(self, tenant: str, claim_response_id: str) -> Submission | None:
        return next((one for one in self._store.all(SUBMISSIONS, tenant) if one.claim_response_id == claim_response_id), None)


async def test_what_operators_see(service: Any, own_text: str) -> None:
    handled = await service.submit(own_text)
    made = json.loads(handled.result["body"])["entry"][0]["resource"]["id"]
    handler = ReadSubmissionHandler(Submissions(service))
    seen = (await service.stage.run(handler.handle, ReadSubmission(claim_response_id=made))).result
    assert (seen["body"], seen["media_type"]) == (own_text, "application/fhir+json")
    assert seen["submission"]["items"] == [{"sequence": 1, "action": "A4"}]
    assert len(seen["submission"]["warnings"]) == int(handled.result["headers"].get("X-Validation-Warnings", 0))


async def test_another_tenants_request_is_not_there(service: Any, own_text: str) -> None:
    made = json.loads((await service.submit(own_text)).result["body"])["entry"][0]["resource"]["id"]
    handler = ReadSubmissionHandler(Submissions(service))
    handled = await service.stage.run(handler.handle, ReadSubmission(claim_response_id=made), tenant="t_other")
    assert handled.refusal.code == "not_found"
