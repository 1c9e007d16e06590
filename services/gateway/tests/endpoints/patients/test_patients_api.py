"""The patient attachments API at the gateway alone: what it sends to the owner, and what it makes of replies."""

import asyncio
import base64
from typing import Any

import pytest

from priorbus.devstack.client import Answer, Client
from priorbus.devstack.patients import ATTACHMENTS, CASES, PATIENTS, PatientsClient

NUMBER = 9007199254740993
MOMENT = "2026-03-04T05:06:07.089Z"
Json = dict[str, Any]


def attachment(**changes: Any) -> Json:
    """The JSON of an attachment as replies carry it."""
    return {
        "id": NUMBER,
        "tenant": "t_one",
        "version": 1,
        "patient_id": NUMBER + 1,
        "patient_case_id": None,
        "user_id": 7,
        "status": "received",
        "description": None,
        "filename": None,
        "content_type": None,
        "size": None,
        "sha256": None,
        "upload_key": "k",
        "storage_key": "patient-attachments/t_one/1",
        "processing_error": None,
        "pinned_at": None,
        "processed_at": None,
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "archived_at": None,
    } | changes


PROCESSED = {
    "status": "processed",
    "filename": "a b.pdf",
    "content_type": "application/pdf",
    "size": 3,
    "processed_at": MOMENT,
    "version": 2,
}


@pytest.fixture
async def caller(world: Any) -> PatientsClient:
    client = await PatientsClient(world.url, await world.key()).__aenter__()
    world.clients.append(client)
    return client


async def given(world: Any, state: Json) -> None:
    await world.inside.commands._appliers["patient_attachment"]({"patient_attachment": state})


async def test_a_created_attachment_is_answered_and_readable(world: Any, caller: PatientsClient) -> None:
    world.owner.reply = lambda envelope: {"result": {"patient_attachment": attachment(id=envelope.data["patient_attachment_id"])}}
    body = {"patient_id": str(NUMBER), "upload_url": "https://x", "description": None, "more": 1}
    answer = await caller.call("POST", ATTACHMENTS, body)
    (sent,) = world.owner.seen
    assert (sent.type, sent.data["patient_id"], sent.data["upload_url"]) == ("storage.create_patient_attachment", NUMBER, "https://x")
    assert (sent.data["issues"], sent.data["patient_case_id"]) == ([], None)
    number = sent.data["patient_attachment_id"]
    assert (answer.status, answer.json["id"], answer.headers["Location"]) == (201, str(number), f"{ATTACHMENTS}/{number}")
    assert (await caller.call("GET", answer.headers["Location"])).json == answer.json
    assert (await caller.call("GET", ATTACHMENTS)).json["patient_attachments"] == [answer.json]


async def test_what_has_the_wrong_type_travels_as_findings(world: Any, caller: PatientsClient) -> None:
    refusal = {"code": "validation_failed", "issues": [{"code": "not_an_id", "message": "is invalid", "field": "patient_id"}]}
    world.owner.reply = lambda _: {"refusal": refusal}
    answer = await caller.call("POST", ATTACHMENTS, b'{"patient_id": 1.5, "upload_url": 7, "description": [], "patient_case_id": "x"}')
    found = {issue["field"]: issue["code"] for issue in world.owner.seen[0].data["issues"]}
    assert found == {"patient_id": "not_an_id", "upload_url": "url_malformed", "description": "invalid", "patient_case_id": "not_an_id"}
    assert (answer.status, answer.json["errors"]) == (422, {"patient_id": "is invalid"})
    await caller.call("PATCH", f"{ATTACHMENTS}/{NUMBER}", {"description": None, "pinned": "x"})
    assert world.owner.seen[1].data["members"] == {"description": None}
    assert [issue["field"] for issue in world.owner.seen[1].data["issues"]] == ["pinned"]


async def test_an_unprocessed_attachment_has_no_content(world: Any, caller: PatientsClient) -> None:
    await given(world, attachment())
    shown = (await caller.call("GET", f"{ATTACHMENTS}/{NUMBER}")).json
    assert (shown["processing_completed"], shown["content"], shown["filename"]) == (False, None, None)
    refused = await caller.call("GET", f"{ATTACHMENTS}/{NUMBER}/content")
    assert (refused.status, refused.error_code) == (404, "content_not_available")


