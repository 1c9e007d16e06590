"""What tests replace: the payer, the object store, the indexes, and receivers of notifications."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

from priorbus.contracts.commands.storage import StoreInlineContent
from priorbus.contracts.documents import Document
from priorbus.contracts.envelope import Envelope
from priorbus.fhir_pas.domain.attachments.submission import AttachmentSubmission
from priorbus.fhir_pas.domain.exchange import Exchange
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.payer import InformationRequest, Occasion, PayerAnswer, PayerRequest, SentDocuments
from priorbus.fhir_pas.domain.remote.endpoint import PayerEndpoint
from priorbus.fhir_pas.domain.remote.subscribing import PayerSubscription
from priorbus.fhir_pas.domain.resources import StoredResource
from priorbus.fhir_pas.domain.search import Search
from priorbus.fhir_pas.domain.submissions import ClaimAuthorization, Submission
from priorbus.fhir_pas.domain.subscriptions.events import SubscriptionEvent
from priorbus.fhir_pas.domain.subscriptions.state import SubscriptionState
from priorbus.fhir_pas.domain.tenant_settings import TenantSettings


class PayerUnreachable(Exception):
    """The payer did not answer; the same request may be sent again. The text holds no PHI."""


class PayerConnector(Protocol):
    """One way to payers (fhir-pas.md 22).

    Every call may raise PayerUnreachable, and may be repeated: the request's identifier makes it one.
    """

    async def channel(self, tenant: str) -> str:
        """How the tenant's payer is reached, as told in receipts (authorizations.md 3.2)."""

    async def discover(self, request: PayerRequest) -> tuple[InformationRequest, ...]:
        """What the payer will want beside the answers, as far as can be told before a submission."""

    async def decide(self, request: PayerRequest) -> PayerAnswer:
        """Send the request."""

    async def poll(self, request: PayerRequest, step: int) -> PayerAnswer:
        """What is new since the answer before; `step` counts the polls of this request from 1."""

    async def settle(self, request: PayerRequest, occasion: Occasion, elapsed: timedelta) -> PayerAnswer:
        """Decisions on pended lines of a FHIR-born request, `elapsed` after it came; lines that stay open are left out."""

    async def hear(self, request: PayerRequest, response: Resource, bundle: Resource) -> PayerAnswer:
        """What the payer says in a notification: its ClaimResponse about the request, with its Bundle. All empty: nothing new."""

    async def review(self, request: PayerRequest, documents: SentDocuments) -> PayerAnswer:
        """Hand over documents, and with the last of them ask for decisions on pended lines; lines that stay open are left out."""


class ClaimIndex(Protocol):
    """Finds authorizations by the keys they are known under (`domain.claim_keys`)."""

    async def find(self, tenant: str, keys: Sequence[str], limit: int = 50) -> list[ClaimAuthorization]:
        """Those that have one of the keys, the newest first."""


class ExchangeIndex(Protocol):
    """Finds exchanges about REST-born authorizations by what the payer calls them."""

    async def named(self, tenant: str, names: Sequence[str]) -> Exchange | None:
        """The newest one with one of the names."""


class PayerSubscriptions(Protocol):
    """Our Subscriptions at remote payers (fhir-pas.md 22)."""

    async def keep(self, endpoint: PayerEndpoint, tenant: str) -> PayerSubscription:
        """See to it that the endpoint has the Subscription it is to have; how it is there. Raises PayerUnreachable."""


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


class KeptIndex(Protocol):
    """Finds what is kept without need, and whether something is needed. Names are tenant and id."""

    async def is_used(self, tenant: str, key: str, *, but_for: str, claims: Collection[str]) -> bool:
        """Whether a resource belongs to a submission of another authorization than `but_for`, or to a Claim not among `claims`."""

    async def attachments_of(self, tenant: str, claim_ids: Sequence[str]) -> Sequence[str]:
        """The ids of the requests that brought attachments of these Claims."""

    async def settings(self) -> Mapping[str, TenantSettings]:
        """Those of every tenant that has some."""

    async def unused(
        self, tenants: Collection[str], *, listed: bool, before: datetime, without: Collection[tuple[str, str]], limit: int
    ) -> Sequence[tuple[str, str]]:
        """Authorizations that were of use before then, of these tenants or, not `listed`, of all but these; the longest unused first."""

    async def unsent(
        self, tenants: Collection[str], *, listed: bool, before: datetime, without: Collection[tuple[str, str]], limit: int
    ) -> Sequence[tuple[str, str]]:
        """Exchanges whose package was of use before then; as with `unused`."""

    async def held_too_long(self, now: datetime, limit: int) -> Sequence[tuple[str, str]]:
        """Attachments whose time is over."""


class SubscriptionIndex(Protocol):
    """Finds Subscriptions, and their events by number."""

    async def counting(self, tenant: str) -> Sequence[str]:
        """The ids of those that are told of events, in a fixed order."""

    async def due(self, now: datetime, without: Collection[tuple[str, str]], limit: int) -> Sequence[SubscriptionState]:
        """Those of all tenants for which something is to be done, the longest due first; not those `without` (tenant and id)."""

    async def of_client(self, tenant: str, client: str) -> Sequence[SubscriptionState]:
        """Those of one client, the oldest first."""

    async def events(
        self, tenant: str, subscription_id: str, first: int, last: int | None, since: datetime, limit: int
    ) -> Sequence[SubscriptionEvent]:
        """Events by number, both ends included, as far as they are not older than `since`."""

    async def events_about(self, tenant: str, claim_response_id: str) -> Sequence[SubscriptionEvent]:
        """All events about a ClaimResponse."""


@dataclass(frozen=True, slots=True)
class Notification:
    """One POST. `header` are lines `Name: value`; on `exempt` hosts the endpoint may be internal."""

    endpoint: str
    content_type: str
    header: tuple[str, ...] = field(repr=False)
    body: bytes = field(repr=False)
    timeout_seconds: int
    exempt: frozenset[str] = frozenset()


class EndpointForbidden(Exception):
    """The guard does not let this endpoint through (Conventions 11.4). The text holds no part of it."""


Reception = Literal["delivered", "refused", "unreachable", "forbidden"]
"""What became of a POST: 2xx, another status, no answer in time, stopped by the guard."""


class Receivers(Protocol):
    """Receivers of notifications."""

    async def check(self, endpoint: str, exempt: frozenset[str]) -> None:
        """Raises EndpointForbidden, unless the host is exempt."""

    async def post(self, notification: Notification) -> Reception:
        """Send; redirects are not followed."""
