import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

from priorbus.fhir_pas.domain.attachments.request import AttachmentRequest, read_request
from priorbus.fhir_pas.domain.bases import FHIR
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
