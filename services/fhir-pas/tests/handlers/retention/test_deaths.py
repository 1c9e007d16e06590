"""The process dies while what retention is over for is removed (fhir-pas.md 17, 21): nothing half, nothing twice, nothing left."""

import json
from datetime import timedelta
from typing import Any, Literal

import pytest

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.commands.fhir_keeping import DiscardRequestObject
from priorbus.contracts.commands.storage import ReleaseDocuments
from priorbus.fhir_pas.aggregates import ALL, REQUEST_OBJECTS
from priorbus.runtime.mongo.transactional import Changes
from priorbus.runtime.settlement import StoreUnavailable
from priorbus.runtime.testing.handlers import TENANT

Side = Literal["before", "after"]


class Died(StoreUnavailable):
    """The end of the process, as far as its handlers can tell: nothing after this line runs."""


@pytest.fixture
def dying(keeper: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lets the process die before or after a commit to come, counted from 0."""
    commit = keeper.store.commit

    def at(number: int, side: Side) -> None:
        left = [number]

        async def dies(changes: Changes) -> None:
            left[0] -= 1
            if left[0] >= 0:
                await commit(changes)
                return
            monkeypatch.setattr(keeper.store, "commit", commit)
            if side == "after":
                await commit(changes)
            raise Died

        monkeypatch.setattr(keeper.store, "commit", dies)

    return at


def kept(keeper: Any) -> dict[str, list[Any]]:
    return {one.name: keeper.store.all(one, TENANT) for one in ALL}


def released(keeper: Any) -> list[str]:
    told = [one for one in keeper.store.published() if isinstance(one, ReleaseDocuments)]
    return sorted(id_ for one in told for id_ in one.document_ids)


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("number", range(4))
async def test_at_each_commit_of_a_round(
    keeper: Any, dying: Any, own_request: dict[str, Any], case: Authorization, number: int, side: Side
) -> None:
    """Two authorizations with a document each, a package that was never sent, attachments that were held in vain."""
    await keeper.submit_two_with_notes(own_request)
    await keeper.service.prepare(case)
    await keeper.attach()
    await keeper.later(timedelta(days=1000))
    before = kept(keeper)
    dying(number, side)
    with pytest.raises(Died):
        await keeper.look()
    done = number + (side == "after")
    assert (kept(keeper) == before) is (done == 0)
    assert await keeper.look() == 4 - done
    assert keeper.left() == {"submissions"}
    documents = released(keeper)
    assert (len(documents), len(set(documents))) == (3, 3)
    assert await keeper.look() == 0


async def test_between_the_removal_of_a_body_and_its_record(keeper: Any, dying: Any, own_text: str) -> None:
    """Who sends the same bytes meanwhile is told to send them again, and then they stay."""
    command = keeper.by_reference(own_text)
    key = await keeper.stored(command)
    await keeper.service.send(command)
    await keeper.later(timedelta(days=1000))
    assert (await keeper.look(), await keeper.sweep()) == (1, 1)
    dying(0, "before")
    with pytest.raises(Died):
        await keeper.send(DiscardRequestObject(key=key))
    assert keeper.objects.objects == {}
    await keeper.stored(command)
    refused = await keeper.service.send(command)
    assert (refused.result["status"], json.loads(refused.result["body"])["issue"][0]["code"]) == (503, "transient")
    await keeper.send(DiscardRequestObject(key=key))
    assert keeper.objects.objects == {}
    await keeper.later(timedelta(minutes=2))
    await keeper.stored(command)
    assert (await keeper.service.send(command)).result["status"] == 200
    await keeper.send(DiscardRequestObject(key=key))
    await keeper.later(timedelta(days=30))
    assert await keeper.sweep() == 0
    assert (list(keeper.objects.objects), [one.going for one in keeper.store.all(REQUEST_OBJECTS, TENANT)]) == ([key], [False])
