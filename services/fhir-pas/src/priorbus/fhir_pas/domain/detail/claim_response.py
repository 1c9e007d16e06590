"""A ClaimResponse with all that profile-claimresponse 2.2 marks must-support (profiles document, section 4)."""

from collections.abc import Iterator
from typing import Any, Final

from priorbus.fhir_pas.domain.claim_bundle.elements import concept, given
from priorbus.fhir_pas.domain.codes import ADJUDICATION, CPT, PLACE_OF_SERVICE, REVIEW_ACTION, extension, x12
from priorbus.fhir_pas.domain.detail.extensions import DAY, completed, sampled
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.payer import OPEN_ACTIONS, PayerAnswer
from priorbus.fhir_pas.domain.profile.checks import extensions

_OF_ITEM: Final = (
    *("itemTraceNumber", "authorizationNumber", "administrationReferenceNumber", "itemRequestedServiceDate"),
    *("admissionDates", "dischargeDate"),
)
_OF_ADDED: Final = (
    *("itemTraceNumber", "authorizationNumber", "administrationReferenceNumber", "epsdtIndicator", "nursingHomeResidentialStatus"),
    *("nursingHomeLevelOfCare", "revenueCode", "revenueUnitRateLimit", "requestedService", "serviceItemRequestType"),
    *("certificationType", "itemCategory", "admissionDates", "dischargeDate"),
)
_SENDER: Final = {
    "applicationSenderCode": "PAYERAPP",
    "applicationReceiverCode": "PROVIDERAPP",
    "interchangeSenderID": "PAYERID",
    "interchangeReceiverID": "PROVIDERID",
}
_QUANTITY: Final = {"value": 1, "system": x12(673), "code": "UN"}
_PRICE: Final = {"value": 100, "currency": "USD"}


def detailed(response: Resource, claim: Resource, answer: PayerAnswer) -> Resource:
    """The response with what it lacks; pended items and errors stay as they are, because nothing is authorised there."""
    decided = {item.sequence for item in answer.items if item.action not in OPEN_ACTIONS}
    requested = {item["sequence"]: item for item in claim.get("item", ())}
    items = [
        _item(one, requested.get(one["itemSequence"], {}), claim, response) if one["itemSequence"] in decided else one
        for one in response.get("item", ())
    ]
    added = [_added(one, requested.get(one["itemSequence"][0], {}), response) for one in response.get("addItem", ())]
    return {
        **response,
        "extension": [*response.get("extension", ()), *_root_extensions(response, decided=bool(decided))],
        "identifier": [_described(response["identifier"][0]), *response["identifier"][1:]],
        **given(item=items, addItem=added, adjudication=_whole(answer) if decided else []),
    }


def _root_extensions(response: Resource, *, decided: bool) -> Iterator[Resource]:
    known = {one["url"] for one in response.get("extension", ())}
    if extension("TransmissionIdentifiers") not in known:
        parts = [{"url": name, "valueString": value} for name, value in _SENDER.items()]
        yield {"url": extension("TransmissionIdentifiers"), "extension": parts}
    if decided:
        yield _provider(response)


def _described(identifier: Resource) -> Resource:
    return {**identifier, "extension": completed(identifier, ("identifierSubDepartment", "identifierJurisdiction"), {})}


def _provider(response: Resource) -> Resource:
    """extension-itemAuthorizedProvider: the requestor is who may render the service."""
    parts: list[Resource] = [
        {"url": "provider", "valueReference": _party(response)},
        *sampled(("authorizedProviderType",), {}),
    ]
    return {"url": extension("itemAuthorizedProvider"), "extension": parts}


def _party(response: Resource) -> Resource:
    party: Resource = response.get("requestor") or response["insurer"]
    return party


def _item(item: Resource, requested: Resource, claim: Resource, response: Resource) -> Resource:
    found = completed(item, _OF_ITEM, requested)
    return {**item, "extension": [*found, _provider(response), _authorized(requested), *_diagnosis(claim)]}


def _diagnosis(claim: Resource) -> Iterator[Resource]:
    coded = next((one["diagnosisCodeableConcept"] for one in claim.get("diagnosis", ()) if "diagnosisCodeableConcept" in one), None)
    (sample,) = sampled(("communicatedDiagnosis",), {})
    yield sample if coded is None else {"url": sample["url"], "valueCodeableConcept": coded}


def _authorized(requested: Resource) -> Resource:
    """extension-itemAuthorizedDetail: what was authorised, as it was requested."""
    service = requested.get("productOrService", concept(CPT, "99213"))
    parts: list[Resource] = [
        {"url": "productOrServiceCode", "valueCodeableConcept": service},
        {"url": "unitPrice", "valueMoney": requested.get("unitPrice", _PRICE)},
        {"url": "quantity", "valueQuantity": requested.get("quantity", _QUANTITY)},
        *sampled(("epsdtIndicator", "nursingHomeLevelOfCare", "revenueCode", "revenueUnitRateLimit"), requested),
    ]
    return {"url": extension("itemAuthorizedDetail"), "extension": parts}


def _added(item: Resource, requested: Resource, response: Resource) -> Resource:
    end = next(extensions(requested, extension("productOrServiceCodeEnd")), None)
    last = end or {"url": extension("productOrServiceCodeEnd"), "valueCodeableConcept": item["productOrService"]}
    found: list[Any] = [*completed(item, _OF_ADDED, requested), last]
    provider = {**_party(response), "extension": list(sampled(("authorizedProviderType",), {}))}
    return {
        **({} if "servicedDate" in item or "servicedPeriod" in item else {"servicedDate": DAY}),
        **({} if any(name.startswith("location") for name in item) else {"locationCodeableConcept": concept(PLACE_OF_SERVICE, "11")}),
        **given(modifier=[concept(CPT, "26")], quantity=_QUANTITY, unitPrice=_PRICE, provider=[provider]),
        **item,
        "extension": found,
    }


def _whole(answer: PayerAnswer) -> list[Resource]:
    """The review action of the whole request."""
    actions = {item.action for item in answer.items}
    action = "A4" if actions & OPEN_ACTIONS else actions.pop() if len(actions) == 1 else "A2"
    parts = [{"url": extension("reviewActionCode"), "valueCodeableConcept": concept(REVIEW_ACTION, action)}]
    return [{"extension": [{"url": extension("reviewAction"), "extension": parts}], "category": concept(ADJUDICATION, "submitted")}]
