"""What each kind of fact changes."""

from collections.abc import Callable, Sequence
from typing import Any

from priorbus.contracts.envelope import Envelope
from priorbus.gateway.events.cloud_event import Subject
from priorbus.gateway.projections.changes import Changes
from priorbus.gateway.projections.publishing import entry_id, log_row, timeline_entry
from priorbus.gateway.read_models import authorizations, catalogue, files, tenant_settings, timeline
from priorbus.gateway.read_models.patients import ATTACHMENTS, CASES, PATIENTS

Project = Callable[[Envelope, Changes, str], None]
"""Fact, changes to add to, public base URL."""


def on_authorization(fact: Envelope, changes: Changes, base_url: str) -> None:
    """State, timeline and public events of a case."""
    state, events = fact.data["authorization"], fact.data["events"]
    changes.state(authorizations.COLLECTION, authorizations.document(state))
    ids = [entry_id(fact, event) for event in events]
    if events:
        entries = list(map(timeline_entry, events, ids))
        changes.timeline.append(timeline.document(fact.id, authorizations.document_id(state["tenant"], state["id"]), entries))
    _announce(fact, changes, Subject("authorization", state["id"]), base_url, ids)


def on_file(fact: Envelope, changes: Changes, base_url: str) -> None:
    """State and public events of a file."""
    changes.state(files.COLLECTION, files.document(fact.data["file"]))
    _announce(fact, changes, Subject("file", fact.data["file"]["id"]), base_url)


def on_claim(fact: Envelope, changes: Changes, base_url: str) -> None:
    """Public events of FHIR state; the gateway keeps no copy of it."""
    kind = fact.type.partition(".")[0]
    _announce(fact, changes, Subject(kind, fact.data["subject_id"]), base_url)


def on_patient(fact: Envelope, changes: Changes, base_url: str) -> None:
    """State of a patient; nothing of it is public."""
    changes.state(PATIENTS.collection, PATIENTS.document(fact.data["patient"]))


def on_patient_case(fact: Envelope, changes: Changes, base_url: str) -> None:
    """State of a patient case; nothing of it is public."""
    changes.state(CASES.collection, CASES.document(fact.data["patient_case"]))


def on_patient_attachment(fact: Envelope, changes: Changes, base_url: str) -> None:
    """State and public events of a patient attachment."""
    state = fact.data["patient_attachment"]
    changes.state(ATTACHMENTS.collection, ATTACHMENTS.document(state))
    _announce(fact, changes, Subject("patient_attachment", str(state["id"])), base_url)


def on_template(fact: Envelope, changes: Changes, base_url: str) -> None:
    """A template version."""
    changes.templates.append(catalogue.template_document(fact.data["template"]))


def on_payer(fact: Envelope, changes: Changes, base_url: str) -> None:
    """A payer."""
    changes.state(catalogue.PAYERS, catalogue.payer_document(fact.data["payer"], _milliseconds(fact)))


def on_provider(fact: Envelope, changes: Changes, base_url: str) -> None:
    """A provider."""
    changes.state(catalogue.PROVIDERS, catalogue.provider_document(fact.data["provider"], _milliseconds(fact)))


def on_tenant_settings(fact: Envelope, changes: Changes, base_url: str) -> None:
    """What a tenant has set for itself."""
    changes.state(tenant_settings.COLLECTION, tenant_settings.document(fact.tenant, fact.data, _milliseconds(fact)))


def restated(project: Project) -> Project:
    """For facts that say a state again: it also replaces one of its own rank, which may have been lost or spoilt."""

    def apply(fact: Envelope, changes: Changes, base_url: str) -> None:
        alone = Changes()
        project(fact, alone, base_url)
        for collection, documents in alone.states.items():
            for document in documents:
                changes.restate(collection, document)

    return apply


def _announce(fact: Envelope, changes: Changes, subject: Subject, base_url: str, ids: Sequence[str] | None = None) -> None:
    events: Any = fact.data["events"]
    row = log_row(fact, subject, events, ids or [entry_id(fact, event) for event in events], base_url)
    if row is not None:
        changes.events.append(row)


def _milliseconds(fact: Envelope) -> int:
    return int(fact.time.timestamp() * 1000)
