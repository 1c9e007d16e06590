"""Turns a presented credential into a principal; answers are kept for a few seconds (Conventions 3.3: revocation works within 5 s)."""

import asyncio
import hmac
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from priorbus.contracts.commands.fhir_payers import callback_owner
from priorbus.gateway.credentials import api_key
from priorbus.gateway.credentials.principal import Principal
from priorbus.gateway.oauth.clients import FhirClients
from priorbus.gateway.oauth.tokens import access_of
from priorbus.runtime.clock import Clock
from priorbus.runtime.mongo.driver import Database
from priorbus.runtime.sealing import NotOpened, Sealer

KEPT_SECONDS = 4.0
_MOST_KEPT = 10_000
_Kind = Literal["key", "token", "client"]


@dataclass(frozen=True, slots=True)
class _Kept:
    principal: Principal
    until: float


class CredentialDirectory:
    """API keys and FHIR access tokens of the gateway's database."""

    def __init__(self, database: Database, environment: api_key.Environment, clock: Clock, sealer: Sealer | None = None) -> None:
        self._keys = database["api_keys"]
        self._tokens = database["access_tokens"]
        self._clients = FhirClients(database)
        self._environment = environment
        self._clock = clock
        self._sealer = sealer
        self._kept: dict[tuple[_Kind, str], _Kept] = {}
        self._notes = set[asyncio.Task[Any]]()

    async def by_api_key(self, presented: str) -> Principal | None:
        """The principal of a valid, unrevoked key of this environment."""
        digest = api_key.lookup_digest(presented, self._environment)
        if digest is None:
            return None
        return self._recall("key", digest) or await self._look_up_key(digest)

    async def by_access_token(self, presented: str) -> Principal | None:
        """The principal of an unexpired FHIR access token."""
        digest = api_key.digest(presented)
        return self._recall("token", digest) or await self._look_up_token(digest)

    async def by_client_secret(self, client_id: str, secret: str) -> Principal | None:
        """The principal of a FHIR client that may use HTTP Basic (fhir-pas.md 19)."""
        digest = api_key.digest(f"{client_id}:{secret}")
        return self._recall("client", digest) or await self._look_up_client(client_id, secret, digest)

    def by_callback_secret(self, presented: str) -> Principal | None:
        """The payer that was given this secret; `client_id` is our name of the Subscription it belongs to (fhir-pas.md 22)."""
        if self._sealer is None:
            return None
        try:
            owner = callback_owner(self._sealer.open(presented.encode()))
        except NotOpened:
            return None
        return None if owner is None else Principal(*owner, user_id=0, scopes=frozenset())

    async def _look_up_client(self, client_id: str, secret: str, digest: str) -> Principal | None:
        client = await self._clients.find(client_id)
        if client is None or client.secret_digest is None or not hmac.compare_digest(client.secret_digest, api_key.digest(secret)):
            return None
        return self._keep("client", digest, _principal(access_of(client, client.scopes), client.id), KEPT_SECONDS)

    def _recall(self, kind: _Kind, digest: str) -> Principal | None:
        """By kind: a key that was just used somewhere else must not pass for a token."""
        kept = self._kept.get((kind, digest))
        return kept.principal if kept and kept.until > time.monotonic() else None

    async def _look_up_key(self, digest: str) -> Principal | None:
        record = await self._keys.find_one({"digest": digest})
        if record is None or record.get("revoked_at") or self._is_over(record.get("expires_at")):
            return None
        self._note_use(record)
        return self._keep("key", digest, _principal(record, str(record["_id"])), self._kept_for(record.get("expires_at")))

    async def _look_up_token(self, digest: str) -> Principal | None:
        record = await self._tokens.find_one({"_id": digest})
        if record is None or self._is_over(record["expires_at"]):
            return None
        return self._keep("token", digest, _principal(record, str(record["client_id"])), self._kept_for(record["expires_at"]))

    def _kept_for(self, expires_at: datetime | None) -> float:
        return KEPT_SECONDS if expires_at is None else min(KEPT_SECONDS, (expires_at - self._clock()).total_seconds())

    def _is_over(self, moment: datetime | None) -> bool:
        return moment is not None and moment <= self._clock()

    def _keep(self, kind: _Kind, digest: str, principal: Principal, seconds: float) -> Principal:
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[kind, digest] = _Kept(principal, time.monotonic() + seconds)
        return principal

    def _note_use(self, record: dict[str, Any]) -> None:
        minute = self._clock().replace(second=0, microsecond=0)
        if record.get("last_used_at") == minute:
            return
        task = asyncio.ensure_future(self._keys.update_one({"_id": record["_id"]}, {"$max": {"last_used_at": minute}}))
        self._notes.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: "asyncio.Task[Any]") -> None:
        self._notes.discard(task)
        if not task.cancelled():
            task.exception()


def _principal(record: dict[str, Any], client_id: str) -> Principal:
    return Principal(
        record["tenant"],
        client_id,
        record["user_id"],
        frozenset(record["scopes"]),
        record.get("quotas") or {},
        identifiers=tuple(record.get("identifiers", ())),
        npis=tuple(record.get("npis", ())),
        tenant_wide=bool(record.get("tenant_wide")),
        bases=tuple(record.get("bases", ())),
    )
