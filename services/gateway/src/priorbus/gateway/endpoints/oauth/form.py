"""Form bodies of OAuth requests, and the error answers of RFC 6749."""

from urllib.parse import parse_qsl

from aiohttp.web import BaseRequest

from priorbus.gateway.endpoints.answers import json_answer
from priorbus.gateway.http.call import Answer
from priorbus.gateway.middleware.request_syntax import read_limited

FORM = "application/x-www-form-urlencoded"
_LIMIT, _FIELDS = 64 * 1024, 50


class OAuthError(Exception):
    """An error of RFC 6749, section 5.2."""

    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.status = status

    def answer(self) -> Answer:
        """The JSON answer."""
        return json_answer({"error": self.code}, self.status, {"Pragma": "no-cache"})


async def read_form(request: BaseRequest) -> dict[str, str]:
    """The parameters. Raises OAuthError when it is no form, or one has two values; SyntaxProblem when it is too long."""
    if request.content_type != FORM:
        raise OAuthError("invalid_request")
    body = await read_limited(request, _LIMIT)
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_FIELDS)
    except ValueError:
        raise OAuthError("invalid_request") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise OAuthError("invalid_request")
    return form
