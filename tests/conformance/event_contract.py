"""What every public event must keep to: the AsyncAPI document (Conventions 13.1, 14.2)."""

from datetime import datetime
from typing import Any

import jsonschema_rs
import orjson
from pymongo import MongoClient

from priorbus.devstack.stack import Stack
from priorbus.gateway.asyncapi.document import build
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

    def check(self, body: bytes) -> None:
        """Raises AssertionError where an event is not what was promised."""
        event: dict[str, Any] = orjson.loads(body)
        assert event["type"] in self._validators, f"{event['type']} is nowhere described"
        problems = [f"{error.instance_path}: {error.message[:300]}" for error in self._validators[event["type"]].iter_errors(event)]
        assert not problems, f"{event['type']}: {problems[:5]}"


def logged_since(stack: Stack, start: datetime) -> list[bytes]:
    """Every public event since then; the log is what all channels are fed from."""
    database = f"{stack.settings['PRIORBUS_MONGO_DATABASE_PREFIX']}_gateway"
    with MongoClient[dict[str, Any]](stack.backing.mongo_url, tz_aware=True) as client:
        rows = client[database]["event_log"].find({"at": {"$gte": start}}, {"events": 1})
        return [body for row in rows for body in row["events"]]
