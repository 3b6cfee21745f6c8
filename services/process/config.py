"""The configuration of all serving processes: one frozen value, validated once.

Every field is also an environment variable, `MAMMOGANESIS_` and the field's name in capitals; this is the only module
that knows them. An empty variable counts as not set. An unknown `MAMMOGANESIS_` variable is an error: a misspelt
setting must not be ignored.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from mammoganesis.errors import InvalidArgument
from mammoganesis.recipe.limits import CallLimits

PREFIX = "MAMMOGANESIS_"
MAX_STREAM_SECONDS = 86_400
"""The highest `max_stream_seconds`; nothing between edge and services may cut a stream earlier."""

# Lowest and highest value, both allowed, and the unit.
_RANGES: dict[str, tuple[float, float, str]] = {
    "edge_port": (0, 65535, "(0: any free port)"),
    "studio_port": (0, 65535, "(0: any free port)"),
    "serve_grpc_port": (1, 65535, ""),
    "serve_http_port": (1, 65535, ""),
    "max_batch_size": (1, 256, "images"),
    "max_queued_images": (1, 100_000, "images"),
    "max_images_per_call": (1, 64, "images"),
    "max_images_per_stream": (1, 10_000, "images"),
    "max_message_bytes": (2**16, 2**30, "bytes"),
    "default_deadline_seconds": (0.1, 86_400, "seconds"),
    "max_deadline_seconds": (0.1, 86_400, "seconds"),
    "max_stream_seconds": (0.1, MAX_STREAM_SECONDS, "seconds"),
    "drain_seconds": (0, 3_600, "seconds"),
    "cache_ttl_seconds": (1, 31_536_000, "seconds"),
    "redis_timeout_seconds": (0.01, 10, "seconds"),
    "redis_max_connections": (1, 1_000, "connections"),
    "local_cache_entries": (0, 1_000_000, "entries"),
    "intra_op_threads": (0, 1_024, "threads (0: the runtime decides)"),
}
_CHOICES: dict[str, tuple[str, ...]] = {
    "execution_provider": ("auto", "cpu", "cuda"),
    "synthesis_precision": ("auto", "float32", "float16"),
    "log_level": ("debug", "info", "warning", "error"),
}
_HOST = re.compile(r"[A-Za-z0-9._:\[\]-]{1,253}")
_ADDRESS = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]+\]):(\d{1,5})")
_BASE_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*")
_ALLOWED_HOST = re.compile(r"\*|(\*\.)?[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]+\]")
_SECRET = re.compile(r"[!-~]{16,256}")


@dataclass(frozen=True)
class Config:
    """Settings of the services; raises InvalidArgument when a value or a combination is not allowed."""

    bundle: Path = Path("deploy/bundles/demo")
    """Folder of the bundle that is served. Read and checked by `mammoganesis.bundle.loading`, not here."""
    redis_url: str | None = field(default=None, repr=False)
    """redis://, rediss:// (TLS) or unix:// URL of the latent cache. None: the launcher brings an embedded server, or
    the cache stays inside each process."""
    edge_host: str = "127.0.0.1"
    """Interface that the edge listens on."""
    edge_port: int = 50051
    """gRPC port of the edge; 0 for any free one."""
    studio_host: str = "127.0.0.1"
    """Interface that the studio listens on."""
    studio_port: int = 8080
    """HTTP port of the studio; 0 for any free one."""
    studio_base_path: str = ""
    """Path under which a reverse proxy shows the studio, such as /mammoganesis; empty: at the root."""
    studio_allowed_hosts: tuple[str, ...] = ()
    """Host names under which a browser may ask for the studio, with commas between. None: those of loopback where it
    listens there, any elsewhere."""
    serve_grpc_port: int = 9000
    """Port of Ray Serve's gRPC proxy; never published."""
    serve_http_port: int = 8000
    """Port of Ray Serve's HTTP proxy; never published."""
    serve_address: str = "127.0.0.1:9000"
    """host:port where the edge dials Ray Serve's gRPC proxy."""
    edge_secret: str | None = field(default=None, repr=False)
    """Shared by edge and services; calls without it are refused. None: the launcher draws one."""
    max_batch_size: int = 8
    """Images that the engine synthesises at once."""
    max_queued_images: int = 256
    """Images that may wait in the engine's queue."""
    max_images_per_call: int = 64
    """Images in one Sample call; where `max_queued_images` is lower, that is the limit."""
    max_images_per_stream: int = 10_000
    """Images in one StreamSamples call."""
    max_message_bytes: int = 64 * 2**20
    """Bytes of one message, either way."""
    default_deadline_seconds: float = 120.0
    """Deadline of a call with one answer that brings none."""
    max_deadline_seconds: float = 600.0
    """Longer deadlines of such calls are cut to this one."""
    max_stream_seconds: float = 21_600.0
    """The same for calls with a stream of answers, both as the default and as the maximum: 10,000 images take hours on
    a CPU. A stream whose client has gone ends at once anyway."""
    drain_seconds: float = 30.0
    """Time for calls in flight to finish after SIGTERM."""
    cache_ttl_seconds: int = 7 * 86_400
    """How long Redis keeps a latent."""
    redis_timeout_seconds: float = 0.25
    """Limit of each step of a Redis command (connect, read, wait for a connection)."""
    redis_max_connections: int = 16
    """Connections of one process to Redis."""
    local_cache_entries: int = 4096
    """Latents kept in the process itself; 0 switches that off."""
    intra_op_threads: int = 0
    """Threads of one ONNX Runtime session; 0: the runtime decides."""
    execution_provider: str = "auto"
    """auto (CUDA where it is there), cpu or cuda."""
    synthesis_precision: str = "auto"
    """auto (float16 on CUDA where the bundle has such a network), float32 or float16 (CUDA only)."""
    curated_bundles: Path | None = None
    """Folder where the studio's curation page writes new bundle versions. None: it writes nothing."""
    log_level: str = "info"
    """debug, info, warning or error."""

    def __post_init__(self) -> None:
        for name, (low, high, unit) in _RANGES.items():
            _check_number(name, getattr(self, name), low, high, unit)
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise InvalidArgument(variable(name), getattr(self, name), ", ".join(allowed))
        for name in ("edge_host", "studio_host"):
            if not _HOST.fullmatch(getattr(self, name)):
                raise InvalidArgument(variable(name), getattr(self, name), "a host name or an IP address")
        if not _BASE_PATH.fullmatch(self.studio_base_path):
            allowed = 'empty, or "/" and a name, once or more, without "/" at the end'
            raise InvalidArgument(variable("studio_base_path"), self.studio_base_path, allowed)
        for host in self.studio_allowed_hosts:
            if not _ALLOWED_HOST.fullmatch(host):
                allowed = "host names with commas between, without ports; *.name for all below one, * for any"
                raise InvalidArgument(variable("studio_allowed_hosts"), host, allowed)
        address = _ADDRESS.fullmatch(self.serve_address)
        if not address or not 1 <= int(address[1]) <= 65535:
            raise InvalidArgument(variable("serve_address"), self.serve_address, "host:port, port 1 to 65535")
        if self.redis_url is not None:
            _check_redis_url(self.redis_url)
        if self.edge_secret is not None and not _SECRET.fullmatch(self.edge_secret):
            # The value is a secret even when it is a bad one.
            found = f"a value of {len(self.edge_secret)} characters"
            raise InvalidArgument(variable("edge_secret"), found, "16 to 256 printable ASCII characters without spaces")
        if self.default_deadline_seconds > self.max_deadline_seconds:
            allowed = f"at most {variable('max_deadline_seconds')} ({self.max_deadline_seconds:g} seconds)"
            raise InvalidArgument(variable("default_deadline_seconds"), self.default_deadline_seconds, allowed)
        if self.max_queued_images < self.max_batch_size:
            allowed = f"at least {variable('max_batch_size')} ({self.max_batch_size} images)"
            raise InvalidArgument(variable("max_queued_images"), self.max_queued_images, allowed)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], **overrides: Any) -> Config:
        """Defaults, then the MAMMOGANESIS_ variables of `environ`, then `overrides` (None: not given).

        Overrides may be text, as a command line has it, or values of the field's type; errors name them as options.
        """
        known = {variable(f.name): f.name for f in dataclasses.fields(cls)}
        values: dict[str, Any] = {}
        for key, text in environ.items():
            if not key.startswith(PREFIX):
                continue
            if key not in known:
                close = difflib.get_close_matches(key, known, n=1, cutoff=0.0)[0]
                # Without the value: it may be a secret under a misspelt name.
                raise InvalidArgument("environment variable", key, f"the known settings; the closest one is {close}")
            if text != "":
                values[known[key]] = text
        for name, value in overrides.items():
            if variable(name) not in known:
                raise TypeError(f"Config has no field {name!r}")
            if value is not None:
                values[name] = value
        try:
            return cls(**{name: _parsed(name, value) for name, value in values.items()})
        except InvalidArgument as error:
            name = error.field.removeprefix(PREFIX).lower()
            if overrides.get(name) is None:
                raise
            raise error.named(f"--{name.replace('_', '-')} ({variable(name)})") from None

    @property
    def call_limits(self) -> CallLimits:
        """What one call may ask for. A call goes to the engine as a whole: more than its queue holds would never be
        taken."""
        return CallLimits(
            max_images_per_call=min(self.max_images_per_call, self.max_queued_images),
            max_images_per_stream=self.max_images_per_stream,
            max_message_bytes=self.max_message_bytes,
        )

    def environment(self) -> dict[str, str]:
        """The variables that give this configuration to a process started with them. Holds the secrets."""
        values = {variable(f.name): getattr(self, f.name) for f in dataclasses.fields(self)}
        return {
            key: ",".join(value) if isinstance(value, tuple) else str(value)
            for key, value in values.items()
            if value is not None
        }

    def describe(self) -> str:
        """One line `MAMMOGANESIS_NAME=value` a field; the edge's secret and the password of Redis are masked."""
        shown = self.environment()
        if self.edge_secret is not None:
            shown[variable("edge_secret")] = "***"
        if self.redis_url is not None:
            shown[variable("redis_url")] = masked_url(self.redis_url)
        return "\n".join(f"{variable(f.name)}={shown.get(variable(f.name), '')}" for f in dataclasses.fields(self))


