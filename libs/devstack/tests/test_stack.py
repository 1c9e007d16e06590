"""A stack of stand-in services on the session's real servers."""

import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from priorbus.devstack import stack as module
from priorbus.devstack.backing import Backing
from priorbus.devstack.env_file import write_env_file
from priorbus.devstack.errors import DevstackError
from priorbus.devstack.processes import ProcessId
from priorbus.devstack.seed import Seed
from priorbus.devstack.service import KINDS, Kind
from priorbus.devstack.stack import Stack, attach_stack, remove_stack, running_stack, start_stack, stop_stack

ENV = {"PYTHONPATH": str(Path(__file__).parent)}
SEED = Seed("key of one", "key of the other")


@pytest.fixture(autouse=True)
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KINDS", [Kind(kind.name, "dummy_service", kind.http) for kind in KINDS])
    monkeypatch.setattr(module, "seed_tenants", lambda *_: SEED)


@pytest.fixture
def running(tmp_path: Path, backing: Backing) -> Iterator[Stack]:
    with running_stack(tmp_path, backing=backing, counts={"gateway": 2}, env=ENV) as stack:
        yield stack


def settings(url: str) -> Any:
    return httpx.get(f"{url}/health").json()


def test_every_process_of_the_table_runs_with_ports_of_its_own(running: Stack) -> None:
    assert [service.name for service in running.services] == ["requirements", "fhir-pas", "storage", "projector", "gateway", "gateway-2"]
    ports = [port for service in running.services for port in (service.health_port, service.http_port) if port is not None]
    assert len(set(ports)) == 8
    assert [settings(service.base_url)["PRIORBUS_HTTP_PORT"] for service in running.gateways] == [
        str(service.http_port) for service in running.gateways
    ]


def test_processes_share_settings_which_lead_to_a_private_corner(running: Stack, backing: Backing) -> None:
    seen = [settings(service.health_url) for service in running.services]
    assert {one["PRIORBUS_MONGO_DATABASE_PREFIX"] for one in seen} == {running.settings["PRIORBUS_MONGO_DATABASE_PREFIX"]}
    assert {one["PRIORBUS_PUBLIC_BASE_URL"] for one in seen} == {running.base_url}
    assert running.settings["PRIORBUS_AMQP_URL"] != backing.amqp_url
    assert running.settings["PRIORBUS_MONGO_DATABASE_PREFIX"] != "priorbus"


def test_one_process_can_be_killed_and_started_again(running: Stack) -> None:
    service = running.service("gateway-2")
    before = service.process()
    service.kill()
    assert not service.running()
    assert not service.ready()
    assert service.exit_code() == -signal.SIGKILL
    assert all(other.ready() for other in running.services if other is not service)
    service.start()
    assert service.process() != before
    assert settings(service.base_url)["PRIORBUS_HTTP_PORT"] == str(service.http_port)


def test_a_process_that_stops_in_order_has_exit_code_0(running: Stack) -> None:
    running.service("storage").stop()
    assert running.service("storage").exit_code() == 0


def test_starting_a_started_stack_is_harmless_and_finds_it(tmp_path: Path, backing: Backing) -> None:
    first = start_stack(tmp_path, None, backing=backing, env=ENV)
    processes = [service.process() for service in first.services]
    first.service("storage").kill()
    again = start_stack(tmp_path, None, backing=backing)
    found = attach_stack(tmp_path)
    try:
        survivors = [
            (now, before) for service, before in zip(again.services, processes, strict=True) if (now := service.process()) == before
        ]
        assert len(survivors) == len(processes) - 1
        assert again.service("storage").ready()
        assert again.base_url == first.base_url
        assert again.settings == first.settings
        assert found is None  # the stand-in seed is not on disk
    finally:
        stop_stack(tmp_path)
    assert not any(service.running() for service in first.services)


def test_a_service_that_ends_while_starting_is_an_error_with_its_last_words(tmp_path: Path, backing: Backing) -> None:
    with pytest.raises(DevstackError, match=r"requirements ended while starting:\nno luck today"):
        start_stack(tmp_path, ProcessId.current(), backing=backing, env={**ENV, "PRIORBUS_CRASH": "1"})


def test_the_env_file_can_be_sourced_and_is_private(running: Stack) -> None:
    path = write_env_file(running)
    shown = subprocess.run(
        ["bash", "-c", f"source {path} && echo $PRIORBUS_BASE_URL $PRIORBUS_API_KEY"], check=True, capture_output=True, text=True
    )
    assert shown.stdout.split() == [running.base_url, *SEED.api_key.split()]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_removing_a_stack_leaves_other_things_in_its_root_alone(tmp_path: Path, backing: Backing) -> None:
    (tmp_path / "tests").mkdir()
    start_stack(tmp_path, ProcessId.current(), backing=backing, env=ENV)
    remove_stack(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["tests"]