async def test_content_is_a_link_that_nobody_keeps(world: Any, caller: PatientsClient) -> None:
    await given(world, attachment(**PROCESSED))
    answer = await caller.call("GET", f"{ATTACHMENTS}/{NUMBER}/content")
    assert (answer.status, answer.headers["Cache-Control"], answer.body) == (302, "no-store", b"")
    assert answer.headers["Location"].startswith("memory://objects/patient-attachments/t_one/1?signature=")


async def test_archived_ones_show_only_to_who_asks(world: Any, caller: PatientsClient) -> None:
    await given(world, attachment(**PROCESSED | {"version": 3, "archived_at": MOMENT}))
    path = f"{ATTACHMENTS}/{NUMBER}"
    expected = {
        "": 404,
        "?q[]=archived_at:*": 200,
        "?q[]=archived_at:?": 200,
        "?q[]=archived_at:!?": 404,
        "?q=archived_at:>2026-03-05T00:00:00Z": 404,
    }
    for query, status in expected.items():
        assert (await caller.call("GET", path + query)).status == status
    assert (await caller.call("GET", f"{path}/content?q[]=archived_at:*")).status == 404
    assert (await caller.call("PATCH", path, b"{")).status == 404


async def test_archive_and_its_deprecated_form(world: Any, caller: PatientsClient) -> None:
    world.owner.reply = lambda _: {"result": {"patient_attachment": attachment(archived_at=MOMENT)}}
    archived, deleted = (
        await caller.call("POST", f"{ATTACHMENTS}/0{NUMBER}/archive"),
        await caller.call("DELETE", f"{ATTACHMENTS}/{NUMBER}"),
    )
    assert (archived.status, deleted.status, archived.body, deleted.body) == (204, 204, b"", b"")
    assert "Deprecation" not in archived.headers
    assert deleted.headers["Deprecation"] == "@1767225600"
    assert deleted.headers["Link"] == f'<{ATTACHMENTS}/{NUMBER}/archive>; rel="successor-version"'
    assert {envelope.data["patient_attachment_id"] for envelope in world.owner.seen} == {NUMBER}


async def test_an_archived_one_is_found_where_its_operation_says(world: Any, caller: PatientsClient) -> None:
    """Conventions 7.4; patient-attachments.md 2, 7.2"""
    await given(world, attachment())
    world.owner.reply = lambda _: {"result": {"patient_attachment": attachment(version=2, archived_at=MOMENT)}}
    path = f"{ATTACHMENTS}/{NUMBER}"
    accepted = await caller.call("DELETE", path, headers={"Prefer": "respond-async"})
    assert (accepted.status, accepted.headers["Deprecation"]) == (202, "@1767225600")
    assert accepted.headers["Link"] == f'<{path}/archive>; rel="successor-version"'
    platform = await world.client(await world.key())
    async with asyncio.timeout(20):
        while (operation := (await platform.succeed("GET", accepted.headers["Location"])).json)["status"] == "pending":
            await asyncio.sleep(0.01)
    assert (operation["status"], operation["resource"]["id"]) == ("succeeded", str(NUMBER))
    assert (await caller.call("GET", path)).status == 404
    shown = await caller.succeed("GET", operation["resource"]["href"])
    assert (shown.json["id"], shown.json["archived_at"]) == (str(NUMBER), MOMENT)


async def test_all_that_filters_may_hold_fits_into_an_address(world: Any, caller: PatientsClient) -> None:
    """patient-attachments.md 8.1.2: twenty of 2 KiB, here percent-encoded"""
    await given(world, attachment(description="é"))
    longest = "q[]=description:!=" + "%C3%A9" * 1017
    answer = await caller.call("GET", f"{ATTACHMENTS}?" + "&".join([longest] * 20))
    assert (answer.status, answer.json["total_entries"]) == (200, 1)
    assert (await caller.call("GET", f"{ATTACHMENTS}?" + "&".join([longest] * 21))).error_code == "invalid_filter"
    assert (await caller.call("GET", f"{ATTACHMENTS}?{longest}%C3%A9")).error_code == "invalid_filter"


