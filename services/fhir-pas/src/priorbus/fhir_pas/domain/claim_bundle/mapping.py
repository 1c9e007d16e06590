"""How a service is told in the payer's codes (fhir-pas.md 24); X12 codes of the 278 request."""

from dataclasses import dataclass

from priorbus.contracts.templates import CodeSystem, ServiceType
from priorbus.fhir_pas.domain.codes import CPT, HCPCS, LOINC, NDC, x12

NULL_FLAVOR = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"


@dataclass(frozen=True, slots=True)
class ServiceCodes:
    """`category` is X12 1365, `request_type` X12 1525, `place` a CMS place of service."""

    claim_type: str
    category: str
    request_type: str
    place: str


SERVICES: dict[ServiceType, ServiceCodes] = {
    "inpatient": ServiceCodes("institutional", "48", "AR", "21"),
    "outpatient": ServiceCodes("professional", "50", "HS", "22"),
    "drug": ServiceCodes("professional", "88", "HS", "12"),
}
CODE_SYSTEMS: dict[CodeSystem, str] = {"cpt": CPT, "hcpcs": HCPCS, "ndc": NDC}

INITIAL, REVISED = "I", "S"
"""Certification types, X12 1322."""
URGENT = "U"
"""Level of service, X12 1338."""
SUPPORT_DATA = "77"
"""Report type of anything without a code of its own, X12 755."""

REPORT_TYPES = {
    "clinical_notes": "M1",
    "physician_order": "B3",
    "medical_necessity_letter": "03",
    "prescription": "B2",
    "lab_results": "LA",
    "imaging_report": "RR",
    "treatment_plan": "08",
    "prior_treatment_history": "10",
}
"""X12 755 by document type."""

_LOINC_TYPES = {
    "clinical_notes": "11506-3",
    "physician_order": "46209-3",
    "prescription": "57833-6",
    "lab_results": "11502-2",
    "imaging_report": "18748-4",
    "treatment_plan": "18776-5",
}


def document_coding(document_type: str) -> tuple[str, str]:
    """System and code of DocumentReference.type; "unknown" where LOINC has no plain match."""
    code = _LOINC_TYPES.get(document_type)
    return (LOINC, code) if code else (NULL_FLAVOR, "UNK")


def request_coding(document_type: str) -> tuple[str, str]:
    """System and code by which a document is asked for: LOINC, or the report type (fhir-pas.md 15)."""
    code = _LOINC_TYPES.get(document_type)
    return (LOINC, code) if code else (x12(755), REPORT_TYPES.get(document_type, SUPPORT_DATA))


DOCUMENT_TYPES = {code: kind for codes in (REPORT_TYPES, _LOINC_TYPES) for kind, code in codes.items()}
"""Document types by LOINC code and by report type."""


def system_of(code: str) -> str:
    """The system of a code by which a payer asks for a document; it tells the code only."""
    return x12(755) if code == SUPPORT_DATA or code in REPORT_TYPES.values() else LOINC
