import asyncio
import ipaddress
import socket

import aiohttp
import pytest

from priorbus.runtime.outgoing import ForbiddenUrl, GuardedResolver, OutgoingGuard, guard_of, is_public, outgoing_session

STRICT = OutgoingGuard()


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255"),
        *("::1", "::", "fe80::1", "fec0::1", "fc00::1", "ff02::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1"),
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34"])
def test_public_addresses(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        *("http://example.org/x", "https://example.org:8443/x", "https://user@example.org/", "https://127.0.0.1/", "https://[::1]/"),
        *("https://[::ffff:10.0.0.1]/", "ftp://example.org/", "/relative", "https:///x", "https://example.org:99999/", ""),
        *("https://2852039166/", "https://127.1/", "https://169.254.43518/"),
    ],
)
def test_forbidden_urls(url: str) -> None:
    with pytest.raises(ForbiddenUrl):
        STRICT.check(url)


def test_allowed_url() -> None:
    assert STRICT.check("https://example.org/hook").host == "example.org"


async def test_a_name_is_judged_by_every_address_it_has() -> None:
    with pytest.raises(ForbiddenUrl):
        await STRICT.check_reachable("https://localhost/")


async def test_the_connection_is_refused_when_the_name_leads_inside() -> None:
    connected = asyncio.Event()
    server = await asyncio.start_server(lambda *_: connected.set(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, outgoing_session(STRICT, timeout_seconds=5) as session:
        with pytest.raises((ForbiddenUrl, aiohttp.ClientError)):
            await session.get(f"http://localhost:{port}/")
    assert not connected.is_set()


async def test_exempt_hosts_are_for_tests() -> None:
    lenient = guard_of(["127.0.0.1", "localhost"], "test")
    assert lenient.check("http://127.0.0.1:9999/hook").port == 9999
    assert (await lenient.check_reachable("http://localhost:1/")).host == "localhost"
    resolver = GuardedResolver(lenient)
    assert await resolver.resolve("localhost", 80, socket.AF_INET)
    await resolver.close()
    with pytest.raises(ValueError, match="live"):
        guard_of(["127.0.0.1"], "live")


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/x", "http://example.org/", "https://10.0.0.1/"])
def test_test_deployments_may_open_private_addresses_and_plain_http(url: str) -> None:
    assert str(OutgoingGuard(allow_private=True, allow_http=True).check(url)) == url


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "https://10.0.0.1/", "https://example.org:8443/"])
def test_plain_http_does_not_open_private_addresses_or_ports(url: str) -> None:
    with pytest.raises(ForbiddenUrl):
        OutgoingGuard(allow_http=True).check(url)
