"""Fixtures on one real backing stack per test session, shared by all pytest-xdist workers.

The first test which asks for it starts it; it belongs to the controlling process, which removes it at the end. If that process
crashes, the servers end with it, and the next session removes what they left.

    async def test_something(amqp_url: str, mongo_url: str, database_prefix: str, bucket: str) -> None: ...

`amqp_url` and `bucket` are the test module's own, `database_prefix` is the test's own; `make_vhost` and `make_bucket` give more of
them. `emptied_prefix` is cheaper than `database_prefix` where a test wants many collections and indexes and nothing in them. A test
that stops or kills a server must not do it to the shared ones: it takes `own_backing`.

Every test run loads this module, also one that needs no server; so it imports drivers and clients only when they are used.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from priorbus.devstack.names import unique_name
from priorbus.devstack.processes import ProcessId
from priorbus.devstack.state import read_state

if TYPE_CHECKING:
    from priorbus.devstack.backing import Backing
    from priorbus.devstack.stack import Stack

_ROOT = pytest.StashKey[Path]()
_OWNER = pytest.StashKey[ProcessId]()


def pytest_configure(config: pytest.Config) -> None:
    """Choose the session's root; a worker takes its controller's."""
    given: dict[str, Any] | None = getattr(config, "workerinput", None)
    if given is not None:
        config.stash[_ROOT] = Path(given["priorbus_root"])
        config.stash[_OWNER] = ProcessId(*given["priorbus_owner"])
        return
    config.stash[_ROOT] = _sessions(config) / unique_name("session-")
    config.stash[_OWNER] = ProcessId.current()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker where the stack is and whose."""
    owner = node.config.stash[_OWNER]
    node.workerinput["priorbus_root"] = str(node.config.stash[_ROOT])
    node.workerinput["priorbus_owner"] = (owner.pid, owner.start_time)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Modules that need the most time come first, then those on the whole stack: nobody waits for one of them at the end."""
    needs: dict[Path, tuple[float, bool]] = {}
    for item in items:
        limit = item.get_closest_marker("timeout")
        seconds, on_stack = needs.get(item.path, (0.0, False))
        needs[item.path] = max(seconds, float(limit.args[0]) if limit else 0.0), on_stack or "stack" in getattr(item, "fixturenames", ())
    items.sort(key=lambda item: needs[item.path], reverse=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    if config.stash.get(_OWNER, None) == ProcessId.current() and config.stash[_ROOT].exists():
        _remove(config.stash[_ROOT])


def _remove(root: Path) -> None:
    from priorbus.devstack.backing import remove_backing
    from priorbus.devstack.stack import remove_stack

    remove_stack(root / "stack")
    remove_backing(root)
    shutil.rmtree(root, ignore_errors=True)


def _sessions(config: pytest.Config) -> Path:
    return config.rootpath / ".devstack" / "tests"


def _remove_abandoned(sessions: Path) -> None:
    """Remove what sessions left whose owner has crashed."""
    for root in sessions.glob("*"):
        state = read_state(root)
        if state is not None and state.owner is not None and not state.owner.alive():
            _remove(root)


@pytest.fixture(scope="session", name="backing")
def shared_backing(request: pytest.FixtureRequest) -> Backing:
    """RabbitMQ, MongoDB and S3 of this session. Do not stop them."""
    from priorbus.devstack.backing import start_backing

    stash = request.config.stash
    _remove_abandoned(_sessions(request.config))
    started = start_backing(stash[_ROOT], stash[_OWNER])
    _keep_the_past(started)
    return started


def _keep_the_past(backing: Backing) -> None:
    """Let no document expire by itself: the clocks of many tests stand at a day that is long over."""
    from pymongo import MongoClient

    from priorbus.devstack.server import GivenServer

    if not isinstance(backing.mongodb, GivenServer):
        with MongoClient[dict[str, Any]](backing.mongo_url) as client:
            client.admin.command({"setParameter": 1, "ttlMonitorEnabled": False})


@pytest.fixture(scope="module")
def own_backing(request: pytest.FixtureRequest) -> Iterator[Backing]:
    """Three servers of the module's own, to be stopped, killed and started at will. Takes about seven seconds."""
    from priorbus.devstack.backing import start_backing

    root = _sessions(request.config) / unique_name("own-")
    try:
        yield start_backing(root, ProcessId.current())
    finally:
        _remove(root)


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest, backing: Backing) -> Stack:
    """All services, two gateways among them, on the session's servers, with two seeded tenants. Shared: do not stop anything of it."""
    from priorbus.devstack.stack import start_stack

    stash = request.config.stash
    env = {"PRIORBUS_WEBHOOK_RETRY_SCALE": "0.00001"}
    return start_stack(stash[_ROOT] / "stack", stash[_OWNER], backing=backing, counts={"gateway": 2}, env=env)


