"""Answers and bodies of the patient attachments API (seed 004, patient-attachments.md 3, 12)."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from priorbus.gateway.openapi.model import FreeObject, Moment, absent
from priorbus.gateway.openapi.schemas import Schema

ID: Schema = {"type": "string", "format": "int64"}
_TEXT: Schema = {"type": ["string", "null"]}
_DATE: Schema = {"type": ["string", "null"], "format": "date"}
_DESCRIPTION: Schema = {"type": ["string", "null"], "maxLength": 255}

Id = Annotated[str, Field(json_schema_extra={"format": "int64"})]
Uri = Annotated[str, Field(json_schema_extra={"format": "uri"})]
Description = Annotated[str, Field(max_length=255)]


class SelfLink(BaseModel):
    self: Uri


class Linked(BaseModel):
    links: SelfLink


class ProcessingError(BaseModel):
    code: Literal["object_missing", "object_empty", "object_too_large", "infected"]
    message: str


class PatientAttachment(BaseModel):
    id: Id
    content: Linked | None
    content_type: str | None
    created_at: Moment
    updated_at: Moment
    description: Description | None
    filename: str | None
    pinned_at: Moment | None
    processed_at: Moment | None
    processing_completed: bool | None
    size: int | None
    links: SelfLink
    patient: Linked
    user: Linked
    archived_at: Moment | None
    patient_case: Linked | None
    processing_error: ProcessingError | None


class PageLinks(BaseModel):
    self: Uri
    next: Uri = absent()
    previous: Uri = absent()


class PatientAttachmentPage(BaseModel):
    patient_attachments: list[PatientAttachment]
    total_entries: int
    links: PageLinks


class Patient(BaseModel):
    id: Id
    first_name: str
    last_name: str
    date_of_birth: str | None
    external_ref: str | None
    created_at: Moment
    updated_at: Moment
    archived_at: Moment | None
    links: SelfLink


class PatientPage(BaseModel):
    patients: list[Patient]
    total_entries: int
    links: PageLinks


class PatientCase(BaseModel):
    id: Id
    name: str
    notes: str | None
    closed: bool
    issue_date: str | None
    expiry_date: str | None
    patient: Linked
    patient_attachments: Linked
    created_at: Moment
    updated_at: Moment
    archived_at: Moment | None
    links: SelfLink


class PatientCasePage(BaseModel):
    patient_cases: list[PatientCase]
    total_entries: int
    links: PageLinks


class User(BaseModel):
    id: Id
    display_name: str
    links: SelfLink


class FieldErrors(BaseModel):
    """Rendering E2 of errors (Conventions 8.1)."""

    message: str
    errors: dict[str, str] = absent()
    error_codes: dict[str, str]
    details: FreeObject = absent()
    request_id: str


_SIGNED = ("x-amz-credential", "x-amz-signature", "x-amz-algorithm")
PRESIGNED_POST: Schema = {
    "type": "object",
    "required": ["url", "fields"],
    "properties": {
        "url": {"type": ["string", "null"], "format": "uri"},
        "fields": {
            "type": "object",
            "required": ["key", "policy", *_SIGNED, "x-amz-date", "success_action_status", "acl"],
            "properties": {
                **{name: {"type": "string"} for name in ("key", "policy", *_SIGNED, "x-amz-date", "x-amz-security-token")},
                "success_action_status": {"enum": ["201"]},
                "acl": {"enum": ["private"]},
            },
        },
    },
}


_GUIDE = "Must be a presigned URL of the upload process, see /docs/patient-attachments."
_NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 100}
_PATIENT: dict[str, Schema] = {"first_name": _NAME, "last_name": _NAME, "date_of_birth": _DATE, "external_ref": _TEXT}
_CASE: dict[str, Schema] = {
    "name": {"type": "string", "minLength": 1},
    "notes": _TEXT,
    "closed": {"type": "boolean"},
    "issue_date": _DATE,
    "expiry_date": _DATE,
}
_ATTACHMENT: dict[str, Schema] = {
    "patient_id": ID,
    "upload_url": {"type": "string", "format": "uri", "description": _GUIDE},
    "description": _DESCRIPTION,
    "patient_case_id": {"type": ["string", "null"], "format": "int64"},
}


def _body(properties: dict[str, Schema], *required: str) -> Schema:
    schema: Schema = {"type": "object", "properties": properties}
    return schema | ({"required": list(required)} if required else {})


CREATE_ATTACHMENT = _body(_ATTACHMENT, "patient_id", "upload_url")
UPDATE_ATTACHMENT = _body({"description": _DESCRIPTION, "pinned": {"type": "boolean"}})
CREATE_PATIENT = _body(_PATIENT, "first_name", "last_name")
UPDATE_PATIENT = _body(_PATIENT)
CREATE_CASE = _body({"patient_id": ID, **_CASE}, "patient_id", "name")
UPDATE_CASE = _body(_CASE)
