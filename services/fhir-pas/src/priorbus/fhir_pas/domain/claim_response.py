"""The ClaimResponse of a submission on `/fhir` (fhir-pas.md 8.2 and 8.3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from priorbus.fhir_pas.domain.claim_bundle.elements import concept, given, identifier, reference
from priorbus.fhir_pas.domain.codes import ADJUDICATION, FOLLOW_UP, REJECT_REASON, REVIEW_ACTION, REVIEW_REASON, extension, profile
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.identity import instant
from priorbus.fhir_pas.domain.payer import CERTIFIED, OPEN_ACTIONS, AddedService, BusinessError, ItemDecision, PayerAnswer

_UNKNOWN = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}


@dataclass(frozen=True, slots=True)
class Answered:
    """What a ClaimResponse is made of: the stored Claim, the payer's answer, and the names it gets."""

    id: str
    authorization_id: str
    claim: Resource
    answer: PayerAnswer
    public_base: str
    created: datetime


def outcome(answer: PayerAnswer) -> str:
    """The outcome code of base `/fhir` (fhir-pas.md 3)."""
    if answer.error:
        return "error"
    return "queued" if any(item.action in OPEN_ACTIONS for item in answer.items) else "complete"


def claim_response(answered: Answered) -> Resource:
    """The resource without the server's meta; when everything is pended it has the elements of the seed's example and no other."""
    claim, answer = answered.claim, answered.answer
    common = given(
        resourceType="ClaimResponse",
        id=answered.id,
        meta={"profile": [profile("claimresponse")]},
        status="active",
        type=claim["type"],
        use="preauthorization",
        patient=_party(claim, "patient"),
        created=instant(answered.created),
        insurer=_party(claim, "insurer") or _UNKNOWN,
        request=reference(f"Claim/{claim['id']}"),
        outcome=outcome(answer),
    )
    if answer.error is None and all(item.action in OPEN_ACTIONS for item in answer.items):
        return {**common, "item": [_pended(item) for item in answer.items]}
    return common | _details(answered)


def _party(claim: Resource, role: str) -> Resource | None:
    """The reference without its display: the one to a stored resource, else the logical one."""
    named = claim.get(role, {})
    return {name: named[name] for name in ("reference", "identifier") if name in named} or None


def _details(answered: Answered) -> Resource:
    claim, answer = answered.claim, answered.answer
    tracking = identifier(f"{answered.public_base}/identifiers/pas-tracking", answered.authorization_id)
    notes = _notes(answer)
    requested = {item["sequence"]: item for item in claim.get("item", ())}
    return given(
        identifier=[tracking, *claim.get("identifier", ())],
        requestor=_party(claim, "provider"),
        item=[_item(item, requested[item.sequence], notes, answered.created) for item in answer.items],
        addItem=[_added(item, added, answered.created) for item in answer.items for added in item.added],
        processNote=[{"number": number, "text": text} for text, number in notes.items()],
        error=[_error(answer.error)] if answer.error else [],
        preAuthPeriod=_whole_period(answer),
    )


def _notes(answer: PayerAnswer) -> dict[str, int]:
    texts = dict.fromkeys(item.note for item in answer.items if item.note)
    return {text: number for number, text in enumerate(texts, 1)}


def _pended(item: ItemDecision) -> Resource:
    return {"itemSequence": item.sequence, "adjudication": [_adjudication()]}


def _adjudication(item: ItemDecision | None = None, number: str | None = None) -> Resource:
    category = {"category": concept(ADJUDICATION, "submitted")}
    if item is None:
        return category
    parts: list[Resource] = [{"url": extension("reviewActionCode"), "valueCodeableConcept": concept(REVIEW_ACTION, item.action)}]
    if number:
        parts.append({"url": "number", "valueString": number})
    parts.extend({"url": "reasonCode", "valueCodeableConcept": concept(REVIEW_REASON, code)} for code in item.reason_codes)
    return {"extension": [{"url": extension("reviewAction"), "extension": parts}], **category}


def _item(item: ItemDecision, requested: Resource, notes: dict[str, int], created: datetime) -> Resource:
    if item.action in OPEN_ACTIONS:
        return given(extension=[*_traces(requested), *_pend_reference(item)], **_pended(item))
    extensions = [*_traces(requested), *_pend_reference(item), *_certification(item, created), *_requested_date(requested)]
    number = item.number if item.action in CERTIFIED else None
    return given(
        extension=extensions,
        itemSequence=item.sequence,
        noteNumber=[notes[item.note]] if item.note else [],
        adjudication=[_adjudication(item, number)],
    )


def _traces(requested: Resource) -> Iterator[Resource]:
    return (one for one in requested.get("extension", ()) if one.get("url") == extension("itemTraceNumber"))


def _pend_reference(item: ItemDecision) -> Iterator[Resource]:
    if item.reference:
        yield {"url": extension("administrationReferenceNumber"), "valueString": item.reference}


def _certification(item: ItemDecision, created: datetime) -> Iterator[Resource]:
    yield {"url": extension("itemPreAuthIssueDate"), "valueDate": created.date().isoformat()}
    if item.start:
        yield {"url": extension("itemPreAuthPeriod"), "valuePeriod": given(start=item.start, end=item.end)}


def _requested_date(requested: Resource) -> Iterator[Resource]:
    for element, value in (("servicedDate", "valueDateTime"), ("servicedPeriod", "valuePeriod")):
        if element in requested:
            yield {"url": extension("itemRequestedServiceDate"), value: requested[element]}


def _added(item: ItemDecision, added: AddedService, created: datetime) -> Resource:
    authorised = ItemDecision(added.sequence, "A1", number=added.number, start=item.start, end=item.end)
    return given(
        extension=list(_certification(authorised, created)),
        itemSequence=[added.sequence],
        productOrService=concept(added.system, added.code),
        quantity=None if added.quantity is None else {"value": added.quantity},
        adjudication=[_adjudication(authorised, added.number)],
    )


def _error(error: BusinessError) -> Resource:
    element = [{"url": "error", "valueString": error.element}] if error.element else []
    extensions: list[dict[str, Any]] = [
        {"url": extension("errorFollowupAction"), "valueCodeableConcept": concept(FOLLOW_UP, error.follow_up)}
    ]
    if element:
        extensions.append({"url": extension("errorElement"), "extension": element})
    if error.path:
        extensions.append({"url": extension("errorPath"), "valueString": error.path})
    return {"extension": extensions, "code": concept(REJECT_REASON, error.code)}


def _whole_period(answer: PayerAnswer) -> Resource | None:
    certified = [item for item in answer.items if item.action in CERTIFIED]
    if not certified or len(certified) < len(answer.items):
        return None
    starts, ends = [item.start for item in certified if item.start], [item.end for item in certified if item.end]
    return given(start=min(starts, default=None), end=max(ends, default=None))
