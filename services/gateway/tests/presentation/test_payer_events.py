from datetime import UTC, datetime
from typing import Any

import pytest

from priorbus.contracts.authorizations import Failure
from priorbus.contracts.commands.requirements import Evidence
from priorbus.gateway.http.schema import Findings
from priorbus.gateway.presentation.payer_events import evidence_of, read_payer_event

NOW = datetime(2026, 3, 4, tzinfo=UTC)
CERTIFIED = {"certificationNumber": "C1", "approvedStartDate": "2026-12-01", "approvedEndDate": "2027-02-28"}
EFFECTIVE = {
    "authorization_number": "C1",
    "effective_from": datetime(2026, 12, 1, tzinfo=UTC),
    "effective_to": datetime(2027, 2, 28, tzinfo=UTC),
}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"type": "receipt", "eventId": "e"}, {"kind": "receipt"}),
        ({"type": "receipt", "payerReferenceNumber": "R"}, {"kind": "receipt", "reference_number": "R"}),
        ({"type": "approval", **CERTIFIED}, {"kind": "approved", **EFFECTIVE}),
        (
            {"type": "approval", **CERTIFIED, "documentFileId": "file_1", "payerReferenceNumber": "R"},
            {"kind": "approved", **EFFECTIVE, "reference_number": "R", "details": {"documentFileId": "file_1"}},
        ),
        ({"type": "modification", **CERTIFIED, "modifications": ["M"]}, {"kind": "modified", **EFFECTIVE, "modifications": ("M",)}),
        ({"type": "not_required"}, {"kind": "not_required"}),
        ({"type": "failure", "code": "c", "message": "m"}, {"kind": "failure", "failure": Failure(code="c", message="m")}),
        (
            {"type": "more_info_request", "message": "Send it.", "requestedDocuments": ["a", "b", "a"], "resolutionHint": "Soon."},
            {"kind": "information_request", "message": "Send it. Soon.", "document_types": ("a", "b")},
        ),
        (
            {"type": "more_info_request", "message": "Why?", "requestedDocuments": []},
            {"kind": "information_request", "message": "Why?"},
        ),
    ],
)
def test_an_event_is_evidence(body: dict[str, Any], expected: dict[str, Any]) -> None:
    findings = Findings()
    event = read_payer_event(body, findings)
    assert event is not None
    assert findings.issues == []
    assert evidence_of(event, NOW) == Evidence(channel="sandbox", received_at=NOW, **expected)


def test_a_denial_has_its_reason_in_words_and_as_a_code() -> None:
    event = read_payer_event({"type": "denial", "denialReasonCode": "3A", "denialReasonMessage": "No."}, Findings())
    assert event is not None
    evidence = evidence_of(event, NOW)
    assert (evidence.kind, evidence.denial_reasons) == ("denied", ("No.",))
    assert [(code.code, code.display) for code in evidence.denial_reason_codes] == [("3A", "No.")]


@pytest.mark.parametrize(
    ("body", "issues"),
    [
        ([], [("invalid_type", "")]),
        ({}, [("missing", "/type")]),
        ({"type": "x"}, [("invalid_value", "/type")]),
        ({"type": {}}, [("invalid_value", "/type")]),
        ({"type": "receipt", "colour": 1}, [("unknown_property", "/colour")]),
        ({"type": "receipt", "eventId": ""}, [("invalid_value", "/eventId")]),
        ({"type": "approval", **CERTIFIED, "approvedEndDate": "2023-02-29"}, [("invalid_value", "/approvedEndDate")]),
        ({"type": "modification", **CERTIFIED, "modifications": []}, [("invalid_value", "/modifications")]),
    ],
)
def test_bad_events(body: Any, issues: list[tuple[str, str]]) -> None:
    findings = Findings()
    assert read_payer_event(body, findings) is None
    assert [(issue.code, issue.field) for issue in findings.issues] == issues
