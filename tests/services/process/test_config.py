"""The configuration: where values come from, what is refused, what is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from mammoganesis.errors import InvalidArgument
from services.process.config import Config
from services.process.redis_urls import masked_url

SECRET = "a-secret-of-the-edge-0123456789"
STUDIO_SECRET = "a-secret-of-the-studio-0123456789"


def test_defaults():
    config = Config.from_environment({})
    assert config == Config()
    assert (config.edge_host, config.edge_port) == ("127.0.0.1", 50051)
    assert (config.studio_host, config.studio_port) == ("127.0.0.1", 8080)
    assert config.redis_url is None
    assert (config.max_images_per_call, config.max_images_per_stream) == (64, 10_000)


def test_every_field_comes_from_its_variable():
    texts = {
        "bundle": "/bundles/a",
        "redis_url": "rediss://user:pw@cache:6380/2",
        "edge_host": "0.0.0.0",
        "edge_port": "0",
        "studio_host": "::1",
        "studio_port": "81",
        "studio_base_path": "/lab/mammoganesis",
        "studio_allowed_hosts": "studio.example.org, *.example.com",
        "studio_allowed_origins": "https://lms.example.org, http://*.example.com:8080",
        "studio_frame_ancestors": "https://lms.example.org",
        "studio_trusted_proxies": "10.0.0.0/8, 192.0.2.7",
        "studio_dicom_servers": "Archive=stow:https://pacs.example.org/dicom-web, Room 7=dimse:10.0.0.7:4242:READING",
        "records_host": "::1",
        "records_port": "9102",
        "records_address": "records:9102",
        "records_folder": "/data",
        "records_url": "postgresql://user:pw@database/records",
        "serve_grpc_port": "9100",
        "registry_held_bytes": "70000",
        "serve_http_port": "9101",
        "light_replicas": "3",
        "serve_address": "[::1]:9100",
        "edge_secret": SECRET,
        "identity": "ON",
        "studio_secret": STUDIO_SECRET,
        "studio_url": "https://studio.example.org/lab/mammoganesis",
        "oidc_issuer": "https://id.example.org/realms/hospital",
        "oidc_client_id": "mammoganesis",
        "oidc_client_secret_file": "/keys/oidc",
        "oidc_scopes": "openid profile groups",
        "oidc_roles_claim": "realm_access.roles",
        "oidc_groups_claim": "groups",
        "oidc_roles_file": "/etc/roles.json",
        "session_key_file": "/keys/sessions",
        "session_seconds": "3600",
        "session_idle_seconds": "600",
        "session_roles_seconds": "60",
        "token": "a.b.c",
        "token_file": "/keys/token",
        "token_over_plaintext": "On",
        "oidc_audience": "mammoganesis",
        "oidc_keys_url": "https://login.example.org/keys",
        "oidc_leeway_seconds": "5",
        "oidc_max_token_seconds": "3600",
        "oidc_keys_kept_seconds": "7200",
        "revoked_tokens_file": "/keys/revoked",
        "service_tokens_file": "/keys/service-tokens.json",
        "certificate_roles_file": "/keys/certificates.json",
        "max_batch_size": "4",
        "max_batch_seconds": "20",
        "max_queued_images": "5",
        "max_images_per_call": "6",
        "max_images_per_stream": "7",
        "max_message_bytes": "1000000",
        "max_request_bytes": "5000",
        "max_held_request_bytes": "100000",
        "default_deadline_seconds": "1.5",
        "max_deadline_seconds": "2.5",
        "max_stream_seconds": "3.5",
        "max_repeats": "3",
        "stream_stall_seconds": "60",
        "max_streams": "4",
        "drain_seconds": "0",
        "audit": "Required",
        "audit_held_bytes": "70000",
        "quotas_file": "/etc/quotas.toml",
        "quota_counts_file": "/var/lib/mammoganesis/quota-counts.json",
        "quotas_without_redis": "closed",
        "cache_ttl_seconds": "60",
        "redis_timeout_seconds": "0.1",
        "redis_max_connections": "2",
        "local_cache_entries": "0",
        "intra_op_threads": "3",
        "execution_provider": "openvino",
        "synthesis_precision": "float32",
        "guard": "ON",
        "bulk_destinations": "/srv/bulk, s3://bucket/bulk",
        "bulk_max_images": "500",
        "bulk_max_queued": "4",
        "bulk_jobs_kept": "20",
        "bulk_max_running": "2",
        "bulk_calls_at_once": "3",
        "lti_key_file": "/keys/lti.pem",
        "lti_give_up_seconds": "3600",
        "xapi_endpoint": "https://lrs.example.org/xapi",
        "xapi_key_file": "/keys/xapi.txt",
        "signing_key_file": "/keys/private.pem",
        "signing_public_keys_file": "/keys/public.pem",
        "c2pa_certificates_file": "/keys/chain.pem",
        "c2pa_key_file": "/keys/c2pa.pem",
        "curated_bundles": "/bundles/curated",
        "metrics_host": "0.0.0.0",
        "metrics_port": "9464",
        "ray_metrics_address": "ray:8080",
        "traces_endpoint": "http://collector:4318/v1/traces",
        "traces_ratio": "0.25",
        "tls_certificate_file": "/keys/server.pem",
        "tls_key_file": "/keys/server.key",
        "tls_client_ca_file": "/keys/clients.pem",
        "edge_certificate_port": "9103",
        "tls_ca_file": "system",
        "tls_server_name": "mammo.example.org",
        "public_without_protection": "yes-anybody-may-use-this",
        "tls_client_certificate_file": "/keys/client.pem",
        "tls_client_key_file": "/keys/client.key",
        "log_level": "WARNING",
        "log_level_file": "/run/mammoganesis/log-level",
        "log_folder": "/var/log/mammoganesis",
        "log_files_kept": "5",
    }
    others = {"redis_url_file", "tls_folder", "edge_secret_file", "studio_secret_file"}  # with tests of their own
    fields = set(Config.model_fields) - others
    assert set(texts) == fields
    config = Config.from_environment({f"MAMMOGANESIS_{name.upper()}": text for name, text in texts.items()})
    for name in fields:
        assert getattr(config, name) != getattr(Config(), name), name
    assert config.bundle == Path("/bundles/a")
    assert config.max_deadline_seconds == 2.5
    assert config.studio_allowed_hosts == ("studio.example.org", "*.example.com")
    assert config.studio_allowed_origins == ("https://lms.example.org", "http://*.example.com:8080")
    archive, room = config.studio_dicom_servers
    assert (archive, room) == ("Archive=stow:https://pacs.example.org/dicom-web", "Room 7=dimse:10.0.0.7:4242:READING")
    assert config.log_level == "warning"
    assert Config.from_environment(config.environment()) == config


def test_overrides_beat_variables_and_none_is_not_given():
    environ = {"MAMMOGANESIS_EDGE_PORT": "6000", "MAMMOGANESIS_STUDIO_PORT": "6001", "PATH": "/bin"}
    config = Config.from_environment(environ, edge_port=7000, studio_port=None, max_batch_size="2")
    assert (config.edge_port, config.studio_port, config.max_batch_size) == (7000, 6001, 2)


def test_an_empty_variable_is_not_set():
    assert Config.from_environment({"MAMMOGANESIS_REDIS_URL": "", "MAMMOGANESIS_EDGE_PORT": ""}) == Config()


def test_an_audience_is_one_of_an_issuer() -> None:
    with pytest.raises(InvalidArgument, match=r"MAMMOGANESIS_OIDC_ISSUER.* together with MAMMOGANESIS_OIDC_AUDIENCE"):
        Config.from_environment({"MAMMOGANESIS_OIDC_AUDIENCE": "edge"})


@pytest.mark.parametrize(("given", "missing"), [("CERTIFICATES", "KEY"), ("KEY", "CERTIFICATES")])
def test_certificates_and_key_of_manifests_are_given_together(given: str, missing: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        Config.from_environment({f"MAMMOGANESIS_C2PA_{given}_FILE": "/keys/file.pem"})
    assert caught.value.message.startswith(f"MAMMOGANESIS_C2PA_{missing}_FILE: ")
    assert f"a file, together with MAMMOGANESIS_C2PA_{given}_FILE" in caught.value.message


LOGIN = {
    "IDENTITY": "on",
    "OIDC_ISSUER": "https://id.example.org",
    "OIDC_CLIENT_ID": "mammoganesis",
    "STUDIO_URL": "https://studio.example.org",
}


@pytest.mark.parametrize("missing", ["IDENTITY", "OIDC_CLIENT_ID", "STUDIO_URL"])
def test_a_login_needs_all_that_it_takes(missing: str) -> None:
    given = {f"MAMMOGANESIS_{name}": value for name, value in LOGIN.items()}
    assert Config.from_environment(given).oidc_client_id == "mammoganesis"
    del given[f"MAMMOGANESIS_{missing}"]
    with pytest.raises(InvalidArgument, match=rf"^MAMMOGANESIS_{missing}: .*together with MAMMOGANESIS_OIDC_ISSUER"):
        Config.from_environment(given)


@pytest.mark.parametrize(
    ("variable", "text", "allowed"),
    [
        ("STUDIO_URL", "https://studio.example.org/", 'without "/" at the end'),
        ("STUDIO_URL", "studio.example.org", "an address such as"),
        ("OIDC_ISSUER", "id.example.org", "an address over https"),
        ("OIDC_SCOPES", "profile", '"openid"'),
        ("SESSION_SECONDS", "59", "60 to 604800 seconds"),
        ("EDGE_PORT", "x", "an integer, 0 to 65535"),
        ("EDGE_PORT", "65536", "an integer, 0 to 65535"),
        ("EDGE_PORT", "-1", "an integer, 0 to 65535"),
        ("EDGE_PORT", "1.5", "an integer, 0 to 65535"),
        ("SERVE_GRPC_PORT", "0", "1 to 65535"),
        ("SERVE_HTTP_PORT", "0", "1 to 65535"),
        ("STUDIO_PORT", "99999", "0 to 65535"),
        ("MAX_BATCH_SIZE", "0", "1 to 256 images"),
        ("MAX_QUEUED_IMAGES", "7", "at least MAMMOGANESIS_MAX_BATCH_SIZE (8 images)"),
        ("MAX_IMAGES_PER_CALL", "65", "1 to 64 images"),
        ("SYNTHESIS_PRECISION", "int8", "auto, float32, bfloat16, float16"),
        ("MAX_IMAGES_PER_STREAM", "10001", "1 to 10000 images"),
        ("MAX_MESSAGE_BYTES", "1", "65536 to 1073741824 bytes"),
        ("MAX_REQUEST_BYTES", "4095", "4096 to 268435456 bytes"),
        ("MAX_HELD_REQUEST_BYTES", "9999999", "at least 4 times MAMMOGANESIS_MAX_REQUEST_BYTES (2621440 bytes)"),
        ("DEFAULT_DEADLINE_SECONDS", "601", "at most MAMMOGANESIS_MAX_DEADLINE_SECONDS (600 seconds)"),
        ("DEFAULT_DEADLINE_SECONDS", "nan", "a number, 0.1 to 86400 seconds"),
        ("MAX_DEADLINE_SECONDS", "inf", "a number, 0.1 to 86400 seconds"),
        ("MAX_STREAM_SECONDS", "0", "a number, 0.1 to 86400 seconds"),
        ("DRAIN_SECONDS", "-1", "0 to 3600 seconds"),
        ("CACHE_TTL_SECONDS", "0", "1 to 31536000 seconds"),
        ("REDIS_TIMEOUT_SECONDS", "0", "0.01 to 10 seconds"),
        ("REDIS_MAX_CONNECTIONS", "0", "1 to 1000 connections"),
        ("LOCAL_CACHE_ENTRIES", "-1", "0 to 1000000 entries"),
        ("INTRA_OP_THREADS", "-1", "0 to 1024 threads"),
        ("EXECUTION_PROVIDER", "tpu", "auto, onnxruntime, openvino, cuda, cpu"),
        ("LOG_LEVEL", "loud", "debug, info, warning, error"),
        ("EDGE_HOST", "a b", "a host name or an IP address"),
        ("STUDIO_HOST", "x\ny", "a host name or an IP address"),
        ("STUDIO_BASE_PATH", "lab", 'empty, or "/" and a name'),
        ("STUDIO_BASE_PATH", "/lab/", 'without "/" at the end'),
        ("STUDIO_BASE_PATH", "//evil.example", 'empty, or "/" and a name'),
        ("STUDIO_ALLOWED_HOSTS", "studio.example.org:443", "without ports"),
        ("STUDIO_ALLOWED_ORIGINS", "lms.example.org", "origins such as https://lms.example.org"),
        ("STUDIO_ALLOWED_ORIGINS", "https://lms.example.org/courses", "without a path"),
        ("STUDIO_ALLOWED_ORIGINS", "null", "origins such as https://lms.example.org"),
        ("STUDIO_FRAME_ANCESTORS", "https://LMS.example.org", "in small letters"),
        ("STUDIO_FRAME_ANCESTORS", "https://lms.example.org; script-src *", "without a path"),
        ("STUDIO_TRUSTED_PROXIES", "10.0.0.1/8", "10.0.0.0/8, with commas between"),
        ("STUDIO_TRUSTED_PROXIES", "proxy.example.org", "IP addresses and networks"),
        ("SERVE_ADDRESS", "localhost", "host:port"),
        ("SERVE_ADDRESS", "localhost:70000", "host:port"),
        ("REDIS_URL", "http://cache:6379", "redis://"),
        ("REDIS_URL", "redis://", "redis://"),
        ("REDIS_URL", "redis://cache:port", "redis://"),
        ("REDIS_URL", "unix://", "unix://"),
        ("EDGE_SECRET", "short", "16 to 256 printable ASCII characters"),
        ("EDGE_SECRET", "with spaces in it, which headers do not carry", "without spaces"),
    ],
)
def test_bad_values_name_variable_value_and_range(variable, text, allowed):
    with pytest.raises(InvalidArgument) as caught:
        Config.from_environment({f"MAMMOGANESIS_{variable}": text})
    assert caught.value.message.startswith(f"MAMMOGANESIS_{variable}: ")
    assert allowed in caught.value.message
    if variable not in ("EDGE_SECRET", "REDIS_URL"):
        number = text.lstrip("-").replace(".", "").isdigit() or text in ("nan", "inf")
        assert (text if number else ascii(text)) in caught.value.message


@pytest.mark.parametrize("values", [{"edge_port": True}, {"edge_port": 5.0}, {"drain_seconds": "soon"}])
def test_values_of_another_type_are_refused_in_code_too(values):
    with pytest.raises(InvalidArgument, match="MAMMOGANESIS_"):
        Config(**values)


def test_a_bad_override_is_named_as_the_option_and_the_variable():
    with pytest.raises(InvalidArgument) as caught:
        Config.from_environment({"MAMMOGANESIS_EDGE_PORT": "6000"}, edge_port="70000")
    wanted = "--edge-port (MAMMOGANESIS_EDGE_PORT): 70000 is not allowed; allowed: an integer, 0 to 65535"
    assert caught.value.message.startswith(wanted)
    assert str(caught.value) == caught.value.message
    with pytest.raises(InvalidArgument) as caught:
        Config.from_environment({"MAMMOGANESIS_EDGE_PORT": "70000"}, studio_port="1")
    assert caught.value.message.startswith("MAMMOGANESIS_EDGE_PORT: 70000")


def test_unknown_variables_name_the_closest_one_and_not_their_value():
    with pytest.raises(InvalidArgument) as caught:
        Config.from_environment({"MAMMOGANESIS_EDGE_SECRT": "hunter2-hunter2-hunter2"})
    assert "MAMMOGANESIS_EDGE_SECRT" in caught.value.message
    assert "MAMMOGANESIS_EDGE_SECRET" in caught.value.message
    assert "hunter2" not in caught.value.message
    with pytest.raises(TypeError, match="edge_prot"):
        Config.from_environment({}, edge_prot=1)


def test_secrets_are_masked_everywhere_they_could_be_printed():
    secrets = {"edge_secret": SECRET, "studio_secret": STUDIO_SECRET}
    config = Config(**secrets, redis_url="redis://user:pass-word@cache:6379/0?password=pass-word")
    for text in (config.describe(), repr(config), str(config)):
        assert SECRET not in text
        assert STUDIO_SECRET not in text
        assert "pass-word" not in text
    assert "MAMMOGANESIS_REDIS_URL=redis://user:***@cache:6379/0?***" in config.describe()
    assert "MAMMOGANESIS_EDGE_SECRET=***" in config.describe()
    assert len(config.describe().splitlines()) == len(Config.model_fields)
    stored = Config(records_url="postgresql://user:pass-word@database/records")
    assert "MAMMOGANESIS_RECORDS_URL=postgresql://user:***@database/records" in stored.describe()
    assert "pass-word" not in repr(stored)
    with pytest.raises(InvalidArgument) as caught:
        Config(records_url="mysql://user:pass-word@database/records")
    assert "pass-word" not in caught.value.message
    cut = [f"redis://app:12{mark}pass-word@cache:6379/0" for mark in "/?#"]
    for bad in ("http://u:pass-word@cache", "redis://u:pass-word@cache:port", "http://u:12/pass-word@cache", *cut):
        with pytest.raises(InvalidArgument) as caught:
            Config(redis_url=bad)
        assert "pass-word" not in caught.value.message
    for name in secrets:
        with pytest.raises(InvalidArgument) as caught:
            Config(**{name: "pass-word"})
        assert "pass-word" not in caught.value.message


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("redis://cache:6379", "redis://cache:6379"),
        ("redis://:p@cache:6379/1", "redis://:***@cache:6379/1"),
        ("rediss://u:p@q@cache", "rediss://u:***@cache"),
        ("unix:///run/redis.sock?db=1", "unix:///run/redis.sock?***"),
        ("redis://app:12/pass-word@cache:6379/0", "redis://***"),
        ("redis://app:12#pass-word@cache:6379/0", "redis://***"),
        ("redis://app:12?pass-word@cache:6379/0", "redis://***"),
    ],
)
def test_masked_url(url, masked):
    assert masked_url(url) == masked


def test_a_configuration_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        Config().edge_port = 1  # type: ignore[misc]
    assert Config().changed(edge_port=1).edge_port == 1
    with pytest.raises(InvalidArgument, match="MAMMOGANESIS_EDGE_PORT: 70000"):
        Config().changed(edge_port=70_000)


PASSWORD = "redis://user:pass-word@cache:6379/0"


@pytest.mark.parametrize(
    "url", [PASSWORD, "redis://:pass-word@cache", "redis://cache?password=pass-word", "redis://user:pass/word@cache"]
)
def test_a_password_is_refused_on_a_command_line(url: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        Config.from_environment({}, redis_url=url)
    assert caught.value.field == "--redis-url"
    assert "pass" not in caught.value.message.partition("; allowed: ")[0]
    assert "MAMMOGANESIS_REDIS_URL, or in a file by --redis-url-file" in caught.value.message
    assert Config.from_environment({}, redis_url="redis://cache:6379/1").redis_url == "redis://cache:6379/1"


def test_the_url_of_redis_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "redis-url"
    file.write_text(PASSWORD + "\n")
    config = Config.from_environment({}, redis_url_file=str(file))
    assert (config.redis_url, config.redis_url_file) == (PASSWORD, None)
    assert Config.from_environment({"MAMMOGANESIS_REDIS_URL_FILE": str(file)}) == config
    for bad in (str(tmp_path), str(tmp_path / "absent")):
        with pytest.raises(InvalidArgument, match=r"REDIS_URL_FILE.* a file that can be read"):
            Config.from_environment({}, redis_url_file=bad)
    with pytest.raises(InvalidArgument, match="not both"):
        Config.from_environment({"MAMMOGANESIS_REDIS_URL": PASSWORD}, redis_url_file=str(file))
    for content in ("", "http://cache", "\x00"):
        file.write_text(content)
        with pytest.raises(InvalidArgument, match="a file that holds redis://"):
            Config.from_environment({}, redis_url_file=str(file))


def test_what_a_process_gets_that_needs_no_secrets() -> None:
    config = Config(edge_secret=SECRET, redis_url=PASSWORD, edge_port=1234)
    assert config.without_secrets() == Config(edge_port=1234)
    assert not {SECRET, PASSWORD} & set(config.without_secrets().environment().values())
