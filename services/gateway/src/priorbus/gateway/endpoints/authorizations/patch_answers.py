"""PATCH /v1/prior-auth/authorizations/{authorization_id}/answers (seed 003, authorizations.md 5.3)."""

from typing import Any

from priorbus.contracts.commands.requirements import PatchAnswers
from priorbus.gateway.endpoints.style_b.shared import change
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.schema import Findings
from priorbus.gateway.presentation.style_b import read_answers
from priorbus.gateway.presentation.style_b.answers import MAX_ANSWER_BYTES, check_answer_size

_MEMBER = "questionnaireResponse"


async def patch_answers(gateway: Gateway, call: Call) -> Answer:
    """Merge a partial answer set."""
    findings = Findings()
    answers: Any = None
    if findings.is_object(call.body, ()) and findings.members(call.body, (), allowed={_MEMBER}, required={_MEMBER}):
        if len(call.raw) > MAX_ANSWER_BYTES:
            check_answer_size(call.body[_MEMBER])
        answers = read_answers(call.body[_MEMBER], (_MEMBER,), findings)
    payload = {"schema_issues": findings.as_json()} if findings.issues else {"answers": answers}
    return await change(gateway, call, PatchAnswers.wire_type, payload)
