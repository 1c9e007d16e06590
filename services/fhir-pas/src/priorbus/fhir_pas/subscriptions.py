"""What this service handles about claims and cases; the other rows stand in `*_subscriptions` beside this. Read this first."""

from collections.abc import Iterable
from functools import partial

from priorbus.contracts.commands import fhir_pas as commands
from priorbus.fhir_pas.aggregates import EXCHANGES
from priorbus.fhir_pas.domain.terms import Terms
from priorbus.fhir_pas.handlers import (
    advance_exchange,
    decide_claim,
    finalise_claim_response,
    inquire_claim,
    prepare_authorization,
    review_claim,
    send_submission,
    submit_claim,
)
from priorbus.fhir_pas.handlers.change_tenant_settings import change_tenant_settings
from priorbus.fhir_pas.handlers.giving_up import ending_the_case, polling_on
from priorbus.fhir_pas.handlers.prepare_authorization import prepare_authorization as prepare
from priorbus.fhir_pas.handlers.recording import recorded
from priorbus.fhir_pas.handlers.submit_authorization import submit_authorization
from priorbus.fhir_pas.handlers.tools import Tools
from priorbus.fhir_pas.ports import PayerConnector
from priorbus.runtime.handling import Subscription
from priorbus.runtime.work import Ref


def subscriptions(tools: Tools) -> tuple[Subscription, ...]:
    """The table: FHIR operations, REST-born authorizations, timers."""
    return (*claim_operations(tools), *authorization_work(tools.connector, tools.terms))


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


def authorization_work(connector: PayerConnector, terms: Terms) -> tuple[Subscription, ...]:
    """REST-born authorizations and their timers."""
    preparing = Subscription(
        commands.PrepareAuthorization, prepare, touches=of_case, observe=prepare_authorization.observing(connector, terms)
    )
    sending = Subscription(
        commands.SendSubmission, send_submission.handling(terms), touches=of_case, observe=send_submission.observing(connector, terms)
    )
    polling = Subscription(
        commands.AdvanceExchange, advance_exchange.advance_exchange, touches=of_timer, observe=advance_exchange.observing(connector)
    )
    return (
        ending_the_case(preparing, terms.deliveries),
        Subscription(commands.SubmitAuthorization, submit_authorization, touches=of_case),
        ending_the_case(sending, terms.deliveries),
        polling_on(polling, terms.deliveries),
    )


def of_case(command: commands.PrepareAuthorization | commands.SubmitAuthorization | commands.SendSubmission, tenant: str) -> Iterable[Ref]:
    """The exchange about the case."""
    return (Ref(EXCHANGES, tenant, command.authorization.id),)


def of_timer(command: commands.AdvanceExchange, tenant: str) -> Iterable[Ref]:
    """The exchange that waits."""
    return (Ref(EXCHANGES, tenant, command.exchange_id),)