@pytest.mark.parametrize("number", ["x", "0", "-1", "1.0", "9223372036854775808", "%D9%A3", "1e3", "0x1"])
async def test_impossible_ids_are_like_unknown_ones(world: Any, caller: PatientsClient, number: str) -> None:
    for method, path in (
        ("GET", f"{ATTACHMENTS}/{number}"),
        ("POST", f"{ATTACHMENTS}/{number}/archive"),
        ("PATCH", f"{PATIENTS}/{number}"),
        ("GET", f"{PATIENTS}/{number}/attachment_presigned_post"),
        ("GET", f"{CASES}/{number}/patient_attachments"),
        ("GET", f"/v1/users/{number}"),
    ):
        answer = await caller.call(method, path, {} if method == "PATCH" else None)
        assert (answer.status, answer.json["message"], answer.error_code) == (404, "Not Found", "not_found")
    assert world.owner.seen == []


async def test_a_presigned_post_is_never_answered_202(world: Any, caller: PatientsClient) -> None:
    form = {"url": "https://store.example.test/b", "fields": {"key": "k"}}
    world.owner.reply = lambda _: {"result": {"presigned_post": form}}
    path = f"{PATIENTS}/{NUMBER}/attachment_presigned_post"
    answer = await caller.call("GET", path, headers={"Prefer": "respond-async"})
    assert (answer.status, answer.json, answer.headers["Cache-Control"]) == (200, form, "no-store")
    world.owner.pause()
    away = await caller.call("GET", path)
    assert (away.status, away.json["message"], away.headers["Retry-After"]) == (503, "Service unavailable", "1")


async def test_users_are_clients_of_the_tenant(world: Any, caller: PatientsClient) -> None:
    mine = await world.store.database["api_keys"].find_one({"tenant": "t_one"})
    await world.key(tenant="t_two")
    theirs = await world.store.database["api_keys"].find_one({"tenant": "t_two"})
    shown = await caller.call("GET", f"/v1/users/{mine['user_id']}")
    assert (shown.json["id"], shown.json["display_name"]) == (str(mine["user_id"]), "test")
    assert (await caller.call("GET", f"/v1/users/{theirs['user_id']}")).status == 404


async def test_basic_takes_a_key_and_no_password(world: Any) -> None:
    key = await world.key()
    nobody: Client = await world.client(None)

    async def ask(value: str) -> Answer:
        return await nobody.call("GET", ATTACHMENTS, headers={"Authorization": value})

    def basic(login: bytes) -> str:
        return "Basic " + base64.b64encode(login).decode()

    assert (await ask(basic(f"{key}:".encode()))).status == 200
    assert (await ask(basic(f"{key}:".encode()).replace("Basic", "basic"))).status == 200
    assert (await ask(basic(f"{key}-au2:".encode()))).status == 200
    for value in (basic(f"{key}:x".encode()), basic(key.encode()), basic(f"{key}é:".encode()), "Basic !", "Basic", basic(b":")):
        refused = await ask(value)
        assert (refused.status, refused.json["message"]) == (401, "Unauthorized")
        assert refused.headers["WWW-Authenticate"] == 'Bearer realm="priorbus", Basic realm="priorbus"'
    assert (await nobody.call("GET", "/v1/payers", headers={"Authorization": basic(f"{key}:".encode())})).status == 401


async def test_the_windows_of_this_api_are_its_own(make_world: Any) -> None:
    async with make_world(rate_patient_attachments="2/60") as world:
        caller = await world.client(await world.key())
        assert [(await caller.call("GET", PATIENTS)).status for _ in range(3)] == [200, 200, 429]
        refused = await caller.call("GET", PATIENTS)
        assert int(refused.headers["X-RateLimit-Reset"]) == int(world.clock().timestamp()) + 61
        assert refused.json["details"] == {"violatedPolicies": ["default"]}
        assert (await caller.call("GET", f"{PATIENTS}/1")).status == 429
        read = await caller.call("GET", f"{ATTACHMENTS}/1")
        assert (read.status, read.headers["RateLimit-Policy"]) == (404, '"poll";q=300;w=60')
        other = await caller.call("GET", "/v1/payers")
        assert (other.status, other.headers["RateLimit-Policy"]) == (200, '"default";q=6000;w=60')
