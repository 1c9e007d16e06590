"""What all records of this API have in common: versions, and the time of the last change."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from priorbus.contracts.patients import Patient, PatientAttachment, PatientCase

R = TypeVar("R", Patient, PatientCase, PatientAttachment)


def changed(record: R, values: Mapping[str, Any], now: datetime) -> R:
    """The record with these values; the same one when none of them is new."""
    if all(getattr(record, name) == value for name, value in values.items()):
        return record
    return record.model_copy(update={**values, "version": record.version + 1, "updated_at": now})


def archived(record: R, now: datetime) -> R:
    """The record, hidden from now on; an archived one stays as it is."""
    return changed(record, {"archived_at": record.archived_at or now}, now)
