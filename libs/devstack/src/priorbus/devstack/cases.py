"""The example cases of the specification as request data: used by the demo, the flow tests and the benchmark."""

from typing import Any

PROVIDER_NPI = "1234567893"

JsonObject = dict[str, Any]


def mri_create(**changes: Any) -> JsonObject:
    """Body of POST /v1/prior-auth/authorizations for an outpatient brain MRI."""
    return {
        "providerNpi": PROVIDER_NPI,
        "templateSelection": {
            "payerId": "payer_evergreen",
            "insuranceState": "CA",
            "serviceType": "outpatient",
            "serviceCode": "70553",
            "serviceCodeSystem": "cpt",
        },
        "policy": {"finalSubmission": "automatic"},
        **changes,
    }


def mri_request(**changes: Any) -> JsonObject:
    """Body of POST /v1/prior-authorizations for the same MRI."""
    return {
        "providerNpi": PROVIDER_NPI,
        "request": {
            "payerId": "payer_evergreen",
            "coverageState": "CA",
            "requestType": "outpatient",
            "serviceCode": {"system": "cpt", "code": "70553"},
        },
        "policy": {"finalSubmission": "automatic"},
        **changes,
    }


def item(link_id: str, *values: JsonObject) -> JsonObject:
    """One questionnaireResponse item; no values clears the answer."""
    return {"linkId": link_id, "answer": list(values)}


def text(value: str) -> JsonObject:
    """A string answer."""
    return {"valueString": value}


def date(value: str) -> JsonObject:
    """A date answer, ISO form."""
    return {"valueDate": value}


def yes() -> JsonObject:
    """The boolean answer true."""
    return {"valueBoolean": True}


def no() -> JsonObject:
    """The boolean answer false."""
    return {"valueBoolean": False}


def number(value: float) -> JsonObject:
    """A decimal answer."""
    return {"valueDecimal": value}


def choice(code: str) -> JsonObject:
    """A coded answer."""
    return {"valueCoding": {"code": code}}


def answers(*items: JsonObject) -> JsonObject:
    """Body of PATCH …/answers."""
    return {"questionnaireResponse": {"item": list(items)}}


def diagnosis(code: str) -> JsonObject:
    """One occurrence of the group of diagnoses in style C."""
    return {"linkId": "diagnoses", "item": [item("code", text(code))]}


def full_answers(member_id: str = "SBX-APPROVE") -> list[JsonObject]:
    """Answers that leave only the clinical notes open on the MRI template; `member_id` chooses the sandbox scenario."""
    return [
        item("patient.firstName", text("Ada")),
        item("patient.lastName", text("Probe")),
        item("patient.dateOfBirth", date("1980-02-29")),
        item("patient.gender", choice("female")),
        item("patient.address.line1", text("1 Test Way")),
        item("patient.address.city", text("Fresno")),
        item("patient.address.state", text("CA")),
        item("patient.address.zip", text("93701")),
        item("coverage.memberId", text(member_id)),
        item("service.startDate", date("2026-12-01")),
        item("diagnoses.0.code", text("G43.909")),
        item("q.mri.indication", choice("headache")),
        item("q.mri.redFlags", choice("neuro_deficit")),
        item("q.mri.symptomWeeks", number(8)),
        item("q.mri.priorImaging", no()),
        item("q.mri.contrastAllergy", no()),
        item("q.mri.renalDisease", no()),
        item("q.mri.facilityType", choice("freestanding")),
    ]


def full_nested_answers(member_id: str = "SBX-APPROVE") -> list[JsonObject]:
    """The same answers as items of style C."""
    return [diagnosis("G43.909") if given["linkId"] == "diagnoses.0.code" else given for given in full_answers(member_id)]


def pdf(size: int = 1024) -> bytes:
    """A small document that passes the PDF magic-byte check, exactly `size` bytes long."""
    head = b"%PDF-1.4\n"
    return head + b"%" * (size - len(head) - 6) + b"\n%%EOF"
