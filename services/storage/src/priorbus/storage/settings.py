"""Settings of the storage service."""

from datetime import timedelta

from pydantic import Field

from priorbus.runtime.settings import ObjectStoreSettings, OwnerSettings, ProcessSettings
from priorbus.storage.patient_settings import PatientSettings


class UploadSettings(ProcessSettings):
    """How long a file may wait for its bytes."""

    upload_ttl_seconds: int = Field(
        3600, ge=1, le=604_800, description="How long an upload target is valid; signatures last at most seven days"
    )
    upload_grace_seconds: int = Field(600, ge=0, description="Time after the end of an upload target before the file fails")


class Settings(OwnerSettings, ObjectStoreSettings, UploadSettings, PatientSettings):
    """What the storage service reads from the environment (authorizations.md 13)."""

    file_max_bytes: int = Field(
        26_214_400, ge=1, le=5_000_000_000, description="Largest file; a single upload of the object store ends at 5 GB"
    )
    file_retention_days: float = Field(
        30, gt=0, le=36_500, description="How long a file that is attached nowhere is kept; fractions are for tests"
    )
    clamav_addr: str = Field("", pattern=r"^([^:/ ]+:\d{1,5})?$", description="clamd as `host:port`; empty: files are not scanned")
    sweep_seconds: int = Field(300, ge=1, description="Time between two sweeps of the object store")

    @property
    def file_retention(self) -> timedelta:
        """The same as a duration."""
        return timedelta(days=self.file_retention_days)
