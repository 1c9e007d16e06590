"""GET or POST {base}/Subscription/{id}/$status and {base}/Subscription/$status (fhir-pas 14.4)."""

from collections.abc import Iterator
from typing import Any

from priorbus.contracts.commands.fhir_subscriptions import ReadSubscriptionStatus
from priorbus.gateway.endpoints.fhir.forwarding import ask, base_of, fhir_answer
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http import json_body
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.media_types import FHIR_JSON, JSON, is_accepted
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.middleware.request_syntax import read_limited

_BODY_LIMIT = 64 * 1024
_VALUES = ("valueId", "valueCode", "valueString")


async def read_status(gateway: Gateway, call: Call) -> Answer:
    """Of one, or of all of the caller's with one of the ids and one of the statuses."""
    asked = [*call.query, *_parameters(await _body(call))]
    query = ReadSubscriptionStatus(
        base=base_of(call),
        subscription_id=call.path.get("id"),
        ids=tuple(_listed(value for name, value in asked if name == "id")),
        statuses=tuple(_listed(value for name, value in asked if name == "status")),
    )
    return fhir_answer(await ask(gateway, call, query), call)


def _listed(values: Iterator[str]) -> Iterator[str]:
    for value in values:
        yield from value.split(",")


async def _body(call: Call) -> Any:
    """The JSON of a POST, None where there is none. Raises Problem."""
    raw = await read_limited(call.request, _BODY_LIMIT) if call.method == "POST" else b""
    if raw and not is_accepted(call.request.headers.get("Content-Type", ""), (FHIR_JSON, JSON)):
        raise Problem("unsupported_media_type")
    return json_body.parse(raw) if raw else None


def _parameters(body: Any) -> Iterator[tuple[str, str]]:
    """Those of a Parameters resource; whatever else a body holds asks for nothing."""
    found = body.get("parameter") if isinstance(body, dict) else None
    for one in found if isinstance(found, list) else ():
        value = next((one[name] for name in _VALUES if isinstance(one.get(name), str)), None) if isinstance(one, dict) else None
        if value is not None:
            yield str(one.get("name")), value
