"""The request body of an operation, and its reply."""

import hashlib
from typing import Any

from priorbus.contracts.commands.fhir_pas import InquireClaim, SubmitClaim
from priorbus.fhir_pas.domain.fhir_json import dump
from priorbus.fhir_pas.domain.issues import Issue
from priorbus.fhir_pas.domain.limits import Limits
from priorbus.fhir_pas.domain.operation_outcome import REGISTRY_CODES, operation_outcome
from priorbus.fhir_pas.domain.validation import Rejection
from priorbus.fhir_pas.ports import RequestBodies
from priorbus.runtime.handling import LastingRefusal

_UNAVAILABLE, _RETRY_AFTER = 503, "5"


async def body_of(command: SubmitClaim | InquireClaim, bodies: RequestBodies) -> bytes:
    """The request's bytes, from the message or the object store. Raises ValueError when the stored ones are others."""
    if command.body is not None:
        return command.body.encode()
    raw = await bodies.read(command.body_key or "")
    if hashlib.sha256(raw).hexdigest() != command.sha256:
        raise ValueError("the stored body is not the announced one")
    return raw


def too_large(size: int, limits: Limits) -> Rejection | None:
    """The refusal of a body that is larger than the tenant wants; the gateway has enforced the deployment's limit."""
    if size <= limits.body_bytes:
        return None
    return Rejection(413, (Issue("", "error", "too-long", "Body too large", f"at most {limits.body_bytes} bytes", ""),))


def reply(status: int, body: bytes, **headers: str) -> dict[str, Any]:
    """What the gateway writes."""
    return {"status": status, "headers": headers, "body": body.decode()}


def rejected(rejection: Rejection, public_base: str) -> LastingRefusal:
    """The OperationOutcome beside a refusal, so that no Idempotency-Key remembers it."""
    code = rejection.code or REGISTRY_CODES[rejection.status]
    body = dump(operation_outcome(rejection.status, rejection.issues, public_base, code))
    headers = {"Retry-After": _RETRY_AFTER} if rejection.status == _UNAVAILABLE else {}
    return LastingRefusal(code=code, result=reply(rejection.status, body, **headers))
