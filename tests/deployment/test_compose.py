"""compose.yaml: valid by the Compose specification, complete, and without a setting that the code does not know."""

from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

from tests.deployment.rendered import DEPLOY, ROOT

PROCESSES = {"gateway", "projector", "requirements", "fhir-pas", "storage"}
SERVERS = {"rabbitmq", "mongodb", "object-store", "prometheus", "grafana"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((DEPLOY / "compose.yaml").read_text()))


def test_it_is_valid() -> None:
    merged = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    parsed = PyCompose.from_yaml(yaml.safe_dump(merged))
    parsed.validate()
    assert set(parsed.service_names()) == PROCESSES | SERVERS


def test_a_wrong_member_would_be_found() -> None:
    with pytest.raises(ValueError, match="restrat"):
        PyCompose.from_yaml("services: {gateway: {image: priorbus/gateway, restrat: always}}")


def test_it_has_every_process_and_server(compose: dict[str, Any]) -> None:
    assert compose["services"].keys() == PROCESSES | SERVERS
    for name in PROCESSES:
        service = compose["services"][name]
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert set(service["depends_on"]) == {"rabbitmq", "mongodb", "object-store"}


def test_images_are_built_from_what_is_there(compose: dict[str, Any]) -> None:
    built = {name: service["build"] for name, service in compose["services"].items() if "build" in service}
    assert built.keys() == PROCESSES - {"projector"}
    for name, build in built.items():
        assert build["args"]["SERVICE"] == name
        assert (ROOT / "services" / name / "pyproject.toml").exists()
        assert (DEPLOY / build["context"] / build["dockerfile"]).resolve() == DEPLOY / "Dockerfile"


def test_its_settings_exist_and_nothing_required_is_missing(compose: dict[str, Any], settings: dict[str, str]) -> None:
    given = set(compose["x-settings"])
    assert given <= settings.keys()
    required = {name for name, default in settings.items() if default in ("required", "secret")} - {"PRIORBUS_S3_SESSION_TOKEN"}
    assert required <= given


def test_every_server_says_when_it_is_ready(compose: dict[str, Any]) -> None:
    """Processes of Priorbus have theirs from the image."""
    assert "HEALTHCHECK" in (DEPLOY / "Dockerfile").read_text()
    assert {name for name, service in compose["services"].items() if "healthcheck" in service} == SERVERS


def test_the_databases_log_tells_nothing_of_patients(compose: dict[str, Any]) -> None:
    """By default it shows slow commands whole."""
    command = compose["services"]["mongodb"]["command"]
    assert command[command.index("--slowOpSampleRate") + 1] == "0"


def test_mounted_files_exist(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert source in compose["volumes"] or (DEPLOY / source).exists(), source
