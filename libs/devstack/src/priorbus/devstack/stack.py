"""The whole of Priorbus, running: backing servers, service processes, seeded tenants.

    with running_stack(root, counts={"gateway": 2}, env={"PRIORBUS_GROUP_MAX": "1"}) as stack:
        stack.service("requirements").kill()
        stack.service("requirements").start()
        stack.backing.rabbitmq.restart()

All calls block; from a coroutine use `await asyncio.to_thread(stack.service("gateway-2").kill)`.
"""

import base64
import json
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from priorbus.devstack import ports
from priorbus.devstack.backing import Backing, attach_backing, remove_backing, start_backing, stop_backing
from priorbus.devstack.commands import run_commands
from priorbus.devstack.errors import DevstackError
from priorbus.devstack.isolation import create_vhost
from priorbus.devstack.names import unique_name
from priorbus.devstack.processes import ProcessId
from priorbus.devstack.seed import Seed, read_seed, seed_tenants
from priorbus.devstack.service import KINDS, Kind, Service
from priorbus.devstack.state import locked

_VHOST = "vhost"


@dataclass(frozen=True)
class StackState:
    """What `<root>/stack.json` keeps.

    `backing` is the servers' root, `private` the settings which are not the servers' addresses, `ports` the health port and the
    public port by process name.
    """

    owner: ProcessId | None
    backing: str
    private: Mapping[str, str]
    ports: Mapping[str, Sequence[int | None]]


@dataclass(frozen=True)
class Stack:
    """A running stack. `services` are named as in the process table; a second one of a kind is `<name>-2`."""

    root: Path
    backing: Backing
    services: Sequence[Service]
    settings: Mapping[str, str] = field(repr=False)
    """Environment variables that all processes share."""
    seed: Seed = field(repr=False)

    def service(self, name: str) -> Service:
        return next(service for service in self.services if service.name == name)

    def priorbus(self, *arguments: str) -> Any:
        """Run a `priorbus` command on this stack; its JSON answer."""
        return self.priorbus_batch(arguments)[0]

    def priorbus_batch(self, *commands: Sequence[str]) -> list[Any]:
        """Run several `priorbus` commands, one after the other; their JSON answers."""
        return run_commands(self.settings, *commands)

    @property
    def gateways(self) -> Sequence[Service]:
        return [service for service in self.services if service.http_port is not None]

    @property
    def base_url(self) -> str:
        """The first gateway."""
        return self.gateways[0].base_url


@contextmanager
def running_stack(
    root: Path, *, backing: Backing | None = None, counts: Mapping[str, int] | None = None, env: Mapping[str, str] | None = None
) -> Iterator[Stack]:
    """A stack of one's own for the length of the block; logs and data stay in `root`. The arguments are those of `start_stack`."""
    stack = start_stack(root, ProcessId.current(), backing=backing, counts=counts, env=env)
    try:
        yield stack
    finally:
        _leave(stack)
        if backing is None:
            stop_backing(stack.root)


def start_stack(
    root: Path,
    owner: ProcessId | None,
    *,
    backing: Backing | None = None,
    counts: Mapping[str, int] | None = None,
    env: Mapping[str, str] | None = None,
) -> Stack:
    """Start what does not run yet, seed the tenants once, and return when every process is ready.

    With `backing` the stack uses a virtual host, databases and a bucket of its own on those servers, else it starts servers of its
    own in `root`. `counts` says how many processes of a kind, one where it does not; `env` overrides settings. Both are those of
    the first start as long as `root` exists. Everything ends with `owner`; with None it runs until `stop_stack`. Raises
    DevstackError.
    """
    root = root.resolve()
    servers = backing or start_backing(root, owner)
    with locked(root):
        state = _read(root)
        leases: dict[str, Sequence[ports.PortLease]] = {}
        if state is None or not any(service.running() for service in _services(root, state, {})):
            leases, numbers = _reserve(state, counts or {})
            private = state.private if state is not None else {**_private(servers, shared=backing is not None), **(env or {})}
            state = StackState(owner, str(servers.root), private, numbers)
            _write(root, state)
        services = _services(root, state, leases)
        _start_all(services)
        seed = read_seed(root) or seed_tenants(root, _settings(state))
    return Stack(root, servers, services, _settings(state), seed)


def attach_stack(root: Path) -> Stack | None:
    """The stack that another process has started at this root, whether it runs or not; None when there is none."""
    root = root.resolve()
    state, seed = _read(root), read_seed(root)
    servers = None if state is None else attach_backing(Path(state.backing))
    if state is None or seed is None or servers is None:
        return None
    return Stack(root, servers, _services(root, state, {}), _settings(state), seed)


def stop_stack(root: Path) -> None:
    """Stop the services, then the servers if they belong to the stack. Harmless when nothing runs."""
    root = root.resolve()
    state = _read(root)
    if state is not None:
        with locked(root):
            _stop_all(_services(root, state, {}))
    stop_backing(root)


def remove_stack(root: Path) -> None:
    """Stop everything at once and drop all data, logs and addresses of the stack; nothing else in `root` is touched."""
    root = root.resolve()
    state = _read(root)
    if state is not None:
        for service in reversed(_services(root, state, {})):
            service.kill()
    remove_backing(root)
    for name in ("stack.json", "seed.json", "env", "lock"):
        (root / name).unlink(missing_ok=True)
    for name in ("logs", "run"):
        shutil.rmtree(root / name, ignore_errors=True)


