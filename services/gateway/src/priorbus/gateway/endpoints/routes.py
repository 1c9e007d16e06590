"""Routes to payers before there is a case (authorizations.md 7.3)."""

from priorbus.contracts.commands.requirements import ResolveRoute
from priorbus.gateway.endpoints.answers import json_answer, pagination
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.http.schema import Findings
from priorbus.gateway.presentation.style import Style


async def resolve_route(style: Style, gateway: Gateway, call: Call) -> Answer:
    """The route that a create with this selection would get, or why it would be refused."""
    findings = Findings()
    asked = style.read_route(call.body, findings)
    if asked is None:
        raise Problem("bad_request", issues=findings.issues)
    return json_answer(style.render_route(await gateway.questions.ask(call, ResolveRoute.wire_type, asked, style.name)))


async def list_routes(style: Style, gateway: Gateway, call: Call) -> Answer:
    """Everything that a provider may ask for."""
    npi, routes, following = await gateway.routes.page(call)
    return json_answer(
        {"providerNpi": npi, "options": [style.render_route(route) for route in routes], "pagination": pagination(following)}
    )
