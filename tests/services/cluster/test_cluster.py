"""The cluster's settings, and that the configuration file for containers deploys what the launcher deploys."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import yaml
from ray.serve.schema import ServeDeploySchema

from services.cluster import applications
from services.cluster.settings import light_replicas, ray_environment, write_token
from services.edge.routes import APPLICATIONS, RECORDS
from services.process.config import Config
from tests.places import ROOT

CONFIG_FILE = ROOT / "deploy" / "serve" / "config.yaml"
CONFIG = Config(edge_secret="0123456789abcdef")


def test_configuration_file_has_the_launchers_applications() -> None:
    schema = ServeDeploySchema.model_validate(yaml.safe_load(CONFIG_FILE.read_text()))
    files = {application.name: application for application in schema.applications}
    assert set(files) == {"engine", *applications.PUBLIC_APPLICATIONS}
    assert set(applications.PUBLIC_APPLICATIONS) == set(APPLICATIONS.values()) - {RECORDS}
    builders = applications.PUBLIC_APPLICATIONS | {"engine": applications.engine}
    for name, application in files.items():
        module, builder = application.import_path.split(":")
        assert module == applications.__name__
        assert getattr(applications, builder) is builders[name]
        assert [deployment.name for deployment in application.deployments] == [name]
        # HAProxy routes gRPC only to applications that have an HTTP route; the engine is not for outside.
        assert application.route_prefix == (None if name == "engine" else f"/{name}")
    assert schema.grpc_options.grpc_servicer_functions == applications.GRPC_SERVICER_FUNCTIONS
    assert schema.grpc_options.enable_reflection is False
    assert schema.grpc_options.port == Config().serve_grpc_port
    assert schema.http_options.port == Config().serve_http_port


def test_every_rpc_has_a_method_in_its_application() -> None:
    deployments = {
        "sampling": applications.SamplingApplication,
        "pca_editing": applications.PcaEditingApplication,
        "style_transfer": applications.StyleTransferApplication,
    }
    served = {service: name for service, name in APPLICATIONS.items() if name != RECORDS}  # a process of its own
    for service, name in served.items():
        for method in service.methods:
            assert callable(getattr(deployments[name].func_or_class, method.name))


def test_environment_is_closed_separate_and_keeps_the_callers_wishes(tmp_path: Path) -> None:
    asked = {
        "RAY_SERVE_ENABLE_HA_PROXY": "0",
        "RAY_AUTH_MODE": "disabled",
        "RAY_ADDRESS": "10.0.0.1:6379",
        "PATH": "/bin",
    }
    first = ray_environment(asked, CONFIG, tmp_path / "a")
    second = ray_environment({}, CONFIG, tmp_path / "b")
    assert first["RAY_SERVE_ENABLE_HA_PROXY"] == "0"
    assert second["RAY_SERVE_ENABLE_HA_PROXY"] == "1"
    assert first["RAY_AUTH_MODE"] == second["RAY_AUTH_MODE"] == "token"
    assert first["RAY_ADDRESS"] == ""
    assert first["RAY_AUTH_TOKEN_PATH"] == str(tmp_path / "a" / "token")
    assert first["MAMMOGANESIS_EDGE_SECRET"] == CONFIG.edge_secret
    paths = [key for key, value in second.items() if str(tmp_path / "b") in value]
    assert len(paths) == 6  # the token and HAProxy's files: nothing in a folder shared with other clusters


def test_nothing_in_the_cluster_cuts_a_stream_before_the_edge_does(tmp_path: Path) -> None:
    longest = Config(edge_secret=CONFIG.edge_secret, max_stream_seconds=86_400)
    environment = ray_environment({}, longest, tmp_path)
    for name in ("TIMEOUT_CLIENT_S", "HARD_STOP_AFTER_S"):
        assert int(environment[f"RAY_SERVE_HAPROXY_{name}"]) >= longest.max_stream_seconds
    assert "RAY_SERVE_HAPROXY_TIMEOUT_SERVER_S" not in environment  # no limit
    assert yaml.safe_load(CONFIG_FILE.read_text())["grpc_options"].get("request_timeout_s") is None


def test_token_is_random_and_private(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = write_token(tmp_path / "a"), write_token(tmp_path / "b")
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    assert len(first.read_text()) == 64
    assert first.read_text() != second.read_text()


@pytest.mark.parametrize(
    ("asked", "redis", "gibibytes", "expected"),
    [(0, True, 4, 2), (0, True, 3.9, 1), (0, False, 64, 1), (3, False, 1, 3), (1, True, 64, 1)],
)
def test_two_of_each_light_application_where_there_is_room(
    asked: int, redis: bool, gibibytes: float, expected: int
) -> None:
    url = "redis://localhost:6379/0" if redis else None
    assert light_replicas(Config(light_replicas=asked, redis_url=url), gibibytes * 2**30) == expected
