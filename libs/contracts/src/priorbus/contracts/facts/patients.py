"""Facts about patients, patient cases and patient attachments; each carries the state after one write."""

from priorbus.contracts.events import Event
from priorbus.contracts.messages import Fact, message
from priorbus.contracts.patients import Patient, PatientAttachment, PatientCase


class PatientFact(Fact):
    """A patient after a write; nothing of it is public."""

    patient: Patient


@message("patient.created")
class PatientCreated(PatientFact):
    """A patient is known."""


@message("patient.changed")
class PatientChanged(PatientFact):
    """A patient was updated, archived or unarchived."""


class PatientCaseFact(Fact):
    """A patient case after a write; nothing of it is public."""

    patient_case: PatientCase


@message("patient_case.created")
class PatientCaseCreated(PatientCaseFact):
    """A case was opened."""


@message("patient_case.changed")
class PatientCaseChanged(PatientCaseFact):
    """A case was updated or archived."""


class PatientAttachmentFact(Fact):
    """A patient attachment after a write, and what it has to tell: one event of the same name (patient-attachments.md 13).

    The ids in the events' data are strings.
    """

    patient_attachment: PatientAttachment
    events: tuple[Event, ...]


@message("patient_attachment.created")
class PatientAttachmentCreated(PatientAttachmentFact):
    """An upload was registered."""


@message("patient_attachment.processed")
class PatientAttachmentProcessed(PatientAttachmentFact):
    """The bytes are at their final place; content can be read."""


@message("patient_attachment.processing_failed")
class PatientAttachmentProcessingFailed(PatientAttachmentFact):
    """There will be no content."""


@message("patient_attachment.updated")
class PatientAttachmentUpdated(PatientAttachmentFact):
    """Description or pin changed."""


@message("patient_attachment.archived")
class PatientAttachmentArchived(PatientAttachmentFact):
    """It is hidden from now on."""


@message("patient.restated")
class PatientRestated(PatientFact):
    """Nothing was written; the state is said again."""


@message("patient_case.restated")
class PatientCaseRestated(PatientCaseFact):
    """As above."""


@message("patient_attachment.restated")
class PatientAttachmentRestated(PatientAttachmentFact):
    """As above."""
