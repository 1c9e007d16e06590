"""Every message that this service handles, and what it loads ahead. Read this first."""

from collections.abc import Iterable
from functools import partial

from priorbus.contracts.commands import requirements as commands
from priorbus.contracts.facts.fhir_pas import PayerEvidenceRecorded
from priorbus.requirements.aggregates import AUTHORIZATIONS, FILE_USES, PROVIDERS
from priorbus.requirements.domain.lifecycle.terms import Terms
from priorbus.requirements.handlers.add_attachment import add_attachment
from priorbus.requirements.handlers.announce_sla import announce_sla
from priorbus.requirements.handlers.cancel_authorization import cancel_authorization
from priorbus.requirements.handlers.complete_preparation import complete_preparation
from priorbus.requirements.handlers.confirm_authorization import confirm_authorization
from priorbus.requirements.handlers.create_authorization import create_authorization
from priorbus.requirements.handlers.expire_review import expire_review
from priorbus.requirements.handlers.grant_permit import grant_permit
from priorbus.requirements.handlers.inject_payer_event import inject_payer_event
from priorbus.requirements.handlers.list_routes import answer_routes
from priorbus.requirements.handlers.on_payer_evidence_recorded import on_payer_evidence_recorded
from priorbus.requirements.handlers.patch_answers import patch_answers
from priorbus.requirements.handlers.preview_authorization import preview_authorization
from priorbus.requirements.handlers.read_template import read_template
from priorbus.requirements.handlers.record_failed_attempt import record_failed_attempt
from priorbus.requirements.handlers.register_provider import register_provider
from priorbus.requirements.handlers.release_file import release_file
from priorbus.requirements.handlers.remove_attachment import remove_attachment
from priorbus.requirements.handlers.resolve_route import answer_route
from priorbus.requirements.ports import Templates
from priorbus.runtime.handling import Subscription
from priorbus.runtime.work import Ref


def subscriptions(templates: Templates, terms: Terms) -> tuple[Subscription, ...]:
    """The table: commands of customers, of fhir-pas, of timers, queries, facts."""
    return (
        Subscription(commands.CreateAuthorization, partial(create_authorization, templates=templates), touches=provider_of_case),
        Subscription(commands.PatchAnswers, partial(patch_answers, templates=templates), touches=authorization),
        Subscription(commands.AddAttachment, partial(add_attachment, templates=templates, terms=terms), touches=authorization_and_file),
        Subscription(commands.RemoveAttachment, partial(remove_attachment, templates=templates), touches=authorization),
        Subscription(commands.ReleaseFile, release_file, touches=file_use),
        Subscription(commands.ConfirmAuthorization, confirm_authorization, touches=authorization),
        Subscription(commands.CancelAuthorization, cancel_authorization, touches=authorization),
        Subscription(commands.RegisterProvider, register_provider, touches=provider),
        Subscription(commands.CompletePreparation, partial(complete_preparation, templates=templates, terms=terms), touches=authorization),
        Subscription(commands.GrantPermit, grant_permit, touches=authorization),
        Subscription(commands.RecordFailedAttempt, record_failed_attempt, touches=authorization),
        Subscription(commands.ExpireReview, expire_review, touches=authorization),
        Subscription(commands.AnnounceSla, announce_sla, touches=authorization),
        Subscription(commands.InjectPayerEvent, partial(inject_payer_event, templates=templates, terms=terms), touches=authorization),
        Subscription(commands.ReadTemplate, read_template),
        Subscription(commands.PreviewAuthorization, partial(preview_authorization, templates=templates), touches=authorization),
        Subscription(commands.ResolveRoute, partial(answer_route, templates=templates)),
        Subscription(commands.ListRoutes, partial(answer_routes, templates=templates)),
        Subscription(PayerEvidenceRecorded, partial(on_payer_evidence_recorded, templates=templates, terms=terms), touches=authorization),
    )


def authorization(
    message: commands.AuthorizationCommand | commands.InjectPayerEvent | commands.PreviewAuthorization | PayerEvidenceRecorded, tenant: str
) -> Iterable[Ref]:
    """The case that the message is about."""
    return (Ref(AUTHORIZATIONS, tenant, message.authorization_id),)


def authorization_and_file(message: commands.AddAttachment, tenant: str) -> Iterable[Ref]:
    """The case, and who holds the file that it is to get."""
    return (*authorization(message, tenant), *file_use(message, tenant))


def file_use(message: commands.AddAttachment | commands.ReleaseFile, tenant: str) -> Iterable[Ref]:
    """Who holds the file."""
    return (Ref(FILE_USES, tenant, message.file_id),)


def provider(message: commands.RegisterProvider, tenant: str) -> Iterable[Ref]:
    """The provider to be."""
    return (Ref(PROVIDERS, tenant, message.npi),) if message.schema_refusal is None else ()


def provider_of_case(message: commands.CreateAuthorization, tenant: str) -> Iterable[Ref]:
    """The provider that a new case names, and the case, which is new."""
    case = (Ref(AUTHORIZATIONS, tenant, message.authorization_id),)
    return (*case, Ref(PROVIDERS, tenant, message.case.provider_npi)) if message.case else case
