"""What validation finds."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

Severity = Literal["error", "warning"]
Setting = Literal["error", "warning", "off"]
"""How a rule applies."""
LIMIT = 100
"""Issues reported of one phase; the rest is counted in one more issue (fhir-pas.md 5)."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding. `code` is an OperationOutcome issue type, `expression` a FHIRPath from the root. No text holds a request's value."""

    rule: str
    severity: Severity
    code: str
    text: str
    diagnostics: str
    expression: str


def errors(issues: Iterable[Issue]) -> tuple[Issue, ...]:
    """The issues that refuse a request."""
    return tuple(issue for issue in issues if issue.severity == "error")


def capped(issues: tuple[Issue, ...]) -> tuple[Issue, ...]:
    """At most LIMIT issues; further ones become "n more"."""
    if len(issues) <= LIMIT:
        return issues
    more = f"{len(issues) - LIMIT} more"
    return (*issues[:LIMIT], replace(issues[LIMIT], rule="", text=more, diagnostics=more, expression=""))
