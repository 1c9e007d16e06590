"""What is said to a payer and what a payer says, in the payer port's words: no HTTP, no FHIR version (fhir-pas.md 22)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

Action = Literal["A1", "A2", "A3", "A4", "A6", "C", "CT", "NA"]
"""X12 306 review actions (fhir-pas.md 8.3)."""
OPEN_ACTIONS: frozenset[Action] = frozenset({"A4"})
CERTIFIED: frozenset[Action] = frozenset({"A1", "A2", "A6"})


@dataclass(frozen=True, slots=True)
class Line:
    """One requested service. `start` and `end` are dates as text; `amount` is net, else unit price times quantity, else 0."""

    sequence: int
    code: str
    system: str = ""
    category: str = ""
    quantity: Decimal | None = None
    amount: Decimal = Decimal(0)
    start: str | None = None
    end: str | None = None


@dataclass(frozen=True, slots=True)
class PayerRequest:
    """One request. `identifier` is the same for every repetition of it, so that the payer can tell; `bundle` is what is sent.

    `tenant` is on whose behalf it is sent, `reference` the payer's own name of it where that is known. With `again` the payer may have
    received it before, perhaps as an `earlier` attempt, of which these are the names. `files` are the storage keys of contents that the
    Bundle names by URL.
    """

    identifier: str
    origin: Literal["fhir", "authorization"]
    member_id: str
    base: str
    lines: tuple[Line, ...]
    at: datetime
    attempt: int = 1
    update: bool = False
    diagnoses: frozenset[str] = frozenset()
    bundle: bytes = field(default=b"", repr=False)
    tenant: str = ""
    patience: timedelta = timedelta(seconds=9.5)
    reference: str | None = None
    again: bool = False
    earlier: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AddedService:
    """What was authorised in place of, or beside, the requested services; `sequence` is that of the line, or a new one."""

    sequence: int
    code: str
    system: str
    number: str
    quantity: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ItemDecision:
    """The payer's word on one line. `number` certifies, `reference` names a pended review; the period's ends are dates as text.

    `previous` is the number that an update replaced, `issued` the date of the decision; who records the answer sets both.
    """

    sequence: int
    action: Action
    number: str | None = None
    reference: str | None = None
    note: str | None = None
    reason_codes: tuple[str, ...] = ()
    start: str | None = None
    end: str | None = None
    added: tuple[AddedService, ...] = ()
    previous: str | None = None
    issued: str | None = None


@dataclass(frozen=True, slots=True)
class InformationRequest:
    """The payer wants documents, or an answer when it names none."""

    message: str
    document_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WantedDocument:
    """The payer of a FHIR-born request wants a document or a questionnaire; `line` is an item's sequence, None the whole request.

    `task` tells whether a Task is made of it.
    """

    code: str
    system: str
    line: int | None = None
    questionnaire: bool = False
    received: bool = False
    task: bool = True


@dataclass(frozen=True, slots=True)
class BusinessError:
    """The payer will not process the request (fhir-pas.md 9): X12 901 code, X12 889 follow-up, element and path in the request.

    `note` is what the payer said about it, for the provider to read.
    """

    code: str
    follow_up: str
    text: str
    element: str | None = None
    path: str | None = None
    note: str | None = None


UNABLE = BusinessError("42", "R", "The payer is unable to answer")
"""What remains when the last repetition of a request did not get through."""


@dataclass(frozen=True, slots=True)
class PayerAnswer:
    """What the payer has said so far; all empty means nothing yet. `poll_after` tells when to ask again for more.

    With `full_detail` the response shows all it may, with `logical_request` it names the request by identifier only. `undelivered` counts
    the attempts that did not get through to the payer; 0 once it has the request.
    """

    items: tuple[ItemDecision, ...] = ()
    information: InformationRequest | None = None
    error: BusinessError | None = None
    reference: str | None = None
    poll_after: timedelta | None = None
    wanted: tuple[WantedDocument, ...] = ()
    full_detail: bool = False
    logical_request: bool = False
    undelivered: int = 0


@dataclass(frozen=True, slots=True)
class SentDocuments:
    """Documents that came for a request, as the call that brought them: its `body`, or the storage key of that. `final`: none follow."""

    final: bool
    body: bytes | None = field(default=None, repr=False)
    body_key: str | None = None


Occasion = Literal["time", "attachments", "operator"]
"""Why a payer is asked for the decision of pended lines: time has passed, documents came, an operator wants an end."""
