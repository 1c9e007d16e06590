"""Where patients, their cases and attachments live."""

from priorbus.contracts.patients import Patient, PatientAttachment, PatientCase
from priorbus.runtime.work import Collection, Index
from priorbus.storage.domain.patients.tickets import UploadTicket

_WEEK = 7 * 24 * 3600

PATIENTS = Collection("patients", Patient, key=lambda patient: str(patient.id))

PATIENT_CASES = Collection("patient_cases", PatientCase, key=lambda case: str(case.id))

PATIENT_ATTACHMENTS = Collection("patient_attachments", PatientAttachment, key=lambda attachment: str(attachment.id))

UPLOAD_TICKETS = Collection(
    "upload_tickets",
    UploadTicket,
    key=lambda ticket: ticket.id,
    indexes=(Index("expiry", (("closed_at", 1),), expire_after=_WEEK),),
)
"""Kept for a week after they were closed, so that a late client learns that it was late."""

PATIENT_COLLECTIONS = (PATIENTS, PATIENT_CASES, PATIENT_ATTACHMENTS, UPLOAD_TICKETS)
