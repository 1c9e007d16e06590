"""An authorization in style B (authorizations.md 3.1).

The source is the JSON of `contracts.authorizations.Authorization`, trusted and not validated again.
"""

from collections.abc import Mapping
from typing import Any

from priorbus.gateway.presentation.case_parts import render_attachment, render_payer, render_payer_answers, render_tail
from priorbus.gateway.presentation.members import Json
from priorbus.gateway.presentation.style import Form
from priorbus.gateway.presentation.style_b import parts
from priorbus.gateway.presentation.style_b.answers import render_answers
from priorbus.gateway.presentation.style_b.names import POLICY_ON_WIRE, STATUS_OF_STATE


def render_authorization(state: Mapping[str, Any], form: Form) -> Json:
    """The whole resource; may hold `orjson.Fragment`s, so only orjson can write it."""
    rendered = _head(state)
    rendered["questionnaire"] = form.questionnaire(state["surface"], state["answers"], state["payer_requests"])
    rendered["questionnaireResponse"] = render_answers(state["answers"], form.value_members)
    rendered["requirements"] = parts.render_requirements(state["requirements"])
    rendered["attachments"] = [render_attachment(attachment) for attachment in state["attachments"]]
    rendered["submission"] = parts.render_submission(state, form.value_members)
    return rendered | _tail(state)


def render_summary(state: Mapping[str, Any]) -> Json:
    """The resource as lists show it: without questionnaire, answers, attachments and review snapshot (10.7)."""
    rendered = _head(state)
    rendered["requirements"] = parts.render_requirements(state["requirements"])
    rendered["submission"] = render_payer_answers(state)
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
        "payer": render_payer(state["payer"]),
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
    action = state["next_action"]
    opened = {"nextAction": parts.render_next_action(action)} if action is not None else {}
    return opened | render_tail(state)
