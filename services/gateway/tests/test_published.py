"""What is published about the API, without a server."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest

from priorbus.contracts.public_events import PUBLIC_EVENTS
from priorbus.gateway.asyncapi.compatibility import breaking_changes, current, main
from priorbus.gateway.asyncapi.document import build
from priorbus.gateway.published import HTML_PATHS, JSON_PATHS, published
from priorbus.gateway.routes import ROUTES

BASE = "https://priorbus.example"
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def documents() -> dict[str, bytes]:
    return published(ROUTES, BASE)


def test_every_path_has_a_document_and_the_other_way_round(documents: dict[str, bytes]) -> None:
    assert documents.keys() == {*JSON_PATHS, *HTML_PATHS}
    assert {*JSON_PATHS, *HTML_PATHS} <= {route.path for route in ROUTES if route.credential == "none"}


def test_schemas_of_events_are_valid_and_open_for_members_to_come(documents: dict[str, bytes]) -> None:
    for name in PUBLIC_EVENTS:
        schema = orjson.loads(documents[f"/schemas/events/{name}.json"])
        jsonschema_rs.meta.validate(schema)
        assert schema["$id"] == f"{BASE}/schemas/events/{name}.json"
        assert "additionalProperties" not in schema


def test_asyncapi_is_valid_by_its_meta_schema() -> None:
    found = Path(sys.prefix, "share", "asyncapi-3.0.0.json")
    if not found.exists():
        pytest.skip("the meta-schema of AsyncAPI is not installed")
    validator = jsonschema_rs.validator_for(json.loads(found.read_text()))
    problems = [f"{'/'.join(map(str, error.instance_path))}: {error.message[:200]}" for error in validator.iter_errors(build(BASE))]
    assert problems == []


def test_asyncapi_has_every_event_on_both_channels() -> None:
    document = build(BASE)
    for channel in document["channels"].values():
        assert channel["messages"].keys() == PUBLIC_EVENTS.keys()
    assert document["components"]["messages"].keys() == PUBLIC_EVENTS.keys()


def test_the_platform_says_what_receivers_of_webhooks_are_sent(documents: dict[str, bytes]) -> None:
    webhooks = orjson.loads(documents["/openapi/platform.json"])["webhooks"]
    assert webhooks.keys() == PUBLIC_EVENTS.keys()
    for name, webhook in webhooks.items():
        body = webhook["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert body["properties"]["type"] == {"const": name}


def test_pages_work_offline(documents: dict[str, bytes]) -> None:
    for path in HTML_PATHS:
        text = documents[path].decode()
        assert "<script" not in text
        assert not re.findall(r'(?:src|href)="(?!/|#)[^"]*"', text), path


def test_links_between_pages_lead_somewhere(documents: dict[str, bytes]) -> None:
    known = {route.path for route in ROUTES}
    for path in HTML_PATHS:
        text = documents[path].decode()
        for target in set(re.findall(r'href="(/[^"#]*)"', text)):
            assert target in known or target.startswith("/docs/errors/"), f"{path} leads to {target}"
        for anchor in set(re.findall(r'href="#([^"]*)"', text)):
            assert f'id="{anchor}"' in text, f"{path} leads to #{anchor}"


def test_every_operation_has_its_place_on_a_page(documents: dict[str, bytes]) -> None:
    for name in ("authorizations", "patient-attachments", "platform"):
        document = orjson.loads(documents[f"/openapi/{name}.json"])
        text = documents[f"/docs/{name}"].decode()
        for methods in document["paths"].values():
            for operation in methods.values():
                assert text.count(f'id="{operation["operationId"]}"') == 1


def inline_members(schema: dict[str, Any]) -> Iterator[str]:
    for name, member in schema.get("properties", {}).items():
        yield name
        yield from inline_members(member)
    for part in schema.get("oneOf", ()):
        yield from inline_members(part)


def test_pages_say_what_to_send(documents: dict[str, bytes]) -> None:
    for name in ("authorizations", "patient-attachments", "platform"):
        articles = documents[f"/docs/{name}"].decode().split("<article>")
        for methods in orjson.loads(documents[f"/openapi/{name}.json"])["paths"].values():
            for operation in methods.values():
                [article] = [one for one in articles if f'id="{operation["operationId"]}"' in one]
                for content in operation.get("requestBody", {}).get("content", {}).values():
                    assert all(re.search(rf"<code>([^<]*\.)?{member}</code>", article) for member in inline_members(content["schema"]))


def test_nothing_published_of_an_event_breaks() -> None:
    recorded = orjson.loads((ROOT / "docs" / "published-events.json").read_bytes())
    assert breaking_changes(recorded, current()) == []
    assert current().keys() == recorded.keys(), (
        "record new events: python -m priorbus.gateway.asyncapi.compatibility docs/published-events.json"
    )


MEMBER: dict[str, Any] = {"always": True, "schema": {"type": "string"}}


@pytest.mark.parametrize(
    ("now", "change"),
    [
        ({}, "e is gone"),
        ({"e": {}}, "e.m is gone"),
        ({"e": {"m": {**MEMBER, "always": False}}}, "e.m is no longer always there"),
        ({"e": {"m": {**MEMBER, "schema": {"type": "integer"}}}}, "e.m has another type"),
        ({"e": {"m": {**MEMBER, "schema": {"type": ["string", "null"]}}}}, "e.m has another type"),
    ],
)
def test_a_breaking_change_is_found(now: Any, change: str) -> None:
    assert breaking_changes({"e": {"m": MEMBER}}, now) == [change]


def test_what_breaks_nobody_is_let_through() -> None:
    described = {**MEMBER, "schema": {"type": "string", "description": "Better said."}}
    assert breaking_changes({"e": {"m": MEMBER}}, {"e": {"m": described, "new": MEMBER}, "f": {}}) == []
    wide = {"always": False, "schema": {"enum": ["a", "b", "c"]}}
    assert breaking_changes({"e": {"m": wide}}, {"e": {"m": {"always": True, "schema": {"enum": ["a", "b"]}}}}) == []
    assert breaking_changes({"e": {"m": wide}}, {"e": {"m": {"always": False, "schema": {"enum": ["a", "d"]}}}}) != []


def test_the_record_is_extended_and_never_broken(tmp_path: Path) -> None:
    record = tmp_path / "events.json"
    assert main(record) == 0
    assert orjson.loads(record.read_bytes()) == current()
    record.write_bytes(orjson.dumps({**current(), "priorbus.gone.away.v1": {}}))
    assert main(record) == 1
    assert "priorbus.gone.away.v1" in orjson.loads(record.read_bytes())
