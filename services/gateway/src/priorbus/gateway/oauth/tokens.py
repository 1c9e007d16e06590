"""Access tokens: opaque, kept as digests, good for five minutes (Conventions 3.4)."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from pymongo.errors import DuplicateKeyError

from priorbus.contracts.fhir_scopes import grants, is_scope
from priorbus.gateway.credentials import api_key, base62
from priorbus.gateway.oauth.assertions import Assertion, InvalidAssertion, read_assertion, verify
from priorbus.gateway.oauth.clients import FhirClient, FhirClients
from priorbus.gateway.oauth.key_sets import KeySets, VerificationKey, read_key_set
from priorbus.runtime.clock import Clock
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.driver import Database, Rows

LIFETIME = timedelta(seconds=300)
TOKENS, SEEN_ASSERTIONS = "access_tokens", "seen_assertions"
_KEPT_LONGER = timedelta(minutes=1)


class InvalidScope(Exception):
    """A scope is malformed, or not registered for the client."""


@dataclass(frozen=True, slots=True)
class Granted:
    """A new token; shown once, never stored."""

    token: str
    scopes: tuple[str, ...]


class TokenIssuer:
    """Exchanges client assertions for access tokens. Any instance may be asked: what is seen is seen by all."""

    def __init__(self, database: Database, key_sets: KeySets, token_url: str, clock: Clock) -> None:
        self._clients = FhirClients(database)
        self._seen = database[SEEN_ASSERTIONS]
        self._tokens = database[TOKENS]
        self._key_sets = key_sets
        self._token_url = token_url
        self._clock = clock

    async def issue(self, assertion_text: str, wanted: Iterable[str]) -> Granted:
        """A token for the client that the assertion proves. Raises InvalidAssertion, InvalidScope."""
        assertion = read_assertion(assertion_text, self._token_url, self._clock())
        client = await self._clients.find(assertion.client_id)
        if client is None:
            raise InvalidAssertion("client")
        verify(assertion, await self._keys(client, assertion))
        await self._use_up(assertion)
        scopes = tuple(dict.fromkeys(wanted))
        if not scopes or not all(is_scope(scope) and grants(client.scopes, scope) for scope in scopes):
            raise InvalidScope
        return await grant(self._tokens, client, scopes, self._clock)

    async def introspect(self, token: str, tenant: str) -> Document | None:
        """What is remembered of a valid token of this tenant."""
        record = await self._tokens.find_one({"_id": api_key.digest(token), "tenant": tenant})
        return record if record is not None and record["expires_at"] > self._clock() else None

    async def _keys(self, client: FhirClient, assertion: Assertion) -> tuple[VerificationKey, ...]:
        if assertion.jku is not None and assertion.jku != client.jwks_url:
            raise InvalidAssertion("jku")
        if client.jwks is not None:
            return read_key_set(client.jwks)
        return await self._key_sets.at(client.jwks_url, assertion.kid) if client.jwks_url else ()

    async def _use_up(self, assertion: Assertion) -> None:
        """Each assertion works once; the database decides between instances that get it at the same time."""
        key = hashlib.sha256(f"{assertion.client_id}\x00{assertion.jti}".encode()).hexdigest()
        try:
            await self._seen.insert_one({"_id": key, "expires_at": assertion.expires_at + _KEPT_LONGER})
        except DuplicateKeyError:
            raise InvalidAssertion("jti") from None


async def grant(tokens: Rows, client: FhirClient, scopes: tuple[str, ...], clock: Clock) -> Granted:
    """Make a token and remember its digest, with all that requests need to know of the client."""
    secret, now = base62.random_secret(), clock()
    await tokens.insert_one({**access_of(client, scopes), "_id": api_key.digest(secret), "created_at": now, "expires_at": now + LIFETIME})
    return Granted(secret, scopes)


def access_of(client: FhirClient, scopes: Iterable[str]) -> Document:
    """What a credential of this client stands for."""
    return {
        "tenant": client.tenant,
        "client_id": client.id,
        "user_id": client.user_id,
        "scopes": list(scopes),
        "identifiers": list(client.identifiers),
        "npis": list(client.npis),
        "tenant_wide": client.tenant_wide,
        "bases": list(client.bases),
    }
