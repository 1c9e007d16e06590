"""Patients, patient cases and patient attachments, owned by the storage service (patient-attachments.md 3, 6, 12).

Ids are int64 numbers, exact everywhere inside; only what clients see renders them as strings of digits. The gateway mints the id of a new
record (`runtime.ids.new_number`) and sends it in the command; the record that the owner's reply holds has the id that counts, because
the owner takes the next free one where an id is taken.
"""

from datetime import datetime
from typing import Literal

from priorbus.contracts.authorizations import Failure
from priorbus.contracts.model import Model

MAX_ID = (1 << 63) - 1
"""The largest int64; the smallest id is 1."""
UPLOAD_GUIDE = "/docs/patient-attachments"
"""Path of the page that tells how to upload; refusals of an `upload_url` point to it."""

AttachmentStatus = Literal["received", "processed", "failed"]
"""Section 6; whether a record is archived is `archived_at` alone."""


class Patient(Model):
    """A patient; every write makes the next `version`. Dates are `YYYY-MM-DD`."""

    id: int
    tenant: str
    version: int
    first_name: str
    last_name: str
    date_of_birth: str | None = None
    external_ref: str | None = None
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None = None


class PatientCase(Model):
    """A case of a patient. Dates are `YYYY-MM-DD`."""

    id: int
    tenant: str
    version: int
    patient_id: int
    name: str
    notes: str | None = None
    closed: bool = False
    issue_date: str | None = None
    expiry_date: str | None = None
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None = None


class PatientAttachment(Model):
    """A document of a patient.

    `filename`, `content_type`, `size` (bytes), `sha256` (lower-case hex) and `processed_at` are set once `status` is `processed`; then
    `storage_key` is where the bytes are, before that nothing may be read there. `upload_key` is where the client has put them and holds
    the client's file name. `processing_error` is set once `status` is `failed`. `user_id` is that of the creating client.
    """

    id: int
    tenant: str
    version: int
    patient_id: int
    patient_case_id: int | None = None
    user_id: int
    status: AttachmentStatus
    description: str | None = None
    filename: str | None = None
    content_type: str | None = None
    size: int | None = None
    sha256: str | None = None
    upload_key: str
    storage_key: str
    processing_error: Failure | None = None
    pinned_at: datetime | None = None
    processed_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None = None


class PresignedPost(Model):
    """Where and with which form fields a client uploads one document (patient-attachments.md 3.2). Both are credentials."""

    url: str
    fields: dict[str, str]
