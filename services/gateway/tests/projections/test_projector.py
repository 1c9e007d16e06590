from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from priorbus.contracts.envelope import Envelope
from priorbus.contracts.facts.requirements import AnswersPatched, TemplatePublished
from priorbus.gateway.events.outlet import EventOutlet
from priorbus.gateway.projections.projector import Projector
from priorbus.gateway.read_models import authorizations
from priorbus.gateway.subscriptions import SUBSCRIPTIONS
from priorbus.runtime.clock import FixedClock
from priorbus.runtime.mongo import Store
from priorbus.runtime.testing.bus import MemoryBus

MakeState = Callable[..., dict[str, Any]]
NOW = "2026-03-04T05:06:07.089Z"
PUBLIC = {"id": "auth_1", "version": 2, "status": "requires_input", "statusC": "requires_action", "changedCount": 1}


def event(sequence: int, kind: str = "authorization.answers_patched", data: Any = PUBLIC) -> dict[str, Any]:
    return {"type": kind, "sequence": sequence, "at": NOW, "actor": "customer", "data": data, "payload": {"changedLinkIds": ["q.weeks"]}}


def fact(name: str, state: dict[str, Any], *events: dict[str, Any], tenant: str = "t_one") -> Envelope:
    data = {"authorization": state, "events": list(events)}
    time = datetime(2026, 3, 4, tzinfo=UTC)
    return Envelope(name, AnswersPatched.wire_type, time, tenant, data, request_id="req_1", causation_id="cmd_1")


@pytest.fixture
def projector(store: Store) -> Projector:
    return Projector(store, SUBSCRIPTIONS, "https://api.example.test", FixedClock())


async def logged(store: Store) -> Sequence[dict[str, Any]]:
    return await store.database["event_log"].find(sort=[("tenant", 1), ("first", 1)]).to_list(None)


async def projected_version(store: Store) -> int:
    found = await store.database["authorizations"].find_one({"_id": "t_one/auth_1"})
    assert found is not None
    return int(authorizations.state_of(found)["version"])


async def test_a_fact_becomes_state_timeline_and_events(store: Store, projector: Projector, make_state: MakeState) -> None:
    (settled,) = await projector.run([fact("f1", make_state(version=2, sequence=4), event(3), event(4, data=None))])
    assert settled.kind == "done"
    assert await projected_version(store) == 2
    (row,) = await store.database["timeline"].find().to_list(None)
    assert (row["subject"], row["first"], row["last"]) == ("t_one/auth_1", 3, 4)
    entry = orjson.loads(row["entries"])[0]
    assert (entry["sequence"], entry["timestamp"], entry["payload"]["changedLinkIds"]) == (3, NOW, ["q.weeks"])
    (row,) = await logged(store)
    (body,) = row["events"]
    assert orjson.loads(body) == {
        "specversion": "1.0",
        "id": entry["id"],
        "source": "/tenants/t_one",
        "type": "priorbus.authorization.answers_patched.v1",
        "subject": "authorization/auth_1",
        "time": NOW,
        "datacontenttype": "application/json",
        "dataschema": "https://api.example.test/schemas/events/authorization.answers_patched.json",
        "sequence": "000000000003",
        "partitionkey": "auth_1",
        "tenantid": "t_one",
        "correlationid": "req_1",
        "causationid": "cmd_1",
        "data": PUBLIC,
    }


async def test_a_fact_that_comes_again_changes_nothing(store: Store, projector: Projector, make_state: MakeState) -> None:
    first = fact("f1", make_state(version=2, sequence=3), event(3))
    await projector.run([first])
    before = await logged(store)
    await projector.run([first, first])
    assert await logged(store) == before
    assert await store.database["timeline"].count_documents({}) == 1


async def test_an_older_state_never_replaces_a_newer_one(store: Store, projector: Projector, make_state: MakeState) -> None:
    await projector.run([fact("f3", make_state(version=3, sequence=9), event(9))])
    await projector.run([fact("f2", make_state(version=2, sequence=8), event(8))])
    assert await projected_version(store) == 3
    assert await store.database["timeline"].count_documents({}) == 2


async def test_the_newest_of_a_group_wins_whatever_the_order(store: Store, projector: Projector, make_state: MakeState) -> None:
    versions = [2, 4, 3]
    await projector.run([fact(f"f{version}", make_state(version=version, sequence=version), event(version)) for version in versions])
    assert await projected_version(store) == 4


async def test_positions_have_no_gap_and_are_each_tenants_own(store: Store, projector: Projector, make_state: MakeState) -> None:
    await projector.run([fact("a", make_state(), event(1), event(2)), fact("b", make_state(tenant="t_two"), event(1), tenant="t_two")])
    await projector.run([fact("c", make_state(version=2, sequence=3), event(3))])
    rows = [(row["tenant"], row["first"], row["last"]) for row in await logged(store)]
    assert rows == [("t_one", 1, 2), ("t_one", 3, 3), ("t_two", 1, 1)]


async def test_a_fact_without_public_events_takes_no_position(store: Store, projector: Projector, make_state: MakeState) -> None:
    await projector.run([fact("a", make_state(), event(1, data=None))])
    assert await logged(store) == []
    assert await store.database["positions"].count_documents({}) == 0


async def test_a_fact_that_can_not_be_understood_is_parked_alone(store: Store, projector: Projector, make_state: MakeState) -> None:
    broken = Envelope("x", AnswersPatched.wire_type, datetime.now(UTC), "t_one", {"authorization": {}})
    settled = await projector.run([broken, fact("f1", make_state(version=2, sequence=3), event(3))])
    assert [(each.kind, each.error) for each in settled] == [("park", "KeyError"), ("done", "")]
    assert await projected_version(store) == 2


async def test_a_template_is_kept_once(store: Store, projector: Projector, template: Any) -> None:
    data = {"template": template.model_dump(mode="json")}
    envelopes = [Envelope(name, TemplatePublished.wire_type, datetime.now(UTC), "*", data) for name in ("a", "b")]
    await projector.run(envelopes)
    await projector.run(envelopes)
    assert await store.database["templates"].count_documents({"_id": "small/1"}) == 1


async def test_events_leave_with_their_routing_key(store: Store, projector: Projector, make_state: MakeState) -> None:
    await projector.run([fact("f1", make_state(), event(3), event(4))])
    bus = MemoryBus()
    await EventOutlet(bus.publisher).send(await logged(store))
    assert [(sent.key, sent.sequence, sent.tenant) for sent in bus.events] == [
        ("t_one.authorization.answers_patched", "000000000003", "t_one"),
        ("t_one.authorization.answers_patched", "000000000004", "t_one"),
    ]
    assert bus.events[0].body == (await logged(store))[0]["events"][0]
