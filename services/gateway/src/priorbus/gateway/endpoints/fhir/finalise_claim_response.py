"""POST /admin/pas/ClaimResponse/{id}/finalise: an operator ends the pending of items (fhir-pas 23)."""

from typing import Any

from pydantic import Field, ValidationError

from priorbus.contracts.commands.fhir_pas import FinaliseClaimResponse
from priorbus.contracts.replies import Issue
from priorbus.gateway.endpoints.answers import json_answer
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.http.schema import Body, pointer


class _Item(Body):
    sequence: int
    action: str
    note: str | None = None
    reason_codes: list[str] = Field(default_factory=list)


class _Finalisation(Body):
    items: list[_Item] = Field(default_factory=list)
    human_reviewed: bool = True


async def finalise_claim_response(gateway: Gateway, call: Call) -> Answer:
    """Without a body the payer's rules tell how the items end."""
    try:
        body = _Finalisation.model_validate(call.body or {})
    except ValidationError as error:
        issues = [Issue(code="invalid_value", message="The value is not allowed.", field=pointer(one["loc"])) for one in error.errors()]
        raise Problem("validation_failed", issues=issues) from None
    command = FinaliseClaimResponse.model_validate({"claim_response_id": call.path["id"], **body.model_dump()})
    data: dict[str, Any] = command.model_dump(mode="json")
    deadline = await gateway.reply_deadlines.of(call.tenant)
    reply = await gateway.commands.run_at_once(call, FinaliseClaimResponse.wire_type, data, deadline)
    return json_answer(reply["result"])
