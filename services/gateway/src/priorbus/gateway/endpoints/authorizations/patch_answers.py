"""PATCH …/{authorization_id}/answers (seed 003, authorizations.md 5.3)."""

from typing import Any

from priorbus.contracts.commands.requirements import PatchAnswers
from priorbus.gateway.endpoints.authorizations.shared import change
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.schema import Findings
from priorbus.gateway.presentation.answer_values import MAX_ANSWER_BYTES, check_answer_size
from priorbus.gateway.presentation.style import Style


async def patch_answers(style: Style, gateway: Gateway, call: Call) -> Answer:
    """Merge a partial answer set."""
    member = style.answers_member
    findings = Findings()
    answers: Any = None
    if findings.is_object(call.body, ()) and findings.members(call.body, (), allowed={member}, required={member}):
        if len(call.raw) > MAX_ANSWER_BYTES:
            check_answer_size(call.body[member], findings)
        answers = style.read_answers(call.body[member], (member,), findings)
    payload = {"schema_refusal": findings.refusal()} if findings.refused else {"answers": answers}
    return await change(style, gateway, call, PatchAnswers.wire_type, payload)
