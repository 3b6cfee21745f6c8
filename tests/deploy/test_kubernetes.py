"""The Kubernetes manifests without a cluster: schemas, hardening, who may talk to whom, agreement with the code."""

import re
import shlex
import tomllib
from typing import Any

import jsonschema
import pytest
import yaml

from services.cli.bulk import bulk
from services.edge.health import LIVENESS
from services.process.config import Config, variable
from tests.deploy.manifests import (
    AUTOSCALER,
    ROOT,
    Manifest,
    check_restricted,
    check_schema,
    containers,
    kind,
    manifests,
    pod_templates,
    title,
)
from tests.deploy.reach import COMPONENT, may_talk

ALL = [(folder, manifest) for folder in ("base", "bulk") for manifest in manifests(folder)]
OBJECTS = [pytest.param(manifest, id=f"{folder}: {title(manifest)}") for folder, manifest in ALL]
PODS = [
    pytest.param(template, id=f"{folder}: {name}")
    for folder, manifest in ALL
    for name, template in pod_templates(manifest)
]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def _one(name: str, folder: str = "base") -> Manifest:
    (found,) = [manifest for place, manifest in ALL if place == folder and title(manifest) == name]
    return found


@pytest.mark.parametrize("manifest", OBJECTS)
def test_schema(manifest: Manifest) -> None:
    check_schema(manifest)


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("Deployment edge", ["spec", "replica"], 2),
        ("Deployment edge", ["spec", "template", "spec", "containers", 0, "readinesProbe"], {}),
        ("RayService mammoganesis", ["spec", "rayClusterConfig", "headGroupSpec", "rayStartParms"], {}),
        ("RayService mammoganesis", ["spec", "rayClusterConfig", "authOptions", "mode"], "none"),
        ("NetworkPolicy ray", ["spec", "ingress", 0, "port"], []),
    ],
)
def test_the_schemas_catch_mistakes(name: str, path: list[Any], value: Any) -> None:
    manifest = yaml.safe_load(yaml.safe_dump(_one(name)))
    place: Any = manifest
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        check_schema(manifest)


def test_the_namespace_enforces_the_standard_that_is_held_here() -> None:
    labels = _one("Namespace mammoganesis")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (["securityContext", "seccompProfile"], {"type": "Unconfined"}),
        (["securityContext", "runAsNonRoot"], False),
        (["hostNetwork"], True),
        (["volumes", 0], {"name": "host", "hostPath": {"path": "/"}}),
        (["containers", 0, "securityContext", "privileged"], True),
        (["containers", 0, "securityContext", "capabilities"], {"drop": ["ALL"], "add": ["SYS_ADMIN"]}),
        (["containers", 0, "ports", 0, "hostPort"], 50051),
    ],
)
def test_what_the_standard_forbids_is_found(place: list[Any], value: Any) -> None:
    template = yaml.safe_load(yaml.safe_dump(_one("Deployment edge")["spec"]["template"]))
    inner: Any = template["spec"]
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    with pytest.raises(AssertionError):
        check_restricted(template)


def test_everything_is_in_our_namespace() -> None:
    for folder, manifest in ALL:
        if kind(manifest) != "v1/Namespace":
            assert manifest["metadata"].get("namespace") == "mammoganesis", (folder, title(manifest))


@pytest.mark.parametrize("template", PODS)
def test_pods_are_restricted(template: Manifest) -> None:
    check_restricted(template)


@pytest.mark.parametrize("template", PODS)
def test_settings_are_known_to_the_configuration(template: Manifest) -> None:
    """Config refuses unknown MAMMOGANESIS_ names, and Kubernetes would add some for our Services."""
    assert template["spec"]["enableServiceLinks"] is False
    known = set(map(variable, Config.model_fields))
    for container in template["spec"]["containers"]:
        given = {entry["name"]: entry for entry in container.get("env", [])}
        ours = {name: entry for name, entry in given.items() if name.startswith("MAMMOGANESIS_")}
        assert ours.keys() <= known
        values = {name: entry["value"] for name, entry in ours.items() if "value" in entry}
        Config.from_environment(values)  # raises where a value is out of range


@pytest.mark.parametrize("template", PODS)
def test_a_setting_of_yours_reaches_every_process(template: Manifest) -> None:
    """What several processes read is never told to one alone, such as that the edge registers nothing."""
    for container in template["spec"]["containers"]:
        if container["image"].startswith("mammoganesis/serve"):
            assert container["envFrom"] == [{"configMapRef": {"name": "settings", "optional": True}}]


