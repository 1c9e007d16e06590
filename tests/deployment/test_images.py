"""What the Dockerfile puts together, put together without a container engine."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deployment.rendered import DEPLOY, ROOT

SERVICES = {"gateway": "priorbus.gateway.main", "requirements": "priorbus.requirements.main"}
SERVICES |= {"fhir-pas": "priorbus.fhir_pas.main", "storage": "priorbus.storage.main"}


def pins(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+(?:\[[a-z,]+\])?)==([^ ;\\]+)", lock.read_text(), re.MULTILINE))


def test_images_have_the_versions_that_were_tested() -> None:
    deployed, tested = pins(DEPLOY / "requirements.lock"), pins(ROOT / "requirements.lock")
    assert deployed
    assert deployed.items() <= tested.items()


def test_images_have_no_tools_of_developers() -> None:
    assert not pins(DEPLOY / "requirements.lock").keys() & {"pytest", "mypy", "ruff", "testcontainers", "hypothesis", "uv-build"}


def test_the_build_backend_is_the_one_that_members_ask_for() -> None:
    [version] = re.findall(r"UV_BUILD=(\S+)", (DEPLOY / "Dockerfile").read_text())
    for member in [*ROOT.glob("libs/*/pyproject.toml"), *ROOT.glob("services/*/pyproject.toml")]:
        assert f'requires = ["uv_build=={version}"]' in member.read_text(), member


def test_the_image_is_built_in_stages_and_runs_without_privileges() -> None:
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    stages = [number for number, line in enumerate(lines) if line.startswith("FROM ")]
    assert len(stages) == 2
    assert "ARG SERVICE" in lines[: stages[1]]
    [user] = [line for line in lines[stages[1] :] if line.startswith("USER ")]
    assert re.fullmatch(r"USER [1-9][0-9]*:[1-9][0-9]*", user)
    assert any(line.startswith("HEALTHCHECK ") for line in lines[stages[1] :])
    assert not [line for line in lines[stages[1] :] if line.startswith("RUN pip")]


@pytest.mark.long
@pytest.mark.timeout(600)
def test_each_service_runs_on_what_its_image_holds(tmp_path: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    for service, module in SERVICES.items():
        venv = tmp_path / service
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
        install = [str(uv), "pip", "install", "--quiet", "--python", str(venv / "bin" / "python")]
        subprocess.run([*install, "--require-hashes", "--requirement", str(DEPLOY / "requirements.lock")], check=True)
        members = [str(ROOT / path) for path in ("libs/contracts", "libs/runtime", f"services/{service}")]
        subprocess.run([*install, "--no-deps", *members], check=True)
        subprocess.run([venv / "bin" / "python", "-c", f"import {module}"], check=True)
        assert (venv / "bin" / f"priorbus-{service}").exists()
        assert (venv / "bin" / "priorbus-health").exists()
        described = subprocess.run([venv / "bin" / "priorbus", "database", "--help"], check=True, capture_output=True, text=True)
        assert "prepare" in described.stdout
