"""Every path of the patient attachments API (seed 004, patient-attachments.md 2, 12)."""

from functools import partial
from typing import Literal

from priorbus.gateway.endpoints.patients import cases, change_attachments, list_attachments, patients, read_attachment, read_content, users
from priorbus.gateway.endpoints.patients import presign_post as presigning
from priorbus.gateway.endpoints.patients.shared import ATTACHMENT, CASE, PATIENT, require, require_live
from priorbus.gateway.http.route import Endpoint, Existence, Route

_READ, _WRITE = ("patient_attachments:read",), ("patient_attachments:write",)
_READ_PATIENTS, _WRITE_PATIENTS = ("patients:read",), ("patients:write",)
_ATTACHMENTS, _CASES, _PATIENTS = ATTACHMENT.root, CASE.root, PATIENT.root
_ONE_ATTACHMENT, _ONE_CASE, _ONE_PATIENT = f"{_ATTACHMENTS}/{{id}}", f"{_CASES}/{{patient_case_id}}", f"{_PATIENTS}/{{patient_id}}"
_Body = Literal["json", "none"]


def _read(path: str, endpoint: Endpoint, scopes: tuple[str, ...], action: str, *, polled: bool = False) -> Route:
    policy: Literal["patients", "patients_poll"] = "patients_poll" if polled else "patients"
    return Route("GET", path, endpoint, scopes, action=action, shape="E2", policy=policy)


def _write(
    method: str,
    path: str,
    endpoint: Endpoint,
    scopes: tuple[str, ...],
    action: str,
    *,
    body: _Body = "none",
    exists: Existence | None = None,
) -> Route:
    return Route(method, path, endpoint, scopes, body=body, exists=exists, action=action, shape="E2", policy="patients")


PATIENT_ROUTES = (
    _read(_ATTACHMENTS, list_attachments.list_attachments, _READ, "patient_attachment.list"),
    _write("POST", _ATTACHMENTS, change_attachments.create_attachment, _WRITE, "patient_attachment.create", body="json"),
    _read(_ONE_ATTACHMENT, read_attachment.read_attachment, _READ, "patient_attachment.read", polled=True),
    _write(
        "PATCH",
        _ONE_ATTACHMENT,
        change_attachments.update_attachment,
        _WRITE,
        "patient_attachment.update",
        body="json",
        exists=partial(require_live, ATTACHMENT),
    ),
    _write(
        "DELETE",
        _ONE_ATTACHMENT,
        change_attachments.delete_attachment,
        _WRITE,
        "patient_attachment.archive",
        exists=partial(require, ATTACHMENT),
    ),
    _write(
        "POST",
        f"{_ONE_ATTACHMENT}/archive",
        change_attachments.archive_attachment,
        _WRITE,
        "patient_attachment.archive",
        exists=partial(require, ATTACHMENT),
    ),
    _read(f"{_ONE_ATTACHMENT}/content", read_content.read_content, _READ, "patient_attachment.download"),
    _read(f"{_ONE_CASE}/patient_attachments", partial(list_attachments.list_attachments_of, CASE), _READ, "patient_attachment.list"),
    _read(f"{_ONE_PATIENT}/patient_attachments", partial(list_attachments.list_attachments_of, PATIENT), _READ, "patient_attachment.list"),
    _read(f"{_ONE_PATIENT}/attachment_presigned_post", presigning.presign_post, _WRITE, "patient_attachment.presign"),
    _read(_PATIENTS, patients.list_patients, _READ_PATIENTS, "patient.list"),
    _write("POST", _PATIENTS, patients.create_patient, _WRITE_PATIENTS, "patient.create", body="json"),
    _read(_ONE_PATIENT, patients.read_patient, _READ_PATIENTS, "patient.read"),
    _write(
        "PATCH",
        _ONE_PATIENT,
        patients.update_patient,
        _WRITE_PATIENTS,
        "patient.update",
        body="json",
        exists=partial(require_live, PATIENT),
    ),
    _write(
        "POST", f"{_ONE_PATIENT}/archive", patients.archive_patient, _WRITE_PATIENTS, "patient.archive", exists=partial(require, PATIENT)
    ),
    _write(
        "POST",
        f"{_ONE_PATIENT}/unarchive",
        patients.unarchive_patient,
        _WRITE_PATIENTS,
        "patient.unarchive",
        exists=partial(require, PATIENT),
    ),
    _read(_CASES, cases.list_cases, _READ_PATIENTS, "patient_case.list"),
    _write("POST", _CASES, cases.create_case, _WRITE_PATIENTS, "patient_case.create", body="json"),
    _read(_ONE_CASE, cases.read_case, _READ_PATIENTS, "patient_case.read"),
    _write("PATCH", _ONE_CASE, cases.update_case, _WRITE_PATIENTS, "patient_case.update", body="json", exists=partial(require_live, CASE)),
    _write("POST", f"{_ONE_CASE}/archive", cases.archive_case, _WRITE_PATIENTS, "patient_case.archive", exists=partial(require, CASE)),
    _read("/v1/users/{user_id}", users.read_user, _READ_PATIENTS, "user.read"),
)
