"""Errors as OperationOutcome (fhir-pas.md 9)."""

from collections.abc import Iterable
from typing import Final

from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.issues import Issue

_ROOT: Final = "$this"
"""In FHIRPath the whole, where a rule fails that has no other place in it."""
REGISTRY_CODES = {
    400: "bad_request",
    403: "insufficient_permissions",
    404: "not_found",
    409: "stale_update",
    410: "resource_deleted",
    412: "version_conflict",
    413: "payload_too_large",
    422: "validation_failed",
    500: "internal_error",
    503: "service_unavailable",
}


def operation_outcome(status: int, issues: Iterable[Issue], public_base: str, registry_code: str = "") -> Resource:
    """One OperationOutcome with an issue for each finding; `registry_code` where the status has several."""
    code = registry_code or REGISTRY_CODES[status]
    return {"resourceType": "OperationOutcome", "issue": [_issue(code, issue, public_base) for issue in issues]}


def _issue(registry_code: str, issue: Issue, public_base: str) -> Resource:
    coding = [{"system": f"{public_base}/docs/errors", "code": registry_code}]
    if issue.rule:
        coding.append({"system": f"{public_base}/CodeSystem/pas-rules", "code": issue.rule})
    rendered: Resource = {
        "severity": issue.severity,
        "code": issue.code,
        "details": {"coding": coding, "text": issue.text},
        "diagnostics": issue.diagnostics,
    }
    if issue.expression or issue.rule:
        rendered["expression"] = [issue.expression or _ROOT]
    return rendered
