"""Operations of `/openapi/patient-attachments.json` (seed 004, patient-attachments.md 2, 12)."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from priorbus.gateway.filters.columns import Columns
from priorbus.gateway.filters.paging import DEFAULT_PER_PAGE, MAX_PAGE, MAX_PER_PAGE
from priorbus.gateway.openapi import patients as shown
from priorbus.gateway.openapi.operation import Key, Operation
from priorbus.gateway.openapi.parameters import query
from priorbus.gateway.openapi.schemas import Schema, reference
from priorbus.gateway.presentation.patients.records import ATTACHMENTS, CASES, PATIENTS, USERS
from priorbus.gateway.read_models import patients as lists

_TAG, _PARENTS = "Patient Attachment", "Patients and cases"
_FILTER_ERRORS = ("column_not_searchable", "operator_not_allowed", "invalid_filter")
_LIST_ERRORS = (*_FILTER_ERRORS, "column_not_sortable", "invalid_paging")
_INVALID = ("validation_failed",)
_MISSING = ("not_found",)


def _filters(columns: Columns) -> Schema:
    table = ", ".join(f"{column.name} {column.type}" for column in columns.values())
    return query(
        "q[]",
        {"type": "array", "items": {"type": "string"}},
        style="form",
        explode=True,
        description=f"Filter result by one or more fields. Available filters: {table}.",
    )


def _list_parameters(columns: Columns) -> tuple[Schema, ...]:
    return (
        query("order", {"type": "string", "enum": ["asc", "desc"]}, deprecated=True),
        query("page", {"type": "integer", "minimum": 1, "maximum": MAX_PAGE, "default": 1}),
        query("per_page", {"type": "integer", "minimum": 1, "maximum": MAX_PER_PAGE, "default": DEFAULT_PER_PAGE}),
        _filters(columns),
        query(
            "sort",
            {"type": "array", "items": {"type": "string"}},
            style="form",
            explode=False,
            example=["created_at:desc"],
            description="Comma separated search fields.",
        ),
    )


def _read(summary: str, tag: str, model: type[BaseModel], *errors: str, parameters: tuple[Schema, ...] = ()) -> Operation:
    return Operation(summary, tag, reference(model), (model,), query=parameters, errors=errors, path_schema=shown.ID)


def _list(summary: str, tag: str, model: type[BaseModel], columns: Columns, *errors: str) -> Operation:
    return _read(summary, tag, model, *_LIST_ERRORS, *errors, parameters=_list_parameters(columns))


def _create(summary: str, tag: str, model: type[BaseModel], request: Schema, *errors: str) -> Operation:
    return Operation(summary, tag, reference(model), (model,), status=201, request=request, errors=(*_INVALID, *errors), asynchronous=True)


def _change(summary: str, tag: str, model: type[BaseModel], request: Schema) -> Operation:
    errors = (*_INVALID, *_MISSING)
    return Operation(summary, tag, reference(model), (model,), request=request, errors=errors, asynchronous=True, path_schema=shown.ID)


def _done(summary: str, tag: str, **more: Any) -> Operation:
    return Operation(summary, tag, None, status=204, errors=_MISSING, asynchronous=True, path_schema=shown.ID, **more)


def _attachments() -> Iterator[tuple[Key, Operation]]:
    one, page, away = f"{ATTACHMENTS}/{{id}}", shown.PatientAttachmentPage, "storage_unavailable"
    columns = lists.ATTACHMENTS.columns
    of_patient = {name: column for name, column in columns.items() if name != "patient_id"}
    archived_at = {"archived_at": columns["archived_at"]}
    record = shown.PatientAttachment
    yield ("GET", ATTACHMENTS), _list("List patient attachments", _TAG, page, columns)
    yield (
        ("POST", ATTACHMENTS),
        _create("Create uploaded patient attachment", _TAG, record, shown.CREATE_ATTACHMENT, away, "scan_unavailable"),
    )
    filters = (_filters(archived_at),)
    yield ("GET", one), _read("Get patient attachment", _TAG, record, *_MISSING, *_FILTER_ERRORS, parameters=filters)
    yield ("PATCH", one), _change("Change description or pin", _TAG, record, shown.UPDATE_ATTACHMENT)
    yield ("DELETE", one), _done("Archive patient attachment", _TAG, deprecated=True)
    yield ("POST", f"{one}/archive"), _done("Archive patient attachment", _TAG)
    download = Operation("Get the content", _TAG, None, status=302, errors=(*_MISSING, "content_not_available", away), path_schema=shown.ID)
    yield ("GET", f"{one}/content"), download
    case_list = f"{CASES}/{{patient_case_id}}/patient_attachments"
    yield ("GET", case_list), _list("List patient attachments for patient case", _TAG, page, columns, *_MISSING)
    patient_list = f"{PATIENTS}/{{patient_id}}/patient_attachments"
    yield ("GET", patient_list), _list("List patient attachments for patient", _TAG, page, of_patient, *_MISSING)
    presigned = Operation(
        "Get a presigned URL to upload your file to S3", _TAG, shown.PRESIGNED_POST, errors=(*_MISSING, away), path_schema=shown.ID
    )
    yield ("GET", f"{PATIENTS}/{{patient_id}}/attachment_presigned_post"), presigned


def _patients() -> Iterator[tuple[Key, Operation]]:
    one, model = f"{PATIENTS}/{{patient_id}}", shown.Patient
    yield ("GET", PATIENTS), _list("List patients", _PARENTS, shown.PatientPage, lists.PATIENTS.columns)
    yield ("POST", PATIENTS), _create("Create patient", _PARENTS, model, shown.CREATE_PATIENT)
    yield ("GET", one), _read("Get patient", _PARENTS, model, *_MISSING)
    yield ("PATCH", one), _change("Change patient", _PARENTS, model, shown.UPDATE_PATIENT)
    yield ("POST", f"{one}/archive"), _done("Archive patient", _PARENTS)
    yield ("POST", f"{one}/unarchive"), _done("Unarchive patient", _PARENTS)


def _cases() -> Iterator[tuple[Key, Operation]]:
    one, model = f"{CASES}/{{patient_case_id}}", shown.PatientCase
    yield ("GET", CASES), _list("List patient cases", _PARENTS, shown.PatientCasePage, lists.CASES.columns)
    yield ("POST", CASES), _create("Create patient case", _PARENTS, model, shown.CREATE_CASE)
    yield ("GET", one), _read("Get patient case", _PARENTS, model, *_MISSING)
    yield ("PATCH", one), _change("Change patient case", _PARENTS, model, shown.UPDATE_CASE)
    yield ("POST", f"{one}/archive"), _done("Archive patient case", _PARENTS)
    yield ("GET", f"{USERS}/{{user_id}}"), _read("Get user", _PARENTS, shown.User, *_MISSING)


PATIENT_ATTACHMENTS: Mapping[Key, Operation] = dict([*_attachments(), *_patients(), *_cases()])
