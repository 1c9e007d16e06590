"""Every path of the FHIR bases and of their authorization server."""

from collections.abc import Iterator
from dataclasses import replace

from priorbus.contracts.errors import Shape
from priorbus.gateway.endpoints.fhir import read_binary, read_metadata, read_resource, search_resources, submit_attachment, submit_claim
from priorbus.gateway.endpoints.oauth import discovery, introspect, token
from priorbus.gateway.http.route import Endpoint, Route
from priorbus.gateway.oauth.clients import BASES
from priorbus.gateway.oauth.metadata import INTROSPECTION_PATH, JWKS_PATH, TOKEN_PATH

_SUBMIT = ("system/Claim.cu", "system/ClaimResponse.r")
_BODY_LIMIT = 50 * 1024 * 1024


def _operation(path: str, endpoint: Endpoint, scopes: tuple[str, ...], action: str) -> Route:
    return Route("POST", path, endpoint, scopes, credential="token", body="fhir", body_limit=_BODY_LIMIT, shape="E4", action=action)


def _read(path: str, endpoint: Endpoint, scopes: tuple[str, ...] = ()) -> Route:
    """Without `scopes` the endpoint demands those of the type that is read."""
    return Route("GET", path, endpoint, scopes, credential="token", shape="E4", action="fhir.read")


def _configuration(base: str, shape: Shape) -> Route:
    path = base + "/.well-known/smart-configuration"
    return Route("GET", path, discovery.read_configuration, credential="none", shape=shape, negotiated=False)


def _of_base(base: str) -> Iterator[Route]:
    yield _operation(f"{base}/Claim/$submit", submit_claim.submit_claim, _SUBMIT, "claim.submit")
    yield _operation(f"{base}/$submit-attachment", submit_attachment.submit_attachment, (), "claim.attach")
    yield Route("GET", f"{base}/metadata", read_metadata.read_metadata, credential="none", shape="E4")
    yield _read(f"{base}/Binary/{{id}}", read_binary.read_binary, ("system/Binary.r",))
    yield _read(f"{base}/Binary/{{id}}/_history/{{version}}", read_binary.read_binary, ("system/Binary.r",))
    yield _read(f"{base}/{{type}}", search_resources.search_resources)
    yield replace(_read(f"{base}/{{type}}/_search", search_resources.search_resources), method="POST")
    yield _read(f"{base}/{{type}}/{{id}}", read_resource.read_resource)
    yield _read(f"{base}/{{type}}/{{id}}/_history/{{version}}", read_resource.read_resource)
    yield _configuration(base, "E4")


FHIR_ROUTES = (
    *(route for base in BASES for route in _of_base(base)),
    _operation("/$submit-attachment", submit_attachment.submit_attachment, (), "claim.attach"),
    _configuration("", "E3"),
    Route("POST", TOKEN_PATH, token.issue_token, credential="none", shape="E3"),
    Route("POST", INTROSPECTION_PATH, introspect.introspect, credential="token", shape="E3"),
    Route("GET", JWKS_PATH, discovery.read_keys, credential="none", shape="E3"),
)
