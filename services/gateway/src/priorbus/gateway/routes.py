"""Every path of the public API: what it needs and what answers it. Later styles and surfaces add rows."""

from priorbus.gateway.endpoints import complete_file, create_file, health, payers, providers, read_file, read_operation
from priorbus.gateway.endpoints.fhir import submit_claim
from priorbus.gateway.endpoints.file_shared import require_file
from priorbus.gateway.endpoints.style_b import (
    add_attachment,
    cancel_authorization,
    confirm_authorization,
    create_authorization,
    list_attachments,
    list_authorizations,
    list_events,
    patch_answers,
    read_authorization,
    read_requirements,
    remove_attachment,
)
from priorbus.gateway.endpoints.style_b.shared import require_case
from priorbus.gateway.http.route import Route

_B = "/v1/prior-auth/authorizations"
_CASE = _B + "/{authorization_id}"
_READ, _WRITE, _CONFIRM = ("authorizations:read",), ("authorizations:write",), ("authorizations:confirm",)
_SUBMIT = ("system/Claim.cu", "system/ClaimResponse.r")
_FHIR_LIMIT = 50 * 1024 * 1024

ROUTES = (
    Route("POST", _B, create_authorization.create_authorization, _WRITE, body="json", action="authorization.create"),
    Route("GET", _B, list_authorizations.list_authorizations, _READ, action="authorization.list"),
    Route("GET", _CASE, read_authorization.read_authorization, _READ, action="authorization.read"),
    Route(
        "PATCH",
        f"{_CASE}/answers",
        patch_answers.patch_answers,
        _WRITE,
        body="json",
        versioned=True,
        exists=require_case,
        action="authorization.patch_answers",
    ),
    Route("GET", f"{_CASE}/requirements", read_requirements.read_requirements, _READ, action="authorization.read"),
    Route("GET", f"{_CASE}/attachments", list_attachments.list_attachments, _READ, action="authorization.read"),
    Route(
        "POST",
        f"{_CASE}/attachments",
        add_attachment.add_attachment,
        _WRITE,
        body="json",
        versioned=True,
        exists=require_case,
        action="authorization.attach",
    ),
    Route(
        "DELETE",
        _CASE + "/attachments/{attachment_id}",
        remove_attachment.remove_attachment,
        _WRITE,
        versioned=True,
        exists=require_case,
        action="authorization.detach",
    ),
    Route(
        "POST",
        f"{_CASE}/confirm",
        confirm_authorization.confirm_authorization,
        _CONFIRM,
        body="optional",
        versioned=True,
        exists=require_case,
        action="authorization.confirm",
    ),
    Route(
        "POST",
        f"{_CASE}/cancel",
        cancel_authorization.cancel_authorization,
        _CONFIRM,
        body="optional",
        versioned=True,
        exists=require_case,
        action="authorization.cancel",
    ),
    Route("GET", f"{_CASE}/events", list_events.list_events, _READ, action="authorization.read"),
    Route("POST", "/v1/files", create_file.create_file, ("files:write",), body="json", action="file.create"),
    Route("GET", "/v1/files/{file_id}", read_file.read_file, ("files:read",), action="file.read"),
    Route(
        "POST",
        "/v1/files/{file_id}/complete",
        complete_file.complete_file,
        ("files:write",),
        body="optional",
        exists=require_file,
        action="file.complete",
    ),
    Route("GET", "/v1/operations/{operation_id}", read_operation.read_operation, shape="E3"),
    Route("GET", "/v1/payers", payers.list_payers, ("catalog:read",)),
    Route("GET", "/v1/payers/{payer_id}", payers.read_payer, ("catalog:read",)),
    Route("GET", "/v1/providers", providers.list_providers, ("providers:read",)),
    Route("POST", "/v1/providers", providers.register_provider, ("providers:write",), body="json"),
    Route("GET", "/v1/providers/{npi}", providers.read_provider, ("providers:read",)),
    Route(
        "POST",
        "/fhir/Claim/$submit",
        submit_claim.submit_claim,
        _SUBMIT,
        credential="token",
        body="fhir",
        body_limit=_FHIR_LIMIT,
        shape="E4",
        action="claim.submit",
    ),
    Route("GET", "/health", health.live, credential="none", shape="E3"),
    Route("GET", "/health/ready", health.ready, credential="none", shape="E3"),
)
