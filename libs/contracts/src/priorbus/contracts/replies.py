"""How an owner answers a command."""

from typing import Any, Literal

from pydantic import Field

from priorbus.contracts.model import Model


class Issue(Model):
    """One finding behind a refusal or a requirement; `field` is a linkId, a header name or a JSON Pointer (Conventions 8.2)."""

    code: str
    message: str
    field: str | None = None
    path: str | None = None
    severity: Literal["error", "warning"] = "error"


class Refusal(Model):
    """Why a command was not carried out; `code` is in the error registry, the edge turns it into a status."""

    code: str
    details: dict[str, Any] = Field(default_factory=dict)
    issues: tuple[Issue, ...] = ()


class Reply(Model):
    """The answer to one command: `result` or `refusal`.

    Both are set when a refused attempt changed the state all the same (an upload that failed its checks): `result` then holds
    the new state for projections, and the client gets the refusal.
    `replayed` tells that an idempotency record answered, not a new effect.
    """

    command_id: str
    result: dict[str, Any] | None = None
    refusal: Refusal | None = None
    replayed: bool = False
