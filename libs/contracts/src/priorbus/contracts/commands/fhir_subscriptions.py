"""What the fhir-pas service can be told and asked about Subscriptions and their notifications (fhir-pas.md 14).

Results are as in `fhir_access`, but for `resend_notification`, which an operator sends.
"""

from typing import Literal

from priorbus.contracts.commands.fhir_access import Caller, FhirBody
from priorbus.contracts.messages import Command, Query, message

NotificationKind = Literal["handshake", "event", "heartbeat", "end"]


@message("fhir-pas.create_subscription")
class CreateSubscription(Command):
    """`POST Subscription`."""

    base: str
    caller: Caller
    request: FhirBody


@message("fhir-pas.update_subscription")
class UpdateSubscription(Command):
    """`PUT Subscription/{id}`; `if_match` is the version that the client has seen."""

    base: str
    caller: Caller
    subscription_id: str
    request: FhirBody
    if_match: int | None = None


@message("fhir-pas.delete_subscription")
class DeleteSubscription(Command):
    """`DELETE Subscription/{id}`."""

    base: str
    subscription_id: str
    if_match: int | None = None


@message("fhir-pas.read_subscription_status")
class ReadSubscriptionStatus(Query):
    """`$status`: of one Subscription, or of the caller's with one of the ids and one of the statuses; empty: all."""

    base: str
    subscription_id: str | None = None
    ids: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()


@message("fhir-pas.read_subscription_events")
class ReadSubscriptionEvents(Query):
    """`$events`: event numbers from `since` to `until`, both included; `content` asks for less than the Subscription's level."""

    base: str
    subscription_id: str
    since: int | None = None
    until: int | None = None
    content: str | None = None


@message("fhir-pas.resend_notification")
class ResendNotification(Command):
    """An operator has the last event about a ClaimResponse sent again, under its number (fhir-pas.md 23)."""

    claim_response_id: str


@message("fhir-pas.record_notification")
class RecordNotification(Command):
    """What became of one attempt to notify; sent by the service to itself.

    `generation` and `failures` are the Subscription's as of the attempt: where they have moved on, the attempt counts no more.
    `number` is that of the event, or of the last one where too old ones were left out. `chance`, from 0 to 1, spreads the next attempt.
    """

    subscription_id: str
    generation: int
    failures: int
    kind: NotificationKind
    number: int = 0
    delivered: bool
    chance: float = 0.0
