"""GET {base}/{Type}/{id}, also with _history/{version} (fhir-pas 18)."""

from priorbus.contracts.commands.fhir_access import ReadResource
from priorbus.gateway.endpoints.fhir.forwarding import ask, base_of, caller_of, fhir_answer
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.middleware.authentication import require_scopes


async def read_resource(gateway: Gateway, call: Call) -> Answer:
    """The current version, or the one named."""
    kind = call.path["type"]
    require_scopes(call.principal, "token", (f"system/{kind}.r",))
    query = ReadResource(
        base=base_of(call),
        caller=caller_of(call),
        resource_type=kind,
        resource_id=call.path["id"],
        version_id=call.path.get("version"),
    )
    return fhir_answer(await ask(gateway, call, query), call)
