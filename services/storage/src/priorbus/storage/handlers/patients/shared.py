"""What the handlers of patients, cases and attachments have in common."""

from typing import TypeVar

from pydantic import BaseModel

from priorbus.contracts.patients import Patient
from priorbus.contracts.replies import Refusal
from priorbus.runtime.handling import Context
from priorbus.runtime.work import Collection
from priorbus.storage.domain.patients.findings import Findings
from priorbus.storage.patient_aggregates import PATIENTS

T = TypeVar("T", bound=BaseModel)
NOT_FOUND = Refusal(code="not_found")


async def free_id(context: Context, collection: Collection[T], wanted: int) -> int:
    """The wanted id, or the next one that no record has."""
    while await context.work.get(collection, context.tenant, str(wanted)) is not None:
        wanted += 1
    return wanted


async def live_patient(context: Context, patient_id: int) -> Patient | None:
    """The tenant's patient, unless it is archived."""
    patient = await context.work.get(PATIENTS, context.tenant, str(patient_id))
    return patient if patient is not None and patient.archived_at is None else None


async def judge_patient(patient_id: int | None, context: Context, findings: Findings) -> None:
    """Check 8: a new record needs a patient of the tenant that is not archived."""
    if patient_id is None:
        findings.add("patient_id", "blank")
    elif await live_patient(context, patient_id) is None:
        findings.add("patient_id", "patient_missing")
