"""The rows for Subscriptions and their notifications; `subscriptions` has the others."""

from priorbus.contracts.commands import fhir_subscriptions as commands
from priorbus.contracts.facts.fhir_pas import ClaimResponseChanged
from priorbus.fhir_pas.handlers import on_claim_response_changed
from priorbus.fhir_pas.handlers.create_subscription import CreateSubscriptionHandler
from priorbus.fhir_pas.handlers.delete_subscription import DeleteSubscriptionHandler
from priorbus.fhir_pas.handlers.keeping_sealed import keeping_sealed
from priorbus.fhir_pas.handlers.on_claim_response_changed import OnClaimResponseChanged
from priorbus.fhir_pas.handlers.read_subscription_events import ReadSubscriptionEventsHandler
from priorbus.fhir_pas.handlers.read_subscription_status import ReadSubscriptionStatusHandler
from priorbus.fhir_pas.handlers.record_notification import RecordNotificationHandler
from priorbus.fhir_pas.handlers.resend_notification import ResendNotificationHandler
from priorbus.fhir_pas.handlers.subscription_tools import SubscriptionTools
from priorbus.fhir_pas.handlers.update_subscription import UpdateSubscriptionHandler
from priorbus.runtime.handling import Subscription


def notification_subscriptions(tools: SubscriptionTools) -> tuple[Subscription, ...]:
    """The table."""
    create, update = CreateSubscriptionHandler(tools), UpdateSubscriptionHandler(tools)
    creating = keeping_sealed("Subscription/create", create.handle, tools.sealer)
    updating = keeping_sealed("Subscription/update", update.handle, tools.sealer)
    return (
        Subscription(commands.CreateSubscription, creating, observe=create.observe),
        Subscription(commands.UpdateSubscription, updating, observe=update.observe),
        Subscription(commands.DeleteSubscription, DeleteSubscriptionHandler(tools).handle),
        Subscription(commands.ReadSubscriptionStatus, ReadSubscriptionStatusHandler(tools).handle),
        Subscription(commands.ReadSubscriptionEvents, ReadSubscriptionEventsHandler(tools).handle),
        Subscription(commands.ResendNotification, ResendNotificationHandler(tools.index).handle),
        Subscription(ClaimResponseChanged, OnClaimResponseChanged(tools.index).handle, touches=on_claim_response_changed.touches),
        outcome_of_notifications(tools),
    )


def outcome_of_notifications(tools: SubscriptionTools) -> Subscription:
    """The row that the service's own notifier uses, too."""
    return Subscription(commands.RecordNotification, RecordNotificationHandler(tools.handshake_patience).handle)
