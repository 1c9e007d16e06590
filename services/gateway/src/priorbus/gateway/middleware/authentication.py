"""Steps 1 and 2: who is calling, and may they (Conventions 3)."""

from collections.abc import Iterable
from typing import Literal

from aiohttp.web import BaseRequest

from priorbus.gateway.credentials.directory import CredentialDirectory
from priorbus.gateway.credentials.fhir_scopes import grants
from priorbus.gateway.credentials.principal import Principal
from priorbus.gateway.http.problem import Problem

Kind = Literal["key", "token", "none"]

ANYBODY = Principal(tenant="", client_id="", user_id=0, scopes=frozenset())
"""Stands for the caller of a public path."""
_BEARER = "bearer "


async def authenticate(request: BaseRequest, kind: Kind, directory: CredentialDirectory) -> Principal:
    """The caller. Raises 401 without a valid credential of the kind that the path accepts."""
    if kind == "none":
        return ANYBODY
    presented = _bearer(request)
    look_up = directory.by_api_key if kind == "key" else directory.by_access_token
    principal = await look_up(presented) if presented else None
    if principal is None:
        raise Problem("unauthorized")
    return principal


def _bearer(request: BaseRequest) -> str | None:
    values = request.headers.getall("Authorization", ())
    if len(values) != 1 or not values[0].lower().startswith(_BEARER):
        return None
    secret = values[0][len(_BEARER) :].strip()
    return secret if secret.isascii() else None


def require_scopes(principal: Principal, kind: Kind, scopes: Iterable[str]) -> None:
    """Raises 403 unless every scope is granted; whether or not the addressed resource exists."""
    granted = (lambda scope: grants(principal.scopes, scope)) if kind == "token" else principal.may
    wanted = list(scopes)
    if not all(granted(scope) for scope in wanted):
        raise Problem("insufficient_permissions", details={"requiredScopes": wanted})
