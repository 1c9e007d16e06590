"""What is kept of a `$submit` call beside its resources (fhir-pas.md 2, 11, 17, 21)."""

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, TypeAdapter

from priorbus.fhir_pas.domain.identity import uuid_of
from priorbus.fhir_pas.domain.payer import PayerAnswer


class DecidedLine(BaseModel):
    """The present state of one item. `action` is an X12 306 code; `number` and `reference` are the payer's."""

    model_config = ConfigDict(frozen=True)

    sequence: int
    action: str
    number: str | None = None
    reference: str | None = None


class Submission(BaseModel):
    """One accepted `$submit` call.

    `id` follows from the request's duplicate key, so that the same request finds it; `opened_by` is the command that persisted it.
    It is `undecided` until its first answer is recorded; then `response` is the latest response Bundle. `previous` is the submission
    that it updates, if that is known. `keys` are the `Type/id` of the request's entries in the store. `answer` is what the payer has
    said so far, as JSON of PayerAnswer; `polls` counts the timers set. `kept` are the items and supportingInfo of the submission before
    that an update left out, as JSON by element. `identifiers` are those registered for the client, `insurer` the
    tenant's default payer as of then. One with an `attempt` is that attempt of a case of the REST API: it is never `undecided`, because
    the case's exchange brings its answers, and `previous` is the attempt before it.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    attempt: int = 0
    opened_by: str = ""
    undecided: bool = False
    authorization_id: str
    client: str
    base: str
    claim_id: str
    claim_version: int
    claim_response_id: str
    claim_response_version: int = 0
    previous: str | None = None
    updates: bool = False
    keys: tuple[str, ...] = ()
    kept: bytes = b"{}"
    identifiers: tuple[str, ...] = ()
    insurer: str = ""
    warnings: tuple[str, ...] = ()
    answer: bytes = b"{}"
    human_reviewed: bool = False
    polls: int = 0
    response: bytes = b""
    created_at: datetime
    answered_at: datetime | None = None

    @property
    def is_answered(self) -> bool:
        """Whether there is a ClaimResponse."""
        return self.claim_response_version > 0


class RawRequest(BaseModel):
    """A request's bytes as they came, or with `body_key` the object that holds them; `id` is the submission's, or the command's.

    They are `sealed` where they hold secrets.

    `expires_at` is set for requests that were rejected, and for attachments while they are held; `claim` is what attachments came for.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    operation: str
    client: str
    base: str
    media_type: str
    sha256: str
    status: int
    body: bytes | None = None
    body_key: str | None = None
    received_at: datetime
    claim: str | None = None
    expires_at: datetime | None = None
    sealed: bool = False


class ClaimAuthorization(BaseModel):
    """A chain of submissions: `id` is the tracking id, `head` the current submission, `head_url` the fullUrl of its Claim.

    `keys` are all the names the authorization is found by (`domain.claim_keys`), `of_use_until` is what its retention counts from.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    client: str
    head: str
    head_url: str = ""
    claim_response_id: str
    claim_response_version: int
    outcome: str
    items: tuple[DecidedLine, ...]
    keys: tuple[str, ...] = ()
    created_at: datetime
    updated_at: datetime
    of_use_until: datetime | None = None


def stub(submission: Submission) -> Submission:
    """What stays of a submission whose retention is over: its id, so that the same request gets another one."""
    return Submission(
        id=submission.id,
        authorization_id="",
        client=submission.client,
        base=submission.base,
        claim_id="",
        claim_version=0,
        claim_response_id="",
        created_at=submission.created_at,
    )


def submission_id(duplicate_key: str, generation: int) -> str:
    """The id of the submission that a request becomes; `generation` counts its repetitions after the replay window."""
    return uuid_of("submission", duplicate_key, str(generation))


def attempt_id(authorization_id: str, attempt: int) -> str:
    """The id of the submission that one attempt of a case of the REST API becomes."""
    return uuid_of("attempt", authorization_id, str(attempt))


def answers_again(submission: Submission, window: timedelta, now: datetime) -> bool:
    """Whether the same request gets this submission's answer (fhir-pas.md 11)."""
    return now - submission.created_at < window


_ANSWERS = TypeAdapter(PayerAnswer)


def answer_of(submission: Submission) -> PayerAnswer:
    """What the payer has said so far."""
    return parse_answer(submission.answer)


def parse_answer(text: bytes) -> PayerAnswer:
    """An answer in the form in which it is kept."""
    return _ANSWERS.validate_json(text)


def answer_json(answer: PayerAnswer) -> bytes:
    """The form in which an answer is kept."""
    return _ANSWERS.dump_json(answer)


def decided_lines(answer: PayerAnswer) -> tuple[DecidedLine, ...]:
    """The state of every item of an answer."""
    lines = (DecidedLine(sequence=one.sequence, action=one.action, number=one.number, reference=one.reference) for one in answer.items)
    return tuple(lines)
