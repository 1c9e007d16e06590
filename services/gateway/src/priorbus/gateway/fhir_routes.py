"""Every path of the FHIR bases and of their authorization server."""

from collections.abc import Iterator

from priorbus.gateway.endpoints.fhir import submit_claim
from priorbus.gateway.endpoints.oauth import discovery, introspect, token
from priorbus.gateway.http.route import Endpoint, Route
from priorbus.gateway.oauth.clients import BASES
from priorbus.gateway.oauth.metadata import INTROSPECTION_PATH, JWKS_PATH, TOKEN_PATH

_SUBMIT = ("system/Claim.cu", "system/ClaimResponse.r")
_BODY_LIMIT = 50 * 1024 * 1024
_CONFIGURATION = "/.well-known/smart-configuration"


def _operation(path: str, endpoint: Endpoint, scopes: tuple[str, ...], action: str) -> Route:
    return Route("POST", path, endpoint, scopes, credential="token", body="fhir", body_limit=_BODY_LIMIT, shape="E4", action=action)


def _of_base(base: str) -> Iterator[Route]:
    yield _operation(f"{base}/Claim/$submit", submit_claim.submit_claim, _SUBMIT, "claim.submit")
    yield Route("GET", base + _CONFIGURATION, discovery.read_configuration, credential="none", shape="E4")


FHIR_ROUTES = (
    *(route for base in BASES for route in _of_base(base)),
    Route("GET", _CONFIGURATION, discovery.read_configuration, credential="none", shape="E3"),
    Route("POST", TOKEN_PATH, token.issue_token, credential="none", shape="E3"),
    Route("POST", INTROSPECTION_PATH, introspect.introspect, credential="token", shape="E3"),
    Route("GET", JWKS_PATH, discovery.read_keys, credential="none", shape="E3"),
)
