"""The published documents by name."""

from collections.abc import Iterable

from priorbus.gateway.http.route import Route
from priorbus.gateway.openapi.document import build
from priorbus.gateway.openapi.operations import AUTHORIZATIONS, PLATFORM
from priorbus.gateway.openapi.patient_operations import PATIENT_ATTACHMENTS
from priorbus.gateway.openapi.schemas import Schema
from priorbus.gateway.openapi.webhook_requests import webhooks


def documents(routes: Iterable[Route], base_url: str) -> dict[str, Schema]:
    """Every OpenAPI document, for a deployment that clients reach under this address."""
    rows = list(routes)
    return {
        "authorizations": build("Priorbus authorizations", "E1", rows, AUTHORIZATIONS, base_url),
        "patient-attachments": build("Priorbus patient attachments", "E2", rows, PATIENT_ATTACHMENTS, base_url),
        "platform": {**build("Priorbus platform", "E3", rows, PLATFORM, base_url), "webhooks": webhooks()},
    }
