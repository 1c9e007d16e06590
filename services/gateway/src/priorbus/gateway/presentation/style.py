"""What sets the wire styles of authorizations apart, so that each operation is written once (authorizations.md 1.1, 3.3)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from priorbus.contracts.authorizations import ActionType, State
from priorbus.contracts.templates import Template
from priorbus.gateway.http.schema import At, Findings
from priorbus.gateway.presentation.members import Json

StyleName = Literal["B", "C"]
Surface = Mapping[str, Mapping[str, Any]]
"""Where items deviate from their template in the present state, by flat linkId (`contracts.authorizations.ItemSurface` as JSON)."""


class Form(Protocol):
    """One template version in one style."""

    value_members: Mapping[str, str]
    """Which member holds the value of an item's answer, by the linkId of the template."""

    def questionnaire(self, surface: Surface, answers: Mapping[str, Any], payer_requests: Sequence[Mapping[str, Any]]) -> list[Any]:
        """All groups in order, payer requests last; may hold `orjson.Fragment`s."""


ReadBody = Callable[[Any, Findings], Json | None]


@dataclass(frozen=True)
class Style:
    """One wire style. Readers note schema errors in the findings and then may return None; renderers take the JSON of contracts."""

    name: StyleName
    root: str
    answers_member: str
    states_of_status: Mapping[str, Sequence[State]]
    actions: Mapping[str, ActionType]
    """The style's names of next actions."""
    error_codes: Mapping[str, str]
    """The style's own codes, by the codes that owners use; all others are the same in both styles."""
    form: Callable[[Template], Form]
    read_creation: ReadBody
    """The body of a create as the JSON of a CaseRequest."""
    read_answers: Callable[[Any, At, Findings], Json | None]
    """The answers member of a body as the JSON of an AnswerSet; findings have pointers below the given place."""
    read_confirmation: ReadBody
    """The body of a confirm as members of ConfirmAuthorization."""
    read_route: ReadBody
    """The body of a route resolution as the JSON of a ResolveRoute."""
    render_authorization: Callable[[Mapping[str, Any], Form], Json]
    render_summary: Callable[[Mapping[str, Any]], Json]
    render_requirements: Callable[[Mapping[str, Any]], Json]
    render_route: Callable[[Mapping[str, Any]], Json]
    place: Callable[[str], tuple[str, str]]
    """The style's linkId and path for a flat linkId; both are the same outside repeating groups of style C."""

    def code(self, code: str) -> str:
        """An error code under this style's name."""
        return self.error_codes.get(code, code)
