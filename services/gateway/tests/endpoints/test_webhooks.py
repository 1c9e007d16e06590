import base64
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from priorbus.devstack.client import Answer, Client
from priorbus.gateway.events.log import EventLog
from priorbus.gateway.read_models import event_log

ENDPOINTS = "/v1/webhook-endpoints"
DELIVERIES = "/v1/webhook-deliveries"
PUBLIC = "https://93.184.216.34/hook"


@pytest.fixture
async def client(world: Any) -> Client:
    opened: Client = await world.client(await world.key("webhooks:manage", "events:read"))
    return opened


async def made(client: Client, **members: Any) -> Mapping[str, Any]:
    answer: Mapping[str, Any] = (await client.succeed("POST", ENDPOINTS, {"url": PUBLIC} | members)).json
    return answer


async def told(world: Any, name: str, *types: str, tenant: str = "t_one") -> None:
    bodies = [json.dumps({"id": f"evt_{name}{number}", "type": f"priorbus.{kind}.v1"}).encode() for number, kind in enumerate(types)]
    async with world.store.client.transaction() as session:
        log = EventLog(world.store.database)
        await log.append(session, [event_log.document(name, tenant, "file/f1", types, bodies)], world.clock())


async def listed(client: Client, query: str = "") -> list[Any]:
    found: list[Any] = (await client.succeed("GET", DELIVERIES + query)).json["data"]
    return found


async def test_an_endpoint_shows_its_secret_once(client: Client) -> None:
    answer = await client.succeed("POST", ENDPOINTS, {"url": PUBLIC, "description": "billing"})
    endpoint = answer.json
    assert (answer.status, answer.headers["Location"]) == (201, f"{ENDPOINTS}/{endpoint['id']}")
    assert len(base64.b64decode(endpoint.pop("secret").removeprefix("whsec_"))) == 32
    assert (endpoint["eventTypes"], endpoint["format"], endpoint["status"]) == (["*"], "standard", "enabled")
    assert (await client.succeed("GET", f"{ENDPOINTS}/{endpoint['id']}")).json == endpoint
    assert (await client.succeed("GET", ENDPOINTS)).json["data"] == [endpoint]


async def test_a_replay_shows_no_secret(client: Client) -> None:
    first = await client.succeed("POST", ENDPOINTS, {"url": PUBLIC}, key="once")
    again = await client.succeed("POST", ENDPOINTS, {"url": PUBLIC}, key="once")
    assert (again.headers["Idempotency-Replayed"], again.json["secret"]) == ("true", None)
    assert again.json["id"] == first.json["id"]
    path = f"{ENDPOINTS}/{first.json['id']}/rotate-secret"
    rotated = await client.succeed("POST", path, key="turn")
    repeated = await client.succeed("POST", path, key="turn")
    assert rotated.json["secret"] not in (None, first.json["secret"])
    assert repeated.json == {**rotated.json, "secret": None}


FORBIDDEN = (
    *("http://example.org/", "https://127.0.0.1/", "https://[::ffff:10.0.0.1]/", "https://example.org:8443/", "https://u@example.org/"),
    *("https://localhost/", "https://2852039166/", "https://169.254.169.254/", "https://[fe80::1]/", "nothing", "ftp://example.org/"),
)


async def test_conv_39_forbidden_urls(client: Client) -> None:
    """CONV-39; localhost is a name that leads to an address of the machine itself"""
    endpoint = await made(client)
    for url in FORBIDDEN:
        refused = await client.call("POST", ENDPOINTS, {"url": url})
        assert (refused.status, refused.error_code) == (422, "webhook_url_forbidden"), url
        changed = await client.call("PATCH", f"{ENDPOINTS}/{endpoint['id']}", {"url": url})
        assert (changed.status, changed.error_code) == (422, "webhook_url_forbidden"), url


BAD_BODIES: tuple[tuple[Any, str, str], ...] = (
    ({}, "missing", "/url"),
    ({"url": PUBLIC, "secret": "x"}, "unknown_property", "/secret"),
    ({"url": PUBLIC, "eventTypes": []}, "invalid_value", "/eventTypes"),
    ({"url": PUBLIC, "eventTypes": ["authorization.creatd"]}, "invalid_value", "/eventTypes/0"),
    ({"url": PUBLIC, "eventTypes": ["*", "nothing.*"]}, "invalid_value", "/eventTypes/1"),
    ({"url": PUBLIC, "format": "xml"}, "invalid_value", "/format"),
)


