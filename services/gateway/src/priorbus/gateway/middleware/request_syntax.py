"""Step 4: media types, body, headers with a form (Conventions 2, 4 to 7)."""

from aiohttp.http_exceptions import BadHttpMessage
from aiohttp.web import BaseRequest, RequestPayloadError

from priorbus.gateway.http import headers, json_body
from priorbus.gateway.http.call import Call
from priorbus.gateway.http.gunzip import Gunzip, NotGzip
from priorbus.gateway.http.media_types import is_accepted, satisfies
from priorbus.gateway.http.problem import SyntaxProblem, bad_syntax
from priorbus.gateway.http.route import Route

_CODINGS = ("", "identity", "gzip")


async def check_syntax(route: Route, call: Call, fhir_body_max_bytes: int) -> None:
    """Read what the route needs into the call; a FHIR body is as long as its route and the deployment permit. Raises SyntaxProblem."""
    request = call.request
    if route.negotiated and not satisfies(",".join(request.headers.getall("Accept", ())), route.produces):
        raise SyntaxProblem("not_acceptable")
    if route.method == "GET":
        return
    if route.body != "none":
        await _take_body(route, call, min(route.body_limit, fhir_body_max_bytes) if route.body == "fhir" else route.body_limit)
    if route.versioned:
        call.if_match = headers.required_version(request)
    call.idempotency_key = headers.idempotency_key(request)
    call.respond_async = headers.wants_async(request)


async def _take_body(route: Route, call: Call, limit: int) -> None:
    request = call.request
    if route.body == "optional" and not request.can_read_body:
        return
    if not is_accepted(request.headers.get("Content-Type", ""), route.accepts):
        raise SyntaxProblem("unsupported_media_type")
    if request.headers.get("Content-Encoding", "").lower() not in _CODINGS:
        raise SyntaxProblem("unsupported_media_type")
    call.raw = await read_limited(request, limit)
    if route.body == "optional" and not call.raw:
        return
    if route.body != "fhir" or "Idempotency-Key" in request.headers:
        call.body = json_body.parse(call.raw)


async def read_limited(request: BaseRequest, limit: int) -> bytes:
    """The body, decompressed. Raises 413 as soon as it is longer than the limit."""
    if (request.content_length or 0) > limit:
        raise SyntaxProblem("payload_too_large")
    unpacking = Gunzip() if request.headers.get("Content-Encoding", "").lower() == "gzip" else None
    pieces, size = list[bytes](), 0
    try:
        async for chunk in request.content.iter_any():
            for piece in unpacking.pieces(chunk) if unpacking else (chunk,):
                size += len(piece)
                if size > limit:
                    raise SyntaxProblem("payload_too_large")
                pieces.append(piece)
        if unpacking is not None:
            unpacking.finish()
    except (RequestPayloadError, BadHttpMessage, NotGzip):
        raise bad_syntax("invalid_json", "The body can not be read.") from None
    return b"".join(pieces)
