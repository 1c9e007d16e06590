"""The sandbox payer's own paths; while it is off there is nothing here (authorizations.md 11)."""

from collections.abc import Mapping
from typing import Any

from priorbus.contracts.commands.requirements import InjectPayerEvent
from priorbus.gateway.endpoints.answers import json_answer
from priorbus.gateway.endpoints.authorizations.shared import require_case, target
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.http.schema import Findings
from priorbus.gateway.presentation.payer_events import evidence_of, read_payer_event
from priorbus.gateway.presentation.scenarios import SCENARIOS, VERSION
from priorbus.gateway.presentation.style import Style
from priorbus.gateway.queries.parameters import Parameters


def require_sandbox(gateway: Gateway) -> None:
    """Raises 404 while the sandbox is off."""
    if not gateway.settings.sandbox_payer:
        raise Problem("not_found")


async def list_scenarios(gateway: Gateway, call: Call) -> Answer:
    """All scenarios; they are few."""
    require_sandbox(gateway)
    Parameters(call, ())
    return json_answer({"version": VERSION, "data": list(SCENARIOS.values())})


async def read_scenario(gateway: Gateway, call: Call) -> Answer:
    """One scenario."""
    require_sandbox(gateway)
    scenario = SCENARIOS.get(call.path["scenario_id"])
    if scenario is None:
        raise Problem("scenario_not_found")
    return json_answer(scenario)


async def require_sandbox_case(style: Style, gateway: Gateway, call: Call) -> None:
    """Raises 404 while the sandbox is off, and unless the tenant has the addressed case."""
    require_sandbox(gateway)
    await require_case(style, gateway, call)


async def inject_payer_event(style: Style, gateway: Gateway, call: Call) -> Answer:
    """Let the payer say something now; the owner of the case decides whether that fits."""
    require_sandbox(gateway)
    findings = Findings()
    event = read_payer_event(call.body, findings)
    authorization_id = call.path["authorization_id"]
    event_id = event.event_id if event is not None and event.event_id else gateway.new_id("pev")
    data: dict[str, Any] = {"authorization_id": authorization_id, "event_id": event_id}
    if event is None:
        data["schema_refusal"] = findings.refusal()
    else:
        data["evidence"] = evidence_of(event, gateway.clock()).model_dump(mode="json")

    async def present(result: Mapping[str, Any]) -> Answer:
        taken = {"authorizationId": authorization_id, "payerEventId": result["payer_event_id"], "status": "accepted"}
        return json_answer(taken, 202)

    return await gateway.commands.run(call, InjectPayerEvent.wire_type, data, target(style, authorization_id), present)
