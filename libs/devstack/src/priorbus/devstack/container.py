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
from typing import Any
from urllib.parse import urlsplit

import docker
from docker.errors import DockerException, NotFound
from testcontainers.core.container import DockerContainer

from priorbus.devstack.place import Image
from priorbus.devstack.processes import Program

_PROBE_TIMEOUT = 2
_ORDERLY_WITHIN = 15


@cache
def engine_answers() -> bool:
    """True when a Docker engine can be used; a client alone cannot."""
    if not _somebody_listens(os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")):
        return False
    try:
        client = docker.DockerClient.from_env(timeout=_PROBE_TIMEOUT)  # asks for the engine's version
    except DockerException:
        return False
    client.close()
    return True


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
    made = DockerContainer(image.name).with_name(name).with_volume_mapping(name, image.data, "rw")
    if image.command:
        made.with_command(list(image.command))
    for key, value in image.env.items():
        made.with_env(key, value)
    for host, inside in image.files.items():
        made.with_volume_mapping(host, inside, "ro")
    # with_bind_ports knows no address and would publish to the whole network.
    published: dict[str, Any] = {f"{port}/tcp": ("127.0.0.1", port) for port in image.published}
    made.ports.update(published)
    return made


def _remove_earlier(name: str) -> None:
    """A run that was killed leaves its container to the reaper, which takes some seconds."""
    try:
        docker.from_env().containers.get(name).remove(force=True)
    except NotFound:
        return


def _run(made: DockerContainer) -> int:
    """Until SIGTERM, which stops the server in an orderly way, or until the server ends."""
    try:
        made.start()
        return int(made.get_wrapped_container().wait(timeout=None)["StatusCode"])
    except _Asked:
        made.get_wrapped_container().stop(timeout=_ORDERLY_WITHIN)
        return 0
    finally:
        made.stop()


class _Asked(BaseException):
    """SIGTERM has come."""


def main() -> int:
    """Run the container of the order."""
    order = json.loads(sys.argv[1])

    def leave(_number: int, _frame: object) -> None:
        raise _Asked

    signal.signal(signal.SIGTERM, leave)
    _remove_earlier(order["name"])
    return _run(_build(order["name"], Image(**order["image"])))


if __name__ == "__main__":
    sys.exit(main())
