"""What is kept of a `$submit` call beside its resources (fhir-pas.md 2, 11, 17, 21)."""

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from priorbus.fhir_pas.domain.identity import uuid_of


class DecidedLine(BaseModel):
    """The present state of one item. `action` is an X12 306 code; `number` and `reference` are the payer's."""

    model_config = ConfigDict(frozen=True)

    sequence: int
    action: str
    number: str | None = None
    reference: str | None = None


class Submission(BaseModel):
    """One accepted `$submit` call.

    `id` follows from the request's duplicate key, so that the same request finds it. `response` is the latest response Bundle,
    `raw` the request's bytes unless `raw_key` names them.
    """

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


def submission_id(duplicate_key: str, generation: int) -> str:
    """The id of the submission that a request becomes; `generation` counts its repetitions after the replay window."""
    return uuid_of("submission", duplicate_key, str(generation))


def answers_again(submission: Submission, window: timedelta, now: datetime) -> bool:
    """Whether the same request gets this submission's answer (fhir-pas.md 11)."""
    return now - submission.created_at < window
