"""The compose file without Docker: schema, what is published, hardening, agreement with the code."""

import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import redis
import yaml
from redis.backoff import NoBackoff
from redis.retry import Retry

from services.access.certificates import names_of
from services.bulk.queue import pulse_file
from services.process.config import Config, variable
from services.process.exposure import check_exposure
from services.process.ports import free_block
from services.rendering.cache_values import ACCESS, USER, w_key
from tests.deploy.manifests import ROOT, compose_schema, manifests, title
from tests.support.redis_server import redis_executable

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
SECRETS = {
    "MAMMOGANESIS_EDGE_SECRET": "e" * 64,
    "MAMMOGANESIS_STUDIO_SECRET": "d" * 64,
    "REDIS_PASSWORD": "f" * 64,
    "RAY_AUTH_TOKEN": "a" * 64,
}
PROTECTED: dict[str, Any] = yaml.safe_load((ROOT / "compose.tls.yml").read_text())
SETTINGS = [{"path": "${SETTINGS:-settings.env}", "required": False}]
GIVEN = {"HOST": "mammo.example.org", "OIDC_ISSUER": "https://login.example.org", "OIDC_CLIENT_ID": "mammoganesis"}


def _environment(service: str) -> dict[str, str]:
    """A service's environment with the secrets filled in, as compose does."""
    return _filled(SERVICES[service].get("environment", {}), SECRETS)


def _filled(environment: dict[str, str], values: dict[str, str]) -> dict[str, str]:
    def value(found: re.Match[str]) -> str:
        name, default = found[1], found[2].removeprefix(":").removeprefix("-")
        return values.get(name, default)

    return {name: re.sub(r"\$\{(\w+)([^}]*)\}", value, str(text)) for name, text in environment.items()}


def test_schema() -> None:
    jsonschema.validate(COMPOSE, compose_schema())


