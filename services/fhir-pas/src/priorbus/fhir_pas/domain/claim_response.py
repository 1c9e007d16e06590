"""The ClaimResponse of a submission (fhir-pas.md 8.2 and 8.3)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from priorbus.fhir_pas.domain.bases import Release
from priorbus.fhir_pas.domain.claim_bundle.elements import concept, given, identifier, reference
from priorbus.fhir_pas.domain.codes import ADJUDICATION, FOLLOW_UP, REJECT_REASON, REVIEW_ACTION, REVIEW_REASON, extension, profile, x12
from priorbus.fhir_pas.domain.detail.claim_response import detailed
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.identity import instant
from priorbus.fhir_pas.domain.payer import CERTIFIED, OPEN_ACTIONS, AddedService, BusinessError, ItemDecision, PayerAnswer

_AUTHORISED = ("modifier", "servicedDate", "servicedPeriod", "locationCodeableConcept", "unitPrice")
_ABSENT: Resource = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
_SWAPPED = {
    "applicationSenderCode": "applicationReceiverCode",
    "applicationReceiverCode": "applicationSenderCode",
    "interchangeSenderID": "interchangeReceiverID",
    "interchangeReceiverID": "interchangeSenderID",
}


@dataclass(frozen=True, slots=True)
class Answered:
    """What a ClaimResponse is made of: the Claim, the payer's answer, and how the base called names things.

    `parties` are the references of `patient`, `insurer` and `provider`, `request` that of the Claim, `asked` those of its
    CommunicationRequests.
    """

    id: str
    authorization_id: str
    claim: Resource
    parties: Mapping[str, Resource]
    request: Resource
    answer: PayerAnswer
    public_base: str
    created: datetime
    release: Release = "seed"
    human_reviewed: bool = False
    asked: tuple[str, ...] = ()
    inquiry: bool = False


def outcome(answer: PayerAnswer, release: Release) -> str:
    """The outcome code of a base (fhir-pas.md 3)."""
    if answer.error:
        return "error"
    pended = [item.action in OPEN_ACTIONS for item in answer.items]
    if not any(pended):
        return "complete"
    if release == "2.2":
        return "complete" if all(pended) else "partial"
    return "queued"


def claim_response(answered: Answered) -> Resource:
    """The resource without the server's meta; on `/fhir`, when all is pended, it has the elements of the seed's example and no other."""
    claim, answer = answered.claim, answered.answer
    kind = "claiminquiryresponse" if answered.inquiry and answered.release != "seed" else "claimresponse"
    common = given(
        resourceType="ClaimResponse",
        id=answered.id,
        meta={"profile": [profile(kind)]},
        status="active",
        type=claim["type"],
        use="preauthorization",
        patient=answered.parties.get("patient"),
        created=instant(answered.created),
        insurer=answered.parties.get("insurer") or {"extension": [_ABSENT]},
        request=_request(answered),
        outcome=outcome(answer, answered.release),
    )
    if answered.release == "seed" and _is_all_pended(answer):
        return {**common, "item": [_pended(item, "seed") for item in answer.items]}
    found = common | _details(answered)
    return detailed(found, claim, answer) if answer.full_detail and answered.release == "2.2" else found


def _is_all_pended(answer: PayerAnswer) -> bool:
    return bool(answer.items) and answer.error is None and not answer.wanted and all(item.action in OPEN_ACTIONS for item in answer.items)


def _request(answered: Answered) -> Resource:
    identifiers = answered.claim.get("identifier", ())
    if answered.release == "seed":
        return answered.request
    logical = {"identifier": identifiers[0]} if identifiers else {}
    if answered.answer.logical_request:
        return {"extension": [_ABSENT], **logical}
    return {**answered.request, **logical}


def _details(answered: Answered) -> Resource:
    claim, answer = answered.claim, answered.answer
    tracking = identifier(f"{answered.public_base}/identifiers/pas-tracking", answered.authorization_id)
    notes = _notes(answer)
    requested = {item["sequence"]: item for item in claim.get("item", ())}
    return given(
        extension=[*_transmission(answered), *_reviewer(answered)],
        identifier=[tracking, *claim.get("identifier", ())],
        requestor=answered.parties.get("provider"),
        item=[_item(item, requested.get(item.sequence, {}), notes, answered) for item in answer.items],
        addItem=[_added(item, added, requested.get(added.sequence, {}), answered) for item in answer.items for added in item.added],
        adjudication=_of_whole(answered),
        processNote=[{"number": number, "text": text} for text, number in notes.items()],
        communicationRequest=[] if answered.inquiry else [reference(text) for text in answered.asked],
        error=[_error(answer.error, notes, answered.release)] if answer.error else [],
        preAuthPeriod=_whole_period(answer),
    )


def _of_whole(answered: Answered) -> list[Resource]:
    """The review action of a request without items: it was cancelled."""
    answer = answered.answer
    return [] if answered.claim.get("item") or answer.items or answer.error else [_adjudication(ItemDecision(1, "C"))]


def _transmission(answered: Answered) -> Iterator[Resource]:
    """Sender and receiver change places (2.2)."""
    if answered.release != "2.2":
        return
    for known in answered.claim.get("extension", ()):
        if known.get("url") == extension("TransmissionIdentifiers"):
            parts = [{**part, "url": _SWAPPED.get(part["url"], part["url"])} for part in known.get("extension", ())]
            yield {"url": known["url"], "extension": parts}


def _reviewer(answered: Answered) -> Iterator[Resource]:
    decided = any(item.action not in OPEN_ACTIONS for item in answered.answer.items)
    if answered.release == "2.2" and decided:
        flag = {"url": "wasHumanReviewedFlag", "valueBoolean": answered.human_reviewed}
        yield {"url": extension("claimResponseReviewer"), "extension": [flag]}


def _notes(answer: PayerAnswer) -> dict[str, int]:
    told = (*(item.note for item in answer.items), answer.error.note if answer.error else None)
    texts = dict.fromkeys(text for text in told if text)
    return {text: number for number, text in enumerate(texts, 1)}


def _pended(item: ItemDecision, release: Release) -> Resource:
    return {"itemSequence": item.sequence, "adjudication": [_adjudication(None if release == "seed" else item)]}


def _adjudication(item: ItemDecision | None = None, number: str | None = None) -> Resource:
    category = {"category": concept(ADJUDICATION, "submitted")}
    if item is None:
        return category
    parts: list[Resource] = [{"url": extension("reviewActionCode"), "valueCodeableConcept": concept(REVIEW_ACTION, item.action)}]
    if number:
        parts.append({"url": "number", "valueString": number})
    parts.extend({"url": "reasonCode", "valueCodeableConcept": concept(REVIEW_REASON, code)} for code in item.reason_codes)
    return {"extension": [{"url": extension("reviewAction"), "extension": parts}], **category}


def _item(item: ItemDecision, requested: Resource, notes: dict[str, int], answered: Answered) -> Resource:
    if item.action in OPEN_ACTIONS:
        return given(extension=[*_traces(requested), *_pend_reference(item)], **_pended(item, answered.release))
    extensions = [
        *_traces(requested),
        *_pend_reference(item),
        *_previous(item),
        *_certification(item, answered.created),
        *_requested_date(requested),
    ]
    number = item.number if item.action in CERTIFIED else None
    return given(
        extension=extensions,
        itemSequence=item.sequence,
        noteNumber=[notes[item.note]] if item.note else [],
        adjudication=[_adjudication(item, number)],
    )


def _previous(item: ItemDecision) -> Iterator[Resource]:
    if item.previous:
        yield {"url": extension("authorizationNumber"), "valueString": item.previous}


def _traces(requested: Resource) -> Iterator[Resource]:
    return (one for one in requested.get("extension", ()) if one.get("url") == extension("itemTraceNumber"))


def _pend_reference(item: ItemDecision) -> Iterator[Resource]:
    if item.reference:
        yield {"url": extension("administrationReferenceNumber"), "valueString": item.reference}


def _certification(item: ItemDecision, created: datetime) -> Iterator[Resource]:
    yield {"url": extension("itemPreAuthIssueDate"), "valueDate": item.issued or created.date().isoformat()}
    if item.start or item.end:
        yield {"url": extension("itemPreAuthPeriod"), "valuePeriod": given(start=item.start, end=item.end)}


def _requested_date(requested: Resource) -> Iterator[Resource]:
    for element, value in (("servicedDate", "valueDateTime"), ("servicedPeriod", "valuePeriod")):
        if element in requested:
            yield {"url": extension("itemRequestedServiceDate"), value: requested[element]}


def _added(item: ItemDecision, added: AddedService, requested: Resource, answered: Answered) -> Resource:
    authorised = ItemDecision(added.sequence, "A1", number=added.number, start=item.start, end=item.end, issued=item.issued)
    copied = {name: requested[name] for name in _AUTHORISED if name in requested}
    return given(
        extension=list(_certification(authorised, answered.created)),
        itemSequence=[added.sequence],
        productOrService=concept(added.system, added.code),
        **copied,
        quantity=_quantity(added, requested),
        adjudication=[_adjudication(authorised, added.number)],
    )


def _quantity(added: AddedService, requested: Resource) -> Resource | None:
    if added.quantity is None:
        return None
    unit = {name: value for name, value in requested.get("quantity", {}).items() if name in {"unit", "system", "code"}}
    return {"value": added.quantity, **(unit or {"system": x12(673), "code": "UN"})}


def _error(error: BusinessError, notes: dict[str, int], release: Release) -> Resource:
    extensions: list[dict[str, Any]] = [
        {"url": extension("errorFollowupAction"), "valueCodeableConcept": concept(FOLLOW_UP, error.follow_up)},
        *_error_element(error, notes, release),
    ]
    if error.path:
        extensions.append({"url": extension("errorPath"), "valueString": error.path})
    return {"extension": extensions, "code": concept(REJECT_REASON, error.code)}


def _error_element(error: BusinessError, notes: dict[str, int], release: Release) -> Iterator[Resource]:
    """The element that is at fault, and on 2.2 the note that explains it; before, the extension is a text."""
    if release != "2.2":
        if error.element:
            yield {"url": extension("errorElement"), "valueString": error.element}
        return
    parts: list[Resource] = [{"url": "error", "valueString": error.element}] if error.element else []
    if error.note:
        parts.append({"url": "processNote", "valuePositiveInt": notes[error.note]})
    if parts:
        yield {"url": extension("errorElement"), "extension": parts}


def _whole_period(answer: PayerAnswer) -> Resource | None:
    certified = [item for item in answer.items if item.action in CERTIFIED]
    if not certified or len(certified) < len(answer.items):
        return None
    starts, ends = [item.start for item in certified if item.start], [item.end for item in certified if item.end]
    return given(start=min(starts, default=None), end=max(ends, default=None))
