"""What is kept of a `$submit-attachment` call."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from priorbus.fhir_pas.domain.resources import StoredResource


class HeldAttachment(BaseModel):
    """One attachment with its stored resource; `code` and `lines` as they came."""

    model_config = ConfigDict(frozen=True)

    resource: StoredResource
    code: bytes | None = None
    lines: tuple[str, ...] = ()


class AttachmentSubmission(BaseModel):
    """`id` follows from the request's duplicate key, so that the same request finds its `response`.

    A held one keeps its attachments until a Claim with the identifier `tracking` comes, at most until `expires_at`.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    client: str
    base: str
    status: Literal["accepted", "held"]
    tracking: str
    attach_to: str
    final: bool
    providers: tuple[str, ...] = ()
    held: tuple[HeldAttachment, ...] = ()
    response: bytes
    created_at: datetime
    expires_at: datetime | None = None
