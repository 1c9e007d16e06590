"""MongoDB as a replica set of one, which transactions and change streams need."""

import shutil
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure

from priorbus.devstack.errors import DevstackError
from priorbus.devstack.place import Image, Place
from priorbus.devstack.processes import Program

REPLICA_SET = "rs0"
_NOT_YET_INITIALIZED = 94


@dataclass(frozen=True)
class MongoDB:
    """The database. No accounts: it listens on loopback only."""

    name: str = "mongodb"
    port_names: Sequence[str] = ("mongodb",)

    def native_program(self) -> str | None:
        found = shutil.which("mongod")
        if found is not None:
            return found
        wheel = Path(sysconfig.get_path("platlib"), "fiftyone", "db", "bin", "mongod")
        if not wheel.exists():
            return None
        wheel.chmod(0o755)
        return str(wheel)

    def native(self, place: Place) -> Program:
        data = place.directory / "data"
        data.mkdir(exist_ok=True)
        command = (self.native_program() or "mongod", "--dbpath", str(data), "--bind_ip", "127.0.0.1", "--nounixsocket")
        return Program(command=(*command, *_options(place)), cwd=place.directory)

    def image(self, place: Place) -> Image:
        return Image(
            name="mongo:7.0",
            command=("mongod", "--bind_ip_all", *_options(place)),
            data="/data/db",
            published=[place.ports["mongodb"]],
        )

    def check_ready(self, place: Place) -> None:
        """Initiate the replica set when it is new, move it when its port is new, and return when it has a primary."""
        with MongoClient[dict[str, Any]](
            "127.0.0.1", place.ports["mongodb"], directConnection=True, serverSelectionTimeoutMS=2000
        ) as client:
            _configure(client, f"127.0.0.1:{place.ports['mongodb']}")
            if not client.admin.command("hello")["isWritablePrimary"]:
                raise DevstackError("mongodb has no primary yet")


def mongo_url(place: Place) -> str:
    return f"mongodb://127.0.0.1:{place.ports['mongodb']}/?replicaSet={REPLICA_SET}"


def _options(place: Place) -> tuple[str, ...]:
    return (
        *("--port", str(place.ports["mongodb"]), "--replSet", REPLICA_SET),
        *("--wiredTigerCacheSizeGB", "0.5", "--oplogSize", "512"),
        *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        # Each collection and index is an open file. Tests make thousands: close idle ones soon, and let dropped ones go at once.
        *("--setParameter", "minSnapshotHistoryWindowInSeconds=0"),
        *("--wiredTigerEngineConfigString", "file_manager=(close_idle_time=5,close_scan_interval=2,close_handle_minimum=100)"),
        # A killed service leaves its transaction open; until it expires, it holds the documents of the messages that come again.
        *("--setParameter", "transactionLifetimeLimitSeconds=5"),
    )


def _configure(client: MongoClient[dict[str, Any]], address: str) -> None:
    members = [{"_id": 0, "host": address}]
    try:
        config = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code != _NOT_YET_INITIALIZED:
            raise
        client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
        return
    if [member["host"] for member in config["members"]] != [address]:
        client.admin.command("replSetReconfig", {**config, "members": members, "version": config["version"] + 1}, force=True)
