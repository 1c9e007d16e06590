"""GET /v1/users/{id} (patient-attachments.md 12)."""

from priorbus.gateway.endpoints.answers import json_answer
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.presentation.patients.ids import read_id
from priorbus.gateway.presentation.patients.records import render_user


async def read_user(gateway: Gateway, call: Call) -> Answer:
    """A client of the tenant, by the id that its records show as `user`."""
    user_id = read_id(call.path["user_id"])
    name = None if user_id is None else await gateway.api_keys.name_of_user(call.tenant, user_id)
    if user_id is None or name is None:
        raise Problem("not_found")
    return json_answer(render_user(user_id, name, gateway.settings.public_base_url))
