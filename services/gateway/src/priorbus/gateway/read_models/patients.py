"""Projected patients, patient cases and patient attachments (patient-attachments.md 8.3, 12)."""

from priorbus.gateway.filters.columns import Column, ColumnType
from priorbus.gateway.read_models.listing import Listing


def _columns(**types: ColumnType) -> dict[str, Column]:
    return {name: Column(name, kind) for name, kind in types.items()}


ATTACHMENTS = Listing(
    "patient_attachments",
    _columns(
        archived_at="date-time",
        content_type="string",
        created_at="date-time",
        description="string",
        filename="string",
        id="int64",
        patient_id="int64",
        processed_at="date-time",
        size="integer",
        updated_at="date-time",
        user_id="int64",
    ),
    parents=("patient_id", "patient_case_id"),
)
PATIENTS = Listing(
    "patients", _columns(archived_at="date-time", created_at="date-time", id="int64", last_name="string", updated_at="date-time")
)
CASES = Listing(
    "patient_cases",
    _columns(archived_at="date-time", created_at="date-time", id="int64", name="string", patient_id="int64", updated_at="date-time"),
    parents=("patient_id",),
)
LISTINGS = (ATTACHMENTS, PATIENTS, CASES)
