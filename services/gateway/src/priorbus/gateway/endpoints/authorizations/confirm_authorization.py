"""POST /v1/prior-auth/authorizations/{authorization_id}/confirm (authorizations.md 10.2)."""

from priorbus.contracts.commands.requirements import ConfirmAuthorization
from priorbus.gateway.endpoints.style_b.shared import change
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.schema import Body, Findings


class ConfirmBody(Body):
    """The request body; the owner asks for `nextActionId`, because the state decides first."""

    next_action_id: str | None = None


async def confirm_authorization(gateway: Gateway, call: Call) -> Answer:
    """Carry out the open action."""
    findings = Findings()
    body = findings.validated(ConfirmBody, call.body if call.raw else {})
    payload = {"schema_issues": findings.as_json()} if body is None else {"next_action_id": body.next_action_id}
    return await change(gateway, call, ConfirmAuthorization.wire_type, {"style": "B", **payload})
