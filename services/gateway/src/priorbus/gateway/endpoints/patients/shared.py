"""How records of the patient attachments API are addressed, found, listed and changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from priorbus.gateway.endpoints.answers import json_answer
from priorbus.gateway.filters.paging import links
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.operations.outcome import Target
from priorbus.gateway.presentation.members import Json
from priorbus.gateway.presentation.patients import records
from priorbus.gateway.presentation.patients.ids import read_id
from priorbus.gateway.queries.lists import Lists
from priorbus.gateway.queries.selections import Parent

State = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of record: its name in replies, where it is found, and how it is shown. Ids are in the path parameter `parameter`.

    `archived_query` is what an address needs to show a record that is archived.
    """

    name: Literal["patient", "patient_case", "patient_attachment"]
    root: str
    parameter: str
    render: Callable[[Mapping[str, Any], str], Json]
    archived_query: str = ""

    def lists(self, gateway: Gateway) -> Lists:
        """Where records of this kind are read."""
        return {"patient": gateway.patients, "patient_case": gateway.patient_cases, "patient_attachment": gateway.patient_attachments}[
            self.name
        ]

    def target(self, number: int) -> Target:
        """A record as an operation names it."""
        return Target(self.name, str(number), f"{self.root}/{number}")

    def show(self, gateway: Gateway, state: Mapping[str, Any]) -> Json:
        """A record as clients see it."""
        return self.render(state, gateway.settings.public_base_url)


PATIENT = Kind("patient", records.PATIENTS, "patient_id", records.render_patient)
CASE = Kind("patient_case", records.CASES, "patient_case_id", records.render_case)
ATTACHMENT = Kind("patient_attachment", records.ATTACHMENTS, "id", records.render_attachment, "?q%5B%5D=archived_at:*")


def number_of(kind: Kind, call: Call) -> int:
    """The id in the path. Raises 404 when it can be no id."""
    number = read_id(call.path[kind.parameter])
    if number is None:
        raise Problem("not_found")
    call.resource_id = str(number)
    return number


async def find(kind: Kind, gateway: Gateway, call: Call) -> State:
    """The addressed record, archived or not. Raises 404."""
    state = await kind.lists(gateway).find(call.tenant, number_of(kind, call))
    if state is None:
        raise Problem("not_found")
    return state


async def require(kind: Kind, gateway: Gateway, call: Call) -> None:
    """Raises 404 unless the tenant has the addressed record, archived or not."""
    await find(kind, gateway, call)


async def require_live(kind: Kind, gateway: Gateway, call: Call) -> None:
    """Raises 404 unless the tenant has the addressed record and it is not archived."""
    if (await find(kind, gateway, call))["archived_at"] is not None:
        raise Problem("not_found")


async def show_list(kind: Kind, gateway: Gateway, call: Call, parent: Parent | None = None) -> Answer:
    """One page of the envelope, with links to its neighbours."""
    listed = await kind.lists(gateway).page(call, parent)
    path = call.template.format_map({name: read_id(value) for name, value in call.path.items()})
    address = gateway.settings.public_base_url + path
    body = {
        f"{kind.name}s": [kind.show(gateway, state) for state in listed.states],
        "total_entries": listed.total,
        "links": links(address, call.query, listed.selection.page, listed.total),
    }
    return json_answer(body)


async def create(kind: Kind, gateway: Gateway, call: Call, wire_type: str, data: Mapping[str, Any], number: int) -> Answer:
    """Send the command for a new record and show it with 201."""

    async def present(result: Mapping[str, Any]) -> Answer:
        state = result[kind.name]
        call.resource_id = str(state["id"])
        return json_answer(kind.show(gateway, state), 201, {"Location": f"{kind.root}/{state['id']}"})

    return await gateway.commands.run(call, wire_type, data, kind.target(number), present)


async def change(kind: Kind, gateway: Gateway, call: Call, wire_type: str, data: Mapping[str, Any]) -> Answer:
    """Send a command to the addressed record and show it."""
    number = number_of(kind, call)

    async def present(result: Mapping[str, Any]) -> Answer:
        return json_answer(kind.show(gateway, result[kind.name]))

    return await gateway.commands.run(call, wire_type, {f"{kind.name}_id": number, **data}, kind.target(number), present)


async def put_away(kind: Kind, gateway: Gateway, call: Call, wire_type: str) -> Answer:
    """Send a command to the addressed record and answer 204. An operation names the record where it shows afterwards."""
    number = number_of(kind, call)
    target = Target(kind.name, str(number), f"{kind.root}/{number}{kind.archived_query}")

    async def present(result: Mapping[str, Any]) -> Answer:
        return Answer(204)

    return await gateway.commands.run(call, wire_type, {f"{kind.name}_id": number}, target, present)
