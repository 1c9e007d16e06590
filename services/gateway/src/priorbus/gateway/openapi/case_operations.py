"""Operations on authorizations, for each style (authorizations.md 2)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from priorbus.gateway.endpoints.authorizations.add_attachment import AttachBody
from priorbus.gateway.endpoints.authorizations.cancel_authorization import CancelBody
from priorbus.gateway.openapi import case_b, case_c
from priorbus.gateway.openapi.operation import Key, Operation
from priorbus.gateway.openapi.parameters import PAGING, authorization_filters
from priorbus.gateway.openapi.resources import Page
from priorbus.gateway.openapi.schemas import Schema, inline, reference
from priorbus.gateway.openapi.shared_case import Attachment, TimelineEntry
from priorbus.gateway.presentation.style import Style
from priorbus.gateway.presentation.style_b import bodies as bodies_b
from priorbus.gateway.presentation.style_c import bodies as bodies_c
from priorbus.gateway.presentation.styles import STYLES

_TAG = {"B": "Authorizations (style B)", "C": "Authorizations (style C)"}
_ROUTE_ERRORS = ("provider_not_found", "payer_not_found", "provider_access_not_configured", "unsupported_route")


@dataclass(frozen=True)
class CaseModels:
    """The models of one style; `answers` is the model of the member that holds answers."""

    whole: type[BaseModel]
    page: type[BaseModel]
    requirements: type[BaseModel]
    preview: type[BaseModel]
    answers: type[BaseModel]
    create: type[BaseModel]
    confirm: type[BaseModel]


MODELS = {
    "B": CaseModels(
        case_b.AuthorizationB,
        Page[case_b.AuthorizationSummaryB],
        case_b.RequirementsB,
        case_b.PreviewB,
        case_b.QuestionnaireResponse,
        bodies_b.CreateBody,
        bodies_b.ConfirmBody,
    ),
    "C": CaseModels(
        case_c.AuthorizationC,
        Page[case_c.AuthorizationSummaryC],
        case_c.RequirementsC,
        case_c.PreviewC,
        case_c.Answers,
        bodies_c.CreateBody,
        bodies_c.ConfirmBody,
    ),
}


def case_operations() -> dict[Key, Operation]:
    """Every operation on authorizations."""
    return {key: operation for style in STYLES.values() for key, operation in _of_style(style)}


def _of_style(style: Style) -> Iterator[tuple[Key, Operation]]:
    root, models, tag = style.root, MODELS[style.name], _TAG[style.name]
    case = f"{root}/{{authorization_id}}"
    missing = style.code("authorization_not_found")
    fixed = style.code("authorization_not_mutable")
    whole: dict[str, Any] = {"answer": reference(models.whole), "models": (models.whole, models.answers), "etag": True}

    def change(summary: str, request: Schema | None, *errors: str) -> Operation:
        codes = (missing, fixed, *errors)
        return Operation(summary, tag, request=request, errors=codes, asynchronous=True, **whole)

    def read(summary: str, answer: Schema, *shown: type[BaseModel]) -> Operation:
        return Operation(summary, tag, answer, shown, errors=(missing,), etag=True)

    creation_errors = ("final_submission_policy_required", "invalid_answer", "payload_too_large", *_ROUTE_ERRORS)
    yield (
        ("POST", root),
        Operation("Open a case", tag, request=_creation(style, models), status=201, errors=creation_errors, asynchronous=True, **whole),
    )
    filters = authorization_filters(style)
    yield ("GET", root), Operation("List cases", tag, reference(models.page), (models.page,), query=filters, errors=("bad_request",))
    yield ("GET", case), read("Read a case", reference(models.whole), models.whole)
    yield ("PATCH", f"{case}/answers"), change("Merge answers", _answers(style, models, required=True), "invalid_answer")
    yield ("GET", f"{case}/requirements"), read("Read the open requirements", reference(models.requirements), models.requirements)
    attachments = {"type": "array", "items": reference(Attachment)}
    yield ("GET", f"{case}/attachments"), read("Read the attachments", attachments, Attachment)
    attach_errors = ("file_not_found", "file_not_ready", "file_already_attached", "attachment_limit_exceeded")
    yield ("POST", f"{case}/attachments"), change("Attach a file", inline(AttachBody), *attach_errors)
    detached = case + "/attachments/{attachment_id}"
    yield ("DELETE", detached), change("Remove an attachment", None, "attachment_not_found")
    yield ("POST", f"{case}/confirm"), change("Carry out the open action", inline(models.confirm), *_confirm_errors(style))
    yield ("POST", f"{case}/cancel"), change("Cancel a case", inline(CancelBody))
    yield (
        ("POST", f"{case}/preview"),
        Operation(
            "See how ready a case is, with answers that are not stored",
            tag,
            reference(models.preview),
            (models.preview, models.answers),
            request=_answers(style, models, required=False),
            errors=(missing, "invalid_answer"),
        ),
    )
    entries = Page[TimelineEntry]
    yield (
        ("GET", f"{case}/events"),
        Operation("Read the timeline", tag, reference(entries), (entries,), query=PAGING, errors=(missing, "bad_request")),
    )


def _creation(style: Style, models: CaseModels) -> Schema:
    schema = inline(models.create)
    schema["properties"][style.answers_member] = reference(models.answers)
    return schema


def _answers(style: Style, models: CaseModels, *, required: bool) -> Schema:
    schema: Schema = {"type": "object", "properties": {style.answers_member: reference(models.answers)}, "additionalProperties": False}
    return schema | ({"required": [style.answers_member]} if required else {})


def _confirm_errors(style: Style) -> tuple[str, ...]:
    own = ("next_action_required", "next_action_mismatch") if style.name == "B" else ()
    named = (style.code("authorization_not_confirmable"), style.code("next_action_not_confirmable"))
    return (*own, *named, "requirements_not_satisfied", "review_stale")
