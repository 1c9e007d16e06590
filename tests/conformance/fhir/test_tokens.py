"""Acceptance cases: the token endpoint (Conventions 3.4, 19) and the security cases of fhir-pas.md 27."""

import asyncio
import base64
import json
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from pymongo import MongoClient

from priorbus.devstack.client import Answer, Client
from priorbus.devstack.fhir_cases import claim_bundle
from priorbus.devstack.seed import TENANT
from priorbus.devstack.stack import Stack
from priorbus.gateway.credentials import api_key

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
EC = ECKey.generate_key("P-384", {"kid": "ec-1"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa-1"})


@dataclass(frozen=True)
class App:
    """A registered client that signs its own assertions."""

    id: str
    base_url: str
    http: Client

    def assertion(self, key: Any = EC, alg: str = "ES384", **claims: Any) -> str:
        good = {"iss": self.id, "sub": self.id, "aud": f"{self.base_url}/auth/token", "jti": secrets.token_hex(8)}
        values = {**good, "exp": int(time.time()) + 240, **claims}
        return jwt.encode({"alg": alg, "kid": key.kid, "typ": "JWT"}, values, key, algorithms=[alg])

    async def token(self, assertion: str, scope: str = "system/Claim.cu system/ClaimResponse.r", **form: str) -> Answer:
        fields = {"grant_type": "client_credentials", "scope": scope, "client_assertion_type": JWT_BEARER, "client_assertion": assertion}
        return await self.http.call("POST", "/auth/token", urlencode({**fields, **form}).encode(), headers=FORM)


@pytest.fixture
async def app(stack: Stack, anonymous: Client, tmp_path: Path) -> App:
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": [EC.as_dict(private=False), RSA.as_dict(private=False)]}))
    scopes = ("--scope", "system/Claim.cruds", "--scope", "system/ClaimResponse.read")
    made = await asyncio.to_thread(
        stack.priorbus, "fhir", "clients", "create", "--tenant", TENANT, "--jwks", str(path), "--basic", "--base", "/fhir", *scopes
    )
    return App(made["id"], stack.base_url, anonymous)


async def test_conv_12_an_assertion_works_once(app: App, stack: Stack) -> None:
    """CONV-12"""
    assertion = app.assertion()
    first = await app.token(assertion)
    assert (first.status, first.json["expires_in"], first.json["token_type"]) == (200, 300, "bearer")
    assert first.json["scope"] == "system/Claim.cu system/ClaimResponse.r"
    assert first.headers["Cache-Control"] == "no-store"
    async with Client(stack.gateways[1].base_url, None) as other_instance:
        again = await App(app.id, app.base_url, other_instance).token(assertion)
    assert (again.status, again.json["error"]) == (401, "invalid_client")
    async with Client(stack.base_url, first.json["access_token"]) as client:
        assert (await client.call("POST", "/fhir/Claim/$submit", claim_bundle(secrets.token_hex(6)))).status == 200


async def test_rs384(app: App) -> None:
    """Conventions 3.4: both algorithms."""
    assert (await app.token(app.assertion(RSA, "RS384"))).status == 200


async def test_conv_13_bad_assertions_and_scopes(app: App) -> None:
    """CONV-13"""
    symmetric = OctKey.generate_key(256, {"kid": "ec-1"})
    bad = (
        app.assertion(symmetric, "HS256"),
        app.assertion(exp=int(time.time()) + 600),
        app.assertion(aud="https://other.example.test/auth/token"),
        app.assertion(ECKey.generate_key("P-384", {"kid": "ec-1"})),
        app.assertion(iss="nobody", sub="nobody"),
    )
    for assertion in bad:
        answer = await app.token(assertion)
        assert (answer.status, answer.json["error"]) == (401, "invalid_client")
    for scope in ("system/Patient.r", "system/Claim.x", "", "system/*.r"):
        answer = await app.token(app.assertion(), scope)
        assert (answer.status, answer.json["error"]) == (400, "invalid_scope")
    other_grant = await app.token(app.assertion(), grant_type="password")
    assert (other_grant.status, other_grant.json["error"]) == (400, "unsupported_grant_type")
    nothing = await app.http.call("POST", "/auth/token", b"", headers=FORM)
    assert (nothing.status, nothing.json["error"]) == (400, "invalid_request")


async def test_discovery(anonymous: Client, stack: Stack) -> None:
    """Conventions 3.4: public, JSON whatever is asked for, absolute URLs."""
    for base in ("", "/fhir", "/pas/2.2/fhir", "/pas/2.0/fhir"):
        path = f"{base}/.well-known/smart-configuration"
        answer = await anonymous.succeed("GET", path)
        assert answer.headers["Content-Type"].startswith("application/json")
        assert answer.json["token_endpoint"] == f"{stack.base_url}/auth/token"
        assert answer.json["token_endpoint_auth_signing_alg_values_supported"] == ["RS384", "ES384"]
        for accept in ("application/fhir+json", "text/html"):
            asked_for = await anonymous.succeed("GET", path, headers={"Accept": accept})
            assert (asked_for.headers["Content-Type"], asked_for.json) == (answer.headers["Content-Type"], answer.json)
    assert (await anonymous.succeed("GET", "/auth/jwks")).json == {"keys": []}


async def test_introspection(app: App, stack: Stack) -> None:
    """Conventions 3.4"""
    token = (await app.token(app.assertion())).json["access_token"]
    async with Client(stack.base_url, token) as client:
        known = await client.succeed("POST", "/auth/introspect", f"token={token}".encode(), headers=FORM)
        unknown = await client.succeed("POST", "/auth/introspect", b"token=nothing", headers=FORM)
    assert (known.json["active"], known.json["client_id"]) == (True, app.id)
    assert unknown.json == {"active": False}
    anonymous = await app.http.call("POST", "/auth/introspect", f"token={token}".encode(), headers=FORM)
    assert anonymous.status == 401


def expire(stack: Stack, token: str) -> None:
    """Five minutes pass for a token that was not used yet."""
    database = f"{stack.settings['PRIORBUS_MONGO_DATABASE_PREFIX']}_gateway"
    with MongoClient[dict[str, Any]](stack.backing.mongo_url, tz_aware=True) as client:
        past = {"$set": {"expires_at": datetime.now(UTC) - timedelta(seconds=1)}}
        assert client[database]["access_tokens"].update_one({"_id": api_key.digest(token)}, past).modified_count == 1


async def test_fhir_57_expired_token_and_missing_scope(app: App, anonymous: Client, stack: Stack) -> None:
    """FHIR-57"""
    expired = (await app.token(app.assertion())).json["access_token"]
    await asyncio.to_thread(expire, stack, expired)
    for token in ("never-made", expired):
        stale = await anonymous.call("POST", "/fhir/Claim/$submit", {}, headers={"Authorization": f"Bearer {token}"})
        assert (stale.status, stale.json["issue"][0]["code"]) == (401, "login")
        assert stale.headers["WWW-Authenticate"] == 'Bearer realm="priorbus", error="invalid_token"'
    token = (await app.token(app.assertion(), "system/Claim.r system/ClaimResponse.r")).json["access_token"]
    async with Client(stack.base_url, token) as reader:
        answer = await reader.call("POST", "/fhir/Claim/$submit", {})
    assert (answer.status, answer.json["issue"][0]["code"]) == (403, "forbidden")
    assert "system/Claim.cu" in answer.json["issue"][0]["diagnostics"]


async def test_fhir_61_basic(stack: Stack, anonymous: Client) -> None:
    """FHIR-61"""
    made = await asyncio.to_thread(stack.priorbus, "fhir", "clients", "create", "--tenant", TENANT, "--basic")
    login = base64.b64encode(f"{made['id']}:{made['secret']}".encode()).decode()
    for path, status in (("/fhir/Claim", 200), ("/pas/2.2/fhir/Claim", 401)):
        assert (await anonymous.call("GET", path, headers={"Authorization": f"Basic {login}"})).status == status
    wrong = base64.b64encode(f"{made['id']}:wrong".encode()).decode()
    assert (await anonymous.call("GET", "/fhir/Claim", headers={"Authorization": f"Basic {wrong}"})).status == 401


async def test_a_base_that_is_not_registered(app: App, stack: Stack) -> None:
    """fhir-pas.md 19"""
    token = (await app.token(app.assertion(), "system/Claim.s")).json["access_token"]
    async with Client(stack.base_url, token) as client:
        assert (await client.call("GET", "/fhir/Claim")).status == 200
        assert (await client.call("GET", "/pas/2.2/fhir/Claim")).status == 403


async def test_conv_09_api_key_on_a_fhir_read(api: Client) -> None:
    """CONV-09"""
    answer = await api.call("GET", "/fhir/Claim")
    assert (answer.status, answer.json["resourceType"], answer.json["issue"][0]["code"]) == (401, "OperationOutcome", "login")
