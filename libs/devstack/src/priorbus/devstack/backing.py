"""RabbitMQ, MongoDB and an S3 store, really running: given by address, in containers, or as native processes."""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from priorbus.devstack import container, ports, rabbitmq, seaweedfs
from priorbus.devstack.errors import DevstackError
from priorbus.devstack.given import Given, given_addresses
from priorbus.devstack.mongodb import MongoDB, mongo_url
from priorbus.devstack.place import Place, ServerKind
from priorbus.devstack.processes import ProcessId
from priorbus.devstack.server import GivenServer, OwnServer, Server
from priorbus.devstack.state import BackingState, ServerState, forget_state, locked, read_state, write_state

_KINDS: Sequence[ServerKind] = (rabbitmq.RabbitMQ(), MongoDB(), seaweedfs.SeaweedFS())


@dataclass(frozen=True)
class Backing:
    """Addresses and controls of the three servers. The addresses stay the same over stop and start."""

    root: Path
    amqp_url: str = field(repr=False)
    management_url: str = field(repr=False)
    """RabbitMQ's HTTP API, credentials included."""
    mongo_url: str = field(repr=False)
    s3_endpoint: str
    s3_access_key: str
    s3_secret_key: str = field(repr=False)
    rabbitmq: Server = field(repr=False)
    mongodb: Server = field(repr=False)
    object_store: Server = field(repr=False)
    s3_region: str = seaweedfs.REGION

    @property
    def servers(self) -> tuple[Server, Server, Server]:
        return self.rabbitmq, self.mongodb, self.object_store


@contextmanager
def backing(root: Path) -> Iterator[Backing]:
    """A backing stack of one's own for the length of the block; its data stays in `root`."""
    started = start_backing(root, owner=ProcessId.current())
    try:
        yield started
    finally:
        _leave(started)


def start_backing(root: Path, owner: ProcessId | None) -> Backing:
    """Start what does not run yet, all at once, and return when everything takes work.

    The servers end when `owner` ends; with None they run until `stop_backing`. Raises DevstackError when one cannot be started,
    and then leaves none running that this call has started.
    """
    root = root.resolve()
    with locked(root):
        state, leases = _plan(root, owner)
        write_state(root, state)
        planned = _assemble(root, state, leases)
        stopped = [server for server in planned.servers if not server.running()]
        try:
            _at_once([server.start for server in planned.servers])
        except BaseException:
            _at_once([server.stop for server in stopped])
            raise
    return planned


def attach_backing(root: Path) -> Backing | None:
    """The stack that another process has started at this root, whether its servers run or not; None when there is none."""
    root = root.resolve()
    state = read_state(root)
    return None if state is None else _assemble(root, state, {})


def stop_backing(root: Path) -> None:
    """Stop all servers of the stack, whoever started them. Harmless when none runs."""
    with locked(root.resolve()):
        found = attach_backing(root)
        if found is not None:
            _leave(found)


def remove_backing(root: Path) -> None:
    """End the stack at once and drop its data. Harmless when there is none."""
    found = attach_backing(root)
    if found is None:
        return
    for server in _own(found):
        server.kill()
        server.leave()
        server.remove_data()
    forget_state(root)


def _own(stack: Backing) -> list[OwnServer]:
    return [server for server in stack.servers if isinstance(server, OwnServer)]


def _leave(stack: Backing) -> None:
    _at_once([server.leave for server in _own(stack)])


def _at_once(acts: Sequence[Callable[[], None]]) -> None:
    """Do all of them in parallel; raise the first error when all are done."""
    with ThreadPoolExecutor(max(1, len(acts))) as pool:
        for done in [pool.submit(act) for act in acts]:
            done.result()


def _plan(root: Path, owner: ProcessId | None) -> tuple[BackingState, Mapping[str, Sequence[ports.PortLease]]]:
    """Decide each server's source and reserve its ports: those of the last time, if they are still free."""
    before = read_state(root)
    given = given_addresses()
    addresses = {"rabbitmq": given.amqp_url, "mongodb": given.mongo_url, "object-store": given.s3_endpoint}
    servers: dict[str, ServerState] = {}
    leases: dict[str, Sequence[ports.PortLease]] = {}
    for kind in _KINDS:
        last = before.servers.get(kind.name) if before is not None else None
        if last is not None and _running(root, before, kind):
            servers[kind.name] = last
        elif addresses[kind.name]:
            servers[kind.name] = ServerState("given")
        else:
            servers[kind.name], leases[kind.name] = _reserve(kind, last)
    return BackingState(owner, given, servers), leases


def _running(root: Path, state: BackingState | None, kind: ServerKind) -> bool:
    return state is not None and state.servers[kind.name].source != "given" and _server(root, state, kind, ()).running()


def _reserve(kind: ServerKind, last: ServerState | None) -> tuple[ServerState, Sequence[ports.PortLease]]:
    source = _source(kind)
    before = {} if last is None else last.ports
    leased = {name: ports.lease(before.get(name)) for name in kind.port_names}
    secret = (last.secret if last is not None else "") or secrets.token_hex(16)
    state = ServerState(source, {name: lease.port for name, lease in leased.items()}, secret)
    return state, tuple(leased.values())


def _source(kind: ServerKind) -> str:
    if container.engine_answers():
        return "container"
    if kind.native_program() is None:
        raise DevstackError(f"{kind.name}: no address given, no Docker engine answers, and no program is installed (see `make bootstrap`)")
    return "native"


def _place(root: Path, state: BackingState, name: str) -> Place:
    server = state.servers[name]
    return Place(root / name, server.ports, server.secret)


def _server(root: Path, state: BackingState, kind: ServerKind, held: Sequence[ports.PortLease]) -> Server:
    source = state.servers[kind.name].source
    if source == "given":
        return GivenServer(kind.name)
    return OwnServer(kind, _place(root, state, kind.name), root, state.owner, source == "container", held)


def _assemble(root: Path, state: BackingState, leases: Mapping[str, Sequence[ports.PortLease]]) -> Backing:
    given: Given = state.given
    broker, database, store = (_place(root, state, kind.name) for kind in _KINDS)
    servers = [_server(root, state, kind, leases.get(kind.name, ())) for kind in _KINDS]
    return Backing(
        root=root,
        amqp_url=given.amqp_url or rabbitmq.amqp_url(broker),
        management_url=given.management_url or _with_login(rabbitmq.management_url(broker), rabbitmq.USER, broker.secret),
        mongo_url=given.mongo_url or mongo_url(database),
        s3_endpoint=given.s3_endpoint or seaweedfs.s3_endpoint(store),
        s3_access_key=given.s3_access_key if given.s3_endpoint else seaweedfs.ACCESS_KEY,
        s3_secret_key=given.s3_secret_key if given.s3_endpoint else store.secret,
        rabbitmq=servers[0],
        mongodb=servers[1],
        object_store=servers[2],
    )


def _with_login(url: str, user: str, password: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{user}:{password}@{parts.netloc}"))
