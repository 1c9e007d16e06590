from typing import Annotated, Any

import pytest
from pydantic import Field

from priorbus.gateway.http.schema import MAX_ISSUES, Body, Findings, pointer


class Inner(Body):
    some_number: int


class Outer(Body):
    name: str
    inner: Inner
    tags: list[str] = Field(default_factory=list)
    labels: dict[Annotated[str, Field(max_length=3)], str] = Field(default_factory=dict)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"inner": {"someNumber": 1}}, [("missing", "/name")]),
        ({"name": "a", "inner": {"someNumber": "1"}}, [("invalid_type", "/inner/someNumber")]),
        ({"name": "a", "inner": {"someNumber": True}}, [("invalid_type", "/inner/someNumber")]),
        ({"name": "a", "inner": {"someNumber": 1, "x/y": 2}}, [("unknown_property", "/inner/x~1y")]),
        ({"name": "a", "inner": {"some_number": 1}}, [("missing", "/inner/someNumber"), ("unknown_property", "/inner/some_number")]),
        ({"name": "a", "inner": {"someNumber": 1}, "tags": ["a", 2]}, [("invalid_type", "/tags/1")]),
        ({"name": "a", "inner": {"someNumber": 1}, "labels": {"long": "a"}}, [("invalid_value", "/labels/long")]),
        ([], [("invalid_type", "")]),
        (None, [("invalid_type", "")]),
    ],
)
def test_what_is_wrong_is_told_with_its_place(body: Any, expected: list[tuple[str, str]]) -> None:
    findings = Findings()
    assert findings.validated(Outer, body) is None
    assert [(issue.code, issue.field) for issue in findings.issues] == expected


def test_messages_quote_nothing() -> None:
    findings = Findings()
    findings.validated(Outer, {"name": 5, "inner": "secret", "secret2": 1})
    assert "secret" not in "".join(issue.message for issue in findings.issues)
    assert "Outer" not in "".join(issue.message for issue in findings.issues)


def test_there_are_at_most_so_many_issues() -> None:
    findings = Findings()
    findings.validated(Outer, {f"m{number}": 1 for number in range(1000)})
    assert len(findings.issues) == MAX_ISSUES


def test_a_long_name_is_cut() -> None:
    assert len(pointer(("x" * 10_000,))) < 1000


def test_a_difference_is_told_even_when_no_more_issues_are_kept() -> None:
    findings = Findings()
    for number in range(MAX_ISSUES):
        findings.add("missing", (number,))
    assert not findings.members({"x": 1}, (), allowed={"y"})
    assert not findings.members({}, (), allowed={"y"}, required={"y"})
    assert findings.members({"y": 1}, (), allowed={"y"}, required={"y"})
    assert len(findings.issues) == MAX_ISSUES
