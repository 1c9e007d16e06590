"""Files, providers, sandbox, operations and keys (authorizations.md 7, 8, 11; Conventions 3.3, 7.3)."""

from typing import Generic, Literal, TypeVar

from priorbus.gateway.openapi.model import FreeObject, Moment, Shown, absent
from priorbus.gateway.openapi.shared_case import Failure

T = TypeVar("T")


class Pagination(Shown):
    has_more: bool
    next_cursor: str | None


class Page(Shown, Generic[T]):
    data: list[T]
    pagination: Pagination


class RouteOptions(Shown, Generic[T]):
    provider_npi: str
    options: list[T]
    pagination: Pagination


class Scan(Shown):
    status: Literal["not_scanned", "clean", "infected"]


class File(Shown):
    id: str
    status: Literal["pending_upload", "uploaded", "ready", "failed"]
    file_name: str
    content_type: Literal["application/pdf", "image/jpeg", "image/png"]
    purpose: Literal["authorization_attachment"]
    size_bytes: int = absent()
    checksum_sha256: str = absent()
    created_at: Moment
    completed_at: Moment = absent()
    upload_expires_at: Moment
    download_url: str = absent()
    download_url_expires_at: Moment = absent()
    failure: Failure = absent()
    scan: Scan
    warnings: list[Literal["pdf_encrypted"]]


class Upload(Shown):
    """Send the raw bytes with exactly this method, URL and headers."""

    strategy: Literal["single_put"]
    method: Literal["PUT"]
    url: str
    headers: dict[str, str]


class CreatedFile(Shown):
    file: File
    upload: Upload


class Provider(Shown):
    npi: str
    display_name: str
    status: Literal["active", "inactive"]
    tax_id: str = absent()
    metadata: dict[str, str]
    warnings: list[Literal["npi_check_digit"]]
    created_at: Moment
    updated_at: Moment


class Expectation(Shown):
    statuses: list[str]
    next_actions: list[str]
    outcomes: list[str]


class Scenario(Shown):
    id: str
    description: str
    member_id: str
    create: FreeObject
    expected: Expectation
    ci_safe: bool
    suggested_timeout_seconds: int
    endpoints: list[str]


class Scenarios(Shown):
    version: int
    data: list[Scenario]


class TakenPayerEvent(Shown):
    authorization_id: str
    payer_event_id: str
    status: Literal["accepted"]


class OperationResource(Shown):
    type: str
    id: str
    href: str


class IssueObject(Shown):
    code: str
    message: str
    field: str = absent()
    path: str = absent()
    severity: Literal["error", "warning"]


class OperationError(Shown):
    """What the synchronous answer would have been."""

    http_status: int
    code: str
    message: str
    retryable: bool
    details: FreeObject
    issues: list[IssueObject]


class Operation(Shown):
    id: str
    status: Literal["pending", "succeeded", "failed"]
    created_at: Moment
    completed_at: Moment | None
    resource: OperationResource | None
    error: OperationError | None


class ApiKey(Shown):
    id: str
    name: str
    scopes: list[str]
    user_id: str
    created_at: Moment
    expires_at: Moment | None
    last_used_at: Moment | None
    revoked_at: Moment | None


class CreatedApiKey(ApiKey):
    key: str | None
    """Shown once; null in replays."""
