"""Saves what changed and tells it; a record that stayed as it was is neither saved nor told."""

from typing import Literal

from priorbus.contracts.facts.patients import (
    PatientAttachmentArchived,
    PatientAttachmentFact,
    PatientAttachmentUpdated,
    PatientCaseChanged,
    PatientChanged,
)
from priorbus.contracts.patients import Patient, PatientAttachment, PatientCase
from priorbus.runtime.handling import Context, Result
from priorbus.storage.domain.patients.attachments import event
from priorbus.storage.patient_aggregates import PATIENT_ATTACHMENTS, PATIENT_CASES, PATIENTS

_FACTS: dict[Literal["updated", "archived"], type[PatientAttachmentFact]] = {
    "updated": PatientAttachmentUpdated,
    "archived": PatientAttachmentArchived,
}


def save_patient(before: Patient, after: Patient, context: Context) -> Result:
    if after is not before:
        context.work.put(PATIENTS, context.tenant, after)
        context.work.publish(PatientChanged(patient=after))
    return {"patient": after}


def save_case(before: PatientCase, after: PatientCase, context: Context) -> Result:
    if after is not before:
        context.work.put(PATIENT_CASES, context.tenant, after)
        context.work.publish(PatientCaseChanged(patient_case=after))
    return {"patient_case": after}


def save_attachment(before: PatientAttachment, after: PatientAttachment, short: Literal["updated", "archived"], context: Context) -> Result:
    if after is not before:
        context.work.put(PATIENT_ATTACHMENTS, context.tenant, after)
        context.work.publish(_FACTS[short](patient_attachment=after, events=(event(after, short, context.now),)))
    return {"patient_attachment": after}
