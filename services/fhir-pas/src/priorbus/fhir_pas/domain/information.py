"""Requests for additional information: CommunicationRequests and Tasks (fhir-pas.md 15)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from priorbus.fhir_pas.domain.bases import Base
from priorbus.fhir_pas.domain.claim_bundle.elements import concept, given, identifier
from priorbus.fhir_pas.domain.codes import TEMP_CODES, extension, profile
from priorbus.fhir_pas.domain.detail.asking import detailed_request, detailed_task
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.identity import instant, uuid_of
from priorbus.fhir_pas.domain.payer import PayerAnswer, WantedDocument

DUE: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks whom about what: `parties` as in Answered, `identifiers` of insurer and provider, `tracking` is the authorization's.

    `full` shows all that may be shown.
    """

    submission_id: str
    tracking: Resource
    claim: Resource
    parties: Mapping[str, Resource]
    identifiers: Mapping[str, Resource]
    public_base: str
    created: datetime
    base: Base
    full: bool = False


def communication_request(asking: Asking, wanted: WantedDocument) -> Resource:
    """One per code and item; `completed` once its document came."""
    line = _line(wanted, "serviceLineNumber")
    earlier = asking.base.release != "2.2"
    payload = given(extension=line if earlier else [], contentString=wanted.code)
    request = given(
        resourceType="CommunicationRequest",
        id=request_id(asking.submission_id, wanted),
        meta={"profile": [profile("communicationrequest")]},
        extension=[] if earlier else line,
        identifier=[information_identifier(asking, wanted)],
        status="completed" if wanted.received else "active",
        medium=[concept(TEMP_CODES, "CDEX")],
        payload=[payload],
        requester=asking.parties.get("insurer"),
        recipient=[asking.parties["provider"]] if "provider" in asking.parties else [],
        sender=asking.parties.get("provider"),
    )
    return detailed_request(request) if asking.full else request


def request_id(submission_id: str, wanted: WantedDocument) -> str:
    """The id of the CommunicationRequest about a document."""
    return uuid_of("communication-request", submission_id, wanted.code, str(wanted.line))


def information_identifier(asking: Asking, wanted: WantedDocument) -> Resource:
    """A valid TrackingId; for a questionnaire its value is the DTR context."""
    value = uuid_of("information-request", asking.submission_id, wanted.code, str(wanted.line))
    return identifier(f"{asking.public_base}/identifiers/pas-information-request", value)


def tasks(asking: Asking, wanted: tuple[WantedDocument, ...]) -> list[Resource]:
    """One Task per request type; documents and questionnaires are never mixed in one."""
    documents = [one for one in wanted if one.task and not one.questionnaire]
    questionnaires = [one for one in wanted if one.task and one.questionnaire]
    found = []
    if documents:
        found.append(_task(asking, "attachment-request-code", [_attachment(one, asking) for one in documents]))
    if questionnaires:
        found.append(_task(asking, "attachment-request-questionnaire", [_questionnaire(one, asking) for one in questionnaires]))
    return found


def without_tasks(answer: PayerAnswer) -> PayerAnswer:
    """The answer for a tenant that wants no Tasks."""
    return replace(answer, wanted=tuple(replace(one, task=False) for one in answer.wanted))


def _task(asking: Asking, code: str, inputs: list[Resource]) -> Resource:
    url = f"{asking.public_base}{asking.base.path}/$submit-attachment"
    payer_url = {"type": concept(TEMP_CODES, "payer-url"), "valueUrl": url}
    task = given(
        resourceType="Task",
        id=uuid_of("task", asking.submission_id, code),
        meta={"profile": [profile("task")]},
        identifier=[asking.tracking],
        status="requested",
        intent="order",
        code=concept(TEMP_CODES, code),
        for_=asking.parties.get("patient"),
        requester=given(identifier=asking.identifiers.get("insurer")),
        owner=given(identifier=asking.identifiers.get("provider")),
        reasonCode=concept(TEMP_CODES, "priorAuthorization"),
        reasonReference=given(identifier=next(iter(asking.claim.get("identifier", ())), asking.tracking)),
        restriction={"period": {"end": instant(asking.created + DUE)}},
        input=[payer_url, *inputs],
    )
    return detailed_task(task) if asking.full else task


def _attachment(wanted: WantedDocument, asking: Asking) -> Resource:
    return given(
        extension=_line(wanted, _line_extension(asking)),
        type=concept(TEMP_CODES, "attachments-needed"),
        valueCodeableConcept=concept(wanted.system, wanted.code),
    )


def _questionnaire(wanted: WantedDocument, asking: Asking) -> Resource:
    context = information_identifier(asking, wanted)
    if asking.base.release == "2.2":
        value: dict[str, Any] = {"valueString": context["value"]}
        kind = "questionnaire-context"
    else:
        value, kind = {"valueIdentifier": context}, "questionnaires-needed"
    return given(extension=_line(wanted, _line_extension(asking)), type=concept(TEMP_CODES, kind), **value)


def _line_extension(asking: Asking) -> str:
    return "serviceLineNumber" if asking.base.release == "2.2" else "paLineNumber"


def _line(wanted: WantedDocument, name: str) -> list[Resource]:
    return [] if wanted.line is None else [{"url": extension(name), "valuePositiveInt": wanted.line}]
