"""Request headers that carry meaning: their forms and what is refused (Conventions 5.1, 6, 7)."""

import re

from aiohttp.web import BaseRequest

from priorbus.contracts.replies import Issue
from priorbus.gateway.http.problem import SyntaxProblem, bad_syntax

_STRONG_VERSION = re.compile(r'"(0|[1-9][0-9]{0,17})"')
_VISIBLE = re.compile(r"[\x21-\x7e]{1,255}")
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def required_version(request: BaseRequest) -> int:
    """The version in `If-Match`: exactly one strong tag of digits. Raises 428 when it is missing, 400 on any other form."""
    values = request.headers.getall("If-Match", ())
    if not values:
        issue = Issue(code="missing", message="If-Match is required.", field="If-Match")
        raise SyntaxProblem("precondition_required", issues=[issue])
    form = _STRONG_VERSION.fullmatch(values[0].strip()) if len(values) == 1 else None
    if form is None:
        raise bad_syntax("invalid_if_match", 'If-Match must be one strong entity tag such as "17".', "If-Match")
    return int(form[1])


def idempotency_key(request: BaseRequest) -> str | None:
    """The client's key without its enclosing quotes, None when there is none. Raises 400 on a bad form or two headers."""
    values = request.headers.getall("Idempotency-Key", ())
    if not values:
        return None
    key = values[0]
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if len(values) > 1 or _VISIBLE.fullmatch(key) is None:
        raise bad_syntax("invalid_idempotency_key", "Idempotency-Key must be 1 to 255 visible ASCII characters.", "Idempotency-Key")
    return key


def wants_async(request: BaseRequest) -> bool:
    """Whether the client prefers `respond-async` (RFC 7240); other preferences are ignored."""
    preferences = request.headers.getall("Prefer", ())
    return any(part.partition(";")[0].strip().lower() == "respond-async" for value in preferences for part in value.split(","))


def not_modified(request: BaseRequest, version: int) -> bool:
    """Whether `If-None-Match` names this version (weak comparison, lists and `*`)."""
    values = request.headers.getall("If-None-Match", ())
    if not values:
        return False
    tags = {tag.strip().removeprefix("W/") for value in values for tag in value.split(",")}
    return "*" in tags or f'"{version}"' in tags


def traceparent(request: BaseRequest) -> str:
    """The W3C trace context, empty when absent or malformed."""
    value = request.headers.get("traceparent", "")
    return value if value and _TRACEPARENT.fullmatch(value) else ""
