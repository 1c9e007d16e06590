"""What members may hold (patient-attachments.md 3.1, 12)."""

from typing import Any

import pytest

from priorbus.storage.domain.patients.findings import Findings
from priorbus.storage.domain.patients.members import ATTACHMENT, CASE, PATIENT, Rules, judge_changes, judge_new


def found(rules: Rules, members: dict[str, Any], *, new: bool = True) -> dict[str | None, tuple[str, str]]:
    findings = Findings()
    (judge_new if new else judge_changes)(rules, members, findings)
    refusal = findings.refusal()
    return {} if refusal is None else {issue.field: (issue.code, issue.message) for issue in refusal.issues}


def test_names_are_required() -> None:
    blank = ("blank", "can't be blank")
    assert found(PATIENT, {}) == {"first_name": blank, "last_name": blank}
    assert found(PATIENT, {"first_name": " ", "last_name": None}) == {"first_name": blank, "last_name": blank}
    assert found(PATIENT, {}, new=False) == {}
    assert found(PATIENT, {"last_name": None}, new=False) == {"last_name": blank}


def test_characters_are_counted_and_not_bytes() -> None:
    names = {"first_name": "😀" * 100, "last_name": "x" * 101}
    assert found(PATIENT, names) == {"last_name": ("too_long", "is too long (maximum is 100 characters)")}
    assert found(ATTACHMENT, {"description": "é" * 255}, new=False) == {}
    text = "is too long (maximum is 255 characters)"
    assert found(ATTACHMENT, {"description": "é" * 256}, new=False) == {"description": ("too_long", text)}


@pytest.mark.parametrize("day", ["2026-02-30", "20260101", "2026-1-1", "2026-01-01T00:00:00Z", "", True])
def test_dates_that_are_none(day: Any) -> None:
    members = {"first_name": "Ada", "last_name": "Probe", "date_of_birth": day}
    assert found(PATIENT, members) == {"date_of_birth": ("invalid", "is invalid")}


def test_good_members_of_any_kind() -> None:
    members = {"name": "Knee", "notes": None, "closed": True, "issue_date": "2024-02-29", "expiry_date": None, "unknown": "x"}
    findings = Findings()
    assert judge_new(CASE, members, findings) == {name: value for name, value in members.items() if name != "unknown"}
    assert findings.refusal() is None


@pytest.mark.parametrize("value", [None, "true"])
def test_flags_are_true_or_false(value: Any) -> None:
    assert found(ATTACHMENT, {"pinned": value}, new=False) == {"pinned": ("invalid", "is invalid")}
    assert found(CASE, {"name": "Knee", "closed": value}) == {"closed": ("invalid", "is invalid")}


def test_optional_text_of_a_wrong_type() -> None:
    assert found(ATTACHMENT, {"description": False}, new=False) == {"description": ("invalid", "is invalid")}
