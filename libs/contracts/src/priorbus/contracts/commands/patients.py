"""What the storage service can be told about patients, patient cases and patient attachments (patient-attachments.md 4 to 7, 12).

Field errors. The gateway only looks at JSON types; what it finds travels in `issues` and the member stays out of the command (None).
The owner adds its own findings, one per member and none for a member that has an issue already, and refuses with `validation_failed`;
`Issue.field` is the member's name as in the body (`upload_url`), `Issue.message` the text of `errors`, `Issue.code` that of
`error_codes`. The gateway's findings are:

- a body that is no object: field `base`, code `invalid`, "is invalid";
- an id that is no int64 (section 10): code `not_an_id`, "is invalid"; a missing or null one is no finding, the owner says `blank`;
- `upload_url` that is no string: code `url_malformed`, "is invalid"; missing or null is no finding;
- any other member of the wrong JSON type: code `invalid`, "is invalid".

The refusal's details hold `documentation` (`patients.UPLOAD_GUIDE`) where `upload_url` is at fault.

A record of another tenant, or one that does not exist, is refused with `not_found`.
"""

from pydantic import Field

from priorbus.contracts.messages import Command, message
from priorbus.contracts.replies import Issue

Members = dict[str, str | bool | None]
"""Members of a request body by name, those of the wrong type left out. In an update a missing member stays and null clears."""


@message("storage.create_patient")
class CreatePatient(Command):
    """Members: first_name, last_name, date_of_birth, external_ref. The result is `{"patient": Patient}`."""

    patient_id: int
    members: Members = Field(default_factory=dict)
    issues: tuple[Issue, ...] = ()


@message("storage.update_patient")
class UpdatePatient(Command):
    """Members as at creation; an archived patient is not found. The result is `{"patient": Patient}`; its version may be unchanged."""

    patient_id: int
    members: Members = Field(default_factory=dict)
    issues: tuple[Issue, ...] = ()


@message("storage.archive_patient")
class ArchivePatient(Command):
    """Again is harmless; the result is `{"patient": Patient}`."""

    patient_id: int


@message("storage.unarchive_patient")
class UnarchivePatient(Command):
    """Again is harmless; the result is `{"patient": Patient}`."""

    patient_id: int


@message("storage.create_patient_case")
class CreatePatientCase(Command):
    """Members: name, notes, closed, issue_date, expiry_date. The result is `{"patient_case": PatientCase}`."""

    patient_case_id: int
    patient_id: int | None = None
    members: Members = Field(default_factory=dict)
    issues: tuple[Issue, ...] = ()


@message("storage.update_patient_case")
class UpdatePatientCase(Command):
    """Members as at creation; an archived case is not found. The result is `{"patient_case": PatientCase}`."""

    patient_case_id: int
    members: Members = Field(default_factory=dict)
    issues: tuple[Issue, ...] = ()


@message("storage.archive_patient_case")
class ArchivePatientCase(Command):
    """Again is harmless; the result is `{"patient_case": PatientCase}`."""

    patient_case_id: int


@message("storage.issue_upload_ticket")
class IssueUploadTicket(Command):
    """A ticket for one upload; the result is `{"presigned_post": PresignedPost}` (patient-attachments.md 4.1 to 4.6).

    Refused with `not_found` where the patient is unknown or archived, with `storage_unavailable` where nobody could upload now. Not to
    be answered 202.
    """

    patient_id: int


@message("storage.create_patient_attachment")
class CreatePatientAttachment(Command):
    """Register an uploaded document (patient-attachments.md 5); the result is `{"patient_attachment": PatientAttachment}`.

    `upload_url` and `description` are as the client sent them. The envelope's user becomes the creating user.
    """

    patient_attachment_id: int
    patient_id: int | None = None
    upload_url: str | None = None
    description: str | None = None
    patient_case_id: int | None = None
    issues: tuple[Issue, ...] = ()


@message("storage.update_patient_attachment")
class UpdatePatientAttachment(Command):
    """Members: description, pinned; an archived record is not found. The result is `{"patient_attachment": PatientAttachment}`."""

    patient_attachment_id: int
    members: Members = Field(default_factory=dict)
    issues: tuple[Issue, ...] = ()


@message("storage.archive_patient_attachment")
class ArchivePatientAttachment(Command):
    """Again is harmless; the result is `{"patient_attachment": PatientAttachment}`."""

    patient_attachment_id: int


@message("storage.process_patient_attachment")
class ProcessPatientAttachment(Command):
    """Timer: take the upload to its final key and look at it. `attempt` grows while the object store or the scanner is away."""

    patient_attachment_id: int
    attempt: int = 1


@message("storage.close_upload_ticket")
class CloseUploadTicket(Command):
    """Timer: the ticket and its grace time are over."""

    ticket: str


@message("storage.discard_patient_upload")
class DiscardPatientUpload(Command):
    """Timer: remove what was uploaded with a ticket and is not needed any more; also the content of an attachment that failed.

    Nothing is removed while the ticket's attachment waits for its processing.
    """

    patient_id: int
    ticket: str
    patient_attachment_id: int | None = None
