from priorbus.contracts.replies import Issue
from priorbus.storage.domain.patients.findings import Findings


def test_a_body_that_is_no_object_is_all_that_is_told() -> None:
    findings = Findings([Issue(code="invalid", message="is invalid", field="base")])
    findings.add("upload_url", "blank")
    refusal = findings.refusal()
    assert refusal is not None
    assert ([(issue.field, issue.code) for issue in refusal.issues], refusal.details) == ([("base", "invalid")], {})


def test_each_member_is_told_once_and_the_upload_guide_with_its_url() -> None:
    findings = Findings([Issue(code="not_an_id", message="is invalid", field="patient_id")])
    findings.add("patient_id", "blank")
    findings.add("upload_url", "foreign_host")
    refusal = findings.refusal()
    assert refusal is not None
    assert [(issue.field, issue.code) for issue in refusal.issues] == [("patient_id", "not_an_id"), ("upload_url", "foreign_host")]
    assert set(refusal.details or {}) == {"documentation"}


def test_nothing_found() -> None:
    assert Findings().refusal() is None
