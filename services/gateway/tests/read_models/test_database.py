from typing import Any

from priorbus.gateway.read_models import event_log
from priorbus.gateway.read_models.database import INDEXES, Kept, prepare

DAY = 24 * 3600


async def expiry(database: Any, name: str) -> int:
    seconds: int = (await database[name].index_information())["expiry"]["expireAfterSeconds"]
    return seconds


def test_the_usual_times_are_those_of_the_indexes() -> None:
    assert all(tuple(Kept().indexes(name)) == tuple(indexes) for name, indexes in INDEXES.items())


async def test_rows_are_kept_as_long_as_the_settings_say_also_later(store: Any) -> None:
    for kept in (Kept(), Kept(idempotency=1, operations=2, events=3)):
        await prepare(store.database, kept)
        found = [await expiry(store.database, name) for name in ("idempotency", "operations", event_log.COLLECTION)]
        assert found == [kept.idempotency * DAY, kept.operations * DAY, kept.events * DAY]