@pytest.fixture(scope="session")
def make_vhost(backing: Backing) -> Iterator[Callable[[], str]]:
    """Create a further virtual host; its AMQP address."""
    from priorbus.devstack.isolation import create_vhost, delete_vhost

    made: list[str] = []

    def make() -> str:
        made.append(create_vhost(backing, unique_name("test-")))
        return made[-1]

    yield make
    if backing.rabbitmq.running():
        for url in made:
            delete_vhost(backing, url)


@pytest.fixture(scope="module")
def amqp_url(make_vhost: Callable[[], str]) -> str:
    """A virtual host of the module's own."""
    return make_vhost()


@pytest.fixture(scope="session")
def mongo_url(backing: Backing) -> str:
    """The shared replica set; use `database_prefix` in it."""
    return backing.mongo_url


@pytest.fixture(scope="session")
def drop_databases(backing: Backing) -> Iterator[Callable[[str], None]]:
    """Remove the databases with a prefix: mongod keeps files open for each collection and index, and ends when there are too many."""
    from pymongo import MongoClient
    from pymongo.errors import PyMongoError

    with MongoClient[dict[str, Any]](backing.mongo_url) as client:

        def drop(prefix: str) -> None:
            # A test that has stopped the server has other worries.
            with suppress(PyMongoError):
                for name in client.list_database_names():
                    if name.startswith(prefix):
                        client.drop_database(name)

        yield drop


@pytest.fixture
def database_prefix(request: pytest.FixtureRequest) -> Iterator[str]:
    """For databases of the test's own, `<prefix>_<service>`; they are gone after it."""
    prefix = unique_name("test_")
    drop = request.getfixturevalue("drop_databases") if "mongo_url" in request.fixturenames else None
    yield prefix
    if drop is not None:
        drop(prefix)


@pytest.fixture(scope="session")
def _standing(drop_databases: Callable[[str], None]) -> Iterator[str]:
    prefix = unique_name("test_")
    yield prefix
    drop_databases(prefix)


@pytest.fixture(scope="session")
def _empty(mongo_url: str) -> Iterator[Callable[[str], None]]:
    """Take out of the databases with a prefix all documents and the plans made for them; a collection made special goes as a whole."""
    from pymongo import MongoClient

    with MongoClient[dict[str, Any]](mongo_url) as client:

        def empty(prefix: str) -> None:
            for database in (client[name] for name in client.list_database_names() if name.startswith(prefix)):
                database.command("profile", 0)
                for collection in database.list_collections():
                    name = collection["name"]
                    if collection["options"]:
                        database.drop_collection(name)
                    else:
                        database[name].delete_many({})
                        database.command("planCacheClear", name)

        yield empty


@pytest.fixture
def emptied_prefix(_standing: str, _empty: Callable[[str], None]) -> str:
    """For databases that stay for the next test, `<prefix>_<service>`; each finds the collections and indexes of those before, empty."""
    _empty(_standing)
    return _standing


@pytest.fixture(scope="session")
def make_bucket(backing: Backing) -> Callable[[], str]:
    """Create a further bucket; its name."""
    from priorbus.devstack.isolation import create_bucket

    return lambda: create_bucket(backing, unique_name("test-"))


@pytest.fixture(scope="module")
def bucket(make_bucket: Callable[[], str]) -> str:
    """A bucket of the module's own."""
    return make_bucket()
