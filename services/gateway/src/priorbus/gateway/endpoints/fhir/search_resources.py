"""GET {base}/{Type}?… and POST {base}/{Type}/_search (fhir-pas 18)."""

from urllib.parse import parse_qsl

from priorbus.contracts.commands.fhir_access import SearchResources
from priorbus.gateway.endpoints.fhir.forwarding import ask, base_of, caller_of, fhir_answer
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.problem import Problem, bad_request
from priorbus.gateway.middleware.authentication import require_scopes
from priorbus.gateway.middleware.request_syntax import read_limited

_FORM, _FORM_LIMIT, _FIELDS = "application/x-www-form-urlencoded", 64 * 1024, 100


async def search_resources(gateway: Gateway, call: Call) -> Answer:
    """One page of a searchset."""
    kind = call.path["type"]
    require_scopes(call.principal, "token", (f"system/{kind}.s",))
    parameters = (*call.query, *await _form(call))
    query = SearchResources(base=base_of(call), caller=caller_of(call), resource_type=kind, parameters=parameters)
    return fhir_answer(await ask(gateway, call, query), call)


async def _form(call: Call) -> list[tuple[str, str]]:
    if call.method != "POST":
        return []
    body = await read_limited(call.request, _FORM_LIMIT)
    if body and call.request.content_type != _FORM:
        raise Problem("unsupported_media_type")
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_FIELDS)
    except ValueError:
        raise bad_request("unknown_parameter", "The form can not be read.") from None
