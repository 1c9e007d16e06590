"""Patients, cases, attachments and users on the wire; every member is there, null without a value (patient-attachments.md 3.1, 12)."""

from collections.abc import Mapping
from typing import Any

from priorbus.gateway.presentation.members import Json
from priorbus.gateway.presentation.moments import wire_moment

State = Mapping[str, Any]
ATTACHMENTS, PATIENTS, CASES, USERS = "/v1/patient_attachments", "/v1/patients", "/v1/patient_cases", "/v1/users"


def render_attachment(state: State, base_url: str) -> Json:
    """An attachment (JSON of `contracts.patients.PatientAttachment`); what is known only of processed ones is null before."""
    address = f"{base_url}{ATTACHMENTS}/{state['id']}"
    done, failure, case = state["status"] == "processed", state["processing_error"], state["patient_case_id"]
    return {
        "id": str(state["id"]),
        "content": _links(f"{address}/content") if done else None,
        "content_type": state["content_type"],
        "created_at": wire_moment(state["created_at"]),
        "updated_at": wire_moment(state["updated_at"]),
        "description": state["description"],
        "filename": state["filename"],
        "pinned_at": _moment(state["pinned_at"]),
        "processed_at": _moment(state["processed_at"]),
        "processing_completed": done,
        "size": state["size"],
        "links": {"self": address},
        "patient": _links(f"{base_url}{PATIENTS}/{state['patient_id']}"),
        "user": _links(f"{base_url}{USERS}/{state['user_id']}"),
        "archived_at": _moment(state["archived_at"]),
        "patient_case": None if case is None else _links(f"{base_url}{CASES}/{case}"),
        "processing_error": None if failure is None else {"code": failure["code"], "message": failure["message"]},
    }


def render_patient(state: State, base_url: str) -> Json:
    """A patient."""
    return {
        "id": str(state["id"]),
        **{name: state[name] for name in ("first_name", "last_name", "date_of_birth", "external_ref")},
        **_times(state),
        "links": {"self": f"{base_url}{PATIENTS}/{state['id']}"},
    }


def render_case(state: State, base_url: str) -> Json:
    """A patient case."""
    address = f"{base_url}{CASES}/{state['id']}"
    return {
        "id": str(state["id"]),
        **{name: state[name] for name in ("name", "notes", "closed", "issue_date", "expiry_date")},
        "patient": _links(f"{base_url}{PATIENTS}/{state['patient_id']}"),
        "patient_attachments": _links(f"{address}/patient_attachments"),
        **_times(state),
        "links": {"self": address},
    }


def render_user(user_id: int, name: str, base_url: str) -> Json:
    """A client of the tenant."""
    return {"id": str(user_id), "display_name": name, "links": {"self": f"{base_url}{USERS}/{user_id}"}}


def _times(state: State) -> Json:
    return {name: _moment(state[name]) for name in ("created_at", "updated_at", "archived_at")}


def _links(address: str) -> Json:
    return {"links": {"self": address}}


def _moment(stored: str | None) -> str | None:
    return None if stored is None else wire_moment(stored)
