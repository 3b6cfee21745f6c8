"""Loads what `deploy/k8s` amounts to, for the tests beside it."""

import json
import lzma
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema.validators import validator_for

from tests.places import ROOT

KUBERNETES = ROOT / "deploy" / "k8s"
SCHEMAS = Path(__file__).parent / "schemas"

Manifest = dict[str, Any]

AUTOSCALER = {"mammoganesis-autoscaler": "yes"}
"""Label of the pods that may talk to Kubernetes."""

OLDEST = (4, 1)
"""Of the kustomize within kubectl: the first with components and `labels`. Debian 12 has an older one."""


@cache
def _has_kustomize() -> bool:
    if shutil.which("kubectl") is None:
        return False
    told = subprocess.run(["kubectl", "version", "--client"], capture_output=True, text=True).stdout
    found = re.search(r"Kustomize Version: v(\d+)\.(\d+)", told)
    return found is not None and (int(found[1]), int(found[2])) >= OLDEST


def kustomized(path: Path) -> str:
    """All documents of a kustomization, as kubectl puts them together."""
    if not _has_kustomize():
        pytest.skip(f"no kubectl with kustomize {OLDEST[0]}.{OLDEST[1]} or later here (kubectl 1.21)")
    return subprocess.run(["kubectl", "kustomize", path], capture_output=True, text=True, check=True).stdout


@cache
def _rendered(folder: str) -> str:
    """Without kubectl, the resources as they stand, which is all that those without components need."""
    path = KUBERNETES / folder
    if _has_kustomize() or folder.startswith("overlays"):
        return kustomized(path)
    resources = yaml.safe_load((path / "kustomization.yaml").read_text())["resources"]
    return "\n---\n".join((path / name).read_text() for name in resources)


def manifests(folder: str) -> list[Manifest]:
    """The objects of `deploy/k8s/<folder>`, as kubectl would apply them."""
    return [document for document in yaml.safe_load_all(_rendered(folder)) if document]


def kind(manifest: Manifest) -> str:
    """Such as "apps/v1/Deployment"."""
    return f"{manifest['apiVersion']}/{manifest['kind']}"


def title(manifest: Manifest) -> str:
    """Such as "Deployment edge"."""
    return f"{manifest['kind']} {manifest['metadata']['name']}"


def pod_templates(manifest: Manifest) -> Iterator[tuple[str, Manifest]]:
    """Every pod template inside an object, with a title."""
    spec = manifest.get("spec", {})
    if "template" in spec:
        yield title(manifest), spec["template"]
    cluster = spec.get("rayClusterConfig") or spec.get("rayClusterSpec") or {}
    if cluster:
        yield f"{title(manifest)} head", cluster["headGroupSpec"]["template"]
        for group in cluster["workerGroupSpecs"]:
            yield f"{title(manifest)} {group['groupName']}", group["template"]


def containers(template: Manifest) -> Iterator[Manifest]:
    """Init containers and containers of a pod template."""
    yield from template["spec"].get("initContainers", [])
    yield from template["spec"]["containers"]


def check_restricted(template: Manifest) -> None:
    """Holds the pods of a template against the Pod Security Standard `restricted`, which the namespace enforces, and
    more of our own: a root that nobody writes to, bounds, no links to services (they would be settings), and no way to
    Kubernetes but for the autoscaler."""
    spec = template["spec"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] >= 999
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["enableServiceLinks"] is False
    scales = AUTOSCALER.items() <= template["metadata"]["labels"].items()
    assert spec["automountServiceAccountToken"] is scales, "the autoscaler alone talks to Kubernetes"
    assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys()
    allowed = {
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "persistentVolumeClaim",
        "projected",
        "secret",
    }
    assert all(volume.keys() - {"name"} <= allowed for volume in spec.get("volumes", []))
    for container in containers(template):
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["readOnlyRootFilesystem"] is True
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert context.keys() <= {"allowPrivilegeEscalation", "readOnlyRootFilesystem", "capabilities"}
        assert not any("hostPort" in port for port in container.get("ports", []))
        assert "memory" in container["resources"]["limits"]
        assert container["resources"]["requests"].keys() >= {"cpu", "memory"}


@cache
def _schema(name: str) -> Manifest:
    return json.loads(lzma.decompress((SCHEMAS / f"{name}.json.xz").read_bytes()))


@cache
def _validator(name: str) -> Any:
    schemas = _schema("kubernetes")
    schema = {**schemas["kinds"][name], "$defs": schemas["$defs"]}
    return validator_for(schema)(schema)


def check_schema(manifest: Manifest) -> None:
    """Holds an object against the strict schema of its kind; raises jsonschema.ValidationError, and KeyError for a kind
    that is not held."""
    _validator(kind(manifest)).validate(manifest)


def compose_schema() -> Manifest:
    """The schema of a compose file."""
    return _schema("compose")
