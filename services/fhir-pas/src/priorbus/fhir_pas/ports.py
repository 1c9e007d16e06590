"""What tests replace: the payer, and the place of large request bodies."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from priorbus.contracts.commands.storage import StoreInlineContent
from priorbus.contracts.documents import Document
from priorbus.contracts.envelope import Envelope
from priorbus.fhir_pas.domain.attachments.submission import AttachmentSubmission
from priorbus.fhir_pas.domain.payer import InformationRequest, Occasion, PayerAnswer, PayerRequest
from priorbus.fhir_pas.domain.resources import StoredResource
from priorbus.fhir_pas.domain.search import Search
from priorbus.fhir_pas.domain.submissions import ClaimAuthorization, Submission


class PayerUnreachable(Exception):
    """The payer did not answer; the same request may be sent again. The text holds no PHI."""


class PayerConnector(Protocol):
    """One way to payers (fhir-pas.md 22).

    Every call may raise PayerUnreachable, and may be repeated: the request's identifier makes it one.
    """

    @property
    def channel(self) -> str:
        """How the payer is reached, as told in receipts (authorizations.md 3.2)."""

    async def discover(self, request: PayerRequest) -> tuple[InformationRequest, ...]:
        """What the payer will want beside the answers, as far as can be told before a submission."""

    async def decide(self, request: PayerRequest) -> PayerAnswer:
        """Send the request."""

    async def poll(self, request: PayerRequest, step: int) -> PayerAnswer:
        """What is new since the answer before; `step` counts the polls of this request from 1."""

    async def settle(self, request: PayerRequest, occasion: Occasion, elapsed: timedelta) -> PayerAnswer:
        """Decisions on pended lines of a FHIR-born request, `elapsed` after it came; lines that stay open are left out."""


class ClaimIndex(Protocol):
    """Finds authorizations by the keys they are known under (`domain.claim_keys`)."""

    async def find(self, tenant: str, keys: Sequence[str], limit: int = 50) -> list[ClaimAuthorization]:
        """Those that have one of the keys, the newest first."""


class RequestBodies(Protocol):
    """Raw request bodies that are too large for a message (claim check)."""

    async def read(self, key: str) -> bytes:
        """The body under this key. Raises TransientError when the object store is away."""


class ContentNotStored(Exception):
    """The content of a resource could not be kept; the text is a refusal code."""


class InlineContents(Protocol):
    """Takes base64 content out of resources (fhir-pas.md 17)."""

    async def store(self, envelope: Envelope, contents: Sequence[StoreInlineContent]) -> Sequence[Document]:
        """All of them at once, in the same order. Raises ContentNotStored."""


class ResourceIndex(Protocol):
    """Finds current resources by their search terms (`domain.search_terms`), the newest first."""

    async def find(self, tenant: str, resource_type: str, search: Search) -> Sequence[StoredResource]:
        """One page."""

    async def count(self, tenant: str, resource_type: str, search: Search) -> int:
        """How many there are on all pages."""


class SubmissionIndex(Protocol):
    """Finds submissions by what they made."""

    async def of_claim(self, tenant: str, claim_id: str) -> Submission | None:
        """The newest one of a Claim."""

    async def of_claim_response(self, tenant: str, claim_response_id: str) -> Submission | None:
        """The one that a ClaimResponse answers."""


class HeldAttachments(Protocol):
    """Finds attachments that wait for a Claim."""

    async def find(self, tenant: str, trackings: Sequence[str]) -> Sequence[AttachmentSubmission]:
        """Those with one of the TrackingIds, the oldest first."""
