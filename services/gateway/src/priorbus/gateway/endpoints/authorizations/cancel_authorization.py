"""POST …/{authorization_id}/cancel (authorizations.md 10.3)."""

from typing import Annotated

from pydantic import StringConstraints

from priorbus.contracts.commands.requirements import CancelAuthorization
from priorbus.gateway.endpoints.authorizations.shared import change
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.schema import Body, Findings
from priorbus.gateway.presentation.style import Style


class CancelBody(Body):
    """The request body."""

    reason: Annotated[str, StringConstraints(max_length=500)] | None = None


async def cancel_authorization(style: Style, gateway: Gateway, call: Call) -> Answer:
    """Stop future work; not a reversal at the payer."""
    findings = Findings()
    body = findings.validated(CancelBody, call.body if call.raw else {})
    payload = {"schema_refusal": findings.refusal()} if body is None else {"reason": body.reason}
    return await change(style, gateway, call, CancelAuthorization.wire_type, payload)
