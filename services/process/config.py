"""The configuration of all serving processes: one frozen value, validated once.

Every field is also an environment variable, `MAMMOGANESIS_` and the field's name in capitals, and most are options of
`mammoganesis serve`. This is the only module that knows them: name, default, range and text of a setting stand at its
field and nowhere else. An empty variable counts as not set. An unknown `MAMMOGANESIS_` variable is an error: a misspelt
setting must not be ignored.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from mammoganesis.errors import InvalidArgument
from mammoganesis.recipe.limits import CallLimits
from services.process.arithmetic import AUTO, PRECISIONS, PROVIDERS
from services.process.fields import (
    DESTINATIONS,
    DICOM_SERVERS,
    ORIGINS,
    Destination,
    DicomServer,
    HostName,
    Origin,
    host,
    integer,
    one_of,
    seconds,
    setting,
    text,
)
from services.process.redis_urls import ALLOWED, has_password, masked_url, problem

PREFIX = "MAMMOGANESIS_"
ADDRESS = r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}"
ADDRESS_ALLOWED = "host:port, port 1 to 65535"
DATABASE_ALLOWED = "postgresql://user:password@host:port/database, or sqlite:////folder/file"
DATA_FOLDER = Path(os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")) / "mammoganesis"
_MAX_URL_CHARACTERS = 4096
MAX_STREAM_SECONDS = 86_400
"""The highest `max_stream_seconds`; nothing between edge and services may cut a stream earlier."""


class Config(BaseSettings):
    """Settings of the services; raises InvalidArgument when a value or a combination is not allowed, and TypeError for
    a name that is none."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", validate_default=False)

    bundle: Path = setting("Folder of the bundle that is served.", Path("deploy/bundles/demo"), "a folder")
    redis_url: str | None = setting(
        "Redis of the latent cache. None: `serve` brings an embedded server, elsewhere every process keeps its own.",
        None,
        ALLOWED,
        repr=False,
    )
    redis_url_file: Path | None = setting(
        "File that holds `redis_url`, for one with a password: everybody on the machine can read command lines.",
        None,
        "a file",
    )
    edge_host: str = host("Interface of the gRPC edge.", "127.0.0.1")
    edge_port: int = integer("gRPC port of the edge.", 50051, 0, 65535, "(0: any free port)")
    studio_host: str = host("Interface of the studio.", "127.0.0.1")
    studio_port: int = integer("HTTP port of the studio.", 8080, 0, 65535, "(0: any free port)")
    studio_base_path: str = text(
        "Path under which a reverse proxy shows the studio, such as /mammoganesis.",
        "",
        r"(/[A-Za-z0-9._~-]+)*",
        'empty, or "/" and a name, once or more, without "/" at the end',
    )
    studio_allowed_hosts: Annotated[tuple[HostName, ...], NoDecode] = setting(
        "Hosts under which a browser may ask for the studio. None: on loopback those of loopback, elsewhere any.",
        (),
        "host names with commas between, without ports; *.name for all below one, * for any",
    )
    studio_allowed_origins: Annotated[tuple[Origin, ...], NoDecode] = setting(
        "Origins whose pages may make the studio's calls from a browser, besides its own. None: no others.",
        (),
        ORIGINS,
    )
    studio_frame_ancestors: Annotated[tuple[Origin, ...], NoDecode] = setting(
        "Origins whose pages may show the studio in a frame. None: nobody's.", (), ORIGINS
    )
    studio_dicom_servers: Annotated[tuple[DicomServer, ...], NoDecode] = setting(
        "Servers that the studio may send DICOM files to. None: none.", (), DICOM_SERVERS
    )
    records_host: str = host("Interface of records, behind the edge; never published.", "127.0.0.1")
    records_port: int = integer("gRPC port of records, behind the edge.", 50052, 0, 65535, "(0: any free port)")
    records_address: str = text(
        "host:port where the edge and who works on bulk jobs dial records.",
        "127.0.0.1:50052",
        ADDRESS,
        ADDRESS_ALLOWED,
        option=False,
    )
    records_folder: Path = setting(
        "Folder of the database of records: cases, quizzes and answers, in one SQLite file.", DATA_FOLDER, "a folder"
    )
    records_url: str | None = setting(
        "Database of records instead of the file in `records_folder`; may hold a password.",
        None,
        DATABASE_ALLOWED,
        option=False,
        repr=False,
    )
    registry_held_bytes: int = integer(
        "Bytes of answers that the edge holds until records has registered their images.",
        2**26,
        0,
        2**34,
        "bytes (0: nothing is registered)",
    )
    serve_grpc_port: int = integer("gRPC port of Ray Serve, behind the edge; never published.", 9000, 1, 65535)
    serve_http_port: int = integer("HTTP port of Ray Serve; nothing of ours is there.", 8000, 1, 65535)
    serve_address: str = text(
        "host:port where the edge dials Ray Serve's gRPC port.",
        "127.0.0.1:9000",
        ADDRESS,
        ADDRESS_ALLOWED,
        option=False,
    )
    edge_secret: str | None = setting(
        "Shared by edge and services; calls without it are refused. None: `serve` draws one.",
        None,
        "16 to 256 printable ASCII characters without spaces",
        option=False,
        repr=False,
    )
    max_batch_size: int = integer("Images synthesised at once.", 8, 1, 256, "images")
    max_batch_seconds: float = seconds(
        "An engine that is at one batch for longer hangs, and its process is replaced.", 120.0, 0.1, 86_400
    )
    max_queued_images: int = integer("Images that may wait in the engine's queue.", 256, 1, 100_000, "images")
    max_images_per_call: int = integer(
        "Images in one call; where `max_queued_images` is lower, that is the limit.",
        CallLimits.max_images_per_call,
        1,
        64,
        "images",
    )
    max_images_per_stream: int = integer("Images in one stream.", CallLimits.max_images_per_stream, 1, 10_000, "images")
    max_message_bytes: int = integer("Bytes of one answer.", CallLimits.max_message_bytes, 2**16, 2**30, "bytes")
    max_request_bytes: int = integer(
        "Bytes of one request; 64 codes of 18 x 512 numbers fit into the default.", 5 * 2**19, 2**12, 2**28, "bytes"
    )
    max_held_request_bytes: int = integer(
        "Bytes of requests that the edge holds at a time, half of it for those that are still on their way; the studio "
        "likewise.",
        2**27,
        2**16,
        2**34,
        "bytes",
    )
    default_deadline_seconds: float = seconds(
        "Deadline of a call with one answer that brings none.", 120.0, 0.1, 86_400
    )
    max_deadline_seconds: float = seconds("Longer deadlines of such calls are cut to this one.", 600.0, 0.1, 86_400)
    max_stream_seconds: float = seconds(
        "The same for calls with a stream of answers, as default and as maximum: 10,000 images take hours on a CPU.",
        21_600.0,
        0.1,
        MAX_STREAM_SECONDS,
    )
    max_repeats: int = integer(
        "How often a call is made again that was lost between edge and services.", 20, 0, 1_000, "times"
    )
    stream_stall_seconds: float = seconds(
        "A stream of which its client takes nothing for so long is ended.", 900.0, 0.1, MAX_STREAM_SECONDS
    )
    max_streams: int = integer("Streams of answers open at once in one edge.", 256, 1, 100_000, "streams")
    drain_seconds: float = seconds("For calls in flight to finish when stopping.", 30.0, 0, 3_600)
    cache_ttl_seconds: int = integer("How long Redis keeps a latent.", 7 * 86_400, 1, 31_536_000, "seconds")
    redis_timeout_seconds: float = seconds(
        "Limit of each step of a Redis command (connect, read, wait for a connection).", 0.25, 0.01, 10, option=False
    )
    redis_max_connections: int = integer(
        "Connections of one process to Redis.", 16, 1, 1_000, "connections", option=False
    )
    local_cache_entries: int = integer(
        "Latents kept in the process itself.", 4096, 0, 1_000_000, "entries (0: off)", option=False
    )
    intra_op_threads: int = integer("Threads of one synthesis.", 0, 0, 1_024, "threads (0: the runtime decides)")
    execution_provider: str = one_of(
        "Where the networks run; auto: CUDA where it is there, else OpenVINO where that is faster and agrees with the "
        "golden cases, else ONNX Runtime. cpu is another name of onnxruntime.",
        *PROVIDERS,
        "cpu",
        default=AUTO,
        short="provider",
    )
    synthesis_precision: str = one_of(
        "Of the synthesis; auto: float16 on CUDA where the bundle has such a network, bfloat16 on OpenVINO where the "
        "CPU has AMX or AVX512-BF16, else float32. float16 needs CUDA, bfloat16 OpenVINO.",
        *PRECISIONS,
        default=AUTO,
        short="precision",
    )
    bulk_destinations: Annotated[tuple[Destination, ...], NoDecode] = setting(
        "Folders and addresses below which bulk jobs of the service may write; those that name none go below the "
        "first.",
        (str(DATA_FOLDER / "bulk"),),
        DESTINATIONS,
    )
    bulk_max_images: int = integer("Images of one bulk job of the service.", 100_000, 1, 10_000_000, "images")
    bulk_max_queued: int = integer("Bulk jobs of the service that may wait.", 100, 1, 1_000, "jobs")
    bulk_max_running: int = integer("Bulk jobs of the service that are worked on at a time.", 1, 1, 100, "jobs")
    bulk_calls_at_once: int = integer(
        "Shards of a bulk job that are made at a time, each with one call in flight.", 2, 1, 64, "shards"
    )
    signing_key_file: Path | None = setting(
        "File of the operator's private key, by which images are signed: PEM, Ed25519. None: they are not.",
        None,
        "a file",
    )
    signing_public_keys_file: Path | None = setting(
        "File of public keys (PEM) whose signatures are known too: those of before a change of keys. None: no others.",
        None,
        "a file",
    )
    c2pa_certificates_file: Path | None = setting(
        "File of a PEM chain of certificates, the signer's first, by which PNG files get a C2PA manifest; needs "
        "c2pa-python. None: they get none.",
        None,
        "a file",
    )
    c2pa_key_file: Path | None = setting(
        "File of the private key of the first certificate: PEM, P-256 or Ed25519. None: PNG files get no manifest.",
        None,
        "a file",
    )
    curated_bundles: Path | None = setting(
        "Folder for new bundle versions from the studio's curation page. None: none are written.", None, "a folder"
    )
    log_level: str = one_of("Lowest level that is logged.", "debug", "info", "warning", "error", default="info")

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise _refusal(error) from None

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, **others: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """`Config(...)` is what its arguments say; only `from_environment` reads an environment."""
        return (init_settings,)

    @field_validator("*", mode="before")
    @classmethod
    def _no_number_is_guessed(cls, value: Any, info: ValidationInfo) -> Any:
        kind = cls.model_fields[str(info.field_name)].annotation
        if isinstance(value, bool) or (kind is int and isinstance(value, float)):
            raise ValueError("pydantic would take True for 1 and 5.0 for 5")
        return value

    @field_validator("execution_provider", "synthesis_precision", "log_level", mode="before")
    @classmethod
    def _any_capitals(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

    @field_validator("execution_provider")
    @classmethod
    def _one_name(cls, value: str) -> str:
        return "onnxruntime" if value == "cpu" else value

    @field_validator(
        "studio_allowed_hosts",
        "studio_allowed_origins",
        "studio_frame_ancestors",
        "studio_dicom_servers",
        "bulk_destinations",
        mode="before",
    )
    @classmethod
    def _split_at_commas(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value

    @field_validator("serve_address", "records_address")
    @classmethod
    def _a_port(cls, value: str) -> str:
        if not 1 <= int(value.rpartition(":")[2]) <= 65535:
            raise ValueError("no port")
        return value

    @field_validator("edge_secret")
    @classmethod
    def _a_secret(cls, value: str | None) -> str | None:
        if value is not None and not (16 <= len(value) <= 256 and all("!" <= character <= "~" for character in value)):
            raise _refused("edge_secret", f"a value of {len(value)} characters")  # a secret even when it is a bad one
        return value

    @field_validator("redis_url")
    @classmethod
    def _a_redis_url(cls, value: str | None) -> str | None:
        if value is not None and (found := problem(value)):
            raise _refused("redis_url", found)
        return value

    @field_validator("records_url")
    @classmethod
    def _a_database_url(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"(postgresql://[^\s/]+/[^\s/]+|sqlite:///\S+)", value):
            raise _refused("records_url", f"a value of {len(value)} characters")  # it may hold a password
        return value

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.default_deadline_seconds > self.max_deadline_seconds:
            allowed = f"at most {variable('max_deadline_seconds')} ({self.max_deadline_seconds:g} seconds)"
            raise InvalidArgument(variable("default_deadline_seconds"), self.default_deadline_seconds, allowed)
        if self.max_held_request_bytes < 4 * self.max_request_bytes:
            allowed = f"at least 4 times {variable('max_request_bytes')} ({self.max_request_bytes} bytes)"
            raise InvalidArgument(variable("max_held_request_bytes"), self.max_held_request_bytes, allowed)
        if self.max_queued_images < self.max_batch_size:
            allowed = f"at least {variable('max_batch_size')} ({self.max_batch_size} images)"
            raise InvalidArgument(variable("max_queued_images"), self.max_queued_images, allowed)
        if (self.c2pa_certificates_file is None) != (self.c2pa_key_file is None):
            given, missing = "c2pa_certificates_file", "c2pa_key_file"
            if self.c2pa_certificates_file is None:
                given, missing = missing, given
            raise InvalidArgument(variable(missing), None, f"a file, together with {variable(given)}")
        return self

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], **overrides: Any) -> Config:
        """Defaults, then the MAMMOGANESIS_ variables of `environ`, then `overrides` (None: not given).

        Overrides may be text, as a command line has it, or values of the field's type; errors name them as options.
        """
        known = [variable(name) for name in cls.model_fields]
        for key in environ:
            if key.startswith(PREFIX) and key not in known:
                close = difflib.get_close_matches(key, known, n=1, cutoff=0.0)[0]
                # Without the value: it may be a secret under a misspelt name.
                raise InvalidArgument("environment variable", key, f"the known settings; the closest one is {close}")
        source = EnvSettingsSource(cls)
        source.env_vars = {key.lower(): environ[key] for key in known if environ.get(key)}
        given = {name: value for name, value in overrides.items() if value is not None}
        if has_password(str(given.get("redis_url", ""))):
            allowed = (
                f"a URL without a password, which every user of this machine could read in the list of processes; give "
                f"one in {variable('redis_url')}, or in a file by {option('redis_url_file')}"
            )
            raise InvalidArgument(
                option("redis_url"), problem(given["redis_url"]) or masked_url(given["redis_url"]), allowed
            )
        try:
            return cls(**{**source(), **given})._with_redis_of_file()
        except InvalidArgument as error:
            name = error.field.removeprefix(PREFIX).lower()
            if name not in given:
                raise
            raise error.named(f"{option(name)} ({variable(name)})") from None

    def _with_redis_of_file(self) -> Config:
        """The same with the URL that `redis_url_file` holds, and without the file."""
        if self.redis_url_file is None:
            return self
        name = variable("redis_url_file")
        if self.redis_url is not None:
            raise InvalidArgument(name, str(self.redis_url_file), f"either it or {variable('redis_url')}, not both")
        try:
            with self.redis_url_file.open(encoding="utf-8") as file:
                url = file.read(_MAX_URL_CHARACTERS).strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise InvalidArgument(name, str(self.redis_url_file), f"a file that can be read ({reason})") from None
        if url == "" or problem(url):
            raise InvalidArgument(name, str(self.redis_url_file), f"a file that holds {ALLOWED}")
        return self.changed(redis_url=url, redis_url_file=None)

    def changed(self, **values: Any) -> Config:
        """The same with other values, checked as all are."""
        return Config(**{**dict(self), **values})

    @property
    def call_limits(self) -> CallLimits:
        """What one call may ask for. A call goes to the engine as a whole: more than its queue holds would never be
        taken."""
        return CallLimits(
            max_images_per_call=min(self.max_images_per_call, self.max_queued_images),
            max_images_per_stream=self.max_images_per_stream,
            max_message_bytes=self.max_message_bytes,
        )

    @property
    def stream_window_images(self) -> int:
        """Images of one stream that are in the making at a time: one batch is drawn while another is encoded and
        sent."""
        return min(2 * self.max_batch_size, self.max_queued_images)

    def without_secrets(self) -> Config:
        """The same for a process that needs neither the edge's secret nor Redis nor the database."""
        return self.changed(edge_secret=None, redis_url=None, redis_url_file=None, records_url=None)

    def environment(self) -> dict[str, str]:
        """The variables that give this configuration to a process started with them. Holds the secrets."""
        return {
            variable(name): ",".join(value) if isinstance(value, tuple) else str(value)
            for name, value in self
            if value is not None
        }

    def describe(self) -> str:
        """One line `MAMMOGANESIS_NAME=value` a field; the edge's secret and passwords in URLs are masked."""
        shown = self.environment()
        if self.edge_secret is not None:
            shown[variable("edge_secret")] = "***"
        for name in ("redis_url", "records_url"):
            if (url := getattr(self, name)) is not None:
                shown[variable(name)] = masked_url(url)
        return "\n".join(f"{key}={shown.get(key, '')}" for key in map(variable, Config.model_fields))