async def test_bad_bodies(client: Client) -> None:
    for body, code, field in BAD_BODIES:
        refused = await client.call("POST", ENDPOINTS, body)
        assert (refused.status, refused.error_code) == (400, "bad_request")
        assert [(entry["code"], entry["pointer"]) for entry in refused.json["errors"]] == [(code, field)]


async def test_an_update_changes_what_was_sent(client: Client) -> None:
    endpoint = await made(client, description="old")
    path = f"{ENDPOINTS}/{endpoint['id']}"
    changed = (await client.succeed("PATCH", path, {"eventTypes": ["authorization.*"], "description": None})).json
    assert (changed["eventTypes"], changed["description"], changed["url"]) == (["authorization.*"], None, PUBLIC)
    assert (await client.succeed("GET", path)).json == changed


async def test_at_most_twenty_in_a_tenant(world: Any, client: Client) -> None:
    last = [await made(client) for _ in range(20)][-1]
    refused = await client.call("POST", ENDPOINTS, {"url": PUBLIC})
    assert (refused.status, refused.error_code) == (409, "webhook_endpoint_limit_exceeded")
    other = await world.client(await world.key("webhooks:manage", tenant="t_two"))
    await made(other)
    await client.succeed("DELETE", f"{ENDPOINTS}/{last['id']}")
    await made(client)


async def test_another_tenant_sees_nothing(world: Any, client: Client) -> None:
    endpoint = await made(client)
    await told(world, "f", "file.created")
    (delivery,) = await listed(client)
    other = await world.client(await world.key("webhooks:manage", tenant="t_two"))
    unknown = await other.call("GET", f"{ENDPOINTS}/whe_unknown")
    for method, path, body in (
        ("GET", f"{ENDPOINTS}/{endpoint['id']}", None),
        ("PATCH", f"{ENDPOINTS}/{endpoint['id']}", {"url": "x"}),
        ("DELETE", f"{ENDPOINTS}/{endpoint['id']}", None),
        *(("POST", f"{ENDPOINTS}/{endpoint['id']}/{act}", None) for act in ("rotate-secret", "test", "enable", "disable")),
        ("POST", f"{ENDPOINTS}/{endpoint['id']}/replay", {"from": "x"}),
    ):
        refused = await other.call(method, path, body)
        assert (refused.status, refused.error_code) == (404, "webhook_endpoint_not_found"), path
        assert without_request(refused) == without_request(unknown)
    refused = await other.call("POST", f"{DELIVERIES}/{delivery['id']}/redeliver")
    assert (refused.status, refused.error_code) == (404, "webhook_delivery_not_found")
    assert await listed(other) == []
    assert (await other.succeed("GET", ENDPOINTS)).json["data"] == []


def without_request(answer: Answer) -> dict[str, Any]:
    return {name: value for name, value in answer.json.items() if name != "instance"}


async def test_a_test_goes_to_this_endpoint_only_whatever_it_wants(client: Client) -> None:
    endpoint = await made(client, eventTypes=["file.*"])
    await made(client)
    answer = await client.succeed("POST", f"{ENDPOINTS}/{endpoint['id']}/test", key="one")
    assert answer.status == 202
    again = await client.succeed("POST", f"{ENDPOINTS}/{endpoint['id']}/test", key="one")
    assert again.json == answer.json
    (delivery,) = await listed(client)
    assert delivery["eventId"] == answer.json["eventId"]
    assert (delivery["endpointId"], delivery["eventType"], delivery["status"]) == (endpoint["id"], "webhook_endpoint.test", "pending")
    (event,) = (await client.succeed("GET", "/v1/events")).json["data"]
    assert (event["id"], event["data"]) == (answer.json["eventId"], {"endpointId": endpoint["id"]})
    assert (event["subject"], event["sequence"]) == (f"webhook_endpoint/{endpoint['id']}", "000000000001")


async def test_a_disabled_endpoint_gets_no_new_deliveries(world: Any, client: Client) -> None:
    endpoint = await made(client, eventTypes=["file.*"])
    path = f"{ENDPOINTS}/{endpoint['id']}"
    for _ in range(2):
        disabled = (await client.succeed("POST", f"{path}/disable")).json
        assert (disabled["status"], disabled["disabledReason"]) == ("disabled", "requested")
    await told(world, "a", "file.created")
    assert (await client.succeed("POST", f"{path}/enable")).json["status"] == "enabled"
    await told(world, "b", "file.created")
    assert [delivery["eventId"] for delivery in await listed(client)] == ["evt_b0"]
    types = [event["type"] for event in (await client.succeed("GET", "/v1/events?type=webhook_endpoint.*")).json["data"]]
    assert types == ["priorbus.webhook_endpoint.disabled.v1"]


