from typing import Any

from priorbus.devstack.client import Client

ROUTES = "/v1/prior-authorization-routes"


def route(payer: str, state: str) -> dict[str, Any]:
    return {
        "payer_id": payer,
        "payer_display_name": payer,
        "state": state,
        "service_type": "outpatient",
        "service_code_systems": ["cpt"],
        "route": {"channel": "fhir_pas", "access_mode": "managed", "label": "L"},
        "portal_auth_modes": ["automated"],
        "template_id": "t",
        "template_version": 1,
    }


async def listed(client: Client, query: str) -> tuple[list[str], str | None]:
    page = (await client.succeed("GET", f"{ROUTES}?{query}")).json
    return [f"{option['payerId']} {option['coverageState']}" for option in page["options"]], page["pagination"]["nextCursor"]


async def test_pages_go_on_after_the_last_route_shown(world: Any) -> None:
    routes = [route("b", "CA"), route("a", "WA"), route("a", "CA")]
    world.owner.reply = lambda _: {"result": {"routes": routes}}
    client = await world.client(await world.key())
    first, cursor = await listed(client, "providerNpi=1234567893&limit=2")
    routes.append(route("a", "AZ"))
    second, end = await listed(client, f"providerNpi=1234567893&limit=2&cursor={cursor}")
    assert (first, second, end) == (["a CA", "a WA"], ["b CA"], None)


async def test_the_owner_is_asked_with_the_filters(world: Any) -> None:
    world.owner.reply = lambda _: {"result": {"routes": []}}
    client = await world.client(await world.key())
    assert await listed(client, "providerNpi=1234567893&payerId=p&coverageState=CA&requestType=drug") == ([], None)
    (asked,) = world.owner.seen
    assert asked.type == "requirements.list_routes"
    assert asked.data == {"provider_npi": "1234567893", "payer_id": "p", "state": "CA", "service_type": "drug"}


async def test_bad_parameters_never_reach_the_owner(world: Any) -> None:
    client = await world.client(await world.key())
    for query in (
        "",
        "providerNpi=12",
        "providerNpi=1234567893&coverageState=ca",
        "providerNpi=1234567893&requestType=x",
        "providerNpi=1&colour=1",
    ):
        assert (await client.call("GET", f"{ROUTES}?{query}")).error_code == "bad_request"
    assert world.owner.seen == []
