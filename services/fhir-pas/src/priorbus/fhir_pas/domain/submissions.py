"""What is kept of a `$submit` call beside its resources (fhir-pas.md 2, 11, 17, 21)."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class DecidedLine(BaseModel):
    """The present state of one item. `action` is an X12 306 code; `number` and `reference` are the payer's."""

    model_config = ConfigDict(frozen=True)

    sequence: int
    action: str
    number: str | None = None
    reference: str | None = None


class Submission(BaseModel):
    """One accepted `$submit` call; `response` is the latest response Bundle, `raw` the request's bytes unless `raw_key` names them."""

    model_config = ConfigDict(frozen=True)

    id: str
    authorization_id: str
    client: str
    base: str
    claim_id: str
    claim_version: int
    claim_response_id: str
    sha256: str
    media_type: str
    raw: bytes | None = None
    raw_key: str | None = None
    warnings: tuple[str, ...] = ()
    response: bytes
    created_at: datetime


class ClaimAuthorization(BaseModel):
    """A chain of submissions: `id` is the tracking id, `head` the current submission."""

    model_config = ConfigDict(frozen=True)

    id: str
    client: str
    head: str
    claim_response_id: str
    claim_response_version: int
    outcome: str
    items: tuple[DecidedLine, ...]
    created_at: datetime
    updated_at: datetime


class Replay(BaseModel):
    """A request that was answered before: the same request within the window gets the submission's answer."""

    model_config = ConfigDict(frozen=True)

    key: str
    submission_id: str
    at: datetime
