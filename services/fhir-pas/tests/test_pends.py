"""What is pended is counted, and how long it has been."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from priorbus.fhir_pas.aggregates import CLAIM_AUTHORIZATIONS
from priorbus.fhir_pas.domain.submissions import ClaimAuthorization, DecidedLine
from priorbus.fhir_pas.pends import Pends
from priorbus.runtime.clock import FixedClock
from priorbus.runtime.mongo import Store
from priorbus.runtime.mongo.documents import document_id
from priorbus.runtime.mongo.transactional import Changes, Save

CLOCK = FixedClock()


@pytest.fixture
async def store(mongo_url: str, emptied_prefix: str) -> AsyncIterator[Store]:
    async with Store.open(mongo_url, f"{emptied_prefix}_fhir_pas") as opened:
        await opened.ensure_indexes([CLAIM_AUTHORIZATIONS])
        yield opened


def authorization(name: str, age: timedelta, *actions: str) -> Save:
    items = tuple(DecidedLine(sequence=number, action=action) for number, action in enumerate(actions, 1))
    common = {"client": "c", "head": name, "claim_response_id": "r", "claim_response_version": 1, "outcome": "complete"}
    made = ClaimAuthorization(id=name, **common, items=items, created_at=CLOCK() - age, updated_at=CLOCK())
    return Save(CLAIM_AUTHORIZATIONS, document_id("t_a", name), "t_a", made, 0)


def shown() -> tuple[float | None, float | None]:
    names = ("priorbus_fhir_pas_open_pends", "priorbus_fhir_pas_oldest_pend_seconds")
    return REGISTRY.get_sample_value(names[0]), REGISTRY.get_sample_value(names[1])


async def test_an_index_counts(store: Store) -> None:
    await store.commit(Changes(saves=[authorization("old", timedelta(minutes=5), "A4")]))
    await store.database.command("profile", 2)
    await Pends(store, CLOCK).count()
    plans = [row["planSummary"] async for row in store.database["system.profile"].find({"planSummary": {"$exists": True}})]
    await store.database.command("profile", 0)
    assert plans == ["IXSCAN { created_at: 1 }"] * 2


async def test_open_pends_and_the_age_of_the_oldest(store: Store) -> None:
    pends, minute = Pends(store, CLOCK), timedelta(minutes=1)
    await pends.count()
    assert shown() == (0, 0)
    saves = [
        authorization("decided", 9 * minute, "A1", "A3"),
        authorization("old", 5 * minute, "A1", "A4"),
        authorization("young", minute, "A4", "A4"),
    ]
    await store.commit(Changes(saves=saves))
    await pends.count()
    assert shown() == (2, 300)
