"""Keys in the object store. Only the temporary one may hold a file name (patient-attachments.md 4.2)."""

import re
from dataclasses import dataclass

CONTENT = "patient-attachments/"
UPLOADS = "t_"
"""Temporary keys begin with the tenant, and the names of tenants with this."""
_MOST_BYTES = 1024
_UPLOAD = re.compile(r"([^/]+)/patients/([^/]+)/attachments/temp/([^/]+)/([^/]+)", re.DOTALL)


@dataclass(frozen=True)
class UploadKey:
    """The parts of a temporary key, as texts."""

    key: str
    tenant: str
    patient_id: str
    ticket: str
    file_name: str

    @property
    def is_possible(self) -> bool:
        """Whether an object store can have an object under it."""
        return len(self.key.encode()) <= _MOST_BYTES

    def belongs_to(self, tenant: str, patient_id: int) -> bool:
        """Whether the ticket of the key was issued for this patient."""
        return self.tenant == tenant and self.patient_id == str(patient_id)


def upload_prefix(tenant: str, patient_id: int, ticket: str) -> str:
    """Where the uploads of a ticket go."""
    return f"{tenant}/patients/{patient_id}/attachments/temp/{ticket}/"


def upload_key(key: str) -> UploadKey | None:
    """The parts of a temporary key, None for a key of another form."""
    parts = _UPLOAD.fullmatch(key)
    return UploadKey(key, *parts.groups()) if parts else None


def content_key(tenant: str, attachment_id: int) -> str:
    """Where the bytes of an attachment stay; written once."""
    return f"{CONTENT}{tenant}/{attachment_id}"
