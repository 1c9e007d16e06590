"""POST …/{authorization_id}/confirm (authorizations.md 10.2)."""

from priorbus.contracts.commands.requirements import ConfirmAuthorization
from priorbus.gateway.endpoints.authorizations.shared import change
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.schema import Findings
from priorbus.gateway.presentation.style import Style


async def confirm_authorization(style: Style, gateway: Gateway, call: Call) -> Answer:
    """Carry out the open action."""
    findings = Findings()
    named = style.read_confirmation(call.body if call.raw else {}, findings)
    payload = {"schema_refusal": findings.refusal()} if named is None else named
    return await change(style, gateway, call, ConfirmAuthorization.wire_type, {"style": style.name, **payload})
