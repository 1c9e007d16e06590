"""Calls to addresses that clients name: only public ones, over https, and exactly the address that was checked (Conventions 11.4).

    async with outgoing_session(guard, timeout_seconds=20) as session:
        guard.check(url)
        async with session.post(url, allow_redirects=False) as answer: ...

The session looks every host up itself, checks every address and connects to a checked one, so a name can not change its meaning in
between. Redirects must not be followed, because only the first URL was checked.
"""

import ipaddress
import socket
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver
from yarl import URL

_HTTPS_PORT = 443
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_CONNECTIONS = 100
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class ForbiddenUrl(Exception):
    """The URL, or where its host leads, is not allowed. The text holds no part of the URL."""


@dataclass(frozen=True)
class OutgoingGuard:
    """What may be called. `allowed_hosts` are exempt from every rule but the form; they are for test deployments only.

    So are `allow_private`, which opens addresses that are not public, and `allow_http`, which opens plain HTTP on any port.
    """

    allowed_hosts: frozenset[str] = field(default=frozenset())
    allow_private: bool = False
    allow_http: bool = False

    def check(self, url: str) -> URL:
        """The URL, if its form is allowed and its host is no forbidden address. Raises ForbiddenUrl."""
        try:
            parsed = URL(url)
            port = parsed.port
        except ValueError:
            raise ForbiddenUrl("not a URL") from None
        if parsed.scheme not in ("http", "https") or not parsed.host:
            raise ForbiddenUrl("not an absolute http or https URL")
        if parsed.user is not None or parsed.password is not None:
            raise ForbiddenUrl("the URL holds user information")
        if parsed.host in self.allowed_hosts:
            return parsed
        if not (self.allow_http and parsed.scheme == "http") and (parsed.scheme != "https" or port != _HTTPS_PORT):
            raise ForbiddenUrl("only https on port 443 is allowed")
        self._check_host(parsed.host)
        return parsed

    def _check_host(self, host: str) -> None:
        literal = _literal(host)
        if literal is None and not _needs_look_up(host):
            raise ForbiddenUrl("the host is a number, but no address")
        if literal is not None and not self.admits(literal):
            raise ForbiddenUrl("the address is not public")

    def admits(self, address: Address) -> bool:
        """Whether this address may be connected to."""
        return self.allow_private or is_public(address)

    async def check_reachable(self, url: str) -> URL:
        """As `check`, and every address of the host is public now. Raises ForbiddenUrl, also when the host has no address."""
        parsed = self.check(url)
        host = parsed.host or ""
        if host not in self.allowed_hosts and _literal(host) is None:
            resolver = GuardedResolver(self)
            try:
                await resolver.resolve(host, parsed.port or _HTTPS_PORT, socket.AF_UNSPEC)
            except ForbiddenUrl:
                raise
            except OSError:
                raise ForbiddenUrl("the host has no address") from None
            finally:
                await resolver.close()
        return parsed


class GuardedResolver(AbstractResolver):
    """Gives addresses only if all of them are public."""

    def __init__(self, guard: OutgoingGuard) -> None:
        self._guard = guard
        self._resolver = DefaultResolver()

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        """Raises ForbiddenUrl, OSError."""
        found = await self._resolver.resolve(host, port, family)
        if host not in self._guard.allowed_hosts and not all(self._guard.admits(ipaddress.ip_address(one["host"])) for one in found):
            raise ForbiddenUrl("the host has an address that is not public")
        return found

    async def close(self) -> None:
        """End the resolver behind."""
        await self._resolver.close()


@asynccontextmanager
async def outgoing_session(
    guard: OutgoingGuard, *, timeout_seconds: float, connections: int = _CONNECTIONS
) -> AsyncIterator[aiohttp.ClientSession]:
    """A client session that connects to public addresses only; call `guard.check` on each URL, since a literal address is not looked up."""
    connector = aiohttp.TCPConnector(resolver=GuardedResolver(guard), use_dns_cache=False, limit=connections)
    timeout = aiohttp.ClientTimeout(total=timeout_seconds)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, trust_env=False, cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


def is_public(address: Address) -> bool:
    """Whether the address, and one wrapped in it, is globally reachable unicast."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = _wrapped(address)
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def guard_of(hosts: Collection[str], environment: str) -> OutgoingGuard:
    """The guard that settings ask for. Raises ValueError when exemptions are wanted in the live environment."""
    if hosts and environment == "live":
        raise ValueError("hosts that are exempt from the guard are refused in the live environment")
    return OutgoingGuard(frozenset(hosts))


def _wrapped(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address.sixtofour is not None:
        return address.sixtofour
    return address.teredo[1] if address.teredo is not None else None


def _needs_look_up(host: str) -> bool:
    """False for forms like `2130706433` or `127.1`, which systems take for addresses and HTTP clients connect to without a look-up."""
    return ":" not in host and not host.replace(".", "").isdigit()


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
