"""JSON as clients send it: parsed once, numbers exact. The one parsed value feeds fingerprint, validation and command alike."""

import json
import re
from decimal import Decimal, InvalidOperation
from itertools import chain
from typing import Any

import orjson

from priorbus.gateway.http.problem import bad_syntax

MAX_DIGITS = 400
"""Longest plain notation of a number that is accepted at all; answers allow far fewer."""

MAX_DEPTH = 100
"""Deepest nesting; what reads, measures and fingerprints bodies recurses into them."""

_INEXACT_NUMBER = re.compile(rb"[:\[,]\s*-?(?:[0-9]+[.eE]|[0-9]{16})")
"""Finds every number that orjson would turn into a float, and now and then text that looks like one (then the slow path runs in vain)."""


def parse(raw: bytes) -> Any:
    """The value of a JSON text. Raises a 400 `invalid_json` problem. Of two members with one name the last one counts, for everybody."""
    try:
        value = orjson.loads(raw)
        if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH and _is_too_deep(value):
            raise ValueError("nested too deeply")
        if _INEXACT_NUMBER.search(raw) is None:
            return value
        return json.loads(raw.decode(), parse_float=_exact, parse_int=_bounded_int)
    except (ValueError, InvalidOperation, RecursionError):
        raise bad_syntax("invalid_json", "The body is not valid JSON.") from None


def plain(number: Decimal) -> str:
    """Plain decimal notation: no exponent, no trailing zeros, no negative zero."""
    if not number:
        return "0"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        inner = [each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list)]
        if not inner:
            return False
        level = list(chain.from_iterable(inner))
    return any(isinstance(each, dict | list) for each in level)


def _exact(text: str) -> Decimal:
    number = Decimal(text)
    if abs(number.adjusted()) > MAX_DIGITS or len(text) > MAX_DIGITS:
        raise ValueError("number out of bounds")
    return number


def _bounded_int(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError("number out of bounds")
    return int(text)
