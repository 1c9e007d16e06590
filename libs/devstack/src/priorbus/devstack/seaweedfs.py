"""SeaweedFS, all its parts in one process, with one S3 identity."""

import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from priorbus.devstack.asking import ask
from priorbus.devstack.errors import DevstackError
from priorbus.devstack.place import Image, Place
from priorbus.devstack.processes import Program

ACCESS_KEY = "priorbus"
REGION = "us-east-1"
DOMAIN = "s3.test"
"""Requests to `<bucket>.s3.test` are for that bucket; no name server knows it."""

_PARTS = ("master", "volume", "filer", "admin", "s3")


@dataclass(frozen=True)
class SeaweedFS:
    """The object store."""

    name: str = "object-store"
    port_names: Sequence[str] = tuple(name for part in _PARTS for name in (part, f"{part}.grpc"))

    def native_program(self) -> str | None:
        beside_python = Path(sys.executable).parent / "weed"
        return str(beside_python) if beside_python.exists() else shutil.which("weed")

    def native(self, place: Place) -> Program:
        directory = place.directory
        data = directory / "data"
        data.mkdir(exist_ok=True)
        config = _write_identity(place, 0o600)
        places = (
            f"-dir={data}",
            f"-s3.config={config}",
            # Unix socket paths end at 107 bytes, so they are relative to the working directory.
            "-filer.localSocket=filer.sock",
            "-s3.localSocket=s3.sock",
        )
        command = (self.native_program() or "weed", "mini", *places, *_options(place, "127.0.0.1"))
        return Program(command=command, env={"GOMEMLIMIT": "512MiB"}, cwd=directory, grace=5.0)

    def image(self, place: Place) -> Image:
        config = _write_identity(place, 0o644)  # for the user inside; the folder around it is ours alone
        everywhere = _options(place, "0.0.0.0")  # noqa: S104  inside the container; published on loopback
        return Image(
            name="chrislusf/seaweedfs:4.48",
            command=("mini", "-dir=/data", "-s3.config=/etc/seaweedfs/s3.json", *everywhere),
            data="/data",
            published=[place.ports[name] for name in ("s3", "master")],
            files={str(config): "/etc/seaweedfs/s3.json"},
        )

    def check_ready(self, place: Place) -> None:
        ask(f"{s3_endpoint(place)}/healthz").raise_for_status()
        # That answers seconds before the part that holds the bytes has joined, and until then every object is an internal error.
        topology = ask(f"http://127.0.0.1:{place.ports['master']}/dir/status").raise_for_status().json()["Topology"]
        if not topology.get("DataCenters"):
            raise DevstackError("the volume server has not joined")


def s3_endpoint(place: Place) -> str:
    return f"http://127.0.0.1:{place.ports['s3']}"


def _options(place: Place, bind: str) -> tuple[str, ...]:
    http = tuple(f"-{part}.port={place.ports[part]}" for part in _PARTS)
    grpc = tuple(f"-{part}.port.grpc={place.ports[f'{part}.grpc']}" for part in _PARTS)
    off = ("-master.telemetry=false", "-admin.ui=false", "-webdav=false", "-s3.iam=false", "-s3.autoCreateBucket=false")
    # Every bucket has a volume of its own, and by default free disk space divided by the full size of a volume limits their number.
    many = ("-volume.max=10000",)
    hosts = ("-ip=127.0.0.1", f"-ip.bind={bind}", f"-s3.domainName={DOMAIN}")
    return (*hosts, *http, *grpc, *off, "-s3.port.iceberg=0", "-s3.port.lance=0", *many)


def _write_identity(place: Place, mode: int) -> Path:
    identity = {
        "name": ACCESS_KEY,
        "credentials": [{"accessKey": ACCESS_KEY, "secretKey": place.secret}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    path = place.directory / "s3.json"
    path.touch(mode=0o600)
    path.chmod(mode)
    path.write_text(json.dumps({"identities": [identity]}))
    return path
