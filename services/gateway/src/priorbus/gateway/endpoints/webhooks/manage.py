"""POST, GET, PATCH and DELETE on /v1/webhook-endpoints."""

import orjson

from priorbus.gateway.endpoints.answers import json_answer, page_answer
from priorbus.gateway.endpoints.webhooks.bodies import CreateEndpointBody, UpdateEndpointBody, read_endpoint_body
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.operations.own_writes import Written
from priorbus.gateway.presentation.webhook import render_endpoint
from priorbus.gateway.queries.parameters import Parameters
from priorbus.gateway.webhooks.endpoint import MOST, NewEndpoint, endpoint_record, new_secret
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.driver import Session
from priorbus.runtime.outgoing import ForbiddenUrl

ROOT = "/v1/webhook-endpoints"


async def create_endpoint(gateway: Gateway, call: Call) -> Answer:
    """Register a receiver and show its secret, once."""

    async def write(session: Session) -> Written:
        body = read_endpoint_body(CreateEndpointBody, call.body)
        await check_url(gateway, body.url)
        wanted = NewEndpoint(body.url, body.event_types, body.format, body.description)
        secret = new_secret()
        record = endpoint_record(gateway.new_id("whe"), call.tenant, wanted, gateway.sealer.seal(secret), gateway.clock())
        if not await gateway.webhook_endpoints.add(record, MOST, session):
            raise Problem("webhook_endpoint_limit_exceeded", details={"limit": MOST})
        call.resource_id = record["_id"]
        shown = render_endpoint(record)
        return Written(
            json_answer({**shown, "secret": secret}, 201, {"Location": f"{ROOT}/{record['_id']}"}),
            kept=orjson.dumps({**shown, "secret": None}),
        )

    return await gateway.own_writes.run(call, write)


async def check_url(gateway: Gateway, url: str) -> None:
    """Raises 422 unless webhooks may go there. Runs before the first statement of a transaction."""
    try:
        await gateway.settings.webhook_guard.check_reachable(url)
    except ForbiddenUrl:
        raise Problem("webhook_url_forbidden") from None


async def list_endpoints(gateway: Gateway, call: Call) -> Answer:
    """The tenant's endpoints, newest first."""
    records, following = await gateway.webhook_endpoints.page(call)
    return page_answer([render_endpoint(record) for record in records], following)


async def find_endpoint(gateway: Gateway, call: Call, session: Session | None = None) -> Document:
    """The addressed endpoint. Raises 404 unless the tenant has it."""
    record = await gateway.webhook_endpoints.find(call.tenant, call.path["endpoint_id"], session)
    if record is None:
        raise Problem("webhook_endpoint_not_found")
    return record


async def require_endpoint(gateway: Gateway, call: Call) -> None:
    """Raises 404 unless the tenant has the addressed endpoint."""
    await find_endpoint(gateway, call)


async def read_endpoint(gateway: Gateway, call: Call) -> Answer:
    """One endpoint, without its secret."""
    Parameters(call, ())
    return json_answer(render_endpoint(await find_endpoint(gateway, call)))


async def update_endpoint(gateway: Gateway, call: Call) -> Answer:
    """Change what was sent. Deliveries that wait go by the new values."""
    await require_endpoint(gateway, call)

    async def write(session: Session) -> Written:
        body = read_endpoint_body(UpdateEndpointBody, call.body)
        if body.url is not None:
            await check_url(gateway, body.url)
        given = {name: value for name, value in body.model_dump(exclude_unset=True).items() if value is not None or name == "description"}
        record = await find_endpoint(gateway, call, session)
        changed = await gateway.webhook_endpoints.change(record, {**given, "updated_at": gateway.clock()}, session)
        return Written(json_answer(render_endpoint(changed)))

    return await gateway.own_writes.run(call, write)


async def delete_endpoint(gateway: Gateway, call: Call) -> Answer:
    """Remove an endpoint; what waits for it is canceled."""

    async def write(session: Session) -> Written:
        await gateway.webhook_endpoints.remove(await find_endpoint(gateway, call, session), session)
        return Written(Answer(204))

    answer = await gateway.own_writes.run(call, write)
    await gateway.webhook_endpoints.cancel_deliveries(call.path["endpoint_id"], gateway.clock())
    return answer
