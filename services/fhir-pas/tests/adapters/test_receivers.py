"""Receivers of notifications behind the guard (Conventions 11.4, fhir-pas.md N-6)."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from priorbus.fhir_pas.adapters.receivers import HttpReceivers
from priorbus.fhir_pas.ports import EndpointForbidden, Notification

HOST = frozenset({"127.0.0.1"})


@pytest.fixture
async def endpoint() -> AsyncIterator[str]:
    """A receiver on this machine."""
    app = web.Application()
    app.router.add_post("/", _answered)
    async with TestServer(app) as server:
        yield str(server.make_url("/"))


async def _answered(_: web.Request) -> web.Response:
    return web.Response()


def notification(endpoint: str, exempt: frozenset[str]) -> Notification:
    return Notification(endpoint, "application/fhir+json", (), b"{}", 5, exempt)


async def test_an_exemption_of_one_tenant_is_nobody_elses(endpoint: str) -> None:
    async with HttpReceivers.open() as receivers:
        await receivers.check(endpoint, HOST)
        assert await receivers.post(notification(endpoint, HOST)) == "delivered"
        for others in (frozenset[str](), frozenset({"receiver.test"})):
            assert await receivers.post(notification(endpoint, others)) == "forbidden"
            with pytest.raises(EndpointForbidden):
                await receivers.check(endpoint, others)


@pytest.mark.parametrize("endpoint", ["http://[", "http:///x", "ftp://127.0.0.1/", "http://user@127.0.0.1/"])
async def test_an_exemption_does_not_mend_the_form(endpoint: str) -> None:
    async with HttpReceivers.open() as receivers:
        assert await receivers.post(notification(endpoint, HOST)) == "forbidden"
