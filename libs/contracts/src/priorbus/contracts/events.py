"""What a write has to tell: timeline entries, and which of them are public (Conventions 10, authorizations.md 10.6)."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from priorbus.contracts.model import Model


class Event(Model):
    """One entry of an aggregate's timeline.

    `data` is the public part (ids, versions, states, codes; no PHI); `None` keeps the entry off every public channel.
    `payload` is shown on the timeline in addition (linkIds, reasons, reference numbers; no answer values).
    """

    type: str
    sequence: int
    at: datetime
    actor: Literal["customer", "system", "payer"]
    data: dict[str, Any] | None = None
    payload: dict[str, Any] = Field(default_factory=dict)
