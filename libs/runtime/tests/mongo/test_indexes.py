"""Collections and indexes at the start of a service."""

from dataclasses import replace

import pytest
from pymongo.errors import DuplicateKeyError

from priorbus.contracts.model import Model
from priorbus.runtime.mongo import IndexMismatch, Store
from priorbus.runtime.mongo.indexes import DAY_SECONDS
from priorbus.runtime.testing.ledger import ACCOUNTS
from priorbus.runtime.work import Collection, Index


async def test_indexes_are_made_once_and_again_is_harmless(store: Store) -> None:
    unique = Index("by_memo", (("tenant", 1), ("memo", 1)), unique=True, partial={"balance": {"$gt": 0}})
    collection = replace(ACCOUNTS, name="more_accounts", indexes=(unique,))
    for _ in range(2):
        await store.ensure_indexes([collection])
    rows = store.database["more_accounts"]
    assert "by_memo" in await rows.index_information()
    await rows.insert_many([{"tenant": "t", "memo": 1, "balance": 0}, {"tenant": "t", "memo": 1, "balance": 1}])
    with pytest.raises(DuplicateKeyError):
        await rows.insert_one({"tenant": "t", "memo": 1, "balance": 2})
    expiry = (await store.database["idempotency"].index_information())["expiry"]
    assert expiry["expireAfterSeconds"] == 7 * DAY_SECONDS
    assert (await store.database["journal"].index_information())["expiry"]["expireAfterSeconds"] > 7 * DAY_SECONDS


@pytest.mark.parametrize("days", [1, 30])
async def test_idempotency_records_are_kept_as_long_as_the_settings_say(store: Store, days: int) -> None:
    """Also in a database that was made with another setting; the inbox never gets shorter than a week."""
    other = Store(store.client, store.database, idempotency_days=days)
    for _ in range(2):
        await other.ensure_indexes([ACCOUNTS])
    expiry = {name: (await store.database[name].index_information())["expiry"] for name in ("idempotency", "journal")}
    assert expiry["idempotency"]["expireAfterSeconds"] == days * DAY_SECONDS
    assert expiry["journal"]["expireAfterSeconds"] > max(days, 7) * DAY_SECONDS


async def test_an_index_that_starts_to_expire_stops_the_start(store: Store) -> None:
    """Nobody loses rows by a change of code that looks like a change of a setting."""
    lasting = Index("memo", (("memo", 1),))
    await store.ensure_indexes([replace(ACCOUNTS, name="lasting_accounts", indexes=(lasting,))])
    with pytest.raises(IndexMismatch):
        await store.ensure_indexes([replace(ACCOUNTS, name="lasting_accounts", indexes=(replace(lasting, expire_after=60),))])


async def test_an_index_with_another_definition_stops_the_start(store: Store) -> None:
    changed = replace(ACCOUNTS, indexes=(Index("by_balance", (("balance", 1),)),))
    with pytest.raises(IndexMismatch, match=r"by_balance of .*\.accounts"):
        await store.ensure_indexes([changed])


async def test_an_index_of_an_earlier_version_that_still_removes_rows_goes(store: Store) -> None:
    earlier = replace(ACCOUNTS, name="kept_accounts", indexes=(Index("expiry", (("memo", 1),), expire_after=0),))
    await store.ensure_indexes([earlier])
    narrower = Index("expiry_of_some", (("memo", 1),), expire_after=0, partial={"balance": 0})
    for _ in range(2):
        await store.ensure_indexes([replace(earlier, indexes=(narrower,), retired=("expiry", "never_was"))])
    assert set(await store.database["kept_accounts"].index_information()) == {"_id_", "expiry_of_some"}
    with pytest.raises(ValueError, match="kept_accounts"):
        await store.ensure_indexes([replace(earlier, retired=("expiry",))])


async def test_a_model_may_not_have_the_stores_own_fields(store: Store) -> None:
    class Taken(Model):
        id: str
        rev: int

    with pytest.raises(ValueError, match="rev"):
        await store.ensure_indexes([Collection("taken", Taken, lambda taken: taken.id)])
