"""What the operations share: how a case is addressed and shown."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from priorbus.gateway.endpoints.answers import entity_tag, json_answer
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.headers import not_modified
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.operations.commands import Present
from priorbus.gateway.operations.outcome import Target
from priorbus.gateway.presentation.style import Style

State = dict[str, Any]


def target(style: Style, authorization_id: str) -> Target:
    """The case as an operation names it."""
    return Target("authorization", authorization_id, f"{style.root}/{authorization_id}", style.name)


async def require_case(style: Style, gateway: Gateway, call: Call) -> None:
    """Raises 404 unless the tenant has the addressed case."""
    if not await gateway.authorizations.exists(call.tenant, call.path["authorization_id"]):
        raise Problem(style.code("authorization_not_found"))


async def require_attachment(style: Style, gateway: Gateway, call: Call) -> None:
    """Raises 404 unless the tenant has the addressed case, and the case the addressed attachment."""
    case = await read_case(style, gateway, call)
    if all(attachment["id"] != call.path["attachment_id"] for attachment in case["attachments"]):
        raise Problem("attachment_not_found")


async def read_case(style: Style, gateway: Gateway, call: Call) -> State:
    """The state of the addressed case. Raises 404."""
    state = await gateway.authorizations.find(call.tenant, call.path["authorization_id"])
    if state is None:
        raise Problem(style.code("authorization_not_found"))
    return state


async def show(
    style: Style, gateway: Gateway, state: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> Answer:
    """A case as answer."""
    form = await gateway.forms.get(style, state["template_id"], state["template_version"])
    return json_answer(style.render_authorization(state, form), status, {**entity_tag(state["version"]), **(headers or {})})


async def show_part(style: Style, gateway: Gateway, call: Call, part: Callable[[State], Any]) -> Answer:
    """A part of the addressed case with the case's entity tag (10.4), or 304 for a client that has this version."""
    state = await read_case(style, gateway, call)
    tag = entity_tag(state["version"])
    if not_modified(call.request, state["version"]):
        return Answer(304, headers=tag)
    return json_answer(part(state), headers=tag)


def presenting(style: Style, gateway: Gateway) -> Present:
    """Shows the case in a reply."""

    def present(result: Mapping[str, Any]) -> Awaitable[Answer]:
        return show(style, gateway, result["authorization"])

    return present


async def change(style: Style, gateway: Gateway, call: Call, wire_type: str, payload: Mapping[str, Any]) -> Answer:
    """Send a command to the addressed case and show the case after it."""
    authorization_id = call.path["authorization_id"]
    data = {"authorization_id": authorization_id, "expected_version": call.if_match, **payload}
    return await gateway.commands.run(call, wire_type, data, target(style, authorization_id), presenting(style, gateway))
