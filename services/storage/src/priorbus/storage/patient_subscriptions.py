"""Every message about patients, patient cases and patient attachments, and with what it is handled."""

from collections.abc import Callable, Iterable
from typing import Any

from priorbus.contracts.commands import patients as commands
from priorbus.runtime.handling import Subscription
from priorbus.runtime.objects import ObjectStore
from priorbus.runtime.objects.forms import form_signer
from priorbus.runtime.work import Collection, Ref
from priorbus.storage.handlers.patients.archive_patient import archive_patient
from priorbus.storage.handlers.patients.archive_patient_attachment import archive_patient_attachment
from priorbus.storage.handlers.patients.archive_patient_case import archive_patient_case
from priorbus.storage.handlers.patients.close_upload_ticket import close_upload_ticket
from priorbus.storage.handlers.patients.create_patient import create_patient
from priorbus.storage.handlers.patients.create_patient_attachment import CreatePatientAttachmentHandler
from priorbus.storage.handlers.patients.create_patient_case import create_patient_case
from priorbus.storage.handlers.patients.discard_patient_upload import DiscardPatientUploadHandler
from priorbus.storage.handlers.patients.issue_upload_ticket import IssueUploadTicketHandler
from priorbus.storage.handlers.patients.process_patient_attachment import ProcessPatientAttachmentHandler
from priorbus.storage.handlers.patients.unarchive_patient import unarchive_patient
from priorbus.storage.handlers.patients.update_patient import update_patient
from priorbus.storage.handlers.patients.update_patient_attachment import update_patient_attachment
from priorbus.storage.handlers.patients.update_patient_case import update_patient_case
from priorbus.storage.patient_aggregates import PATIENT_ATTACHMENTS, PATIENT_CASES, PATIENTS, UPLOAD_TICKETS
from priorbus.storage.ports import Scanner
from priorbus.storage.settings import Settings

_Touches = Callable[[Any, str], Iterable[Ref]]


def patient_subscriptions(objects: ObjectStore, settings: Settings, scanner: Scanner | None) -> tuple[Subscription, ...]:
    """The rows; without a scanner documents are not scanned."""
    issue = IssueUploadTicketHandler(objects, settings)
    create = CreatePatientAttachmentHandler(objects, settings, form_signer(settings).url)
    process = ProcessPatientAttachmentHandler(objects, settings, scanner)
    discard = DiscardPatientUploadHandler(objects)
    patient, case = _touches(PATIENTS, "patient_id"), _touches(PATIENT_CASES, "patient_case_id")
    attachment, ticket = _touches(PATIENT_ATTACHMENTS, "patient_attachment_id"), _touches(UPLOAD_TICKETS, "ticket")
    return (
        Subscription(commands.CreatePatient, create_patient, touches=patient),
        Subscription(commands.UpdatePatient, update_patient, touches=patient),
        Subscription(commands.ArchivePatient, archive_patient, touches=patient),
        Subscription(commands.UnarchivePatient, unarchive_patient, touches=patient),
        Subscription(commands.CreatePatientCase, create_patient_case, touches=_all(patient, case)),
        Subscription(commands.UpdatePatientCase, update_patient_case, touches=case),
        Subscription(commands.ArchivePatientCase, archive_patient_case, touches=case),
        Subscription(commands.IssueUploadTicket, issue.handle, touches=patient, observe=issue.observe),
        Subscription(commands.CreatePatientAttachment, create.handle, touches=_all(patient, attachment, case), observe=create.observe),
        Subscription(commands.UpdatePatientAttachment, update_patient_attachment, touches=attachment),
        Subscription(commands.ArchivePatientAttachment, archive_patient_attachment, touches=attachment),
        Subscription(commands.ProcessPatientAttachment, process.handle, touches=attachment, observe=process.observe),
        Subscription(commands.CloseUploadTicket, close_upload_ticket, touches=ticket),
        Subscription(commands.DiscardPatientUpload, discard.handle, observe=discard.observe),
    )


def _touches(collection: Collection[Any], member: str) -> _Touches:
    """The aggregate that a member of the message names, if it does."""

    def refs(message: Any, tenant: str) -> Iterable[Ref]:
        id_ = getattr(message, member)
        return () if id_ is None else (Ref(collection, tenant, str(id_)),)

    return refs


def _all(*parts: _Touches) -> _Touches:
    return lambda message, tenant: [ref for part in parts for ref in part(message, tenant)]