async def test_with_the_last_endpoint_gone_events_cost_nothing_again(world: Any, client: Client) -> None:
    endpoint = await made(client)
    await told(world, "a", "file.created", "file.ready")
    await client.succeed("DELETE", f"{ENDPOINTS}/{endpoint['id']}")
    await told(world, "b", "file.created")
    found = await listed(client)
    assert {(delivery["eventId"], delivery["status"], delivery["nextAttemptAt"]) for delivery in found} == {
        ("evt_a0", "canceled", None),
        ("evt_a1", "canceled", None),
    }
    refused = await client.call("POST", f"{DELIVERIES}/{found[0]['id']}/redeliver")
    assert (refused.status, refused.error_code) == (404, "webhook_endpoint_not_found")


async def test_the_delivery_log_can_be_filtered_and_paged(world: Any, client: Client) -> None:
    first, second = await made(client), await made(client, eventTypes=["file.ready"])
    await told(world, "a", "file.created", "file.ready")
    assert len(await listed(client)) == 3
    assert {delivery["endpointId"] for delivery in await listed(client, f"?endpointId={second['id']}")} == {second["id"]}
    assert len(await listed(client, f"?endpointId={first['id']}&status=pending")) == 2
    assert len(await listed(client, "?eventId=evt_a1")) == 2
    assert await listed(client, "?status=delivered") == []
    assert (await client.call("GET", f"{DELIVERIES}?status=lost")).status == 400
    page = (await client.succeed("GET", f"{DELIVERIES}?limit=2")).json
    rest = await listed(client, f"?limit=2&cursor={page['pagination']['nextCursor']}")
    assert len({delivery["id"] for delivery in [*page["data"], *rest]}) == 3


async def test_redelivery_opens_a_delivery_again(world: Any, client: Client) -> None:
    await made(client)
    await told(world, "a", "file.created")
    (delivery,) = await listed(client)
    rows = world.store.database["webhook_deliveries"]
    await rows.update_one({"_id": delivery["id"]}, {"$set": {"status": "exhausted", "tries": 10}, "$unset": {"lane": "", "due": ""}})
    answer = await client.succeed("POST", f"{DELIVERIES}/{delivery['id']}/redeliver")
    assert (answer.status, answer.json["status"]) == (202, "pending")
    row = await rows.find_one({"_id": delivery["id"]})
    assert (row["tries"], row["lane"], row["due"]) == (0, row["endpoint"], world.clock())


async def test_a_replay_is_an_operation(world: Any, client: Client) -> None:
    endpoint = await made(client)
    window = {"from": "2026-03-04T00:00:00Z", "to": "2026-03-05T00:00:00+01:00"}
    answer = await client.succeed("POST", f"{ENDPOINTS}/{endpoint['id']}/replay", window)
    assert (answer.status, answer.json["status"], answer.headers["Retry-After"]) == (202, "pending", "1")
    assert (await client.succeed("GET", answer.headers["Location"])).json["id"] == answer.json["id"]
    for bad in ({"from": "x", "to": "y"}, {"from": window["to"], "to": window["from"]}, {"from": window["from"]}):
        assert (await client.call("POST", f"{ENDPOINTS}/{endpoint['id']}/replay", bad)).status == 400


async def test_secrets_are_in_no_list_and_the_old_one_expires(world: Any, client: Client) -> None:
    endpoint = await made(client)
    rotated = (await client.succeed("POST", f"{ENDPOINTS}/{endpoint['id']}/rotate-secret")).json
    shown = await client.succeed("GET", f"{ENDPOINTS}/{endpoint['id']}")
    assert rotated["secret"].encode() not in shown.body
    assert endpoint["secret"].encode() not in shown.body
    assert shown.json["previousSecretExpiresAt"] == rotated["previousSecretExpiresAt"]
    until = (await world.store.database["webhook_endpoints"].find_one({"_id": endpoint["id"]}))["previous_until"]
    assert until - world.clock() == timedelta(hours=24)


async def test_the_scope_is_needed(world: Any) -> None:
    refused = await (await world.client(await world.key("events:read"))).call("GET", ENDPOINTS)
    assert (refused.status, refused.json["details"]) == (403, {"requiredScopes": ["webhooks:manage"]})
