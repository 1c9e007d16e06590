"""Resources of a `$submit` request as they are stored: documents in them, and what later answers show (fhir-pas.md 3, 4, 17)."""

import base64
import json
from dataclasses import replace
from typing import Any

from priorbus.fhir_pas.aggregates import RESOURCES, SUBMISSIONS
from priorbus.fhir_pas.domain.limits import Limits
from priorbus.fhir_pas.domain.resources import next_version

TENANT = "t_test"


def with_note(request: dict[str, Any], size: int = 4, **attachment: Any) -> str:
    """The request with a document that the Claim refers to."""
    content = {"contentType": "text/plain", "data": base64.b64encode(b"x" * size).decode(), **attachment}
    note = {"resourceType": "DocumentReference", "id": "note", "status": "current", "content": [{"attachment": content}]}
    claim = request["entry"][0]["resource"]
    category = {"coding": [{"system": "http://hl7.org/fhir/us/davinci-pas/CodeSystem/PASTempCodes", "code": "additionalInformation"}]}
    info = {"sequence": 1, "category": category, "valueReference": {"reference": "DocumentReference/note"}}
    entries = [{**request["entry"][0], "resource": {**claim, "supportingInfo": [info]}}, *request["entry"][1:]]
    entries.append({"fullUrl": "https://ehr.example.test/DocumentReference/note", "resource": note})
    return json.dumps({**request, "entry": entries})


async def test_a_document_above_the_limit_is_refused(service: Any, own_request: dict[str, Any]) -> None:
    service.terms = replace(service.terms, limits=Limits(attachment_bytes=1024))
    refused = await service.submit(with_note(own_request, 2000))
    assert (refused.result["status"], json.loads(refused.result["body"])["issue"][0]["code"]) == (413, "too-long")
    assert service.stage.store.all(SUBMISSIONS, TENANT) == []
    assert (await service.submit(with_note(own_request, 1000))).result["status"] == 200


async def test_what_the_scanner_refuses_is_told_so(service: Any, own_request: dict[str, Any]) -> None:
    service.contents.failure = "content_refused"
    refused = await service.submit(with_note(own_request))
    (issue,) = json.loads(refused.result["body"])["issue"]
    assert (refused.result["status"], issue["code"], issue["details"]["coding"][0]["code"]) == (422, "security", "content_refused")


async def test_a_hash_of_something_else_is_a_warning(service: Any, own_request: dict[str, Any]) -> None:
    handled = await service.submit(with_note(own_request, hash=base64.b64encode(b"another").decode()))
    assert (handled.result["status"], handled.result["headers"]) == (200, {"X-Validation-Warnings": "1"})
    (submission,) = service.stage.store.all(SUBMISSIONS, TENANT)
    assert submission.warnings == (" Bundle.entry[5].resource.content[0].attachment",)


async def test_an_inquiry_shows_the_version_that_is_stored(service: Any, own_request: dict[str, Any]) -> None:
    text = json.dumps(own_request)
    await service.submit(text)
    key = "Patient/patient-1"
    known = await service.stage.store.get(RESOURCES, TENANT, key)
    later = next_version(known, {**json.loads(known.content), "gender": "other"}, known.client, service.stage.clock())
    await service.stage.store.put(RESOURCES, TENANT, later)
    bundle = json.loads((await service.inquire(text)).result["body"])
    (shown,) = [one["resource"] for one in bundle["entry"] if one["fullUrl"] == key]
    assert (shown["meta"]["versionId"], shown["gender"]) == ("2", "other")
