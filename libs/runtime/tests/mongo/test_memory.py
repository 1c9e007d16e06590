"""What a process remembers of its own commits."""

from collections.abc import Sequence

import pytest

from priorbus.runtime.clock import utc_now
from priorbus.runtime.mongo import Store
from priorbus.runtime.mongo.documents import document_id
from priorbus.runtime.mongo.errors import Conflict
from priorbus.runtime.mongo.memory import Memory
from priorbus.runtime.mongo.transactional import Changes, Loaded, Save
from priorbus.runtime.testing import TENANT
from priorbus.runtime.testing.ledger import Account
from priorbus.runtime.work import Collection, Ref

REMEMBERED: Collection[Account] = Collection("remembered", Account, lambda account: account.id, remembered=2)
FORGOTTEN: Collection[Account] = Collection("forgotten", Account, lambda account: account.id)


def save(id_: str, rev: int, balance: int = 0, *, collection: Collection[Account] = REMEMBERED, gone: bool = False) -> Save:
    account = None if gone else Account(id=id_, tenant=TENANT, opened_at=utc_now(), balance=balance)
    return Save(collection, document_id(TENANT, id_), TENANT, account, rev)


async def load(store: Store, *ids: str) -> Sequence[Loaded]:
    found = await store.load([Ref(REMEMBERED, TENANT, id_) for id_ in ids])
    return [found[REMEMBERED.name, document_id(TENANT, id_)] for id_ in ids]


def test_the_latest_commits_are_kept_up_to_the_room_there_is() -> None:
    memory = Memory()
    memory.committed([save("a", 0), save("b", 0), save("a", 1), save("c", 0), save("d", 0, collection=FORGOTTEN)])
    ids = [document_id(TENANT, id_) for id_ in "abcd"]
    assert {id_: loaded.rev for id_, loaded in memory.of(REMEMBERED.name, ids).items()} == {ids[0]: 2, ids[2]: 1}
    assert memory.of(FORGOTTEN.name, ids) == {}
    memory.committed([save("a", 2, gone=True)])
    assert list(memory.of(REMEMBERED.name, ids)) == [ids[2]]


async def test_what_was_committed_here_is_not_read_again(store: Store) -> None:
    committed = save("a", 0, balance=7)
    await store.commit(Changes(saves=[committed]))
    [loaded] = await load(store, "a")
    assert loaded.aggregate is committed.aggregate
    assert loaded.rev == 1


async def test_what_another_process_committed_since_is_read(store: Store, mongo_url: str) -> None:
    await store.commit(Changes(saves=[save("a", 0, balance=1), save("b", 0, balance=2)]))
    async with Store.open(mongo_url, store.database.name) as other:
        [theirs] = await load(other, "a")
        await other.commit(Changes(saves=[save("a", theirs.rev, balance=10)]))
    first, second, third = await load(store, "a", "b", "c")
    assert (first.aggregate.balance, first.rev) == (10, 2)
    assert (second.aggregate.balance, second.rev) == (2, 1)
    assert third == Loaded(None, 0)


async def test_a_commit_that_failed_leaves_no_memory(store: Store) -> None:
    await store.commit(Changes(saves=[save("a", 0, balance=1)]))
    with pytest.raises(Conflict):
        await store.commit(Changes(saves=[save("a", 5, balance=99), save("b", 0)]))
    loaded, absent = await load(store, "a", "b")
    assert (loaded.aggregate.balance, absent.aggregate) == (1, None)
