import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

from priorbus.fhir_pas.domain.attachments.request import AttachmentRequest, read_request
from priorbus.fhir_pas.domain.bases import FHIR, PAS_2_2, Base
from priorbus.fhir_pas.domain.limits import Limits
from priorbus.fhir_pas.domain.profile.table import Strictness
from priorbus.fhir_pas.domain.validation import Rejection


def seed_request(example: Callable[[str], str], *, attachments: int, size: int) -> str:
    body: Any = json.loads(example("aidbox-seeds/001-0-submit-attachment-request.json"))
    found = next(one for one in body["parameter"] if one["name"] == "Attachment")
    document = {
        "resourceType": "DocumentReference",
        "status": "current",
        "content": [{"attachment": {"data": b64encode(b"x" * size).decode()}}],
    }
    one = {**found, "part": [part for part in found["part"] if part["name"] != "Content"] + [{"name": "Content", "resource": document}]}
    body["parameter"] = [each for each in body["parameter"] if each["name"] != "Attachment"] + [one] * attachments
    return json.dumps(body)


def test_attachments_above_the_limit_of_a_tenant(example: Callable[[str], str]) -> None:
    two = seed_request(example, attachments=2, size=2000)
    refused = read_request(two, Strictness(FHIR), Limits(attachments=1))
    assert isinstance(refused, Rejection)
    assert (refused.status, [issue.code for issue in refused.issues]) == (422, ["too-costly"])
    assert isinstance(read_request(two, Strictness(FHIR), Limits(attachments=2)), AttachmentRequest)


def test_bytes_above_the_limit_of_a_tenant(example: Callable[[str], str]) -> None:
    one = seed_request(example, attachments=1, size=2000)
    refused = read_request(one, Strictness(FHIR), Limits(attachment_bytes=1024))
    assert isinstance(refused, Rejection)
    assert (refused.status, [issue.diagnostics for issue in refused.issues]) == (413, ["at most 1024 bytes for each attachment"])
    assert isinstance(read_request(one, Strictness(FHIR), Limits(attachment_bytes=2000)), AttachmentRequest)


def issues_of(body: dict[str, Any], base: Base) -> list[tuple[str, str]]:
    found = read_request(json.dumps(body), Strictness(base))
    assert isinstance(found, Rejection)
    assert found.status == 422
    return [(issue.rule, issue.expression) for issue in found.issues]


def test_a_line_is_named_by_a_string(example: Callable[[str], str]) -> None:
    body = json.loads(example("cdex-2.1.0/cdex-parameters-example1.json"))
    position, found = next((at, one) for at, one in enumerate(body["parameter"]) if one["name"] == "Attachment")
    found["part"].append({"name": "LineItem", "valueInteger": 1})
    assert issues_of(body, PAS_2_2) == [("A-10", f"Parameters.parameter[{position}].part")]


def test_a_document_without_content_is_named_by_its_path(example: Callable[[str], str]) -> None:
    body = json.loads(seed_request(example, attachments=1, size=4))
    position, found = next((at, one) for at, one in enumerate(body["parameter"]) if one["name"] == "Attachment")
    place = next(at for at, part in enumerate(found["part"]) if part["name"] == "Content")
    found["part"][place]["resource"]["content"] = [{"attachment": {"title": "nothing"}}]
    where = f"Parameters.parameter[{position}].part[{place}].resource.content[0].attachment"
    assert issues_of(body, FHIR) == [("A-11", where)]
