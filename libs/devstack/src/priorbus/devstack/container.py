"""One backing server as a container, run in the foreground: `python -m priorbus.devstack.container`, order on the command line.

The process is watched over like a native server's. When it is killed, testcontainers' own reaper removes the container.
"""

import json
import os
import signal
import socket
import sys
from dataclasses import asdict
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import docker
from docker.errors import DockerException, NotFound
from testcontainers.core.container import DockerContainer

from priorbus.devstack.place import Image
from priorbus.devstack.processes import Program

_PROBE_TIMEOUT = 2


@cache
def engine_answers() -> bool:
    """True when a Docker engine can be used; a client alone cannot."""
    if not _somebody_listens(os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")):
        return False
    client = docker.DockerClient.from_env(timeout=_PROBE_TIMEOUT)
    try:
        return bool(client.ping())
    except DockerException:
        return False
    finally:
        client.close()


def _somebody_listens(address: str) -> bool:
    """Asked first because it is quick, and because the client library leaks its socket when nobody does."""
    parts = urlsplit(address)
    family, target = (socket.AF_UNIX, parts.path) if parts.scheme == "unix" else (socket.AF_INET, (parts.hostname, parts.port or 2375))
    with socket.socket(family) as probe:
        probe.settimeout(_PROBE_TIMEOUT)
        try:
            probe.connect(target)
        except OSError:
            return False
    return True


def foreground(name: str, image: Image, cwd: Path) -> Program:
    """The program that runs the container and ends with it."""
    order = json.dumps({"name": name, "image": asdict(image)})
    return Program(command=(sys.executable, "-m", "priorbus.devstack.container", order), cwd=cwd, grace=20.0)


def kill(name: str) -> None:
    """SIGKILL the server inside the container."""
    docker.from_env().containers.get(name).kill()


def remove_data(name: str) -> None:
    """Drop the volume; harmless when there is none."""
    try:
        docker.from_env().volumes.get(name).remove(force=True)
    except NotFound:
        return


def _build(name: str, image: Image) -> DockerContainer:
    container = DockerContainer(image.name).with_name(name).with_volume_mapping(name, image.data, "rw")
    if image.command:
        container.with_command(list(image.command))
    for key, value in image.env.items():
        container.with_env(key, value)
    for host, inside in image.files.items():
        container.with_volume_mapping(host, inside, "ro")
    loopback = {f"{port}/tcp": ("127.0.0.1", port) for port in image.published}
    return container.with_kwargs(ports=loopback)


def main() -> int:
    """Run until SIGTERM or until the server in it ends."""
    order = json.loads(sys.argv[1])
    container = _build(order["name"], Image(**order["image"]))

    def leave(_number: int, _frame: object) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, leave)
    try:
        container.start()
        return int(container.get_wrapped_container().wait()["StatusCode"])
    finally:
        container.stop()


if __name__ == "__main__":
    sys.exit(main())
