"""Every message that this service handles. Read this first."""

from collections.abc import Iterable

from priorbus.contracts.commands import fhir_pas as commands
from priorbus.fhir_pas.aggregates import EXCHANGES
from priorbus.fhir_pas.domain.terms import Terms
from priorbus.fhir_pas.handlers import advance_exchange, prepare_authorization, send_submission, submit_claim
from priorbus.fhir_pas.handlers.prepare_authorization import prepare_authorization as prepare
from priorbus.fhir_pas.handlers.submit_authorization import submit_authorization
from priorbus.fhir_pas.ports import PayerConnector, RequestBodies
from priorbus.runtime.handling import Subscription
from priorbus.runtime.work import Ref


def subscriptions(connector: PayerConnector, bodies: RequestBodies, terms: Terms) -> tuple[Subscription, ...]:
    """The table: FHIR operations, REST-born authorizations, timers."""
    return (
        Subscription(
            commands.SubmitClaim,
            submit_claim.handling(terms),
            touches=submit_claim.touches,
            observe=submit_claim.observing(connector, bodies, terms),
        ),
        Subscription(commands.PrepareAuthorization, prepare, touches=of_case, observe=prepare_authorization.observing(connector, terms)),
        Subscription(commands.SubmitAuthorization, submit_authorization, touches=of_case),
        Subscription(
            commands.SendSubmission,
            send_submission.handling(connector, terms),
            touches=of_case,
            observe=send_submission.observing(connector, terms),
        ),
        Subscription(
            commands.AdvanceExchange,
            advance_exchange.handling(connector),
            touches=of_timer,
            observe=advance_exchange.observing(connector),
        ),
    )


def of_case(command: commands.PrepareAuthorization | commands.SubmitAuthorization | commands.SendSubmission, tenant: str) -> Iterable[Ref]:
    """The exchange about the case."""
    return (Ref(EXCHANGES, tenant, command.authorization.id),)


def of_timer(command: commands.AdvanceExchange, tenant: str) -> Iterable[Ref]:
    """The exchange that waits."""
    return (Ref(EXCHANGES, tenant, command.exchange_id),)
