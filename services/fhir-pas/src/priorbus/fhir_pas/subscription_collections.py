"""Where Subscriptions' states, their events and what these are about live; `aggregates` has the others."""

from typing import Final

from priorbus.fhir_pas.domain.subscriptions.events import ResponseChange, SubscriptionEvent, change_key, event_key
from priorbus.fhir_pas.domain.subscriptions.state import SubscriptionState
from priorbus.runtime.work import Collection, Index

_DAY = 86_400
_EVENT_DAYS = 30

SUBSCRIPTION_STATES: Final = Collection(
    "subscription_state",
    SubscriptionState,
    lambda state: state.id,
    indexes=(
        Index("due", (("due", 1),), partial={"due": {"$type": "date"}}),
        Index("owners", (("tenant", 1), ("client", 1), ("status", 1))),
    ),
)
"""What is known of each Subscription that was not deleted, beside the resource."""

SUBSCRIPTION_EVENTS: Final = Collection(
    "subscription_events",
    SubscriptionEvent,
    event_key,
    indexes=(
        Index("numbers", (("tenant", 1), ("subscription_id", 1), ("number", 1))),
        Index("subjects", (("tenant", 1), ("claim_response_id", 1))),
        Index("expiry", (("at", 1),), expire_after=_EVENT_DAYS * _DAY),
    ),
)
"""Numbered events, kept as long as `$events` shows them."""

RESPONSE_CHANGES: Final = Collection(
    "response_changes",
    ResponseChange,
    change_key,
    # a day longer than the events that lead here
    indexes=(Index("expiry", (("at", 1),), expire_after=(_EVENT_DAYS + 1) * _DAY),),
)
"""Later versions of ClaimResponses, as Subscriptions are told of them."""

SUBSCRIPTION_COLLECTIONS: Final = (SUBSCRIPTION_STATES, SUBSCRIPTION_EVENTS, RESPONSE_CHANGES)