def _private(servers: Backing, *, shared: bool) -> dict[str, str]:
    """The stack's corner of its servers, and what else is not an address."""
    vhost = urlsplit(create_vhost(servers, unique_name("stack-")) if shared else servers.amqp_url).path
    return {
        _VHOST: vhost,
        "PRIORBUS_MONGO_DATABASE_PREFIX": unique_name("stack_") if shared else "priorbus",
        "PRIORBUS_S3_BUCKET": unique_name("stack-") if shared else "priorbus",
        "PRIORBUS_CURSOR_SECRET": secrets.token_hex(32),
        "PRIORBUS_ENVIRONMENT": "test",
        "PRIORBUS_SANDBOX_PAYER": "true",
        # Receivers of webhooks are on this machine.
        "PRIORBUS_WEBHOOK_ALLOW_PRIVATE": "true",
        "PRIORBUS_WEBHOOK_ALLOW_HTTP": "true",
        "PRIORBUS_SEALING_KEYS": json.dumps([base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()]),
        # Receivers of notifications run on this machine too, and one that is not there is given up soon.
        "PRIORBUS_SUBSCRIPTIONS_ENDPOINT_ALLOW": '["127.0.0.1"]',
        "PRIORBUS_PAS_ENDPOINT_ALLOW": '["127.0.0.1"]',
        "PRIORBUS_SUBSCRIPTIONS_HANDSHAKE_SECONDS": "10",
        # One client stands for many here, so it may do more than one.
        "PRIORBUS_RATE_DEFAULT": "1000000/60",
        "PRIORBUS_RATE_POLL": "1000000/60",
    }


def _settings(state: StackState) -> dict[str, str]:
    """What every process is started with. The addresses are read anew each time: a port may be another one after a stop."""
    servers = attach_backing(Path(state.backing))
    if servers is None:
        raise DevstackError(f"the servers of this stack are gone: {state.backing}")
    private = dict(state.private)
    vhost = private.pop(_VHOST)
    public = [port for _, port in state.ports.values() if port is not None]
    return {
        "PRIORBUS_AMQP_URL": urlunsplit(urlsplit(servers.amqp_url)._replace(path=vhost)),
        "PRIORBUS_RABBITMQ_MANAGEMENT_URL": servers.management_url,
        "PRIORBUS_MONGO_URL": servers.mongo_url,
        "PRIORBUS_S3_ENDPOINT": servers.s3_endpoint,
        "PRIORBUS_S3_PUBLIC_ENDPOINT": servers.s3_endpoint,
        "PRIORBUS_S3_ACCESS_KEY": servers.s3_access_key,
        "PRIORBUS_S3_SECRET_KEY": servers.s3_secret_key,
        "PRIORBUS_S3_REGION": servers.s3_region,
        "PRIORBUS_PUBLIC_BASE_URL": f"http://127.0.0.1:{public[0]}",
        **private,
    }


def _reserve(
    last: StackState | None, counts: Mapping[str, int]
) -> tuple[dict[str, Sequence[ports.PortLease]], dict[str, Sequence[int | None]]]:
    """Ports for every process, those of the last time if they are still free; and which processes there are."""
    leases: dict[str, Sequence[ports.PortLease]] = {}
    numbers: dict[str, Sequence[int | None]] = {}
    names = list(last.ports) if last is not None else [name for kind in KINDS for name in _names(kind, counts.get(kind.name, 1))]
    for name in names:
        health, public = last.ports[name] if last is not None else (None, None)
        leased = [ports.lease(health)]
        if _kind(name).http:
            leased.append(ports.lease(public))
        leases[name] = leased
        numbers[name] = [leased[0].port, leased[1].port if len(leased) > 1 else None]
    return leases, numbers


def _names(kind: Kind, count: int) -> list[str]:
    return [kind.name if number == 1 else f"{kind.name}-{number}" for number in range(1, count + 1)]


def _kind(name: str) -> Kind:
    return next(kind for kind in KINDS if name == kind.name or name.rpartition("-")[0] == kind.name)


def _services(root: Path, state: StackState, leases: Mapping[str, Sequence[ports.PortLease]]) -> list[Service]:
    settings = _settings(state)
    return [
        Service(
            name=name,
            kind=_kind(name),
            root=root,
            owner=state.owner,
            env=settings,
            health_port=health or 0,
            http_port=public,
            held=leases.get(name, ()),
        )
        for name, (health, public) in state.ports.items()
    ]


def _start_all(services: Sequence[Service]) -> None:
    """Launch all, then wait for all; on failure or Ctrl-C stop those that this call has launched."""
    launched = [service for service in services if not service.running()]
    try:
        for service in launched:
            service.launch()
        for service in services:
            service.wait_ready()
    except BaseException:
        _stop_all(launched)
        raise


def _stop_all(services: Sequence[Service]) -> None:
    """Gateways first, so that nothing new is taken in; then the rest together."""
    gateways = [service for service in services if service.http_port is not None]
    for group in (gateways, services):
        with ThreadPoolExecutor(max(1, len(group))) as pool:
            list(pool.map(Service.stop, group))


def _leave(stack: Stack) -> None:
    _stop_all(stack.services)
    for service in stack.services:
        service.leave()


def _read(root: Path) -> StackState | None:
    try:
        raw = json.loads((root / "stack.json").read_text())
    except FileNotFoundError:
        return None
    owner = raw.pop("owner")
    return StackState(owner=None if owner is None else ProcessId(**owner), **raw)


def _write(root: Path, state: StackState) -> None:
    path = root / "stack.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(asdict(state), indent=1))
