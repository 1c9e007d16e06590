"""Opaque, signed list cursors (Conventions 2): bound to tenant, route, filters and sort, valid for 24 hours."""

import base64
import binascii
import hashlib
import hmac
from datetime import timedelta
from typing import Any

import orjson

from priorbus.gateway.http.call import Call
from priorbus.gateway.http.problem import Problem, bad_request
from priorbus.runtime.clock import Clock

LIFETIME = timedelta(hours=24)
_MAC_LENGTH = 16
_PAGING = ("limit", "cursor")


class Cursors:
    """Writes and reads cursors with a secret shared by all gateway instances."""

    def __init__(self, secret: bytes, clock: Clock) -> None:
        self._secret = secret
        self._clock = clock

    def write(self, call: Call, position: list[Any]) -> str:
        """A cursor that continues after `position` (JSON values) for this very list."""
        expires = int((self._clock() + LIFETIME).timestamp())
        payload = orjson.dumps([expires, position])
        return base64.urlsafe_b64encode(self._mac(call, payload) + payload).rstrip(b"=").decode()

    def read(self, call: Call, cursor: str) -> list[Any]:
        """The position in a cursor. Raises 400 `invalid_cursor` when it is not for this list, tampered with or expired."""
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise _invalid() from None
        mac, payload = raw[:_MAC_LENGTH], raw[_MAC_LENGTH:]
        if not hmac.compare_digest(mac, self._mac(call, payload)):
            raise _invalid()
        expires, position = orjson.loads(payload)
        if expires < self._clock().timestamp():
            raise _invalid()
        return list(position)

    def _mac(self, call: Call, payload: bytes) -> bytes:
        filters = sorted([name, value] for name, value in call.query if name not in _PAGING)
        bound = orjson.dumps([call.tenant, call.template, call.path, filters])
        return hmac.digest(self._secret, bound + b"\x00" + payload, hashlib.sha256)[:_MAC_LENGTH]


def _invalid() -> Problem:
    return bad_request("invalid_cursor", "The cursor is not valid for this list.", "cursor")
