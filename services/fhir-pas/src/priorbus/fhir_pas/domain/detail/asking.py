"""CommunicationRequests and Tasks with all that their 2.2 profiles mark must-support (profiles document, section 6)."""

from priorbus.fhir_pas.domain.claim_bundle.elements import concept
from priorbus.fhir_pas.domain.codes import TEMP_CODES, x12
from priorbus.fhir_pas.domain.detail.extensions import completed
from priorbus.fhir_pas.domain.fhir_json import Resource


def detailed_request(request: Resource) -> Resource:
    """A CommunicationRequest with category, diagnosis and modifier."""
    payload = [{**one, "extension": completed(one, ("communicatedDiagnosis", "contentModifier"), {})} for one in request["payload"]]
    return {**request, "category": [concept(x12(755), "77")], "payload": payload}


def detailed_task(task: Resource) -> Resource:
    """A Task with the reason of its status, and what is asked for described."""
    inputs = [
        {**one, "extension": completed(one, ("contentModifier",), {})} if _asks(one, "attachments-needed") else one for one in task["input"]
    ]
    return {**task, "statusReason": {"text": "Documents are needed for a decision"}, "input": inputs}


def _asks(part: Resource, kind: str) -> bool:
    return bool(part["type"] == concept(TEMP_CODES, kind))
