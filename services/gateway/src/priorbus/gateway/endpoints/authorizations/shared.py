"""What the operations of style B share: how a case is addressed and shown."""

from collections.abc import Mapping
from typing import Any

from priorbus.gateway.endpoints.answers import entity_tag, json_answer
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.operations.commands import Present
from priorbus.gateway.operations.outcome import Target
from priorbus.gateway.presentation.style_b import render_authorization

ROOT = "/v1/prior-auth/authorizations"
State = dict[str, Any]


def target(authorization_id: str) -> Target:
    """The case as an operation names it."""
    return Target("authorization", authorization_id, f"{ROOT}/{authorization_id}")


async def require_case(gateway: Gateway, call: Call) -> None:
    """Raises 404 unless the tenant has the addressed case."""
    if not await gateway.authorizations.exists(call.tenant, call.path["authorization_id"]):
        raise Problem("authorization_not_found")


async def read_case(gateway: Gateway, call: Call) -> State:
    """The state of the addressed case. Raises 404."""
    state = await gateway.authorizations.find(call.tenant, call.path["authorization_id"])
    if state is None:
        raise Problem("authorization_not_found")
    return state


async def show(gateway: Gateway, state: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """A case as answer."""
    form = await gateway.forms.get(state["template_id"], state["template_version"])
    return json_answer(render_authorization(state, form), status, {**entity_tag(state["version"]), **(headers or {})})


def presenting(gateway: Gateway) -> Present:
    """Shows the case in a reply."""

    async def present(result: Mapping[str, Any]) -> Answer:
        return await show(gateway, result["authorization"])

    return present


async def change(gateway: Gateway, call: Call, wire_type: str, payload: Mapping[str, Any]) -> Answer:
    """Send a command to the addressed case and show the case after it."""
    authorization_id = call.path["authorization_id"]
    data = {"authorization_id": authorization_id, "expected_version": call.if_match, **payload}
    return await gateway.commands.run(call, wire_type, data, target(authorization_id), presenting(gateway))
