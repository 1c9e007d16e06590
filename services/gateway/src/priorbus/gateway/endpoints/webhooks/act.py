"""POST on /v1/webhook-endpoints/{endpoint_id}/…: rotate-secret, test, enable, disable, replay."""

import orjson

from priorbus.gateway.endpoints.answers import json_answer
from priorbus.gateway.endpoints.webhooks.bodies import read_window
from priorbus.gateway.endpoints.webhooks.manage import find_endpoint, require_endpoint
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.operations.own_writes import Written
from priorbus.gateway.presentation.moments import format_moment
from priorbus.gateway.presentation.operation import render_operation
from priorbus.gateway.presentation.webhook import render_endpoint
from priorbus.gateway.webhooks import endpoint, endpoints, telling
from priorbus.gateway.webhooks.replays import replay_record
from priorbus.runtime.mongo.driver import Session


async def rotate_secret(gateway: Gateway, call: Call) -> Answer:
    """A new secret, shown once; the old one signs too for 24 hours."""

    async def write(session: Session) -> Written:
        record = await find_endpoint(gateway, call, session)
        now, secret = gateway.clock(), endpoint.new_secret()
        changes = {**endpoint.rotation(record, gateway.sealer.seal(secret), now), "updated_at": now}
        changed = await gateway.webhook_endpoints.change(record, changes, session)
        until = {"previousSecretExpiresAt": format_moment(changed["previous_until"])}
        return Written(json_answer({"secret": secret, **until}), kept=orjson.dumps({"secret": None, **until}))

    return await gateway.own_writes.run(call, write)


async def send_test(gateway: Gateway, call: Call) -> Answer:
    """Send `webhook_endpoint.test` to this endpoint, whatever types it wants."""

    async def write(session: Session) -> Written:
        record = await find_endpoint(gateway, call, session)
        now = gateway.clock()
        row = telling.tested_row(record, now, call.request_id, gateway.settings.public_base_url)
        await gateway.webhook_endpoints.change(record, {"told": record["told"] + 1}, session)
        await gateway.event_log.append(session, [row], now)
        return Written(json_answer({"eventId": telling.event_id(record, now)}, 202))

    return await gateway.own_writes.run(call, write)


async def enable_endpoint(gateway: Gateway, call: Call) -> Answer:
    """Deliver again, also what has waited; again is harmless."""

    async def write(session: Session) -> Written:
        record = await find_endpoint(gateway, call, session)
        changed = await gateway.webhook_endpoints.change(record, {**endpoints.enabled(), "updated_at": gateway.clock()}, session)
        return Written(json_answer(render_endpoint(changed)))

    return await gateway.own_writes.run(call, write)


async def disable_endpoint(gateway: Gateway, call: Call) -> Answer:
    """Deliver nothing until it is enabled again; again is harmless."""

    async def write(session: Session) -> Written:
        record = await find_endpoint(gateway, call, session)
        if record["status"] == "disabled":
            return Written(json_answer(render_endpoint(record)))
        now = gateway.clock()
        changes = {**endpoints.disabled("requested"), "told": record["told"] + 1, "updated_at": now}
        changed = await gateway.webhook_endpoints.change(record, changes, session)
        row = telling.disabled_row(record, "requested", now, call.request_id, gateway.settings.public_base_url)
        await gateway.event_log.append(session, [row], now)
        return Written(json_answer(render_endpoint(changed)))

    return await gateway.own_writes.run(call, write)


async def replay_events(gateway: Gateway, call: Call) -> Answer:
    """Have every event of a window that the endpoint wants sent once more."""
    await require_endpoint(gateway, call)

    async def write(session: Session) -> Written:
        window = read_window(call.body)
        record = await find_endpoint(gateway, call, session)
        operation = replay_record(gateway.new_id("op"), record, window, call.request_id, gateway.clock())
        await gateway.operations.add(operation, session)
        headers = {"Location": f"/v1/operations/{operation['_id']}", "Retry-After": "1"}
        return Written(json_answer(render_operation(operation), 202, headers))

    return await gateway.own_writes.run(call, write)