@pytest.mark.parametrize("place", [("services", "edge", "port"), ("services", "ray", "network"), ("network",)])
def test_the_schema_catches_mistakes(place: tuple[str, ...]) -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    parent = compose
    for step in place[:-1]:
        parent = parent[step]
    parent[place[-1]] = ["x"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(compose, compose_schema())


def test_only_edge_and_studio_are_published_and_on_loopback() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    config = Config()
    assert published == {
        "edge": [f"${{BIND:-127.0.0.1}}:{config.edge_port}:{config.edge_port}"],
        "studio": [f"${{BIND:-127.0.0.1}}:{config.studio_port}:{config.studio_port}"],
    }


def test_ray_redis_records_and_bulk_are_on_the_internal_network_alone() -> None:
    assert COMPOSE["networks"]["cluster"] == {"internal": True}
    for name in ("ray", "redis", "records", "bulk"):
        assert SERVICES[name]["networks"] == ["cluster"]
    assert SERVICES["studio"]["networks"] == ["public"]


@pytest.mark.parametrize("name", SERVICES)
def test_containers_are_hardened(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert int(service["user"].partition(":")[0]) >= 999
    assert "privileged" not in service
    assert service["healthcheck"]["test"]
    assert service["mem_limit"]
    assert service["pids_limit"]


def test_ray_has_the_room_that_it_needs() -> None:
    ray = SERVICES["ray"]
    assert ray["pids_limit"] >= 1000  # about 540 at rest
    assert "exec" in ray["tmpfs"][0]
    assert ray["shm_size"]
    assert _environment("ray")["RAY_AUTH_TOKEN"]


@pytest.mark.parametrize("name", SERVICES)
def test_settings_are_known_to_the_configuration(name: str) -> None:
    ours = {key: value for key, value in _environment(name).items() if key.startswith("MAMMOGANESIS_")}
    assert ours.keys() <= set(map(variable, Config.model_fields))
    Config.from_environment(ours)  # raises where a value is out of range


def test_a_setting_of_yours_reaches_every_process_and_what_is_said_here_twice_is_the_same() -> None:
    """What several processes read is never told to one alone, such as that the edge registers nothing."""
    ours = {name: service for name, service in SERVICES.items() if service["image"].startswith("mammoganesis/")}
    assert {name for name, service in ours.items() if service.get("env_file") != SETTINGS} == set()
    said: dict[str, set[str]] = {}
    for name in ours:
        for key, value in _environment(name).items():
            said.setdefault(key, set()).add(value)
    assert {key: values for key, values in said.items() if len(values) > 1} == {
        "MAMMOGANESIS_EDGE_HOST": {"0.0.0.0", "edge"}  # where it listens, and where it is dialled
    }


def test_the_processes_find_each_other() -> None:
    edge, studio, ray = (Config.from_environment(_environment(name)) for name in ("edge", "studio", "ray"))
    assert edge.serve_address == f"ray:{ray.serve_grpc_port}"
    assert edge.edge_secret == ray.edge_secret
    assert studio.edge_host == "edge"
    records = Config.from_environment(_environment("records"))
    assert edge.records_address == f"records:{records.records_port}"
    assert (records.edge_host, records.edge_secret) == ("edge", edge.edge_secret)
    assert SERVICES["records"]["volumes"] == [f"records:{records.records_folder}"]
    assert f"127.0.0.1:{records.records_port}" in SERVICES["records"]["healthcheck"]["test"][-1]
    bulk = Config.from_environment(_environment("bulk"))
    assert (bulk.edge_host, bulk.records_address, bulk.edge_secret) == ("edge", edge.records_address, edge.edge_secret)
    assert bulk.bulk_destinations == records.bulk_destinations
    assert SERVICES["bulk"]["volumes"][1] == f"bulk:{bulk.bulk_destinations[0]}"
    assert SERVICES["bulk"]["volumes"][0] == SERVICES["ray"]["volumes"][0]
    assert SERVICES["bulk"]["healthcheck"]["test"][3] == str(pulse_file(Path(SERVICES["bulk"]["command"][3])))
    assert ray.redis_url == f"redis://{USER}:{SECRETS['REDIS_PASSWORD']}@redis:6379/0"
    assert f"{ray.serve_http_port}/-/healthz" in SERVICES["ray"]["healthcheck"]["test"][-1]


def test_with_tls_nobody_may_anything_before_a_token_or_a_provider() -> None:
    """compose.tls.yml, merged as compose does: environments and volumes are joined."""
    jsonschema.validate(PROTECTED, compose_schema())
    assert PROTECTED["services"].keys() - {"certificates"} <= SERVICES.keys()
    for server in ("edge", "studio"):
        joined = _environment(server) | _filled(PROTECTED["services"][server]["environment"], SECRETS | GIVEN)
        config = Config.from_environment(joined)
        assert (config.identity, config.public_without_protection) == ("on", "")
        check_exposure(config, server)
        assert (config.studio_url, config.studio_secret) == ("https://mammo.example.org:8080", "d" * 64)
        Config.from_environment(_environment(server) | _filled(PROTECTED["services"][server]["environment"], SECRETS))
    for client in ("studio", "records", "bulk"):
        own = PROTECTED["services"][client]
        assert Config.from_environment(_filled(own["environment"], SECRETS | GIVEN)).tls_ca_file == Path("/tls/ca.pem")
        assert own["volumes"][0] == "${TLS:-tls}:/tls:ro"
        assert own["depends_on"] == {"certificates": {"condition": "service_completed_successfully"}}


def test_secrets_of_a_login_stand_in_a_folder_that_edge_and_studio_alone_see() -> None:
    names = {"SESSION_KEY_FILE": "session.key", "OIDC_CLIENT_SECRET_FILE": "client.secret", "OIDC_ROLES_FILE": "roles"}
    said = {name: f"/secrets/{file}" for name, file in names.items()}
    config = Config.from_environment(
        _environment("studio") | _filled(PROTECTED["services"]["studio"]["environment"], SECRETS | GIVEN | said)
    )
    assert config.session_key_file == Path("/secrets/session.key")
    assert config.oidc_client_secret_file == Path("/secrets/client.secret")
    assert config.oidc_roles_file == Path("/secrets/roles")
    seen = {name for name in PROTECTED["services"] if "/secrets" in str(PROTECTED["services"][name]["volumes"])}
    assert seen == {"edge", "studio"}


def test_the_certificates_of_compose_are_made_once_and_their_authority_stays_apart(tmp_path: Path) -> None:
    """By the script itself, with other folders."""
    service = PROTECTED["services"]["certificates"]
    assert [place.partition(":")[0] for place in service["volumes"]] == ["authority", "tls"]
    assert not any(
        "authority" in str(PROTECTED["services"][name]) for name in PROTECTED["services"] if name != "certificates"
    )
    shell, option, script = service["command"]
    for name, folder in (("/data", "authority"), ("/output", "tls")):
        (tmp_path / folder).mkdir()
        script = script.replace(name, str(tmp_path / folder))
    program = tmp_path / "mammoganesis"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -c "from services.cli import main; main()" "$@"\n')
    program.chmod(0o755)
    environment = os.environ | {"HOST": "mammo.example.org", "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    shown = []
    for _ in range(2):
        command = [shell, option, script.replace("$$", "$")]
        subprocess.run(command, check=True, cwd=ROOT, env=environment | {"PYTHONPATH": str(ROOT)})
        shown.append((tmp_path / "tls" / "server.pem").read_bytes())
    assert shown[0] == shown[1]
    assert {file.name for file in (tmp_path / "tls").iterdir()} == {"ca.pem", "server.pem", "server.key"}
    assert set(names_of(shown[0])[0]) >= {"edge", "studio", "mammo.example.org", "127.0.0.1"}


def test_no_secret_is_in_the_file() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for name in SECRETS:
        values = re.findall(rf"{name}: *(.*)", text)
        assert values
        assert all(value.startswith("${") for value in values)


def test_redis_is_configured_as_on_kubernetes() -> None:
    (deployment,) = [manifest for manifest in manifests("base") if title(manifest) == "Deployment redis"]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    ours = SERVICES["redis"]["command"][0].replace("$$", "$")
    assert ours == container["args"][0]
    assert SERVICES["redis"]["image"] == container["image"]


def test_redis_as_configured_serves_the_cache_alone(tmp_path: Path) -> None:
    """The very command and health check of the file, run here with a port of the test's own."""
    executable, port = Path(redis_executable()), free_block(1)
    for program in ("redis-server", "redis-cli"):
        found = shutil.which(program) or str(executable.with_name(program))
        (tmp_path / program).write_text(
            f'#!/bin/sh\nexec {found} {"-p" if "cli" in program else "--port"} {port} "$@"\n'
        )
        (tmp_path / program).chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", **_environment("redis")}
    assert environment["REDIS_PASSWORD"] == SECRETS["REDIS_PASSWORD"]
    (command,) = (text.replace("$$", "$") for text in SERVICES["redis"]["command"])
    kind, check = SERVICES["redis"]["healthcheck"]["test"]
    assert kind == "CMD-SHELL"
    with subprocess.Popen(
        [*SERVICES["redis"]["entrypoint"], command], env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL
    ) as server:
        try:
            while subprocess.run(["sh", "-c", check], env=environment, capture_output=True).returncode:
                assert server.poll() is None
            with redis.Redis(port=port, username=USER, password=SECRETS["REDIS_PASSWORD"]) as client:
                key = w_key("ab" * 32, "seed:7")
                assert client.set(key, b"value", ex=60)
                assert client.getrange(key, 0, 10) == b"value"
                for command in (("SET", "other", "x"), ("KEYS", "*"), ("CONFIG", "GET", "*"), ("FLUSHALL",)):
                    with pytest.raises(redis.ResponseError, match=r"(?i)no permissions"):
                        client.execute_command(*command)
            for user, password in ((None, None), (None, SECRETS["REDIS_PASSWORD"]), (USER, "x")):
                stranger = redis.Redis(port=port, username=user, password=password, retry=Retry(NoBackoff(), 0))
                with stranger, pytest.raises(redis.AuthenticationError):
                    stranger.ping()
        finally:
            server.terminate()


def test_the_rights_in_redis_are_those_that_the_code_needs() -> None:
    (line,) = (line for line in SERVICES["redis"]["command"][0].splitlines() if line.startswith(f"user {USER} "))
    assert line == f"user {USER} on >$$REDIS_PASSWORD {ACCESS}"


def test_the_image_has_our_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    images = {service["image"] for name, service in SERVICES.items() if name != "redis"}
    assert images == {f"mammoganesis/serve:{version}"}
    assert f"mammoganesis/serve:{version}" in (ROOT / "Makefile").read_text()


def test_secrets_are_drawn_once_and_kept(tmp_path: Path) -> None:
    (tmp_path / "deploy/docker").mkdir(parents=True)
    script = shutil.copy(ROOT / "deploy/docker/secrets.sh", tmp_path / "deploy/docker")
    subprocess.run([script], check=True, capture_output=True, env=os.environ)
    first = (tmp_path / ".env").read_text()
    subprocess.run([script], check=True, capture_output=True, env=os.environ)
    assert (tmp_path / ".env").read_text() == first
    drawn = dict(line.split("=") for line in first.splitlines())
    assert drawn.keys() == SECRETS.keys()
    assert len(set(drawn.values())) == len(drawn)
    assert all(re.fullmatch("[0-9a-f]{64}", value) for value in drawn.values())
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    ignored = subprocess.run(["git", "check-ignore", "-q", ".env"], cwd=ROOT)
    assert ignored.returncode in (0, 128)  # 128: not a git checkout, such as an unpacked archive
