"""The files of `deploy/`, rendered as an operator would render them."""

import shutil
import subprocess

import pytest
import yaml

from priorbus.runtime.settings_docs import describe, installed, installed_commands
from tests.deployment.rendered import DEPLOY, OVERLAYS, ROOT, Manifest


@pytest.fixture(scope="session")
def settings() -> dict[str, str]:
    """Every setting of the code: its default, `required` when there is none, `secret` when it is one."""
    described = (*installed().values(), *installed_commands().values())
    return {row.name: "secret" if "secret" in row.type.lower() else row.default for one in described for row in describe(one)}


@pytest.fixture(scope="session", params=OVERLAYS)
def manifests(request: pytest.FixtureRequest) -> list[Manifest]:
    """Everything an overlay makes."""
    kustomize = shutil.which("kustomize") or shutil.which(ROOT / ".venv" / "bin" / "kustomize")
    if kustomize is None:
        pytest.skip("kustomize is not installed")
    rendered = subprocess.run(
        [kustomize, "build", str(DEPLOY / "k8s" / "overlays" / request.param)], check=True, capture_output=True, text=True
    ).stdout
    return [document for document in yaml.safe_load_all(rendered) if document]
