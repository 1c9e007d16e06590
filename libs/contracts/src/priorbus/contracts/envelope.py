"""The envelope of every internal message: CloudEvents 1.0 attributes plus Priorbus extensions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A client's key, already scoped to (tenant, method + route template, key), and the request's fingerprint (Conventions 5)."""

    scope: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message on its way. `data` is the payload as parsed JSON; `type` is the wire type and routing key."""

    id: str
    type: str
    time: datetime
    tenant: str
    data: Mapping[str, Any] = field(repr=False)
    client: str = ""
    user: str = ""
    request_id: str = ""
    causation_id: str = ""
    traceparent: str = ""
    idempotency: Idempotency | None = None
    attempt: int = 1
