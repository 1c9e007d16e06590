"""A remote payer's response in the payer port's words, read leniently (fhir-pas.md 8.2, 8.3, 22)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import cast, get_args

from priorbus.fhir_pas.domain.claim_bundle.mapping import DOCUMENT_TYPES, system_of
from priorbus.fhir_pas.domain.codes import QUESTIONNAIRE, extension
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.payer import (
    Action,
    AddedService,
    BusinessError,
    InformationRequest,
    ItemDecision,
    PayerAnswer,
    WantedDocument,
)
from priorbus.fhir_pas.domain.profile.checks import extensions

_ACTIONS = frozenset(get_args(Action))
_REJECTED = "The payer rejected the request"
_NO_CODING: Resource = {}


def responses(content: Resource) -> Iterator[tuple[Resource, Resource]]:
    """Every ClaimResponse of a Bundle, or of the Bundles in Parameters, each with its Bundle."""
    if content.get("resourceType") == "Parameters":
        for parameter in content.get("parameter", ()):
            yield from responses(parameter.get("resource", {}))
    for one in content.get("entry", ()):
        resource = one.get("resource", {})
        if resource.get("resourceType") == "ClaimResponse":
            yield resource, content


def answer_in(response: Resource, bundle: Resource, sequences: Iterable[int]) -> PayerAnswer:
    """What the ClaimResponse says of the items with these sequences; `reference` is its id at the payer."""
    notes = {one.get("number"): one.get("text") for one in response.get("processNote", ())}
    reference = response.get("id")
    if response.get("outcome") == "error" or response.get("error"):
        return PayerAnswer(error=_error(response, notes), reference=reference)
    told = {item.get("itemSequence"): item for item in response.get("item", ())}
    whole = {"adjudication": response.get("adjudication", ())}
    items = {sequence: _item(sequence, told.get(sequence, whole), notes) for sequence in sequences}
    for added in response.get("addItem", ()):
        _add(items, added)
    wanted = tuple(_wanted(bundle))
    return PayerAnswer(items=tuple(items.values()), wanted=wanted, information=_information(wanted), reference=reference)


def rejection(outcome: Resource) -> PayerAnswer:
    """An OperationOutcome with 4xx: the payer will not take the message."""
    texts = (one.get("diagnostics") or one.get("details", {}).get("text") for one in outcome.get("issue", ()))
    note = "; ".join(dict.fromkeys(text for text in texts if text)) or None
    return PayerAnswer(error=BusinessError("33", "C", _REJECTED, note=note))


def _error(response: Resource, notes: Mapping[int, str]) -> BusinessError:
    error: Resource = next(iter(response.get("error", ())), {})
    code = error.get("code", {})
    coding = _coding(code)
    follow_up = _coding(_first(error, "errorFollowupAction").get("valueCodeableConcept", {})).get("code", "C")
    element = next((part["valueString"] for part in _parts(error, "errorElement") if "valueString" in part), None)
    text = coding.get("display") or code.get("text") or _REJECTED
    path = _first(error, "errorPath").get("valueString")
    return BusinessError(coding.get("code", "33"), follow_up, text, element, path, "; ".join(filter(None, notes.values())) or None)


def _item(sequence: int, item: Resource, notes: Mapping[int, str]) -> ItemDecision:
    """Without a review action the item is pended, as the seed shows it."""
    adjudication: Resource = next((one for one in item.get("adjudication", ()) if _first(one, "reviewAction")), {})
    parts = list(_parts(adjudication, "reviewAction"))
    action = next(
        (_coding(part["valueCodeableConcept"]).get("code") for part in parts if part.get("url") == extension("reviewActionCode")), ""
    )
    period = _first(item, "itemPreAuthPeriod").get("valuePeriod", {})
    texts = [notes[number] for number in item.get("noteNumber", ()) if notes.get(number)]
    return ItemDecision(
        sequence,
        cast(Action, action) if action in _ACTIONS else "A4",
        number=next((part.get("valueString") for part in parts if part.get("url") == "number"), None),
        reference=_first(item, "administrationReferenceNumber").get("valueString"),
        note="; ".join(texts) or None,
        reason_codes=tuple(
            code
            for part in parts
            if part.get("url") == "reasonCode" and (code := _coding(part.get("valueCodeableConcept", {})).get("code"))
        ),
        start=period.get("start"),
        end=period.get("end"),
        issued=_first(item, "itemPreAuthIssueDate").get("valueDate"),
    )


def _add(items: dict[int, ItemDecision], added: Resource) -> None:
    """An added service belongs to the item of its sequence, a new one to the first modified item."""
    sequence = next(iter(added.get("itemSequence", ())), 0)
    owner = items.get(sequence) or next((one for one in items.values() if one.action == "A6"), None)
    if owner is None:
        return
    coding = _coding(added.get("productOrService", {}))
    decision = _item(sequence, added, {})
    quantity = added.get("quantity", {}).get("value")
    service = AddedService(
        sequence,
        coding.get("code", ""),
        coding.get("system", ""),
        decision.number or "",
        None if quantity is None else Decimal(quantity),
    )
    items[owner.sequence] = replace(owner, added=(*owner.added, service))


def _wanted(bundle: Resource) -> Iterator[WantedDocument]:
    for one in bundle.get("entry", ()):
        resource = one.get("resource", {})
        if resource.get("resourceType") != "CommunicationRequest" or resource.get("status") == "completed":
            continue
        for payload in resource.get("payload", ()):
            if code := payload.get("contentString"):
                line = _first(resource, "serviceLineNumber") or _first(payload, "serviceLineNumber")
                yield WantedDocument(code, system_of(code), line.get("valuePositiveInt"), code == QUESTIONNAIRE)


def _information(wanted: tuple[WantedDocument, ...]) -> InformationRequest | None:
    """The same for a REST-born authorization; None when nothing is wanted."""
    if not wanted:
        return None
    kinds = dict.fromkeys(DOCUMENT_TYPES.get(one.code, "other") for one in wanted if not one.questionnaire)
    return InformationRequest("The payer asks for more information.", tuple(kinds))


def _first(node: Resource, name: str) -> Resource:
    return next(extensions(node, extension(name)), {})


def _parts(node: Resource, name: str) -> Iterator[Resource]:
    for one in extensions(node, extension(name)):
        yield from one.get("extension", ())


def _coding(concept: Resource) -> Resource:
    return next(iter(concept.get("coding", ())), _NO_CODING)
