"""The rows about remote payers' endpoints and what they tell us; `subscriptions` has the others."""

from priorbus.contracts.commands import fhir_payers as commands
from priorbus.contracts.commands.fhir_pas import SetPayerEndpoint
from priorbus.fhir_pas.handlers.hearing import Hearing
from priorbus.fhir_pas.handlers.keep_payer_subscription import KeepPayerSubscriptionHandler
from priorbus.fhir_pas.handlers.set_payer_endpoint import set_payer_endpoint
from priorbus.fhir_pas.handlers.take_payer_notification import TakePayerNotificationHandler
from priorbus.fhir_pas.handlers.tools import Tools
from priorbus.fhir_pas.ports import ExchangeIndex, PayerSubscriptions
from priorbus.runtime.handling import Subscription


def payer_subscriptions(tools: Tools, exchanges: ExchangeIndex, at_payers: PayerSubscriptions) -> tuple[Subscription, ...]:
    """The table."""
    keep, take = KeepPayerSubscriptionHandler(at_payers), TakePayerNotificationHandler(Hearing(tools, exchanges))
    return (
        Subscription(SetPayerEndpoint, set_payer_endpoint),
        Subscription(commands.KeepPayerSubscription, keep.handle, observe=keep.observe),
        Subscription(commands.TakePayerNotification, take.handle, observe=take.observe),
    )
