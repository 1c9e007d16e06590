"""An authorization in style C (authorizations.md 3.1).

The source is the JSON of `contracts.authorizations.Authorization`, trusted and not validated again.
"""

from collections.abc import Mapping
from typing import Any

from priorbus.gateway.presentation.case_parts import render_attachment, render_payer, render_payer_answers, render_tail
from priorbus.gateway.presentation.members import Json
from priorbus.gateway.presentation.style import Form
from priorbus.gateway.presentation.style_c import parts
from priorbus.gateway.presentation.style_c.answers import render_answers
from priorbus.gateway.presentation.style_c.names import POLICY_ON_WIRE, STATUS_OF_STATE


def render_authorization(state: Mapping[str, Any], form: Form) -> Json:
    """The whole resource; may hold `orjson.Fragment`s, so only orjson can write it."""
    rendered = _head(state)
    rendered["questionnaire"] = form.questionnaire(state["surface"], state["answers"], state["payer_requests"])
    rendered["answers"] = render_answers(state["answers"], form.value_members)
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
    selection, route = state["selection"], state["route"]
    return {
        "id": state["id"],
        "version": state["version"],
        "status": STATUS_OF_STATE[state["state"]],
        "outcome": state["outcome"],
        "policy": {"finalSubmission": POLICY_ON_WIRE[state["policy"]]},
        "providerNpi": state["provider_npi"],
        "payer": render_payer(state["payer"]),
        "request": {
            "payerId": selection["payer_id"],
            "coverageState": selection["state"],
            "requestType": selection["service_type"],
            "serviceCode": {"system": selection["service_code_system"], "code": selection["service_code"]},
        },
        "route": {"channel": route["channel"], "accessMode": route["access_mode"], "label": route["label"]},
    }


def _tail(state: Mapping[str, Any]) -> Json:
    action = state["next_action"]
    opened = {"nextAction": parts.render_next_action(action)} if action is not None else {}
    return opened | render_tail(state)
