from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from priorbus.gateway.credentials import api_key
from priorbus.gateway.credentials.directory import KEPT_SECONDS, CredentialDirectory
from priorbus.runtime.clock import FixedClock
from priorbus.runtime.mongo import Store

CLOCK = FixedClock()


async def stored_key(store: Store, **changes: Any) -> str:
    key = api_key.mint("test")
    record: Mapping[str, Any] = {
        "_id": "key_1",
        "digest": api_key.digest(key),
        "tenant": "t_one",
        "user_id": 1 << 60,
        "scopes": ["files:read"],
    }
    await store.database["api_keys"].insert_one({**record, **changes})
    return key


async def test_a_key_becomes_its_principal(store: Store) -> None:
    key = await stored_key(store)
    principal = await CredentialDirectory(store.database, "test", CLOCK).by_api_key(key)
    assert principal is not None
    assert (principal.tenant, principal.client_id, principal.user_id) == ("t_one", "key_1", 1 << 60)
    assert principal.may("files:read")
    assert not principal.may("files:write")


@pytest.mark.parametrize("change", [{"revoked_at": CLOCK()}, {"expires_at": CLOCK()}])
async def test_a_revoked_or_expired_key_is_nobody(store: Store, change: dict[str, Any]) -> None:
    key = await stored_key(store, **change)
    assert await CredentialDirectory(store.database, "test", CLOCK).by_api_key(key) is None


async def test_a_key_is_remembered_for_less_than_five_seconds(store: Store) -> None:
    key = await stored_key(store)
    directory = CredentialDirectory(store.database, "test", CLOCK)
    await directory.by_api_key(key)
    await store.database["api_keys"].delete_many({})
    assert await directory.by_api_key(key) is not None
    assert KEPT_SECONDS < 5


async def test_conv_03_a_wrong_checksum_is_found_without_the_database(store: Store) -> None:
    """CONV-03"""
    key = await stored_key(store)
    directory = CredentialDirectory(store.database, "test", CLOCK)
    directory._keys = None  # type: ignore[assignment]
    assert await directory.by_api_key(key[:-1] + ("A" if key[-1] != "A" else "B")) is None
    with pytest.raises(AttributeError):
        await directory.by_api_key(key)


async def test_an_unknown_key_is_nobody(store: Store) -> None:
    assert await CredentialDirectory(store.database, "test", CLOCK).by_api_key(api_key.mint("test")) is None


async def test_a_key_that_is_remembered_is_no_token(store: Store) -> None:
    """CONV-09, whatever the key was used for a moment ago"""
    key = await stored_key(store)
    directory = CredentialDirectory(store.database, "test", CLOCK)
    assert await directory.by_api_key(key) is not None
    assert await directory.by_access_token(key) is None
    assert await directory.by_client_secret(*key.split("_", 1)) is None


async def test_a_token_ends(store: Store) -> None:
    clock = FixedClock()
    record = {"tenant": "t_one", "client_id": "c", "user_id": 1, "scopes": [], "expires_at": clock() + timedelta(seconds=300)}
    await store.database["access_tokens"].insert_one({"_id": api_key.digest("secret"), **record})
    assert await CredentialDirectory(store.database, "test", clock).by_access_token("secret") is not None
    clock.advance(timedelta(seconds=300))
    assert await CredentialDirectory(store.database, "test", clock).by_access_token("secret") is None
