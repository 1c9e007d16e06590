"""Access tokens by signed assertion: https://hl7.org/fhir/smart-app-launch/backend-services.html, from the client's side."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey, import_key

from priorbus.fhir_pas.adapters.remote.replies import read_json
from priorbus.fhir_pas.domain.remote.endpoint import PayerEndpoint
from priorbus.fhir_pas.ports import PayerUnreachable
from priorbus.runtime.outgoing import OutgoingGuard
from priorbus.runtime.sealing import NotOpened, Sealer

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_SECONDS = 240
_SPARE_SECONDS = 30
_SHORTEST_SECONDS = 60
_OK = 200


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    until: float


class Tokens:
    """Keeps each token until half a minute before its end."""

    def __init__(
        self, session: aiohttp.ClientSession, guard: OutgoingGuard, sealer: Sealer, clock: Callable[[], float] = time.time
    ) -> None:
        self._session = session
        self._guard = guard
        self._sealer = sealer
        self._clock = clock
        self._kept: dict[tuple[str, str], _Token] = {}

    async def of(self, endpoint: PayerEndpoint, *, refused: str | None = None) -> str:
        """A token for this endpoint, a new one in place of one that was `refused`. Raises PayerUnreachable, ForbiddenUrl."""
        name = (endpoint.token_url, endpoint.client_id)
        kept = self._kept.get(name)
        if kept is None or kept.until <= self._clock() or kept.text == refused:
            kept = self._kept[name] = await self._fetch(endpoint)
        return kept.text

    async def _fetch(self, endpoint: PayerEndpoint) -> _Token:
        form = {
            "grant_type": "client_credentials",
            "scope": endpoint.scope,
            "client_assertion_type": _ASSERTION_TYPE,
            "client_assertion": self._assertion(endpoint),
        }
        url = self._guard.check(endpoint.token_url)
        async with self._session.post(url, data=form, allow_redirects=False) as answer:
            granted = await read_json(answer)
            if answer.status != _OK or not isinstance(granted.get("access_token"), str):
                raise PayerUnreachable(f"the token endpoint answered {answer.status}")
        lifetime = granted.get("expires_in")
        seconds = lifetime if isinstance(lifetime, int) and not isinstance(lifetime, bool) else _SHORTEST_SECONDS
        return _Token(granted["access_token"], self._clock() + seconds - _SPARE_SECONDS)

    def _assertion(self, endpoint: PayerEndpoint) -> str:
        now = int(self._clock())
        claims: dict[str, Any] = {
            "iss": endpoint.client_id,
            "sub": endpoint.client_id,
            "aud": endpoint.token_url,
            "jti": secrets.token_hex(16),
            "iat": now,
            "exp": now + _ASSERTION_SECONDS,
        }
        header = {"alg": endpoint.algorithm, "kid": endpoint.kid, "typ": "JWT"}
        return jwt.encode(header, claims, self._key(endpoint), algorithms=[endpoint.algorithm])

    def _key(self, endpoint: PayerEndpoint) -> RSAKey | ECKey:
        try:
            key = import_key(orjson.loads(self._sealer.open(endpoint.sealed_key)))
        except NotOpened as error:
            raise PayerUnreachable("the key of the payer endpoint can not be opened") from error
        if not isinstance(key, RSAKey | ECKey):
            raise PayerUnreachable("the key of the payer endpoint is of another kind")
        return key
