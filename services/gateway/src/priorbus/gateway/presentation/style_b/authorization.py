"""An authorization in style B (authorizations.md 3.1).

The source is the JSON of `contracts.authorizations.Authorization`, trusted and not validated again.
"""

from collections.abc import Mapping
from typing import Any

from priorbus.gateway.presentation.members import Json
from priorbus.gateway.presentation.moments import wire_moment
from priorbus.gateway.presentation.style_b import parts
from priorbus.gateway.presentation.style_b.answers import render_answers
from priorbus.gateway.presentation.style_b.questionnaire import Form
from priorbus.gateway.presentation.style_b.statuses import POLICY_ON_WIRE, STATUS_OF_STATE


def render_authorization(state: Mapping[str, Any], form: Form) -> Json:
    """The whole resource; may hold `orjson.Fragment`s, so only orjson can write it."""
    rendered = _head(state)
    rendered["questionnaire"] = form.questionnaire(state["surface"], state["answers"], state["payer_requests"])
    rendered["questionnaireResponse"] = render_answers(state["answers"], form.value_members)
    rendered["requirements"] = parts.render_requirements(state["requirements"])
    rendered["attachments"] = [parts.render_attachment(attachment) for attachment in state["attachments"]]
    rendered["submission"] = parts.render_submission(state, form.value_members, with_snapshot=True)
    return rendered | _tail(state)


def render_summary(state: Mapping[str, Any]) -> Json:
    """The resource as lists show it: without questionnaire, answers, attachments and review snapshot (10.7)."""
    rendered = _head(state)
    rendered["requirements"] = parts.render_requirements(state["requirements"])
    rendered["submission"] = parts.render_submission(state, {}, with_snapshot=False)
    return rendered | _tail(state)


def _head(state: Mapping[str, Any]) -> Json:
    selection = state["selection"]
    return {
        "id": state["id"],
        "version": state["version"],
        "status": STATUS_OF_STATE[state["state"]],
        "outcome": state["outcome"],
        "policy": {"finalSubmission": POLICY_ON_WIRE[state["policy"]]},
        "providerNpi": state["provider_npi"],
        "payer": parts.render_payer(state["payer"]),
        "templateSelection": {
            "payerId": selection["payer_id"],
            "insuranceState": selection["state"],
            "serviceType": selection["service_type"],
            "serviceCode": selection["service_code"],
            "serviceCodeSystem": selection["service_code_system"],
        },
        "portalAuthMode": state["portal_auth_mode"],
    }


def _tail(state: Mapping[str, Any]) -> Json:
    rendered: Json = {}
    if state["next_action"] is not None:
        rendered["nextAction"] = parts.render_next_action(state["next_action"])
    rendered["metadata"] = state["metadata"]
    if state["sla"] is not None:
        sla = state["sla"]
        rendered["sla"] = {"kind": sla["kind"], "startedAt": wire_moment(sla["started_at"]), "dueAt": wire_moment(sla["due_at"])}
    if state["failure"] is not None:
        rendered["failure"] = {"code": state["failure"]["code"], "message": state["failure"]["message"]}
    rendered["createdAt"] = wire_moment(state["created_at"])
    rendered["updatedAt"] = wire_moment(state["updated_at"])
    for name, wire in (("completed_at", "completedAt"), ("canceled_at", "canceledAt")):
        rendered[wire] = wire_moment(state[name]) if state[name] is not None else None
    return rendered
