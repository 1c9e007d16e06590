"""The rows about what is kept, and for how long; `subscriptions` has the others."""

from priorbus.contracts.commands.fhir_keeping import (
    DiscardRequestObject,
    PurgeAttachments,
    PurgeAuthorization,
    PurgeExchange,
    RetireRequestObject,
)
from priorbus.fhir_pas.handlers.purge_authorization import PurgeAttachmentsHandler, PurgeAuthorizationHandler, expects
from priorbus.fhir_pas.handlers.purge_exchange import PurgeExchangeHandler
from priorbus.fhir_pas.handlers.purging import Gathering
from priorbus.fhir_pas.handlers.request_objects import DiscardRequestObjectHandler, retire_request_object
from priorbus.runtime.handling import Subscription
from priorbus.runtime.objects import ObjectStore


def keeping_subscriptions(objects: ObjectStore, gathering: Gathering) -> tuple[Subscription, ...]:
    """The table."""
    discard = DiscardRequestObjectHandler(objects)
    return (*housekeeping(gathering), Subscription(DiscardRequestObject, discard.handle, observe=discard.observe))


def housekeeping(gathering: Gathering) -> tuple[Subscription, ...]:
    """What the service's own sweeper and retention say."""
    purge, let_go = PurgeAuthorizationHandler(gathering), PurgeAttachmentsHandler(gathering)
    unsent = PurgeExchangeHandler(gathering.tools.terms)
    return (
        Subscription(RetireRequestObject, retire_request_object),
        Subscription(PurgeAuthorization, purge.handle, observe=purge.observe, expects=expects),
        Subscription(PurgeExchange, unsent.handle),
        Subscription(PurgeAttachments, let_go.handle, observe=let_go.observe, expects=expects),
    )
