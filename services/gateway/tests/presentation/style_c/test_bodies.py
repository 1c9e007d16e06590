from typing import Any

import pytest

from priorbus.contracts.commands.requirements import CaseRequest
from priorbus.devstack import cases
from priorbus.gateway.http.schema import Findings
from priorbus.gateway.presentation.style_c.bodies import read_confirmation, read_creation


def issues(body: Any) -> list[tuple[str, str | None]]:
    findings = Findings()
    read_creation(body, findings)
    return [(issue.code, issue.field) for issue in findings.issues]


def test_a_create() -> None:
    body = cases.mri_request(
        answers={"item": [cases.diagnosis("G43.909")]}, metadata={"a": "b"}, policy={"finalSubmission": "requires_approval"}
    )
    case = CaseRequest.model_validate(read_creation(body, Findings()))
    assert (case.policy, case.portal_auth_mode, case.metadata) == ("approval", "automated", {"a": "b"})
    assert (case.selection.state, case.selection.service_type, case.selection.service_code) == ("CA", "outpatient", "70553")
    assert case.answers is not None
    assert case.answers.addressing == "nested"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"policy": {"finalSubmission": "requires_confirmation"}}, [("invalid_value", "/policy/finalSubmission")]),
        ({"policy": {}}, [("missing", "/policy/finalSubmission")]),
        ({"portalAuthMode": "automated"}, [("unknown_property", "/portalAuthMode")]),
        ({"questionnaireResponse": {"item": []}}, [("unknown_property", "/questionnaireResponse")]),
        ({"answers": None}, [("invalid_type", "/answers")]),
        ({"request": cases.mri_request()["request"] | {"serviceCode": "70553"}}, [("invalid_type", "/request/serviceCode")]),
        ({"request": cases.mri_request()["request"] | {"coverageState": "California"}}, [("invalid_value", "/request/coverageState")]),
    ],
)
def test_bad_creates(changes: Any, expected: list[tuple[str, str]]) -> None:
    assert issues(cases.mri_request(**changes)) == expected


def test_a_confirmation() -> None:
    assert read_confirmation({"acceptedReviewSnapshotId": "rev_1"}, Findings()) == {"accepted_review_snapshot_id": "rev_1"}
    findings = Findings()
    assert read_confirmation({"nextActionId": "act_1"}, findings) is None
    assert [issue.field for issue in findings.issues] == ["/nextActionId"]
