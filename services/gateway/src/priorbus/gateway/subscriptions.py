"""Which facts the gateway projects, and with what."""

from collections.abc import Mapping

from priorbus.contracts.facts import fhir_pas, patients, requirements, storage
from priorbus.contracts.messages import Fact
from priorbus.gateway.projections.on_fact import (
    Project,
    on_authorization,
    on_claim,
    on_file,
    on_patient,
    on_patient_attachment,
    on_patient_case,
    on_payer,
    on_provider,
    on_template,
    restated,
)

_ROWS: tuple[tuple[type[Fact], Project], ...] = (
    (requirements.AuthorizationCreated, on_authorization),
    (requirements.AnswersPatched, on_authorization),
    (requirements.AttachmentAdded, on_authorization),
    (requirements.AttachmentRemoved, on_authorization),
    (requirements.AuthorizationConfirmed, on_authorization),
    (requirements.AuthorizationCanceled, on_authorization),
    (requirements.AuthorizationPrepared, on_authorization),
    (requirements.SubmissionPermitted, on_authorization),
    (requirements.SubmissionFailed, on_authorization),
    (requirements.PayerEvidenceApplied, on_authorization),
    (requirements.ReviewExpired, on_authorization),
    (requirements.SlaAnnounced, on_authorization),
    (requirements.TemplatePublished, on_template),
    (requirements.PayerPublished, on_payer),
    (requirements.ProviderRegistered, on_provider),
    (storage.FileCreated, on_file),
    (storage.FileProgressed, on_file),
    (storage.FileReady, on_file),
    (storage.FileFailed, on_file),
    (storage.FileRemoved, on_file),
    (patients.PatientCreated, on_patient),
    (patients.PatientChanged, on_patient),
    (patients.PatientCaseCreated, on_patient_case),
    (patients.PatientCaseChanged, on_patient_case),
    (patients.PatientAttachmentCreated, on_patient_attachment),
    (patients.PatientAttachmentProcessed, on_patient_attachment),
    (patients.PatientAttachmentProcessingFailed, on_patient_attachment),
    (patients.PatientAttachmentUpdated, on_patient_attachment),
    (patients.PatientAttachmentArchived, on_patient_attachment),
    (requirements.AuthorizationRestated, restated(on_authorization)),
    (storage.FileRestated, restated(on_file)),
    (patients.PatientRestated, restated(on_patient)),
    (patients.PatientCaseRestated, restated(on_patient_case)),
    (patients.PatientAttachmentRestated, restated(on_patient_attachment)),
    (fhir_pas.ClaimSubmitted, on_claim),
    (fhir_pas.ClaimUpdated, on_claim),
    (fhir_pas.ClaimCancelled, on_claim),
    (fhir_pas.ClaimResponseRecorded, on_claim),
    (fhir_pas.ClaimResponseChanged, on_claim),
    (fhir_pas.ClaimResponseFinalised, on_claim),
    (fhir_pas.InformationRequested, on_claim),
    (fhir_pas.ClaimAttachmentAccepted, on_claim),
    (fhir_pas.ClaimAttachmentHeld, on_claim),
    (fhir_pas.ClaimAttachmentAssociated, on_claim),
    (fhir_pas.ClaimAttachmentCompleted, on_claim),
    (fhir_pas.SubscriptionActivated, on_claim),
    (fhir_pas.SubscriptionFailed, on_claim),
    (fhir_pas.SubscriptionEnded, on_claim),
)

SUBSCRIPTIONS: Mapping[str, Project] = {fact.wire_type: project for fact, project in _ROWS}
"""By wire type."""
