"""What the gateway is told to answer: status, headers and FHIR JSON."""

from collections.abc import Iterable
from typing import Any

from priorbus.fhir_pas.domain.fhir_json import Resource, dump
from priorbus.fhir_pas.domain.issues import Issue
from priorbus.fhir_pas.domain.operation_outcome import REGISTRY_CODES, operation_outcome
from priorbus.runtime.handling import LastingRefusal


def answered(status: int, body: Resource | bytes | None, **headers: str) -> dict[str, Any]:
    """The result of a FHIR command or query; header names are written with `_` for `-`."""
    text = body if isinstance(body, bytes) else b"" if body is None else dump(body)
    return {"status": status, "headers": {name.replace("_", "-"): value for name, value in headers.items()}, "body": text.decode()}


def refused(status: int, issues: Iterable[Issue], public_base: str, **headers: str) -> dict[str, Any]:
    """An OperationOutcome."""
    return answered(status, operation_outcome(status, issues, public_base), **headers)


def declined(status: int, issues: Iterable[Issue], public_base: str, registry_code: str = "") -> LastingRefusal:
    """An OperationOutcome beside a refusal, so that no Idempotency-Key remembers it."""
    code = registry_code or REGISTRY_CODES[status]
    return LastingRefusal(code=code, result=answered(status, operation_outcome(status, issues, public_base, code)))


def plain_issue(severity: str, code: str, diagnostics: str) -> Resource:
    """An issue without details, as the seed shows them (fhir-pas.md 9)."""
    return {"severity": severity, "code": code, "diagnostics": diagnostics}


def outcome(*issues: Resource) -> Resource:
    """An OperationOutcome of such issues."""
    return {"resourceType": "OperationOutcome", "issue": list(issues)}
