"""What makes two requests the same for an idempotency key (Conventions 5.3)."""

import hashlib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import orjson

from priorbus.gateway.http.json_body import plain

_INT64 = 1 << 63


def fingerprint(body: Any, path: Mapping[str, str], query: Iterable[tuple[str, str]]) -> str:
    """Lower-case hex SHA-256 over the canonical JSON of body, route parameters and query."""
    return hashlib.sha256(canonical({"body": body, "path": dict(path), "query": sorted([list(pair) for pair in query])})).hexdigest()


def canonical(value: Any) -> bytes:
    """Members sorted by code point, no white space, numbers as plain decimals."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return orjson.dumps(_with_plain_numbers(value), option=orjson.OPT_SORT_KEYS)


def _with_plain_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_plain_numbers(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_with_plain_numbers(member) for member in value]
    if isinstance(value, Decimal):
        return orjson.Fragment(plain(value))
    if isinstance(value, int) and not -_INT64 <= value < _INT64:
        return orjson.Fragment(str(value))
    return value
