"""What this service says again when projections are made anew."""

from typing import Final

from priorbus.contracts.commands.storage import Restate
from priorbus.contracts.facts.patients import PatientAttachmentRestated, PatientCaseRestated, PatientRestated
from priorbus.contracts.facts.storage import FileRestated
from priorbus.runtime.restating import Restatement
from priorbus.storage.aggregates import FILES
from priorbus.storage.patient_aggregates import PATIENT_ATTACHMENTS, PATIENT_CASES, PATIENTS

RESTATEMENT: Final = Restatement(
    Restate,
    {
        FILES: lambda file: FileRestated(file=file, events=()),
        PATIENTS: lambda patient: PatientRestated(patient=patient),
        PATIENT_CASES: lambda case: PatientCaseRestated(patient_case=case),
        PATIENT_ATTACHMENTS: lambda attachment: PatientAttachmentRestated(patient_attachment=attachment, events=()),
    },
)
