"""Subscriptions as the acceptance cases send them."""

import asyncio
import copy
import json
import time
from typing import Any

from priorbus.devstack.client import Client
from priorbus.devstack.notification_receiver import Receiver
from priorbus.devstack.pas import EXAMPLES, PAS_2_2, Resource

BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"
FILTER, CONTENT = BACKPORT + "backport-filter-criteria", BACKPORT + "backport-payload-content"
_PATIENCE = 30


def subscription(endpoint: str, *filters: str, content: str = "full-resource", **channel: Any) -> Resource:
    """The official example with another receiver and filter."""
    found: Resource = json.loads((EXAMPLES / "ig-pas-2.2.1/Subscription-PASSubscriptionExample.json").read_bytes())
    made = copy.deepcopy(found)
    wanted = filters or ("org-identifier=8189991234",)
    made["_criteria"]["extension"] = [{"url": FILTER, "valueString": one} for one in wanted]
    made["channel"]["_payload"]["extension"] = [{"url": CONTENT, "valueCode": content}]
    made["channel"] |= {"endpoint": endpoint, **channel}
    return made


async def subscribed(client: Client, resource: Resource, base: str = PAS_2_2) -> Resource:
    """Created; not active yet."""
    answer = await client.call("POST", f"{base}/Subscription", resource)
    assert answer.status == 201, answer.body
    made: Resource = answer.json
    return made


async def until(client: Client, id_: str, status: str, base: str = PAS_2_2) -> Resource:
    """The Subscription once it has this status."""
    end = time.monotonic() + _PATIENCE
    while True:
        found: Resource = (await client.succeed("GET", f"{base}/Subscription/{id_}")).json
        if found["status"] == status or time.monotonic() > end:
            assert found["status"] == status
            return found
        await asyncio.sleep(0.1)


async def active(client: Client, ehr: Receiver, resource: Resource, base: str = PAS_2_2) -> Resource:
    """Created, and its handshake answered."""
    made = await subscribed(client, resource, base)
    assert kind((await ehr.next()).json) == "handshake"
    return await until(client, made["id"], "active", base)


def status_of(bundle: Resource) -> dict[str, Any]:
    """The status Parameters by name."""
    parameters = bundle["entry"][0]["resource"]["parameter"]
    return {one["name"]: next(value for key, value in one.items() if key != "name") for one in parameters}


def kind(bundle: Resource) -> str:
    """The type of a notification."""
    return str(status_of(bundle)["type"])


def event_of(bundle: Resource) -> dict[str, Any]:
    """The parts of the one event that a notification tells of."""
    parts = status_of(bundle)["notification-event"]
    return {one["name"]: next(value for key, value in one.items() if key != "name") for one in parts}


def number(bundle: Resource) -> str:
    """The event's number."""
    return str(event_of(bundle)["event-number"])
