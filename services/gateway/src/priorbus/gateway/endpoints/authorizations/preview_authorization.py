"""POST …/{authorization_id}/preview (authorizations.md 10.5)."""

from typing import Any

from priorbus.contracts.commands.requirements import PreviewAuthorization
from priorbus.gateway.endpoints.answers import json_answer
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.schema import Findings
from priorbus.gateway.presentation.answer_values import MAX_ANSWER_BYTES, check_answer_size
from priorbus.gateway.presentation.preview import render_preview
from priorbus.gateway.presentation.style import Style


async def preview_authorization(style: Style, gateway: Gateway, call: Call) -> Answer:
    """How ready the case is, with answers merged that are not stored."""
    member = style.answers_member
    findings = Findings()
    answers: Any = None
    if call.raw and findings.is_object(call.body, ()) and findings.members(call.body, (), allowed={member}) and member in call.body:
        if len(call.raw) > MAX_ANSWER_BYTES:
            check_answer_size(call.body[member], findings)
        answers = style.read_answers(call.body[member], (member,), findings)
    asked = {"schema_refusal": findings.refusal()} if findings.refused else {"answers": answers}
    data = {"authorization_id": call.path["authorization_id"], **asked}
    return json_answer(render_preview(style, await gateway.questions.ask(call, PreviewAuthorization.wire_type, data, style.name)))
