"""The overlays of `deploy/k8s`, put together by kubectl: schemas, hardening, and what each promises."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ray.serve.schema import ServeDeploySchema

from services.observability.table import METRICS
from services.process.config import Config, variable
from tests.deploy.manifests import (
    AUTOSCALER,
    KUBERNETES,
    ROOT,
    Manifest,
    check_restricted,
    check_schema,
    containers,
    kind,
    kustomized,
    manifests,
    pod_templates,
    title,
)
from tests.deploy.reach import COMPONENT, may_talk

OVERLAYS = sorted(path.name for path in (KUBERNETES / "overlays").iterdir())
COMPONENTS = sorted(path.name for path in (KUBERNETES / "components").iterdir())
SERVE = {"small": "config.yaml", "gpu": "gpu.yaml", "high-availability": "cluster.yaml"}
# Of one machine, or exclusive of each other.
ALONE = {"small", "gpu"}


@pytest.fixture
def put_together(tmp_path: Path) -> Callable[..., list[Manifest]]:
    """What base and some components amount to."""

    def render(*components: str) -> list[Manifest]:
        here = os.path.relpath(KUBERNETES, tmp_path.resolve())
        kustomization = {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "namespace": "mammoganesis",
            "resources": [f"{here}/base"],
            "components": [f"{here}/components/{name}" for name in components],
        }
        (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
        return [document for document in yaml.safe_load_all(kustomized(tmp_path)) if document]

    return render


def _one(folder: str, name: str) -> Manifest:
    (found,) = [manifest for manifest in manifests(f"overlays/{folder}") if title(manifest) == name]
    return found


def _pods(documents: list[Manifest]) -> Iterator[Manifest]:
    for manifest in documents:
        for _, template in pod_templates(manifest):
            yield template


def _is_sound(documents: list[Manifest]) -> None:
    names = [(kind(each), each["metadata"]["name"]) for each in documents]
    assert len(names) == len(set(names))
    known = set(map(variable, Config.model_fields))
    for manifest in documents:
        check_schema(manifest)
        if manifest["kind"] != "Namespace":
            assert manifest["metadata"]["namespace"] == "mammoganesis", title(manifest)
    for template in _pods(documents):
        spec = template["spec"]
        check_restricted(template)
        volumes = {volume["name"]: volume for volume in spec["volumes"]}
        assert all(len(volume) == 2 for volume in volumes.values()), "a volume is of one kind"
        for container in containers(template):
            assert {mount["name"] for mount in container["volumeMounts"]} <= volumes.keys()
            given = [entry["name"] for entry in container.get("env", [])]
            assert len(given) == len(set(given))
            ours = {name for name in given if name.startswith("MAMMOGANESIS_")}
            assert ours <= known
            values = {e["name"]: e["value"] for e in container.get("env", []) if e["name"] in ours and "value" in e}
            Config.from_environment(values)  # raises where a value is out of range
            assert not container["image"].endswith(":latest")
            assert ":" in container["image"]


@pytest.mark.parametrize("folder", OVERLAYS)
def test_overlays_are_sound(folder: str) -> None:
    _is_sound(manifests(f"overlays/{folder}"))


@pytest.mark.parametrize("component", COMPONENTS)
def test_each_component_is_sound_by_itself(component: str, put_together: Callable[..., list[Manifest]]) -> None:
    _is_sound(put_together(component))


def test_all_components_that_may_meet_are_sound_together(put_together: Callable[..., list[Manifest]]) -> None:
    _is_sound(put_together(*(name for name in COMPONENTS if name not in ALONE)))


@pytest.mark.parametrize(("folder", "file"), SERVE.items())
def test_serve_is_deployed_by_a_file_of_deploy_serve(folder: str, file: str) -> None:
    assert (
        _one(folder, "RayService mammoganesis")["spec"]["serveConfigV2"] == (ROOT / "deploy/serve" / file).read_text()
    )


@pytest.mark.parametrize("file", SERVE.values())
def test_ray_serve_takes_the_file(file: str) -> None:
    text = yaml.safe_load((ROOT / "deploy/serve" / file).read_text())
    assert ServeDeploySchema.model_validate(text).applications
    # What differs from one machine is how many there are of each, and on what.
    one = yaml.safe_load((ROOT / "deploy/serve/config.yaml").read_text())
    for application in (*text["applications"], *one["applications"]):
        (deployment,) = application["deployments"]
        for name in ("num_replicas", "autoscaling_config", "ray_actor_options", "max_replicas_per_node"):
            deployment.pop(name, None)
    assert text == one


def test_engines_fit_on_their_workers() -> None:
    """One on each: what it asks for fits, twice of it does not, or Ray is told that it must not."""
    for folder in ("gpu", "high-availability"):
        service = _one(folder, "RayService mammoganesis")["spec"]
        (engine, *others) = yaml.safe_load(service["serveConfigV2"])["applications"]
        options = engine["deployments"][0]["ray_actor_options"]
        (group,) = service["rayClusterConfig"]["workerGroupSpecs"]
        (worker,) = group["template"]["spec"]["containers"]
        asked = worker["resources"]["limits"]
        light = sum(
            each["deployments"][0]["autoscaling_config"]["min_replicas"]
            * each["deployments"][0]["ray_actor_options"]["num_cpus"]
            for each in others
        )
        assert options["num_cpus"] + light <= int(asked["cpu"])
        assert options.get("num_gpus", 0) == int(asked.get("nvidia.com/gpu", 0))
        most = engine["deployments"][0]["autoscaling_config"]["max_replicas"]
        assert group["maxReplicas"] == most


def test_a_small_one_has_one_of_everything() -> None:
    documents = manifests("overlays/small")
    assert {each["spec"]["replicas"] for each in documents if each["kind"] == "Deployment"} == {1}
    assert not [each for each in documents if each["kind"] == "PodDisruptionBudget"]
    cores = memory = 0.0
    for manifest in documents:
        for _, template in pod_templates(manifest):
            for container in template["spec"]["containers"]:
                asked = container["resources"]["requests"]
                cores += float(asked["cpu"].removesuffix("m")) / (1000 if asked["cpu"].endswith("m") else 1)
                memory += float(asked["memory"][:-2]) * {"Mi": 2**-10, "Gi": 1}[asked["memory"][-2:]]
    assert (cores, memory) <= (4, 10), "what docs/operations.md says of it"


@pytest.mark.parametrize("name", ["edge", "studio", "records"])
def test_no_machine_is_missed(name: str) -> None:
    deployment = _one("high-availability", f"Deployment {name}")["spec"]
    assert deployment["replicas"] == 2
    assert deployment["strategy" if name != "studio" else "replicas"] not in ({"type": "Recreate"}, 1)
    spread = deployment["template"]["spec"]["topologySpreadConstraints"]
    assert {"kubernetes.io/hostname"} == {each["topologyKey"] for each in spread}
    assert "DoNotSchedule" in [each["whenUnsatisfiable"] for each in spread]
    budget = _one("high-availability", f"PodDisruptionBudget {name}")["spec"]
    assert budget["minAvailable"] == 1
    assert budget["selector"]["matchLabels"].items() <= deployment["template"]["metadata"]["labels"].items()


def test_nothing_that_must_last_is_on_a_volume_of_ours() -> None:
    documents = manifests("overlays/high-availability")
    assert "Deployment redis" not in map(title, documents)
    assert [title(each) for each in documents if each["kind"] == "PersistentVolumeClaim"] == [
        "PersistentVolumeClaim bulk-jobs"
    ]
    (records,) = _one("high-availability", "Deployment records")["spec"]["template"]["spec"]["containers"]
    environment = {entry["name"]: entry for entry in records["env"]}
    assert environment["MAMMOGANESIS_RECORDS_URL"]["valueFrom"]["secretKeyRef"]["key"] == "records-url"
    options = _one("high-availability", "RayService mammoganesis")["spec"]["rayClusterConfig"][
        "gcsFaultToleranceOptions"
    ]
    assert options["redisAddress"] != "redis:6379", "the cache's Redis may forget"


@pytest.mark.parametrize("folder", ["gpu", "high-availability"])
def test_what_is_scaled_is_there_and_measured(folder: str) -> None:
    documents = manifests(f"overlays/{folder}")
    names = {metric.exported for metric in METRICS}
    scalers = [each for each in documents if each["kind"] == "HorizontalPodAutoscaler"]
    assert scalers
    for scaler in scalers:
        target = scaler["spec"]["scaleTargetRef"]
        assert f"{target['kind']} {target['name']}" in map(title, documents)
        for metric in scaler["spec"]["metrics"]:
            assert metric["type"] == "Pods", "not by processors"
            assert metric["pods"]["metric"]["name"] in names
    cluster = _one(folder, "RayService mammoganesis")["spec"]["rayClusterConfig"]
    assert cluster["enableInTreeAutoscaling"] is True
    head = cluster["headGroupSpec"]["template"]["spec"]
    assert f"ServiceAccount {head['serviceAccountName']}" in map(title, documents)


def test_only_the_autoscaler_has_a_token_of_kubernetes(put_together: Callable[..., list[Manifest]]) -> None:
    documents = put_together(*(name for name in COMPONENTS if name not in ALONE))
    with_token = [pod for pod in _pods(documents) if pod["spec"]["automountServiceAccountToken"]]
    assert [pod["spec"]["serviceAccountName"] for pod in with_token] == ["mammoganesis-autoscaler"]


OUTSIDE = {"app": "somebody-else"}
STORAGE = {"app": "server", "mammoganesis-storage": "server"}
PROMETHEUS = {"app": "prometheus", "mammoganesis-metrics": "client"}
EDGE, STUDIO, RAY, REDIS, RECORDS, RUNNER = (
    {COMPONENT: name} for name in ("edge", "studio", "ray", "redis", "records", "bulk-runner")
)
HEAD = RAY | AUTOSCALER
WAYS = {
    "login": [(EDGE, OUTSIDE, 443), (STUDIO, OUTSIDE, 443)],
    "high-availability": [(RECORDS, STORAGE, 5432), (EDGE, STORAGE, 6379), (RAY, STORAGE, 6379)],
    "monitoring": [*((PROMETHEUS, each, 9464) for each in (EDGE, RECORDS, STUDIO, RUNNER)), (PROMETHEUS, RAY, 8080)],
    "autoscaling": [(HEAD, OUTSIDE, 443), (HEAD, OUTSIDE, 6443)],
}
"""What a component opens; nothing else of what is asked for here."""


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_component_opens_the_ways_that_it_needs_and_no_other(
    component: str, put_together: Callable[..., list[Manifest]]
) -> None:
    before, after = put_together(), put_together(component)
    ports = (443, 5432, 6379, 6443, 8080, 9000, 9052, 9464, 50051)
    outside = (OUTSIDE, STORAGE, PROMETHEUS)
    ours = (EDGE, STUDIO, RAY, HEAD, REDIS, RECORDS, RUNNER)
    pairs = [(a, b) for a in (*ours, *outside) for b in (*ours, *outside) if a in ours or b in ours]
    opened = [
        (source, target, port)
        for source, target in pairs
        for port in ports
        if may_talk(after, source, target, port) and not may_talk(before, source, target, port)
    ]
    needed = WAYS.get(component, [])
    assert [way for way in needed if way not in opened] == []
    beyond = [way for way in opened if way not in needed and not _follows(way, needed)]
    assert beyond == []


def _follows(way: tuple[dict[str, str], dict[str, str], int], needed: list[Any]) -> bool:
    """What is open to anybody outside is so to each, and what is open to Ray's pods to the one with the autoscaler."""
    source, target, port = way
    alike = [(source, OUTSIDE, port)] if target in (STORAGE, PROMETHEUS) else []
    plain = [({**each, **AUTOSCALER}, *rest) for each, *rest in needed if each == RAY]
    scaled = [(each, {**to, **AUTOSCALER}, at) for each, to, at in needed if to == RAY]
    return any(each in needed for each in alike) or way in [*plain, *scaled]