def variable(name: str) -> str:
    """The environment variable of the field `name`."""
    return PREFIX + name.upper()


def option(name: str) -> str:
    """The option of the field `name`."""
    return f"--{name.replace('_', '-')}"


def option_names(name: str) -> list[str]:
    """The options of the field `name`: its own, and the short one where there is one."""
    short = _extra(name)["short"]
    return [option(name), *([option(short)] if short else [])]


def allowed(name: str) -> str:
    """What the field `name` may be, for people."""
    return _extra(name)["allowed"]


def options() -> list[str]:
    """The fields that are options of `mammoganesis serve`, in their order."""
    return [name for name in Config.model_fields if _extra(name)["option"]]


def _refused(name: str, value: object) -> InvalidArgument:
    return InvalidArgument(variable(name), value, allowed(name))


def _refusal(error: ValidationError) -> Exception:
    """The first of pydantic's errors in our words."""
    first = error.errors(include_url=False, include_context=False)[0]
    name, value = str(first["loc"][0]), first["input"]
    if name not in Config.model_fields:
        return TypeError(f"Config has no field {name!r}")
    if isinstance(value, str) and Config.model_fields[name].annotation in (int, float):
        for kind in (int, float):
            try:
                return _refused(name, kind(value))
            except ValueError:
                continue
    return _refused(name, value)


def _extra(name: str) -> Any:
    return Config.model_fields[name].json_schema_extra
