"""POST /auth/introspect (RFC 7662): a client asks with its own access token about one of its tenant."""

from priorbus.gateway.endpoints.answers import json_answer
from priorbus.gateway.endpoints.oauth.form import OAuthError, read_form
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call


async def introspect(gateway: Gateway, call: Call) -> Answer:
    """`active` false tells nothing else, whatever the reason."""
    try:
        form = await read_form(call.request)
        if "token" not in form:
            raise OAuthError("invalid_request")
    except OAuthError as error:
        return error.answer()
    known = await gateway.tokens.introspect(form["token"], call.tenant)
    if known is None:
        return json_answer({"active": False})
    answer = {
        "active": True,
        "token_type": "bearer",
        "client_id": known["client_id"],
        "sub": known["client_id"],
        "iss": gateway.settings.public_base_url,
        "scope": " ".join(known["scopes"]),
        "iat": int(known["created_at"].timestamp()),
        "exp": int(known["expires_at"].timestamp()),
    }
    return json_answer(answer)
