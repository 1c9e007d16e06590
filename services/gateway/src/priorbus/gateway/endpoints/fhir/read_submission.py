"""GET /admin/pas/ClaimResponse/{id}: an operator looks at the request behind a ClaimResponse (fhir-pas 5, 17)."""

from collections.abc import Mapping
from typing import Any

from priorbus.contracts.commands.fhir_access import ReadSubmission
from priorbus.gateway.endpoints.answers import json_answer
from priorbus.gateway.endpoints.fhir.forwarding import ask
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.problem import Problem
from priorbus.runtime.objects import ObjectMissing


async def read_submission(gateway: Gateway, call: Call) -> Answer:
    """Ids, warnings and the state of the items."""
    return json_answer((await _found(gateway, call))["submission"])


async def read_request(gateway: Gateway, call: Call) -> Answer:
    """The request's bytes as they came."""
    found = await _found(gateway, call)
    body = found["body"].encode() if found["body"] is not None else await _stored(gateway, found["body_key"])
    return Answer(200, body, {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}, found["media_type"])


async def _found(gateway: Gateway, call: Call) -> Mapping[str, Any]:
    return await ask(gateway, call, ReadSubmission(claim_response_id=call.path["id"]))


async def _stored(gateway: Gateway, key: str) -> bytes:
    try:
        async with gateway.objects.get(key) as chunks:
            return b"".join([chunk async for chunk in chunks])
    except ObjectMissing:
        raise Problem("not_found") from None
