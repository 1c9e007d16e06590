"""Settings of the patient attachments API (patient-attachments.md 14)."""

from pydantic import Field

from priorbus.runtime.settings import ProcessSettings


class PatientSettings(ProcessSettings):
    """What the storage service reads from the environment for it."""

    patient_attachment_max_bytes: int = Field(
        26_214_400, ge=1, le=5_000_000_000, description="Largest document of a patient; a single upload of the object store ends at 5 GB"
    )
    ticket_ttl_seconds: int = Field(3600, ge=1, le=604_800, description="How long a presigned post of a patient attachment is valid")
    ticket_grace_seconds: int = Field(
        3600, ge=0, description="Time after its end before what was uploaded with it and never registered is removed"
    )
