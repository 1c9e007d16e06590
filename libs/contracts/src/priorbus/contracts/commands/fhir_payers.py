"""How late decisions of a remote payer come in (fhir-pas.md 22)."""

from typing import Final

from priorbus.contracts.commands.fhir_access import FhirBody
from priorbus.contracts.messages import Command, message

CALLBACK_PATH: Final = "/payer-notifications"
_KIND: Final = "payer-notification"


@message("fhir-pas.keep_payer_subscription")
class KeepPayerSubscription(Command):
    """Timer: see to it that the payer's endpoint has our Subscription; `subscription_id` is our name of it."""

    subscription_id: str


@message("fhir-pas.take_payer_notification")
class TakePayerNotification(Command):
    """The payer's endpoint notifies us; the result is as in `fhir_access`."""

    subscription_id: str
    request: FhirBody


def callback_credential(tenant: str, subscription_id: str) -> str:
    """What the secret of a Subscription at a payer holds, sealed: the gateway learns from it whose notification it is."""
    return f"{_KIND}/{tenant}/{subscription_id}"


def callback_owner(credential: str) -> tuple[str, str] | None:
    """Tenant and our name of the Subscription; None when it is no such credential."""
    match credential.split("/"):
        case [kind, tenant, subscription_id] if kind == _KIND:
            return tenant, subscription_id
    return None