def test_secrets_are_referenced_and_never_contained() -> None:
    assert not [title(manifest) for _, manifest in ALL if manifest["kind"] in ("Secret", "ConfigMap")]
    for _, manifest in ALL:
        for _, template in pod_templates(manifest):
            for container in containers(template):
                for entry in container.get("env", []):
                    if re.search("SECRET|PASSWORD|TOKEN|AUTH|REDIS_URL", entry["name"]):
                        assert entry["valueFrom"]["secretKeyRef"]["name"] == "mammoganesis", entry


def test_serve_config_is_the_one_in_deploy_serve() -> None:
    config = (ROOT / "deploy/serve/cluster.yaml").read_text()
    assert _one("RayService mammoganesis")["spec"]["serveConfigV2"] == config


@pytest.mark.parametrize(
    ("folder", "name", "key"),
    [("base", "RayService mammoganesis", "rayClusterConfig"), ("bulk", "RayJob bulk", "rayClusterSpec")],
)
def test_ray_is_the_pinned_one_with_a_token(folder: str, name: str, key: str) -> None:
    cluster = _one(name, folder)["spec"][key]
    assert f"ray[serve]=={cluster['rayVersion']}" in PROJECT["optional-dependencies"]["service"]
    assert cluster["authOptions"] == {"mode": "token"}
    assert cluster["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"


def test_a_bulk_job_asks_for_as_many_workers_as_its_cluster_may_have() -> None:
    job = _one("RayJob bulk", "bulk")["spec"]
    cluster = job["rayClusterSpec"]
    (group,) = cluster["workerGroupSpecs"]
    (worker,) = group["template"]["spec"]["containers"]
    words = shlex.split(job["entrypoint"])
    assert words[:2] == ["mammoganesis", "bulk"]
    asked = bulk.make_context("bulk", words[2:], resilient_parsing=True).params
    assert (asked["ray_address"], asked["autoscaling"]) == ("auto", True)
    assert asked["workers"] == group["maxReplicas"] > group["minReplicas"]
    assert asked["threads_per_worker"] == int(worker["resources"]["limits"]["cpu"])
    assert group["replicas"] == group["minReplicas"] == 0
    assert cluster["enableInTreeAutoscaling"] is True
    assert cluster["autoscalerOptions"]["version"] == "v2", "as of tests/services/bulk/test_bulk_autoscaler.py"
    assert 60 <= cluster["autoscalerOptions"]["idleTimeoutSeconds"] <= 600
    head = cluster["headGroupSpec"]["template"]
    assert AUTOSCALER.items() <= head["metadata"]["labels"].items()
    account = _one(f"ServiceAccount {head['spec']['serviceAccountName']}", "bulk")
    assert account["automountServiceAccountToken"] is False
    assert group["template"]["spec"]["serviceAccountName"] != account["metadata"]["name"]


def test_serve_ports_reach_the_service() -> None:
    """KubeRay puts ports named serve or serve-* into mammoganesis-serve-svc; the HTTP one is its readiness."""
    config = Config()
    for name, template in pod_templates(_one("RayService mammoganesis")):
        ports = {port["name"]: port["containerPort"] for port in template["spec"]["containers"][0]["ports"]}
        assert ports["serve-grpc"] == config.serve_grpc_port, name
        assert ports["serve"] == config.serve_http_port, name
    (edge,) = _one("Deployment edge")["spec"]["template"]["spec"]["containers"]
    environment = {entry["name"]: entry.get("value") for entry in edge["env"]}
    assert environment["MAMMOGANESIS_SERVE_ADDRESS"] == f"mammoganesis-serve-svc:{config.serve_grpc_port}"


def test_images_have_our_version() -> None:
    images = {c["image"] for _, m in ALL for _, template in pod_templates(m) for c in containers(template)}
    assert all(":" in image and not image.endswith(":latest") for image in images)
    assert f"mammoganesis/serve:{PROJECT['version']}" in images


def test_services_select_pods_that_listen() -> None:
    templates = [template for _, manifest in ALL for _, template in pod_templates(manifest)]
    for _, manifest in ALL:
        if manifest["kind"] != "Service":
            continue
        selector = manifest["spec"]["selector"].items()
        selected = [template for template in templates if selector <= template["metadata"]["labels"].items()]
        assert selected, title(manifest)
        for template in selected:
            names = {port["name"] for container in template["spec"]["containers"] for port in container["ports"]}
            assert {port["targetPort"] for port in manifest["spec"]["ports"]} <= names


def test_no_liveness_is_taken_from_a_port_that_is_merely_open() -> None:
    for name in ("edge", "records", "studio", "bulk-runner"):
        (container,) = _one(f"Deployment {name}")["spec"]["template"]["spec"]["containers"]
        assert set(container["livenessProbe"]) & {"grpc", "httpGet", "exec"}
    (edge,) = _one("Deployment edge")["spec"]["template"]["spec"]["containers"]
    assert edge["livenessProbe"]["grpc"]["service"] == LIVENESS


def test_the_edge_drains_within_its_grace_period() -> None:
    pod = _one("Deployment edge")["spec"]["template"]["spec"]
    (edge,) = pod["containers"]
    _, seconds = edge["lifecycle"]["preStop"]["exec"]["command"]
    assert int(seconds) + Config().drain_seconds < pod["terminationGracePeriodSeconds"]
    assert _one("PodDisruptionBudget edge")["spec"]["minAvailable"] < _one("Deployment edge")["spec"]["replicas"]


OUTSIDE = {"app": "somebody-else"}
GATEWAY = {"app": "gateway", "mammoganesis-edge": "client"}
PROXY = {"app": "proxy", "mammoganesis-studio": "client"}
OPERATOR = {"app.kubernetes.io/name": "kuberay-operator", "kubernetes.io/metadata.name": "kuberay-operator"}
IMPOSTOR = {"app.kubernetes.io/name": "kuberay-operator", "kubernetes.io/metadata.name": "elsewhere"}
NAMES = ("edge", "studio", "ray", "redis", "bulk", "records", "bulk-runner")
EDGE, STUDIO, RAY, REDIS, BULK, RECORDS, RUNNER = ({COMPONENT: name} for name in NAMES)
ANY_PORT = 12345


@pytest.mark.parametrize(
    ("source", "target", "port", "allowed"),
    [
        (GATEWAY, EDGE, 50051, True),
        (PROXY, STUDIO, 8080, True),
        (OUTSIDE, EDGE, 50051, False),
        (OUTSIDE, STUDIO, 8080, False),
        (GATEWAY, STUDIO, 8080, False),
        (PROXY, EDGE, 50051, False),
        (PROXY, STUDIO, 50051, False),
        (RAY, EDGE, 50051, False),
        (EDGE, STUDIO, 8080, False),
        (IMPOSTOR, RAY, 8265, False),
        (IMPOSTOR, BULK, 8265, False),
        (STUDIO, EDGE, 50051, True),
        (EDGE, RAY, 9000, True),
        (EDGE, RECORDS, 9052, True),
        (RECORDS, EDGE, 50051, True),
        (RUNNER, EDGE, 50051, True),
        (RUNNER, RECORDS, 9052, True),
        (RAY, RAY, ANY_PORT, True),
        (RAY, REDIS, 6379, True),
        (EDGE, REDIS, 6379, True),
        (OPERATOR, RAY, 8265, True),
        (OPERATOR, RAY, 8000, True),
        (OPERATOR, BULK, 8265, True),
        (BULK, BULK, ANY_PORT, True),
        (OUTSIDE, EDGE, ANY_PORT, False),
        (OUTSIDE, RAY, 9000, False),
        (OUTSIDE, RAY, 8265, False),
        (OUTSIDE, REDIS, 6379, False),
        (STUDIO, RAY, 9000, False),
        (EDGE, RAY, 8265, False),
        (EDGE, RAY, ANY_PORT, False),
        (OPERATOR, REDIS, 6379, False),
        (OPERATOR, RAY, 9000, False),
        (BULK, RAY, 9000, False),
        (BULK, REDIS, 6379, False),
        (BULK, OUTSIDE, 443, False),
        (BULK | AUTOSCALER, OUTSIDE, 443, True),
        (BULK | AUTOSCALER, OUTSIDE, 5432, False),
        (RAY, OUTSIDE, 443, False),
        (REDIS, OUTSIDE, 443, False),
        (EDGE, OUTSIDE, 443, False),
        (STUDIO, RECORDS, 9052, False),
        (OUTSIDE, RECORDS, 9052, False),
        (RECORDS, RAY, 9000, False),
        (RUNNER, RAY, 9000, False),
        (RUNNER, REDIS, 6379, False),
        (RUNNER, OUTSIDE, 443, False),
        (STUDIO, RUNNER, ANY_PORT, False),
        (RECORDS, OUTSIDE, 443, False),
    ],
    ids=lambda value: next(iter(value.values())) if isinstance(value, dict) else str(value),
)
def test_who_may_talk_to_whom(source: dict, target: dict, port: int, allowed: bool) -> None:
    assert may_talk([manifest for _, manifest in ALL], source, target, port) is allowed
