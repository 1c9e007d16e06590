"""Servers keep data and addresses over kill and restart, and end with their owner."""

import contextlib
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import aio_pika
import botocore.session
import pytest
from pymongo import MongoClient

from priorbus.devstack import container
from priorbus.devstack.backing import Backing, remove_backing, start_backing
from priorbus.devstack.errors import DevstackError, NotControllableError
from priorbus.devstack.isolation import create_bucket
from priorbus.devstack.processes import ProcessId, Supervised
from priorbus.devstack.server import GivenServer


@pytest.fixture(scope="module", autouse=True)
def one_at_a_time(own_backing: Backing) -> Backing:
    """Start the servers once for the module."""
    return own_backing


async def test_rabbitmq_keeps_confirmed_messages_over_a_kill(own_backing: Backing) -> None:
    async with await aio_pika.connect(own_backing.amqp_url) as connection:
        channel = await connection.channel(publisher_confirms=True)
        await channel.declare_queue("kept", durable=True, arguments={"x-queue-type": "quorum"})
    # RabbitMQ 3.10 syncs the register of its quorum queues every three minutes, or when it stops: a queue that is younger does not
    # survive a crash. Messages in a registered queue do.
    own_backing.rabbitmq.restart()
    async with await aio_pika.connect(own_backing.amqp_url) as connection:
        channel = await connection.channel(publisher_confirms=True)
        await channel.default_exchange.publish(aio_pika.Message(b"body", delivery_mode=2), "kept", mandatory=True)
    own_backing.rabbitmq.kill()
    assert not own_backing.rabbitmq.running()
    own_backing.rabbitmq.start()
    async with await aio_pika.connect(own_backing.amqp_url) as connection:
        queue = await (await connection.channel()).get_queue("kept")
        message = await queue.get()
        assert message is not None
        assert message.body == b"body"


def test_mongodb_keeps_journaled_writes_over_a_kill(own_backing: Backing) -> None:
    with MongoClient[dict[str, Any]](own_backing.mongo_url, w="majority", journal=True) as client:
        client["kept"]["rows"].insert_one({"_id": 1})
        own_backing.mongodb.kill()
        assert not own_backing.mongodb.running()
        own_backing.mongodb.start()
        assert client["kept"]["rows"].find_one() == {"_id": 1}


def test_the_object_store_keeps_objects_over_a_restart(own_backing: Backing) -> None:
    bucket = create_bucket(own_backing, "kept")
    client: Any = botocore.session.get_session().create_client(
        "s3",
        endpoint_url=own_backing.s3_endpoint,
        aws_access_key_id=own_backing.s3_access_key,
        aws_secret_access_key=own_backing.s3_secret_key,
        region_name=own_backing.s3_region,
    )
    client.put_object(Bucket=bucket, Key="key", Body=b"body")
    own_backing.object_store.restart()
    with contextlib.closing(client.get_object(Bucket=bucket, Key="key")["Body"]) as body:
        assert body.read() == b"body"
    client.close()


def test_nothing_is_left_when_the_owner_is_killed(tmp_path: Path) -> None:
    source = f"""
import sys
from pathlib import Path
from priorbus.devstack.backing import backing
with backing(Path({str(tmp_path)!r})):
    print("up", flush=True)
    sys.stdin.read()
"""
    with subprocess.Popen([sys.executable, "-c", source], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "up\n"
        servers = [Supervised(tmp_path, name) for name in ("rabbitmq", "mongodb", "object-store")]
        watched = [pid for server in servers for pid in tree(server.watchdog())]
        names = {Path(f"/proc/{pid}/comm").read_text().strip() for pid in watched}
        owner.send_signal(signal.SIGKILL)
    assert {"beam.smp", "epmd", "mongod", "weed"} <= names
    assert [pid for pid in watched if not ended(pid)] == []


def tree(root: ProcessId | None) -> list[int]:
    """The process and all its descendants."""
    assert root is not None
    found = [root.pid]
    for pid in found:
        for task in Path(f"/proc/{pid}/task").iterdir():
            found.extend(int(child) for child in (task / "children").read_text().split())
    return found


def ended(pid: int) -> bool:
    """Wait until the process has ended."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([fd], [], [], 30)[0])
    finally:
        os.close(fd)


def test_a_machine_without_the_program_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("priorbus.devstack.mongodb.MongoDB.native_program", lambda _: None)
    monkeypatch.setattr(container, "engine_answers", lambda: False)
    with pytest.raises(DevstackError, match="mongodb: no address given, no Docker engine answers, and no program is installed"):
        start_backing(tmp_path, ProcessId.current())
    remove_backing(tmp_path)


def test_a_given_server_is_not_ours_to_stop() -> None:
    server = GivenServer("rabbitmq")
    server.start()
    assert server.running()
    for act in (server.stop, server.kill, server.restart):
        with pytest.raises(NotControllableError):
            act()