@pytest.mark.parametrize("folder", OVERLAYS)
def test_an_overlay_of_yours_names_every_image_by_digest(folder: str, tmp_path: Path) -> None:
    """The one that the page shows, over each of ours: no image is left that somebody could exchange."""
    shown = (KUBERNETES / "README.md").read_text().split("```yaml\n")[1].split("```")[0]
    kustomization = yaml.safe_load(shown.replace("sha256:...", f"sha256:{'0123456789abcdef' * 4}"))
    kustomization["resources"] = [os.path.relpath(KUBERNETES / "overlays" / folder, tmp_path.resolve())]
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    documents = [document for document in yaml.safe_load_all(kustomized(tmp_path)) if document]
    images = {container["image"] for template in _pods(documents) for container in containers(template)}
    assert images
    assert not [image for image in images if "@sha256:" not in image]


def test_the_gpu_has_its_own_image_and_says_so() -> None:
    (group,) = _one("gpu", "RayService mammoganesis")["spec"]["rayClusterConfig"]["workerGroupSpecs"]
    (worker,) = group["template"]["spec"]["containers"]
    assert worker["image"].startswith("mammoganesis/serve-gpu:")
    environment: dict[str, Any] = {entry["name"]: entry.get("value") for entry in worker["env"]}
    assert environment["MAMMOGANESIS_EXECUTION_PROVIDER"] == "cuda"
    assert worker["resources"]["requests"]["nvidia.com/gpu"] == worker["resources"]["limits"]["nvidia.com/gpu"]


