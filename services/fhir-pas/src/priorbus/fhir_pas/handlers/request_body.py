"""The body of a FHIR command, from the message or from the object store (claim check)."""

import hashlib

from priorbus.contracts.commands.fhir_access import FhirBody
from priorbus.fhir_pas.ports import RequestBodies


async def request_text(request: FhirBody, bodies: RequestBodies) -> str | bytes:
    """The text, or the bytes where they came by reference. Raises TransientError when the object store is away."""
    if request.body is not None:
        return request.body
    raw = await bodies.read(request.body_key or "")
    if hashlib.sha256(raw).hexdigest() != request.sha256:
        raise ValueError("the stored body is not the announced one")
    return raw
