"""One row of the route table."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from priorbus.contracts.errors import Shape
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.media_types import FHIR_JSON, JSON

if TYPE_CHECKING:
    from priorbus.gateway.gateway import Gateway

Endpoint = Callable[["Gateway", Call], Awaitable[Answer]]
PolicyName = Literal["default", "poll", "patients", "patients_poll"]
"""Rate limit policies (Conventions 9); the patient attachments API has windows of its own, which it calls by the common names."""
Existence = Callable[["Gateway", Call], Awaitable[None]]
"""Raises the 404 of the addressed resource. Asked only where the owner does not tell it in time: when the request fails in step 4 or its
key in step 5 (Conventions 4), or has no key and wants its answer at once."""

KIB = 1024


@dataclass(frozen=True)
class Route:
    """`scopes` are API scopes, or FHIR scopes where the credential is a token; all are needed. `action` is for the audit trail."""

    method: str
    path: str
    endpoint: Endpoint
    scopes: tuple[str, ...] = ()
    credential: Literal["key", "token", "payer", "none"] = "key"
    body: Literal["json", "optional", "none", "fhir"] = "none"
    versioned: bool = False
    exists: Existence | None = None
    action: str | None = None
    shape: Shape = "E1"
    body_limit: int = KIB * KIB
    policy: PolicyName = "default"
    media_types: tuple[str, ...] | None = None
    """What a success is written in; JSON of the shape's kind if not given."""
    negotiated: bool = True
    """Without it the answer is the same whatever the client accepts."""

    @property
    def accepts(self) -> tuple[str, ...]:
        """Media types of the request body."""
        return (FHIR_JSON, JSON) if self.body == "fhir" else (JSON,)

    @property
    def produces(self) -> tuple[str, ...]:
        """Media types that an `Accept` header must leave room for."""
        if self.media_types is not None:
            return self.media_types
        return (FHIR_JSON, JSON) if self.shape == "E4" else (JSON, "application/problem+json")
