"""JSON in the one form that signatures are made over (RFC 8785)."""

import json
from decimal import Decimal
from typing import Any

_LONGEST_INTEGER, _SMALLEST_DECIMAL = 21, -6


def canonical_json(value: Any) -> bytes:
    """Members sorted by UTF-16 code units, no white space, numbers as ECMAScript writes them."""
    return _text(value).encode()


def _text(value: Any) -> str:
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda member: str(member[0]).encode("utf-16-be"))
        return "{" + ",".join(f"{_text(name)}:{_text(member)}" for name, member in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_text, value)) + "]"
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return _number(float(value))


def _number(value: float) -> str:
    if value == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    text, point = "".join(map(str, digits)), len(digits) + int(exponent)
    minus = "-" if sign else ""
    if len(digits) <= point <= _LONGEST_INTEGER:
        return minus + text + "0" * (point - len(digits))
    if 0 < point <= _LONGEST_INTEGER:
        return f"{minus}{text[:point]}.{text[point:]}"
    if _SMALLEST_DECIMAL < point <= 0:
        return f"{minus}0.{'0' * -point}{text}"
    mantissa = text[0] + ("." + text[1:] if len(text) > 1 else "")
    return f"{minus}{mantissa}e{point - 1:+d}"
