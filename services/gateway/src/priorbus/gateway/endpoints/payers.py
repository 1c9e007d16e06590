"""GET /v1/payers and /v1/payers/{payer_id} (authorizations.md 7.1)."""

from priorbus.gateway.endpoints.answers import json_answer, page_answer
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.presentation.case_parts import render_payer


async def list_payers(gateway: Gateway, call: Call) -> Answer:
    """The payers of the catalogue."""
    payers, following = await gateway.catalogue.payers(call)
    return page_answer([render_payer(payer) for payer in payers], following)


async def read_payer(gateway: Gateway, call: Call) -> Answer:
    """One payer."""
    payer = await gateway.catalogue.payer(call.path["payer_id"])
    if payer is None:
        raise Problem("payer_not_found")
    return json_answer(render_payer(payer))
