"""Alerts, recording rules, dashboards and runbook: checked by promtool, and about metrics that exist."""

import importlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from prometheus_client import REGISTRY

from tests.deployment.rendered import DEPLOY, ROOT

PROMETHEUS = DEPLOY / "prometheus"
RULES = [PROMETHEUS / "rules.yml", PROMETHEUS / "alerts.yml"]
PROCESSES = ["gateway.main", "gateway.projector.main", "requirements.main", "fhir_pas.main", "storage.main"]
METRIC = re.compile(r"\b(?:priorbus_[a-z0-9_]+|priorbus:[a-z0-9_:]+)")


@pytest.fixture(scope="module")
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is not installed")
    return found


def alerts() -> list[dict[str, str]]:
    groups = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def recorded() -> set[str]:
    groups = yaml.safe_load((PROMETHEUS / "rules.yml").read_text())["groups"]
    return {rule["record"] for group in groups for rule in group["rules"]}


def expressions() -> Iterator[str]:
    for path in RULES:
        for group in yaml.safe_load(path.read_text())["groups"]:
            yield from (rule["expr"] for rule in group["rules"])
    for path in (DEPLOY / "grafana" / "dashboards").glob("*.json"):
        for panel in json.loads(path.read_text())["panels"]:
            yield from (target["expr"] for target in panel.get("targets", ()))


def exposed() -> set[str]:
    for process in PROCESSES:
        importlib.import_module(f"priorbus.{process}")
    names: set[str] = set()
    for family in REGISTRY.collect():
        names |= {family.name, *(family.name + suffix for suffix in ("_total", "_bucket", "_count", "_sum"))}
    return names


def test_promtool_accepts_configuration_and_rules(promtool: str) -> None:
    subprocess.run([promtool, "check", "config", str(PROMETHEUS / "prometheus.yml")], check=True, capture_output=True)
    subprocess.run([promtool, "check", "rules", *map(str, RULES)], check=True, capture_output=True)


def test_promtool_accepts_the_configuration_for_a_cluster(promtool: str, tmp_path: Path) -> None:
    """But for the look-up of pods, which Debian's promtool does not have."""
    config = yaml.safe_load((PROMETHEUS / "kubernetes.yml").read_text())
    [pods] = [scrape for scrape in config["scrape_configs"] if scrape["job_name"] == "priorbus"]
    assert pods.pop("kubernetes_sd_configs") == [{"role": "pod", "namespaces": {"names": ["priorbus"]}}]
    assert "service" in {rule.get("target_label") for rule in pods["relabel_configs"]}
    shutil.copytree(PROMETHEUS, tmp_path, dirs_exist_ok=True)
    (tmp_path / "kubernetes.yml").write_text(yaml.safe_dump(config))
    subprocess.run([promtool, "check", "config", str(tmp_path / "kubernetes.yml")], check=True, capture_output=True)


def test_alerts_fire_when_they_should(promtool: str) -> None:
    told = subprocess.run(
        [promtool, "test", "rules", "alerts.test.yml"], check=False, capture_output=True, text=True, cwd=DEPLOY.parent / "tests/deployment"
    )
    assert told.returncode == 0, told.stdout + told.stderr


def test_every_metric_exists() -> None:
    known = exposed() | recorded()
    used = {name for expression in expressions() for name in METRIC.findall(expression)}
    assert used
    assert used <= known


def test_names_follow_the_conventions_of_prometheus() -> None:
    exposed()
    for family in REGISTRY.collect():
        if family.name.startswith("priorbus_") and family.type in ("histogram", "gauge"):
            assert re.search(r"_(seconds|bytes|size|ready|streams|pends|ratio)$", family.name), family.name


def test_every_alert_has_its_section_in_the_runbook_and_no_other_is_there() -> None:
    sections = re.findall(r"^## (\S+)$", (ROOT / "docs" / "runbook.md").read_text(), re.MULTILINE)
    assert sections == [alert["alert"] for alert in alerts()]
    for alert in alerts():
        assert alert["annotations"]["runbook"] == f"docs/runbook.md#{alert['alert'].lower()}"  # type: ignore[index]


def test_every_panel_has_something_to_show() -> None:
    for path in (DEPLOY / "grafana" / "dashboards").glob("*.json"):
        for panel in json.loads(path.read_text())["panels"]:
            assert panel["type"] == "row" or panel["targets"], panel["title"]
