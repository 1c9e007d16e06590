"""GET /v1/files/{file_id} (authorizations.md 8.1)."""

from priorbus.gateway.endpoints.answers import json_answer
from priorbus.gateway.endpoints.file_shared import show_file
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.problem import Problem


async def read_file(gateway: Gateway, call: Call) -> Answer:
    """A file of the tenant."""
    file = await gateway.files.find(call.tenant, call.path["file_id"])
    if file is None:
        raise Problem("file_not_found")
    return json_answer(await show_file(gateway, file))
