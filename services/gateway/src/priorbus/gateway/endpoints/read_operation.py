"""GET /v1/operations/{operation_id} (Conventions 7.3)."""

from priorbus.gateway.endpoints.answers import json_answer
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.presentation.operation import render_operation


async def read_operation(gateway: Gateway, call: Call) -> Answer:
    """An operation of the tenant, always with 200."""
    row = await gateway.operations.find(call.tenant, call.path["operation_id"])
    if row is None:
        raise Problem("operation_not_found")
    return json_answer(render_operation(row), headers={"Retry-After": "1"} if row["status"] == "pending" else {})