def variable(name: str) -> str:
    """The environment variable of the field `name`."""
    return PREFIX + name.upper()


def masked_url(url: str) -> str:
    """`url` with the password, and everything after "?", replaced by ***."""
    parts = urlsplit(url)
    if _cut_short(parts):
        return f"{parts.scheme}://***"
    credentials, at, place = parts.netloc.rpartition("@")
    user = f"{credentials.partition(':')[0]}:***" if at else ""
    return f"{parts.scheme}://{user}{at}{place}{parts.path}{'?***' if parts.query else ''}"


def _cut_short(parts: SplitResult) -> bool:
    """Whether an "@" stands behind the place of the host: "/", "?" or "#" in a password ended that place too early."""
    return any("@" in part for part in (parts.path, parts.query, parts.fragment))


def _parsed(name: str, value: Any) -> Any:
    """The text of a variable or option as the type of its field; other values as they are."""
    kind = next(str(f.type) for f in dataclasses.fields(Config) if f.name == name)
    if not isinstance(value, str):
        return value
    if kind.startswith("Path"):
        return Path(value)
    if kind.startswith("tuple"):
        return tuple(part.strip() for part in value.split(","))
    if kind in ("int", "float"):
        low, high, unit = _RANGES[name]
        try:
            return int(value) if kind == "int" else float(value)
        except ValueError:
            raise InvalidArgument(variable(name), value, _range_text(low, high, unit, kind)) from None
    return value.lower() if name in _CHOICES else value


