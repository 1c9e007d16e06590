"""GET {base}/Subscription/{id}, GET {base}/Subscription and POST {base}/Subscription/_search (fhir-pas 14.4, 18)."""

from priorbus.gateway.endpoints.fhir import read_resource, search_resources
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call


async def read_subscription(gateway: Gateway, call: Call) -> Answer:
    """As every resource; their rows stand beside those of the other interactions because a literal segment wins."""
    call.path["type"] = "Subscription"
    return await read_resource.read_resource(gateway, call)


async def search_subscriptions(gateway: Gateway, call: Call) -> Answer:
    """As every type."""
    call.path["type"] = "Subscription"
    return await search_resources.search_resources(gateway, call)
