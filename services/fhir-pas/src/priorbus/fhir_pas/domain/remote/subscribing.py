"""Our Subscription at a remote payer: late decisions are told instead of asked for (fhir-pas.md 14, 22)."""

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict

from priorbus.contracts.commands.fhir_payers import CALLBACK_PATH
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.subscriptions.vocabulary import CONTENT, FILTER, TOPIC

_FHIR_JSON = "application/fhir+json"


class PayerSubscription(BaseModel):
    """`id` is our name of it and part of our callback URL, `remote_id` the payer's; `filters` are identifiers the payer knows us by.

    `events` is the number of the last event that was taken.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    filters: tuple[str, ...]
    status: Literal["wanted", "requested", "active", "failed"] = "wanted"
    remote_id: str | None = None
    events: int = 0


def callback_url(public_base: str, subscription: PayerSubscription) -> str:
    """Where the payer notifies us."""
    return f"{public_base}{CALLBACK_PATH}/{subscription.id}"


def subscription_resource(subscription: PayerSubscription, public_base: str, secret: str) -> Resource:
    """The Subscription as the payer is to have it."""
    resource: Resource = {
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "Late decisions on our requests",
        "criteria": TOPIC,
        "_criteria": {"extension": [{"url": FILTER, "valueString": f"org-identifier={','.join(subscription.filters)}"}]},
        "channel": {
            "type": "rest-hook",
            "endpoint": callback_url(public_base, subscription),
            "payload": _FHIR_JSON,
            "_payload": {"extension": [{"url": CONTENT, "valueCode": "full-resource"}]},
            "header": [f"Authorization: Bearer {secret}"],
        },
    }
    return resource if subscription.remote_id is None else {**resource, "id": subscription.remote_id}


def at_the_payer(subscription: PayerSubscription, shown: Resource) -> PayerSubscription:
    """Our Subscription after the payer has shown it; another one there counts its events anew."""
    remote_id = str(shown["id"])
    events = subscription.events if remote_id == subscription.remote_id else 0
    status = "active" if shown.get("status") == "active" else "requested"
    return subscription.model_copy(update={"remote_id": remote_id, "events": events, "status": status})


def adopted(found: Iterable[Resource], url: str) -> Resource | None:
    """The Subscription for this callback URL that the payer has already; a payer may not know the search parameter and show all of ours."""
    return next((one for one in found if _is_live(one) and one.get("channel", {}).get("endpoint", url) == url), None)


def _is_live(resource: Resource) -> bool:
    return resource.get("resourceType") == "Subscription" and resource.get("status") != "off" and bool(resource.get("id"))
