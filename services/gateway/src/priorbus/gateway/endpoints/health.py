"""GET /health and /health/ready (Conventions 2)."""

from priorbus.gateway.endpoints.answers import json_answer
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call


async def live(gateway: Gateway, call: Call) -> Answer:
    """The process runs."""
    return json_answer({"status": "ok"})


async def ready(gateway: Gateway, call: Call) -> Answer:
    """The process can work; names what is missing if not."""
    failing = await gateway.health.failing()
    if failing:
        return json_answer({"status": "unavailable", "failing": failing}, 503, {"Retry-After": "1"})
    return json_answer({"status": "ok"})
