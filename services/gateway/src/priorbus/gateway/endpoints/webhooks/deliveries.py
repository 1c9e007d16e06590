"""The delivery log: GET /v1/webhook-deliveries and POST …/{delivery_id}/redeliver."""

from priorbus.gateway.endpoints.answers import json_answer, page_answer
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.operations.own_writes import Written
from priorbus.gateway.presentation.webhook import render_delivery
from priorbus.gateway.webhooks.delivery import reopened
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.driver import Session


async def list_deliveries(gateway: Gateway, call: Call) -> Answer:
    """The tenant's deliveries, newest first."""
    records, following = await gateway.webhook_deliveries.page(call)
    return page_answer([render_delivery(record) for record in records], following)


async def _find(gateway: Gateway, call: Call, session: Session | None = None) -> Document:
    record = await gateway.webhook_deliveries.find(call.tenant, call.path["delivery_id"], session)
    if record is None:
        raise Problem("webhook_delivery_not_found")
    return record


async def require_delivery(gateway: Gateway, call: Call) -> None:
    """Raises 404 unless the tenant has the addressed delivery."""
    await _find(gateway, call)


async def redeliver(gateway: Gateway, call: Call) -> Answer:
    """Attempt now, under the same webhook-id, whatever became of it before; one that is on its way stays as it is."""

    async def write(session: Session) -> Written:
        record = await _find(gateway, call, session)
        if await gateway.webhook_endpoints.find(call.tenant, record["endpoint"], session) is None:
            raise Problem("webhook_endpoint_not_found")
        if record["status"] != "delivering":
            changes = reopened(record, gateway.clock())
            await gateway.webhook_deliveries.change(record, changes, session)
            record = {**record, **changes}
        return Written(json_answer(render_delivery(record), 202))

    return await gateway.own_writes.run(call, write)
