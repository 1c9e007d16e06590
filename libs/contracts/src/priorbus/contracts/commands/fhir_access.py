"""What the fhir-pas service can be told and asked about attachments, resources and subscriptions.

Every result is `{"status": int, "headers": {...}, "body": str}`; the gateway writes it unchanged.
"""

from pydantic import Field

from priorbus.contracts.messages import Command, Query, message
from priorbus.contracts.model import Model


class Caller(Model):
    """What the registration of a FHIR client says: its identifiers (`value` or `system|value`) and how far it may see."""

    scopes: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    npis: tuple[str, ...] = ()
    tenant_wide: bool = False


class FhirBody(Model):
    """A request body: its text up to 256 KiB, above `body_key` names the object that holds the bytes (claim check)."""

    media_type: str
    sha256: str
    size: int
    body: str | None = None
    body_key: str | None = None


@message("fhir-pas.submit_attachment")
class SubmitAttachment(Command):
    """`$submit-attachment` (fhir-pas.md 16)."""

    base: str
    caller: Caller
    request: FhirBody


@message("fhir-pas.create_subscription")
class CreateSubscription(Command):
    """Create a Subscription under an id that the gateway minted (fhir-pas.md 14.1)."""

    base: str
    caller: Caller
    request: FhirBody
    subscription_id: str


@message("fhir-pas.update_subscription")
class UpdateSubscription(Command):
    """Replace a Subscription; `if_match` is the version the client wants to replace."""

    base: str
    caller: Caller
    request: FhirBody
    subscription_id: str
    if_match: str | None = None


@message("fhir-pas.delete_subscription")
class DeleteSubscription(Command):
    """Delete a Subscription; no notification is sent any more."""

    subscription_id: str


@message("fhir-pas.advance_subscription")
class AdvanceSubscription(Command):
    """Timer: a handshake, a notification or a heartbeat is due; `timer` numbers timers so that stale ones are known."""

    subscription_id: str
    timer: int


@message("fhir-pas.end_subscription")
class EndSubscription(Command):
    """Timer: the `end` of a Subscription has come."""

    subscription_id: str


@message("fhir-pas.read_resource")
class ReadResource(Query):
    """The current version of a resource, or one of its versions (fhir-pas.md 18)."""

    base: str
    caller: Caller
    resource_type: str
    resource_id: str
    version_id: str | None = None


@message("fhir-pas.search_resources")
class SearchResources(Query):
    """A search; `parameters` are the client's pairs in order (fhir-pas.md 18)."""

    base: str
    caller: Caller
    resource_type: str
    parameters: tuple[tuple[str, str], ...] = ()


@message("fhir-pas.read_subscription_status")
class ReadSubscriptionStatus(Query):
    """`$status` of the caller's Subscriptions; all of them when nothing is named (fhir-pas.md 14.4)."""

    base: str
    ids: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()


@message("fhir-pas.read_subscription_events")
class ReadSubscriptionEvents(Query):
    """`$events` of one Subscription; numbers are inclusive (fhir-pas.md 14.4)."""

    base: str
    subscription_id: str
    since: int = Field(1, ge=0)
    until: int | None = None
