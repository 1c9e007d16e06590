"""What is asked of a Docker engine. No engine is needed: the calls of its client are recorded."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from testcontainers.core.container import DockerContainer

from priorbus.devstack import container
from priorbus.devstack.mongodb import MongoDB
from priorbus.devstack.place import Image, Place, ServerKind
from priorbus.devstack.rabbitmq import RabbitMQ
from priorbus.devstack.seaweedfs import SeaweedFS


class RecordingContainer:
    short_id = "recorded"

    def __init__(self, calls: list[str]) -> None:
        self._calls = calls

    def wait(self, *, timeout: None) -> dict[str, int]:
        self._calls.append("wait")
        return {"StatusCode": 3}

    def remove(self, *, force: bool, v: bool) -> None:
        self._calls.append("remove")


class RecordingClient:
    """Stands in for testcontainers' own client."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.created: dict[str, Any] = {}
        self.client = self

    def create(self, image: str, **options: Any) -> RecordingContainer:
        self.created = {"image": image, **options}
        return RecordingContainer(self.calls)

    def start(self, started: RecordingContainer) -> None:
        self.calls.append("start")

    def close(self) -> None:
        self.calls.append("close")


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> RecordingClient:
    client = RecordingClient()
    monkeypatch.setattr("testcontainers.core.container.DockerClient", lambda: client)
    monkeypatch.setattr("testcontainers.core.container.Reaper.get_instance", lambda: None)
    return client


@pytest.mark.parametrize("kind", [RabbitMQ(), MongoDB(), SeaweedFS()], ids=lambda kind: kind.name)
def test_a_server_is_published_on_loopback_only_and_keeps_its_data_in_a_volume(
    kind: ServerKind, engine: RecordingClient, tmp_path: Path
) -> None:
    ports = {name: 20000 + number for number, name in enumerate(kind.port_names)}
    program = container.foreground("name", kind.image(Place(tmp_path, ports, "secret")), tmp_path)
    order = json.loads(program.command[-1])
    made: DockerContainer = container._build(order["name"], Image(**order["image"]))
    assert container._run(made) == 3
    assert {address for address, _ in engine.created["ports"].values()} == {"127.0.0.1"}
    assert {f"{port}/tcp" for _, port in engine.created["ports"].values()} == engine.created["ports"].keys()
    assert engine.created["volumes"]["name"] == {"bind": kind.image(Place(tmp_path, ports, "secret")).data, "mode": "rw"}
    assert engine.calls == ["start", "wait", "remove", "close"]


def test_an_engine_that_is_not_there_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    container.engine_answers.cache_clear()
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    assert not container.engine_answers()


def test_something_else_on_the_engines_socket_is_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    container.engine_answers.cache_clear()
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(f"{tmp_path}/s")
        silent.listen()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/s")
        monkeypatch.setattr(container, "_PROBE_TIMEOUT", 0.2)
        assert not container.engine_answers()
    container.engine_answers.cache_clear()
