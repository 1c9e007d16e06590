"""Values of PAS extensions for a full answer: those of the request where it has them, else fixed samples."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from priorbus.fhir_pas.domain.claim_bundle.elements import concept
from priorbus.fhir_pas.domain.codes import ICD10_CM, LOINC, REVENUE, extension, x12
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.profile.checks import extensions

DAY: Final = "2026-01-05"
SAMPLES: Final[Mapping[str, tuple[str, Any]]] = {
    "administrationReferenceNumber": ("valueString", "PEND0000SAMPLE"),
    "admissionDates": ("valuePeriod", {"start": DAY, "end": "2026-01-07"}),
    "authorizationNumber": ("valueString", "AUTH0000SAMPLE"),
    "authorizedProviderType": ("valueCodeableConcept", concept(x12(98), "SJ")),
    "certificationType": ("valueCodeableConcept", concept(x12(1322), "I")),
    "communicatedDiagnosis": ("valueCodeableConcept", concept(ICD10_CM, "Z00.00")),
    "contentModifier": ("valueCodeableConcept", concept(LOINC, "18804-5")),
    "dischargeDate": ("valueDate", "2026-01-07"),
    "epsdtIndicator": ("valueBoolean", False),
    "identifierJurisdiction": ("valueCodeableConcept", concept("https://www.usps.com/", "OR")),
    "identifierSubDepartment": ("valueString", "Utilization Management"),
    "itemCategory": ("valueCodeableConcept", concept(x12(1365), "3")),
    "itemRequestedServiceDate": ("valueDateTime", DAY),
    "itemTraceNumber": ("valueIdentifier", {"system": "urn:example:trace", "value": "SAMPLE"}),
    "nursingHomeLevelOfCare": ("valueCodeableConcept", concept(x12(1337), "1")),
    "nursingHomeResidentialStatus": ("valueCodeableConcept", concept(x12(1345), "1")),
    "requestedService": ("valueReference", {"identifier": {"system": "urn:example:orders", "value": "SAMPLE"}}),
    "revenueCode": ("valueCodeableConcept", concept(REVENUE, "0551")),
    "revenueUnitRateLimit": ("valueDecimal", Decimal("100.00")),
    "serviceItemRequestType": ("valueCodeableConcept", concept(x12(1525), "HS")),
}
"""By the end of the extension's URL."""


def sampled(names: Iterable[str], source: Resource) -> Iterator[Resource]:
    """One extension for each name, taken from `source` where that has it."""
    for name in names:
        found = next(extensions(source, extension(name)), None)
        key, value = SAMPLES[name]
        yield found if found is not None else {"url": extension(name), key: value}


def completed(element: Resource, names: Iterable[str], source: Resource) -> list[Resource]:
    """The element's extensions, and those of these names that it lacks."""
    known = list(element.get("extension", ()))
    urls = {one.get("url") for one in known}
    return [*known, *sampled((name for name in names if extension(name) not in urls), source)]
