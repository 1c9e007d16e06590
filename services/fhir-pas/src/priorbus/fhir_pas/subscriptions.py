"""What this service handles about claims and cases; the other rows stand in `*_subscriptions` beside this. Read this first."""

from collections.abc import Iterable
from functools import partial

from priorbus.contracts.commands import fhir_pas as commands
from priorbus.fhir_pas.aggregates import EXCHANGES
from priorbus.fhir_pas.handlers import (
    advance_exchange,
    decide_claim,
    finalise_claim_response,
    inquire_claim,
    prepare_authorization,
    review_claim,
    send_submission,
    submit_authorization,
    submit_claim,
    take_payer_event,
)
from priorbus.fhir_pas.handlers.change_tenant_settings import change_tenant_settings
from priorbus.fhir_pas.handlers.giving_up import ending_the_case, polling_on
from priorbus.fhir_pas.handlers.prepare_authorization import prepare_authorization as prepare
from priorbus.fhir_pas.handlers.recording import recorded
from priorbus.fhir_pas.handlers.tools import Tools
from priorbus.runtime.handling import Subscription
from priorbus.runtime.work import Ref


def subscriptions(tools: Tools) -> tuple[Subscription, ...]:
    """The table: FHIR operations, REST-born authorizations, timers."""
    return (*claim_operations(tools), *authorization_work(tools))


def claim_operations(tools: Tools) -> tuple[Subscription, ...]:
    """`$submit`, `$inquire`, and what happens to a ClaimResponse later."""
    return (
        Subscription(
            commands.SubmitClaim,
            recorded("submit", submit_claim.handling(tools), partial(submit_claim.described, public_base=tools.terms.public_base)),
            observe=submit_claim.observing(tools),
            expects=submit_claim.expects,
        ),
        Subscription(commands.InquireClaim, recorded("query", inquire_claim.inquire_claim), observe=inquire_claim.observing(tools)),
        Subscription(
            commands.DecideClaim, decide_claim.handling(tools), observe=decide_claim.observing(tools), expects=decide_claim.expects
        ),
        Subscription(commands.ReviewClaim, review_claim.handling(tools), observe=review_claim.observing(tools)),
        Subscription(commands.ChangeTenantSettings, change_tenant_settings),
        Subscription(
            commands.FinaliseClaimResponse, finalise_claim_response.handling(tools), observe=finalise_claim_response.observing(tools)
        ),
    )


def authorization_work(tools: Tools) -> tuple[Subscription, ...]:
    """REST-born authorizations and their timers."""
    preparing = Subscription(
        commands.PrepareAuthorization, prepare, touches=of_case, observe=prepare_authorization.observing(tools.connector, tools.terms)
    )
    sending = Subscription(
        commands.SendSubmission,
        send_submission.handling(tools),
        observe=send_submission.observing(tools),
        expects=send_submission.expects,
    )
    polling = Subscription(
        commands.AdvanceExchange,
        advance_exchange.handling(tools),
        observe=advance_exchange.observing(tools),
        expects=advance_exchange.expects,
    )
    hearing = Subscription(
        commands.TakePayerEvent,
        take_payer_event.handling(tools),
        observe=take_payer_event.observing(tools),
        expects=take_payer_event.expects,
    )
    return (
        ending_the_case(preparing, tools.terms.deliveries),
        Subscription(
            commands.SubmitAuthorization,
            submit_authorization.submit_authorization,
            touches=of_case,
            observe=submit_authorization.observing(tools.connector),
        ),
        ending_the_case(sending, tools.terms.deliveries),
        polling_on(polling, tools.terms.deliveries),
        hearing,
    )


def of_case(command: commands.PrepareAuthorization | commands.SubmitAuthorization, tenant: str) -> Iterable[Ref]:
    """The exchange about the case."""
    return (Ref(EXCHANGES, tenant, command.authorization.id),)
