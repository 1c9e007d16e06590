"""What a remote payer's ClaimResponse says, read leniently (fhir-pas.md 15, 22)."""

from priorbus.fhir_pas.domain.remote.answers import answer_in


def test_documents_are_asked_for_by_code_of_loinc_or_report_type() -> None:
    codes = ("11506-3", "03", "77", "99999-9")
    asked = [{"resource": {"resourceType": "CommunicationRequest", "payload": [{"contentString": code}]}} for code in codes]
    answer = answer_in({"resourceType": "ClaimResponse", "id": "cr-1"}, {"resourceType": "Bundle", "entry": asked}, [1])
    assert [(one.code, one.system) for one in answer.wanted] == [
        ("11506-3", "http://loinc.org"),
        ("03", "https://codesystem.x12.org/005010/755"),
        ("77", "https://codesystem.x12.org/005010/755"),
        ("99999-9", "http://loinc.org"),
    ]
    assert answer.information is not None
    assert answer.information.document_types == ("clinical_notes", "medical_necessity_letter", "other")
