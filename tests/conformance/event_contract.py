"""What every public event must keep to: the AsyncAPI document, and OpenAPI's where it goes out as a webhook (Conventions 13.1, 14.2)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import jsonschema_rs
import orjson
from aio_pika.abc import AbstractIncomingMessage
from pymongo import MongoClient

from priorbus.devstack.stack import Stack
from priorbus.gateway.asyncapi.document import build
from priorbus.gateway.openapi.documents import documents
from priorbus.gateway.routes import ROUTES
from tests.conformance.contract import closed


class EventContract:
    """Checks events one after the other; schemas are closed here, so that a member nobody documented is found."""

    def __init__(self, base_url: str) -> None:
        document = build(base_url)
        components = {"schemas": closed(document["components"]["schemas"])}
        messages = document["components"]["messages"].values()
        self._validators = {
            message["name"]: jsonschema_rs.Draft202012Validator({**message["payload"], "components": components}, validate_formats=True)
            for message in messages
        }
        self._messages = {message["name"]: message for message in messages}

    def check(self, body: bytes) -> None:
        """Raises AssertionError where an event is not what was promised."""
        event: dict[str, Any] = orjson.loads(body)
        assert event["type"] in self._validators, f"{event['type']} is nowhere described"
        problems = [f"{error.instance_path}: {error.message[:300]}" for error in self._validators[event["type"]].iter_errors(event)]
        assert not problems, f"{event['type']}: {problems[:5]}"

    def check_properties(self, message: AbstractIncomingMessage) -> None:
        """Raises AssertionError where a message of the broker is not what was promised beside its body."""
        described = self._messages[str(message.type)]
        assert message.content_type == described["contentType"]
        assert message.type == described["bindings"]["amqp"]["messageType"]
        assert message.headers.keys() <= described["headers"]["properties"].keys()
        jsonschema_rs.Draft202012Validator(described["headers"]).validate(dict(message.headers))


class WebhookContract:
    """Checks what receivers of webhooks are sent."""

    def __init__(self, base_url: str) -> None:
        self._webhooks = documents(ROUTES, base_url)["platform"]["webhooks"]

    def check(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises AssertionError or ValidationError where a request is not what was promised."""
        event = orjson.loads(body)
        described = self._webhooks[event["type"].removeprefix("priorbus.").removesuffix(".v1")]["post"]
        assert {parameter["name"] for parameter in described["parameters"]} <= {name.lower() for name in headers}
        schema = described["requestBody"]["content"][headers["Content-Type"]]["schema"]
        standard = headers["Content-Type"] == "application/json"
        jsonschema_rs.Draft202012Validator(closed(schema) if standard else schema, validate_formats=True).validate(event)


def logged_since(stack: Stack, start: datetime) -> list[bytes]:
    """Every public event since then; the log is what all channels are fed from."""
    database = f"{stack.settings['PRIORBUS_MONGO_DATABASE_PREFIX']}_gateway"
    with MongoClient[dict[str, Any]](stack.backing.mongo_url, tz_aware=True) as client:
        rows = client[database]["event_log"].find({"at": {"$gte": start}}, {"events": 1})
        return [body for row in rows for body in row["events"]]
