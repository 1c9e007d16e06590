"""The manifests: valid by the schemas of Kubernetes, complete, and without a setting that the code does not know."""

from typing import Any

import kubernetes_validate
import pytest

from tests.deployment.rendered import Manifest, of_kind

KUBERNETES = "1.31"
CUSTOM = {"ScaledObject", "TriggerAuthentication"}
"""Kinds of KEDA, which the schemas do not have."""
WORKERS = {"requirements", "fhir-pas", "storage"}
PROCESSES = WORKERS | {"gateway", "projector"}


def container(deployment: Manifest) -> dict[str, Any]:
    [only] = deployment["spec"]["template"]["spec"]["containers"]
    return dict(only)


def selected(manifest: Manifest) -> dict[str, str]:
    return dict(manifest["spec"]["selector"]["matchLabels"])


def test_every_manifest_is_valid(manifests: list[Manifest]) -> None:
    for manifest in manifests:
        if manifest["kind"] not in CUSTOM:
            kubernetes_validate.validate(manifest, KUBERNETES, strict=True)


def test_every_process_is_deployed_and_may_lose_one_at_a_time(manifests: list[Manifest]) -> None:
    deployments, budgets = of_kind(manifests, "Deployment"), of_kind(manifests, "PodDisruptionBudget")
    assert set(deployments) == set(budgets) == PROCESSES
    for name, deployment in deployments.items():
        assert selected(budgets[name]) == selected(deployment)
        assert selected(deployment).items() <= deployment["spec"]["template"]["metadata"]["labels"].items()
        assert deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


def test_processes_have_no_privileges(manifests: list[Manifest]) -> None:
    for deployment in of_kind(manifests, "Deployment").values():
        pod, one = deployment["spec"]["template"]["spec"], container(deployment)
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["automountServiceAccountToken"] is False
        assert one["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


def test_processes_are_probed_limited_and_spread(manifests: list[Manifest]) -> None:
    for name, deployment in of_kind(manifests, "Deployment").items():
        one = container(deployment)
        ports = {port["name"]: port["containerPort"] for port in one["ports"]}
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            assert one[probe]["httpGet"]["port"] in ports, (name, probe)
        assert one["resources"]["requests"].keys() == {"cpu", "memory"}
        assert "memory" in one["resources"]["limits"]
        for spread in deployment["spec"]["template"]["spec"]["topologySpreadConstraints"]:
            assert spread["labelSelector"]["matchLabels"] == selected(deployment)


def test_the_gateway_serves_reads_while_its_broker_is_away(manifests: list[Manifest]) -> None:
    gateway = container(of_kind(manifests, "Deployment")["gateway"])
    assert gateway["readinessProbe"]["httpGet"] == {"path": "/health", "port": "http"}


def test_workers_grow_with_their_queues(manifests: list[Manifest]) -> None:
    scaled = of_kind(manifests, "ScaledObject")
    assert set(scaled) == WORKERS
    for name, scaler in scaled.items():
        assert scaler["spec"]["scaleTargetRef"]["name"] == name
        assert scaler["spec"]["minReplicaCount"] >= 1
        [trigger] = scaler["spec"]["triggers"]
        assert (trigger["type"], trigger["metadata"]["queueName"]) == ("rabbitmq", f"priorbus.{name}.commands")
        assert trigger["authenticationRef"]["name"] in of_kind(manifests, "TriggerAuthentication")
    assert set(of_kind(manifests, "HorizontalPodAutoscaler")) == {"gateway"}


def test_settings_of_manifests_and_code_are_the_same(manifests: list[Manifest], settings: dict[str, str]) -> None:
    given: dict[str, str] = {}
    for config in of_kind(manifests, "ConfigMap").values():
        given |= config["data"]
    assert given.keys() <= settings.keys()
    secrets = {name for name, kind in settings.items() if kind == "secret"}
    assert not given.keys() & secrets
    for name, default in settings.items():
        assert name in given or name in secrets or default == "empty", f"{name} is given nowhere"


def test_secrets_come_by_reference_only(manifests: list[Manifest]) -> None:
    assert not of_kind(manifests, "Secret")
    for deployment in of_kind(manifests, "Deployment").values():
        references = [source["secretRef"]["name"] for source in container(deployment)["envFrom"] if "secretRef" in source]
        assert references == ["priorbus-secrets"]


def test_everything_is_shut_in_but_what_is_named(manifests: list[Manifest]) -> None:
    policies = of_kind(manifests, "NetworkPolicy")
    everybody = {"app.kubernetes.io/part-of": "priorbus"}
    closed = policies["nothing-by-default"]["spec"]
    assert closed == {"podSelector": {"matchLabels": everybody}, "policyTypes": ["Ingress", "Egress"]}
    for deployment in of_kind(manifests, "Deployment").values():
        assert everybody.items() <= deployment["spec"]["template"]["metadata"]["labels"].items()


def test_databases_are_made_ready_by_the_image_of_each_service(manifests: list[Manifest]) -> None:
    job = of_kind(manifests, "Job")["migration"]
    containers = job["spec"]["template"]["spec"]["containers"]
    assert {one["name"] for one in containers} == WORKERS | {"gateway"}
    for one in containers:
        assert one["command"] == ["priorbus", "database", "prepare"]
        assert one["image"].partition(":")[0] == f"priorbus/{one['name']}"


def test_databases_are_ready_before_the_processes_and_settings_before_both(manifests: list[Manifest]) -> None:
    def wave(manifest: Manifest) -> int:
        return int(manifest["metadata"].get("annotations", {}).get("argocd.argoproj.io/sync-wave", 0))

    job = of_kind(manifests, "Job")["migration"]
    assert {wave(one) for one in of_kind(manifests, "ConfigMap").values()} == {0}
    assert all(wave(job) < wave(one) for one in of_kind(manifests, "Deployment").values())


def test_what_settings_can_name_is_let_through(manifests: list[Manifest]) -> None:
    rules = of_kind(manifests, "NetworkPolicy")["backing-services"]["spec"]["egress"]
    ports = {port["port"] for rule in rules for port in rule["ports"]}
    assert {53, 443, 4318, 3310, 5671, 5672, 8333, 27017} == ports


@pytest.mark.parametrize("name", ["gateway", "projector"])
def test_both_processes_of_the_gateway_come_from_one_image(manifests: list[Manifest], name: str) -> None:
    assert container(of_kind(manifests, "Deployment")[name])["image"].partition(":")[0] == "priorbus/gateway"
