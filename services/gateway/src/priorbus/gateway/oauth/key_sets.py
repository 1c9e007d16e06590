"""JSON Web Key Sets of clients: by value, or by URL with the cache rules of HTTP (Conventions 3.4)."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import aiohttp
import orjson
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey, import_key

from priorbus.runtime.outgoing import ForbiddenUrl, OutgoingGuard, outgoing_session

VerificationKey = ECKey | RSAKey
_MAX_BYTES = 256 * 1024
_DEFAULT_SECONDS, _LONGEST_SECONDS = 300, 24 * 3600
_REFETCH_SECONDS = 60.0
_TIMEOUT_SECONDS = 5.0
_PAUSE_SECONDS = 1.0
_RSA_BITS = 2048
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age=\"?(\d{1,9})")
_MOST_KEPT = 1000


class BadKeySet(Exception):
    """Not a set of usable public keys; the text tells why."""


@dataclass(frozen=True, slots=True)
class _Fetched:
    keys: tuple[VerificationKey, ...]
    at: float
    until: float


def read_key_set(value: Any) -> tuple[VerificationKey, ...]:
    """The RSA and P-384 signing keys of a set; others are passed over. Raises BadKeySet, also when a private key is in it."""
    keys = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(keys, list):
        raise BadKeySet("a key set is an object with the member keys")
    usable = [key for key in map(_read_key, keys) if key is not None]
    return tuple(usable)


def _read_key(value: Any) -> VerificationKey | None:
    if not isinstance(value, dict):
        raise BadKeySet("a key is an object")
    if "d" in value or value.get("kty") == "oct":
        raise BadKeySet("the set holds a private or symmetric key")
    if not isinstance(value.get("kid"), str) or value.get("use", "sig") != "sig":
        return None
    try:
        key = import_key(value)
    except (JoseError, ValueError, TypeError):
        return None
    if isinstance(key, RSAKey):
        return key if key.public_key.key_size >= _RSA_BITS else None
    return key if isinstance(key, ECKey) and value.get("crv") == "P-384" else None


class KeySets:
    """Keys behind URLs, kept as long as their answers allow."""

    def __init__(self, guard: OutgoingGuard, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._guard = guard
        self._now = monotonic
        self._kept: dict[str, _Fetched] = {}

    async def at(self, url: str, kid: str) -> tuple[VerificationKey, ...]:
        """The keys at this URL; an unknown `kid` has them fetched anew, at most once a minute. Empty when they can not be had."""
        kept, now = self._kept.get(url), self._now()
        if kept is not None and now < kept.until:
            known = any(key.kid == kid for key in kept.keys)
            if known or now - kept.at < _REFETCH_SECONDS:
                return kept.keys
        elif kept is not None and not kept.keys and now - kept.at < _PAUSE_SECONDS:
            return ()
        fetched = await self._fetch(url)
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[url] = fetched
        return fetched.keys

    async def _fetch(self, url: str) -> _Fetched:
        now = self._now()
        try:
            body, seconds = await self._get(url)
            return _Fetched(read_key_set(orjson.loads(body)), now, now + seconds)
        except (ForbiddenUrl, BadKeySet, aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return _Fetched((), now, now)

    async def _get(self, url: str) -> tuple[bytes, int]:
        """The body and for how long it may be kept."""
        self._guard.check(url)
        async with (
            outgoing_session(self._guard, timeout_seconds=_TIMEOUT_SECONDS) as session,
            session.get(url, allow_redirects=False, headers={"Accept": "application/json"}) as answer,
        ):
            if answer.status != HTTPStatus.OK or (answer.content_length or 0) > _MAX_BYTES:
                raise BadKeySet("no usable answer")
            body = b""
            async for chunk in answer.content.iter_any():
                body += chunk
                if len(body) > _MAX_BYTES:
                    raise BadKeySet("too long")
            return body, _lifetime(answer.headers.get("Cache-Control", ""))


def _lifetime(cache_control: str) -> int:
    directives = cache_control.lower()
    if "no-store" in directives or "no-cache" in directives:
        return 0
    found = _MAX_AGE.search(directives)
    return min(int(found[1]), _LONGEST_SECONDS) if found else _DEFAULT_SECONDS
