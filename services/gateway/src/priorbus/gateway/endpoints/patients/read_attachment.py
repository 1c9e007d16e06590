"""GET /v1/patient_attachments/{id} (seed 004, patient-attachments.md 7.2, 8.3)."""

from datetime import datetime

from priorbus.gateway.endpoints.answers import json_answer
from priorbus.gateway.endpoints.patients.shared import ATTACHMENT, State, find
from priorbus.gateway.filters.grammar import PARAMETERS, parse_filters
from priorbus.gateway.filters.matching import matches
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.read_models.patients import ATTACHMENTS

_COLUMNS = {"archived_at": ATTACHMENTS.columns["archived_at"]}


async def read_attachment(gateway: Gateway, call: Call) -> Answer:
    """An attachment; an archived one only for who asks with a filter that it passes."""
    state = await find(ATTACHMENT, gateway, call)
    require_visible(call, state)
    return json_answer(ATTACHMENT.show(gateway, state))


def require_visible(call: Call, state: State) -> None:
    """Raises 404 when the request's filters leave the record out, 400 when they are no filters on `archived_at`."""
    filters = parse_filters([value for name, value in call.query if name in PARAMETERS], _COLUMNS)
    archived_at = None if state["archived_at"] is None else datetime.fromisoformat(state["archived_at"])
    if not (all(matches(each, archived_at) for each in filters) if filters else archived_at is None):
        raise Problem("not_found")
