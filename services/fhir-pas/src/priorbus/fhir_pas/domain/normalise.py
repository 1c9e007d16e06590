"""A PAS request Bundle in the payer port's words (fhir-pas.md 22): the same for both origins."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.payer import Line, PayerRequest
from priorbus.fhir_pas.domain.profile.coverage import is_member_id


def payer_request(
    content: Resource, identifier: str, origin: Literal["fhir", "authorization"], base: str, at: datetime, **more: Any
) -> PayerRequest:
    """The request that a valid Bundle makes; `more` (`bundle` for its text, `attempt`) are further members of PayerRequest."""
    claim = content["entry"][0]["resource"]
    return PayerRequest(
        identifier=identifier,
        origin=origin,
        member_id=_member_id(content),
        base=base,
        lines=tuple(_line(item) for item in claim.get("item", ())),
        at=at,
        update="related" in claim,
        diagnoses=frozenset(_diagnoses(claim)),
        **more,
    )


def _member_id(bundle: Resource) -> str:
    resources = [entry["resource"] for entry in bundle["entry"]]
    for kind in ("Coverage", "Patient"):
        for resource in resources:
            if resource["resourceType"] == kind:
                for identifier in resource.get("identifier", ()):
                    if is_member_id(identifier) and "value" in identifier:
                        return str(identifier["value"])
    return next((str(resource["subscriberId"]) for resource in resources if "subscriberId" in resource), "")


def _line(item: Resource) -> Line:
    system, code = _first_coding(item.get("productOrService", {}))
    quantity = item.get("quantity", {}).get("value")
    start, end = _serviced(item)
    return Line(
        sequence=item["sequence"],
        code=code,
        system=system,
        category=_first_coding(item.get("category", {}))[1],
        quantity=None if quantity is None else Decimal(quantity),
        amount=_amount(item, quantity),
        start=start,
        end=end,
    )


def _amount(item: Resource, quantity: int | Decimal | None) -> Decimal:
    net = item.get("net", {}).get("value")
    if net is not None:
        return Decimal(net)
    return Decimal(item.get("unitPrice", {}).get("value", 0)) * Decimal(1 if quantity is None else quantity)


def _serviced(item: Resource) -> tuple[str | None, str | None]:
    day = item.get("servicedDate")
    period = item.get("servicedPeriod", {})
    return period.get("start", day), period.get("end", day)


def _diagnoses(claim: Resource) -> Iterator[str]:
    for diagnosis in claim.get("diagnosis", ()):
        yield _first_coding(diagnosis.get("diagnosisCodeableConcept", {}))[1]


def _first_coding(concept: Resource) -> tuple[str, str]:
    coding: Resource = next(iter(concept.get("coding", ())), {})
    return coding.get("system", ""), coding.get("code", "")