def _check_number(name: str, value: Any, low: float, high: float, unit: str) -> None:
    kind = next(str(f.type) for f in dataclasses.fields(Config) if f.name == name)
    right_type = isinstance(value, int if kind == "int" else (int, float)) and not isinstance(value, bool)
    if not right_type or not math.isfinite(value) or not low <= value <= high:
        raise InvalidArgument(variable(name), value, _range_text(low, high, unit, kind))


def _range_text(low: float, high: float, unit: str, kind: str) -> str:
    number = "an integer, " if kind == "int" else "a number, "
    return f"{number}{low:.12g} to {high:.12g} {unit}".rstrip()


def _check_redis_url(url: str) -> None:
    allowed = "redis://[user:password@]host:port[/database], rediss://... (TLS) or unix://[user:password@]/path"
    allowed += "; / ? # @ : in a name or a password as %2F %3F %23 %40 %3A"
    try:
        parts = urlsplit(url)
        named = parts.path if parts.scheme == "unix" else parts.hostname
        valid = parts.scheme in ("redis", "rediss", "unix") and bool(named) and (parts.port is None or parts.port > 0)
    except ValueError:  # the port is no number or the brackets of an address are unbalanced
        raise InvalidArgument(variable("redis_url"), "an unreadable URL", allowed) from None
    if _cut_short(parts):
        raise InvalidArgument(variable("redis_url"), "an unreadable URL", allowed)
    if not valid:
        raise InvalidArgument(variable("redis_url"), masked_url(url), allowed)
