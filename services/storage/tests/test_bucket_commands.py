"""The commands on a real object store (SeaweedFS), which knows cross-origin rules, lifecycle and encryption, and no blocking."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from priorbus.devstack.backing import Backing
from priorbus.runtime.objects import open_objects
from priorbus.runtime.objects.bucket import open_bucket
from priorbus.runtime.settings import ObjectStoreSettings
from priorbus.storage.bucket_commands import NOT_THERE, app

ORIGIN = "https://ehr.example.org"
Priorbus = Callable[..., tuple[int, Any]]


@pytest.fixture
def environment(backing: Backing, make_bucket: Callable[[], str]) -> dict[str, str]:
    return {
        "PRIORBUS_S3_ENDPOINT": backing.s3_endpoint,
        "PRIORBUS_S3_PUBLIC_ENDPOINT": backing.s3_endpoint,
        "PRIORBUS_S3_ACCESS_KEY": backing.s3_access_key,
        "PRIORBUS_S3_SECRET_KEY": backing.s3_secret_key,
        "PRIORBUS_S3_BUCKET": make_bucket(),
    }


@pytest.fixture
def priorbus(environment: dict[str, str]) -> Priorbus:
    def run(*arguments: str, **changes: str) -> tuple[int, Any]:
        env = environment | {f"PRIORBUS_{name.upper()}": value for name, value in changes.items()}
        done = CliRunner().invoke(app, [*arguments, "--json"], env=env)
        return done.exit_code, json.loads(done.stdout)

    return run


def settings(environment: dict[str, str], **changes: str) -> ObjectStoreSettings:
    given = {name.removeprefix("PRIORBUS_").lower(): value for name, value in environment.items()}
    return ObjectStoreSettings.model_validate(given | changes)


def test_a_bucket_is_created_once(priorbus: Priorbus) -> None:
    fresh = {"s3_bucket": "fresh-bucket-of-this-test", "s3_region": "eu-central-1"}
    for created in (True, False):
        exit_code, answer = priorbus("create-bucket", **fresh)
        assert (exit_code, answer) == (0, {"bucket": fresh["s3_bucket"], "created": created, "publicAccess": NOT_THERE})


def test_a_policy_that_would_lock_out_everybody_is_refused(priorbus: Priorbus) -> None:
    """On SeaweedFS nobody could take it away again."""
    exit_code, answer = priorbus("set-policy")
    assert exit_code == 1
    assert "lock out everybody" in answer["error"]["message"]
    exit_code, answer = priorbus("set-policy", s3_endpoint="https://127.0.0.1:1", s3_public_endpoint="http://files.example.org")
    assert (exit_code, "is http" in answer["error"]["message"]) == (1, True)
    assert priorbus("show")[1]["policy"] == []


def test_cross_origin_rules_let_these_origins_in_and_no_others(priorbus: Priorbus, environment: dict[str, str]) -> None:
    for origins in ([ORIGIN], [ORIGIN, "https://other.example.org"]):
        exit_code, answer = priorbus("set-cors", *[part for origin in origins for part in ("--origin", origin)])
        assert exit_code == 0
        (rule,) = answer["rules"]
        assert (rule["AllowedOrigins"], rule["AllowedMethods"]) == (origins, ["GET", "HEAD", "PUT", "POST"])
    url = f"{environment['PRIORBUS_S3_ENDPOINT']}/{environment['PRIORBUS_S3_BUCKET']}/quarantine/x"
    for origin, allowed in ((ORIGIN, ORIGIN), ("https://evil.example.org", None)):
        asked = {"Origin": origin, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "content-type,if-none-match"}
        assert httpx.options(url, headers=asked).headers.get("Access-Control-Allow-Origin") == allowed


def test_an_origin_that_does_not_fit_is_refused(priorbus: Priorbus) -> None:
    exit_code, answer = priorbus("set-cors", "--origin", "http://ehr.example.org", environment="live")
    assert exit_code == 1
    assert "'http://ehr.example.org'" in answer["error"]["message"]
    assert priorbus("show")[1]["cors"] == []


def test_lifecycle_rules_stand_beside_those_of_others(priorbus: Priorbus, environment: dict[str, str]) -> None:
    async def foreign() -> None:
        async with open_bucket(settings(environment)) as bucket:
            await bucket.set_lifecycle([{"ID": "logs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 7}}])

    asyncio.run(foreign())
    for _ in range(2):
        exit_code, answer = priorbus("set-lifecycle", upload_ttl_seconds="604800")
        assert exit_code == 0
        assert {rule["ID"]: rule.get("Expiration", {}).get("Days") for rule in answer["rules"]} == {
            "logs": 7,
            "priorbus-uploads": 9,
            "priorbus-parts": None,
        }


def test_lifecycle_is_refused_where_a_rule_removes_what_has_to_stay(priorbus: Priorbus, environment: dict[str, str]) -> None:
    async def harmful() -> None:
        async with open_bucket(settings(environment)) as bucket:
            await bucket.set_lifecycle([{"ID": "tidy", "Status": "Enabled", "Filter": {"Prefix": "files/"}, "Expiration": {"Days": 90}}])

    asyncio.run(harmful())
    exit_code, answer = priorbus("set-lifecycle")
    assert exit_code == 1
    assert "'tidy'" in answer["error"]["message"]


def test_encryption_becomes_the_default_and_is_asked_for(priorbus: Priorbus, environment: dict[str, str]) -> None:
    exit_code, answer = priorbus("set-encryption")
    assert (exit_code, "PRIORBUS_S3_ENCRYPTION" in answer["error"]["message"]) == (1, True)
    assert priorbus("set-encryption", s3_encryption="AES256")[1]["encryption"] == "AES256"
    assert priorbus("show")[1]["encryption"] == "AES256"


def test_a_store_that_is_away_and_missing_settings_are_told(priorbus: Priorbus) -> None:
    exit_code, answer = priorbus("create-bucket", s3_endpoint="http://127.0.0.1:1")
    assert (exit_code, "the object store does not do it" in answer["error"]["message"]) == (1, True)
    exit_code, answer = priorbus("show", s3_endpoint="nonsense")
    assert exit_code == 78
    assert "PRIORBUS_S3_ENDPOINT" in answer["error"]["message"]


async def test_every_object_is_encrypted_as_the_settings_demand(environment: dict[str, str]) -> None:
    given = settings(environment, s3_encryption="AES256")
    async with open_objects(given) as objects, httpx.AsyncClient() as http:
        request = await objects.presign_put("quarantine/x", content_type="application/pdf", size=4, ttl_seconds=60)
        assert request.headers["x-amz-server-side-encryption"] == "AES256"
        bare = {name: value for name, value in request.headers.items() if not name.startswith("x-amz")}
        assert (await http.put(request.url, content=b"%PDF", headers=bare)).status_code == 403
        assert (await http.put(request.url, content=b"%PDF", headers=dict(request.headers))).status_code == 200
        await objects.copy("quarantine/x", "files/x", only_if_absent=True)
        await objects.put("documents/x", b"x", content_type="application/pdf")
        for key in ("quarantine/x", "files/x", "documents/x"):
            download = await objects.presign_get(key, file_name="x.pdf", content_type="application/pdf", ttl_seconds=60)
            answer = await http.get(download.url)
            assert (answer.status_code, answer.headers.get("x-amz-server-side-encryption")) == (200, "AES256"), key


async def test_a_key_of_the_accounts_own_is_named_in_the_signature(environment: dict[str, str]) -> None:
    given = settings(environment, s3_encryption="aws:kms", s3_kms_key_id="key-1")
    async with open_objects(given) as objects:
        request = await objects.presign_put("x", content_type="application/pdf", size=None, ttl_seconds=60)
    assert request.headers["x-amz-server-side-encryption-aws-kms-key-id"] == "key-1"
    assert "x-amz-server-side-encryption-aws-kms-key-id" in httpx.URL(request.url).params["X-Amz-SignedHeaders"]
