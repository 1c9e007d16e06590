"""Steps 1 and 2: who is calling, and may they (Conventions 3)."""

import base64
from collections.abc import Iterable
from typing import Literal

from aiohttp.web import BaseRequest

from priorbus.contracts.fhir_scopes import grants
from priorbus.gateway.credentials.directory import CredentialDirectory
from priorbus.gateway.credentials.principal import Principal
from priorbus.gateway.http.problem import Problem

Kind = Literal["key", "token", "payer", "none"]

ANYBODY = Principal(tenant="", client_id="", user_id=0, scopes=frozenset())
"""Stands for the caller of a public path."""
_BEARER, _BASIC = "bearer ", "basic "
_BASIC_BASE = "/fhir/"
_FHIR_BASES = ("/fhir/", "/pas/")


async def authenticate(request: BaseRequest, kind: Kind, directory: CredentialDirectory, *, basic: bool = False) -> Principal:
    """The caller. Raises 401 without a valid credential of the kind that the path accepts.

    With `basic` an API key may also come as the user name of HTTP Basic, with an empty password.
    """
    if kind == "none":
        return ANYBODY
    if kind == "token" and request.path.startswith(_BASIC_BASE) and (login := _basic(request)) is not None:
        return _known(await directory.by_client_secret(*login))
    if basic and (login := _basic(request)) is not None:
        name, password = login
        return _known(await directory.by_api_key(name) if not password else None)
    presented = _bearer(request)
    if kind == "payer":
        return _known(directory.by_callback_secret(presented or ""))
    look_up = directory.by_api_key if kind == "key" else directory.by_access_token
    return _known(await look_up(presented) if presented else None)


def _known(principal: Principal | None) -> Principal:
    if principal is None:
        raise Problem("unauthorized")
    return principal


def _basic(request: BaseRequest) -> tuple[str, str] | None:
    """User name and password of HTTP Basic, None when the request has none, or no readable one (RFC 7617)."""
    values = request.headers.getall("Authorization", ())
    if len(values) != 1 or not values[0].lower().startswith(_BASIC):
        return None
    try:
        login = base64.b64decode(values[0][len(_BASIC) :].strip(), validate=True).decode("ascii")
    except ValueError:
        return None
    name, colon, password = login.partition(":")
    return (name, password) if colon else None


def require_base(principal: Principal, path: str) -> None:
    """Raises 403 when the client's registration leaves out the FHIR base that is called (fhir-pas.md 19)."""
    if principal.bases and path.startswith(_FHIR_BASES) and not path.startswith(tuple(f"{base}/" for base in principal.bases)):
        raise Problem("insufficient_permissions")


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