def test_prometheus_reaches_the_ports_that_show_metrics(put_together: Callable[..., list[Manifest]]) -> None:
    documents = put_together("monitoring")
    policies = [each["spec"] for each in documents if each["metadata"]["name"].startswith("metrics")]
    monitors = [each["spec"] for each in documents if each["kind"] == "PodMonitor"]
    for name in ("edge", "records", "studio", "bulk-runner"):
        (deployment,) = [each for each in documents if title(each) == f"Deployment {name}"]
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        environment = {entry["name"]: entry.get("value") for entry in container["env"]}
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        assert environment["MAMMOGANESIS_METRICS_PORT"] == str(ports["metrics"])
        assert environment["MAMMOGANESIS_METRICS_HOST"] == "0.0.0.0"
        assert any(name in str(each["selector"]) for each in monitors)
        (let_in,) = [each for each in policies if name in str(each["podSelector"])]
        assert let_in["ingress"][0]["ports"][0]["port"] == ports["metrics"]


def test_with_tls_every_client_knows_the_authority_and_every_probe_speaks_it(
    put_together: Callable[..., list[Manifest]],
) -> None:
    documents = {title(each): each.get("spec", {}) for each in put_together("tls", "tls-cert-manager", "login")}
    secret = documents["Certificate mammoganesis"]["secretName"]
    for name in ("edge", "studio", "records", "bulk-runner"):
        pod = documents[f"Deployment {name}"]["template"]["spec"]
        (container,) = pod["containers"]
        environment = {entry["name"]: entry.get("value") for entry in container["env"]}
        (mount,) = [each for each in container["volumeMounts"] if each["name"] == "tls"]
        assert environment["MAMMOGANESIS_TLS_CA_FILE"] == f"{mount['mountPath']}/ca.crt"
        (volume,) = [each for each in pod["volumes"] if each["name"] == "tls"]
        assert volume["secret"]["secretName"] == secret
        serves = "MAMMOGANESIS_TLS_CERTIFICATE_FILE" in environment
        assert serves is (name in ("edge", "studio"))
        for kind_of_probe in ("readinessProbe", "livenessProbe") if serves else ():
            probe = container[kind_of_probe]
            assert "grpc" not in probe
            assert probe.get("httpGet", {}).get("scheme") == "HTTPS" or probe["exec"]["command"][0] == "healthcheck"
    assert {"edge", "studio"} <= set(documents["Certificate mammoganesis"]["dnsNames"])
    assert documents["Service edge"]["ports"][0]["appProtocol"] == "https"
