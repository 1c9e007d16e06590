"""POST /auth/token: https://hl7.org/fhir/smart-app-launch/backend-services.html."""

import structlog

from priorbus.gateway.endpoints.answers import json_answer
from priorbus.gateway.endpoints.oauth.form import OAuthError, read_form
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.oauth.assertions import InvalidAssertion
from priorbus.gateway.oauth.tokens import LIFETIME, InvalidScope

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
log = structlog.get_logger()


async def issue_token(gateway: Gateway, call: Call) -> Answer:
    """An access token for a client assertion."""
    try:
        return await _issue(gateway, await read_form(call.request))
    except InvalidScope:
        return OAuthError("invalid_scope").answer()
    except InvalidAssertion as error:
        log.info("client assertion refused", request_id=call.request_id, reason=str(error))
        return OAuthError("invalid_client", 401).answer()
    except OAuthError as error:
        return error.answer()


async def _issue(gateway: Gateway, form: dict[str, str]) -> Answer:
    if form.get("grant_type") is None:
        raise OAuthError("invalid_request")
    if form["grant_type"] != "client_credentials":
        raise OAuthError("unsupported_grant_type")
    if form.get("client_assertion_type") != _ASSERTION_TYPE or not form.get("client_assertion"):
        raise OAuthError("invalid_request")
    granted = await gateway.tokens.issue(form["client_assertion"], form.get("scope", "").split())
    answer = {
        "access_token": granted.token,
        "token_type": "bearer",
        "expires_in": int(LIFETIME.total_seconds()),
        "scope": " ".join(granted.scopes),
    }
    return json_answer(answer, headers={"Pragma": "no-cache"})
