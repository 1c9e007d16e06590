"""Build and validate the PAS request of a confirmed case, and report what is missing (fhir-pas.md 24, step 1)."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from priorbus.contracts.authorizations import Finding
from priorbus.contracts.commands.fhir_pas import PrepareAuthorization
from priorbus.contracts.commands.requirements import CompletePreparation
from priorbus.contracts.envelope import Envelope
from priorbus.fhir_pas.aggregates import EXCHANGES
from priorbus.fhir_pas.domain import exchange, preparation
from priorbus.fhir_pas.domain.bases import PAS_2_2
from priorbus.fhir_pas.domain.claim_bundle.build import summary
from priorbus.fhir_pas.domain.claim_bundle.urls import claim_identifier_value
from priorbus.fhir_pas.domain.normalise import payer_request
from priorbus.fhir_pas.domain.payer import PayerAnswer
from priorbus.fhir_pas.domain.preparation import Package
from priorbus.fhir_pas.domain.retention import of_use_until
from priorbus.fhir_pas.domain.terms import Terms
from priorbus.fhir_pas.handlers.filing import sent_bundle
from priorbus.fhir_pas.ports import PayerConnector, PayerUnreachable
from priorbus.runtime.handling import Context, Observer, Result, TransientError
from priorbus.runtime.work import Reader


@dataclass(frozen=True, slots=True)
class Prepared:
    """A valid package, and what is missing beside it or, when nothing is, what it is about."""

    package: Package
    findings: tuple[Finding, ...]
    summary: dict[str, Any]


def observing(connector: PayerConnector, terms: Terms) -> Observer:
    """The handler's contact with the payer."""
    return partial(observe, connector=connector, terms=terms)


async def observe(
    command: PrepareAuthorization, envelope: Envelope, reader: Reader, *, connector: PayerConnector, terms: Terms
) -> Prepared:
    """Build, validate and ask the payer. Raises UnfitBundleError, TransientError."""
    authorization = command.authorization
    known = await reader.get(EXCHANGES, envelope.tenant, authorization.id)
    attempt = authorization.attempts + 1
    package = preparation.package(authorization, attempt, terms.public_base, await sent_bundle(known, envelope.tenant, reader))
    preparation.check(package)
    identifier = claim_identifier_value(authorization.id, attempt)
    about = {"attempt": attempt, "bundle": package.text, "tenant": envelope.tenant}
    request = payer_request(package.bundle, identifier, "authorization", PAS_2_2.path, envelope.time, **about)
    try:
        wanted = await connector.discover(request)
    except PayerUnreachable as error:
        raise TransientError("the payer could not be asked for its requirements") from error
    findings = preparation.new_findings(authorization, wanted)
    return Prepared(package, findings, {} if findings else summary(authorization))


async def prepare_authorization(command: PrepareAuthorization, context: Context) -> Result:
    """Keep the package when nothing new was found."""
    prepared: Prepared = context.observed
    authorization = command.authorization
    if not prepared.findings:
        known = await context.work.get(EXCHANGES, context.tenant, authorization.id)
        package, until = prepared.package, of_use_until(prepared.package.bundle, PayerAnswer(), context.now)
        opened = exchange.prepared(known, authorization, command.work_item_id, package.text, context.now, of_use_until=until)
        context.work.put(EXCHANGES, context.tenant, opened)
    done = CompletePreparation(
        authorization_id=authorization.id,
        work_item_id=command.work_item_id,
        findings=prepared.findings,
        summary=prepared.summary,
    )
    context.work.publish(done)
    return None
