"""What becomes of a command."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from priorbus.contracts.replies import Issue
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.presentation.style import StyleName
from priorbus.gateway.presentation.styles import STYLES
from priorbus.runtime.bus import ReplyData

ResourceType = Literal["authorization", "file", "provider", "patient", "patient_case", "patient_attachment"]
Apply = Callable[[Mapping[str, Any]], Awaitable[None]]
"""Writes the state in a reply's result through to the projection that reads use."""
Appliers = Mapping[ResourceType, Apply]


@dataclass(frozen=True, slots=True)
class Target:
    """The resource that a command is about, as an operation names it; `style` where a wire style was used."""

    type: ResourceType
    id: str
    href: str
    style: StyleName | None = None

    def as_in(self, result: Mapping[str, Any]) -> "Target":
        """The resource that a result holds: a replayed create answers with the one that its key has made before."""
        resource = result[self.type]
        actual = str(resource["npi" if self.type == "provider" else "id"])
        return self if actual == self.id else Target(self.type, actual, self.href.removesuffix(self.id) + actual, self.style)


def refusal_problem(reply: ReplyData, style: StyleName | None = None) -> Problem | None:
    """The refusal of a reply as a problem under the style's code; None for a success."""
    refusal = reply.get("refusal")
    if refusal is None:
        return None
    issues = [Issue.model_validate(issue) for issue in refusal.get("issues", ())]
    code = refusal["code"] if style is None else STYLES[style].code(refusal["code"])
    return Problem(code, details=refusal.get("details"), issues=issues)
