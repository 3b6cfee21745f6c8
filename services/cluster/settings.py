"""The environment variables that Ray and Ray Serve are started with, here and in `services.bulk`.

What the caller's own environment says stands where it is about taste (`RAY_SERVE_ENABLE_HA_PROXY=0` takes Serve's
Python proxy); what is about safety and separation from other clusters is ours.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from mammoganesis.errors import InvalidArgument
from services.process.config import Config
from services.process.ports import free_block
from services.process.proxies import without_loopback_proxies
from services.process.settings.edge import MAX_STREAM_SECONDS

# Ports of one node that nobody dials from outside: 4 single ones, then HTTP and gRPC ports of the ingress replicas (a
# replica that is replaced gets another port, and the old one rests for some minutes).
_SINGLE_PORTS = 4
_REPLICA_PORTS = 40
_PORT_REST_SECONDS = 150

OBJECT_STORE_BYTES = 100 * 2**20
"""Images go from replica to replica by gRPC and from a bulk worker to a file; Ray wants 75 MiB at least."""

LOOPBACK_ALONE = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"
"""At "0" Ray's own daemons and workers take 127.0.0.1 as the node's address and listen there alone; who connects to
them needs it too, since Ray dials another address of the machine otherwise. The name is Ray's: it is what Ray does on
desktop systems."""

_LOG_BYTES = 64 * 2**20

MAX_INTERNAL_MESSAGE_BYTES = 2**31 - 1
"""Between replicas: 64 images of 1024 x 1024 float32 with their features fit."""

_MEMORY_FOR_TWO_BYTES = 4 * 2**30
"""The whole system takes 1.6 GiB with one replica of each application and the demo bundle, a further one 150 MiB."""

HAPROXY_CONNECTIONS = "RAY_SERVE_HAPROXY_MAXCONN"
_DEFAULT_HAPROXY_CONNECTIONS = 4096  # Ray Serve's own


def light_replicas(config: Config, memory_bytes: float) -> int:
    """Replicas of each application but the engine. Two need Redis: a latent id that one has given out is found by the
    other nowhere else.

    Args:
        memory_bytes: free, of the machine or of its container, as Ray finds it.
    """
    if config.light_replicas:
        return config.light_replicas
    return 2 if config.redis_url is not None and memory_bytes >= _MEMORY_FOR_TWO_BYTES else 1


def open_files_needed(environ: Mapping[str, str]) -> int:
    """Files that HAProxy must be allowed to open, which does not start otherwise; 0 where it is not used.

    Raises:
      InvalidArgument: the number of its connections is none.
    """
    if {**_preferences(), **environ}["RAY_SERVE_ENABLE_HA_PROXY"] != "1":
        return 0
    text = environ.get(HAPROXY_CONNECTIONS) or str(_DEFAULT_HAPROXY_CONNECTIONS)
    try:
        connections = int(text)
    except ValueError:
        raise InvalidArgument(HAPROXY_CONNECTIONS, text, "an integer, 1 or more") from None
    # Both sides of each, a pipe for one in four, and what it listens on and writes to.
    return 2 * connections + 2 * (connections // 4) + 64


def room_needed() -> int:
    """Bytes that must be free where Ray's files lie: for its logs and sessions to begin with, and for its object store
    where /dev/shm has no room for that."""
    try:
        shared = shutil.disk_usage("/dev/shm").free
    except OSError:  # on macOS
        shared = 0
    return _LOG_BYTES + (0 if shared >= OBJECT_STORE_BYTES else OBJECT_STORE_BYTES)


def ray_environment(environ: Mapping[str, str], config: Config, directory: Path) -> dict[str, str]:
    """Variables for a local cluster whose files all lie under `directory`.

    Args:
      environ: the caller's environment.
      directory: a folder that nobody else can read; short, because socket paths may have 107 characters.
    """
    environ = without_loopback_proxies(environ)
    ours = {**_limits(config), **_token_file(directory), **_separation(directory), **config.environment()}
    return {**_preferences(), **environ, **ours}


def write_token(directory: Path) -> Path:
    """A new random token that everything which speaks to this cluster must show, in a file of mode 600."""
    path = directory / "token"
    path.touch(mode=0o600)
    path.write_text(secrets.token_hex(32))
    return path


def closed() -> dict[str, str]:
    """Variables that keep others out of a Ray on one machine, beside a token (RAY_AUTH_TOKEN or _PATH)."""
    return {
        # Without a token Ray's processes unpickle what anybody sends them.
        "RAY_AUTH_MODE": "token",
        LOOPBACK_ALONE: "0",
        "RAY_USAGE_STATS_ENABLED": "0",
    }


def _preferences() -> dict[str, str]:
    return {
        # HAProxy instead of Serve's Python proxy: a third of the latency, and a replica that dies gives UNAVAILABLE.
        "RAY_SERVE_ENABLE_HA_PROXY": "1",
        # User code on the replica's main loop, gRPC between replicas. Our code never blocks the loop.
        "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",
        "RAY_SERVE_REPLICA_GRPC_MAX_MESSAGE_LENGTH": str(MAX_INTERNAL_MESSAGE_BYTES),
        # A proxy that dies is replaced after about 4 seconds; the default takes 30.
        "RAY_SERVE_PROXY_HEALTH_CHECK_PERIOD_S": "1",
        "RAY_SERVE_PROXY_HEALTH_CHECK_TIMEOUT_S": "2",
        # To begin with it may take longer: on a busy machine the default of 5 kills each before it is there.
        "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "30",
        "RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S": "5",
        # One connection of the edge carries many calls, with images in the answers.
        "RAY_SERVE_HAPROXY_H2_FE_MAX_CONCURRENT_STREAMS": "1000",
        # To a replica each call has a connection of its own: on a shared one HAProxy stops reading for all when the
        # buffer of one is full, because its client is slow.
        "RAY_SERVE_HAPROXY_H2_BE_MAX_CONCURRENT_STREAMS": "1",
        "RAY_SERVE_HAPROXY_H2_FE_INITIAL_WINDOW_SIZE": str(2**20),
        "RAY_SERVE_HAPROXY_H2_BE_INITIAL_WINDOW_SIZE": str(2**20),
        "RAY_SERVE_HAPROXY_NBTHREAD": "2",
        "RAY_SERVE_HAPROXY_HEALTH_CHECK_INTER": "1s",
        # A stream may last that long, also one whose client pauses (the default gives silence an hour), and one that
        # began before a replica was replaced: HAProxy then starts anew, and the old process ends after its last stream
        # (the default cuts that off after two minutes). Ports of replicas would rest as long, and run out.
        "RAY_SERVE_HAPROXY_TIMEOUT_CLIENT_S": str(MAX_STREAM_SECONDS),
        "RAY_SERVE_HAPROXY_HARD_STOP_AFTER_S": str(MAX_STREAM_SECONDS),
        "RAY_SERVE_PORT_QUARANTINE_S": str(_PORT_REST_SECONDS),
        # Between two looks of Serve's controller at everything: ten a second took 2 % of two cores by themselves.
        "RAY_SERVE_CONTROL_LOOP_INTERVAL_S": "0.25",
        "RAY_DEDUP_LOGS": "0",
        # Nobody looks at them without a dashboard, and the GCS keeps the latest 100,000: health checks fill that in a
        # few hours.
        "RAY_task_events_report_interval_ms": "0",
        # What runs for nobody. Serve adds up what it counts, ten times a second by default, and Ray shows it after ten.
        "RAY_SERVE_METRICS_EXPORT_INTERVAL_MS": "5000",
        # The node's processes, for its metrics; events that only a dashboard shows.
        "REPORTER_UPDATE_INTERVAL_MS": "10000",
        "SCAN_EVENT_DIR_INTERVAL_SECONDS": "60",
        "EVENT_AGENT_REPORT_INTERVAL_SECONDS": "10",
        # New files of Ray's logs are looked for with each read of those that are known, ten times a second, unless they
        # are more than this many.
        "RAY_LOG_MONITOR_MANY_FILES_THRESHOLD": "0",
        "LOG_NAME_UPDATE_INTERVAL_S": "2",
        # Of each of its log files, and of its older ones; the defaults are 512 MiB and 5.
        "RAY_ROTATION_MAX_BYTES": str(16 * 2**20),
        "RAY_ROTATION_BACKUP_COUNT": "2",
    }


def _limits(config: Config) -> dict[str, str]:
    """What Serve's gRPC servers take and send; by default anything."""
    return {"RAY_SERVE_GRPC_MAX_MESSAGE_SIZE": str(max(config.max_message_bytes, config.max_request_bytes))}


def _token_file(directory: Path) -> dict[str, str]:
    return {**closed(), "RAY_AUTH_TOKEN_PATH": str(directory / "token")}


def _separation(directory: Path) -> dict[str, str]:
    first = free_block(_SINGLE_PORTS + 2 * _REPLICA_PORTS)
    http, grpc = first + _SINGLE_PORTS, first + _SINGLE_PORTS + _REPLICA_PORTS
    proxy = directory / "h"  # short names: HAProxy takes paths of 97 bytes, and Ray adds the id of its node
    return {
        "RAY_ADDRESS": "",  # never somebody else's cluster
        "RAY_SERVE_HAPROXY_CONFIG_FILE_LOC": str(proxy / "haproxy.cfg"),
        "RAY_SERVE_HAPROXY_SOCKET_PATH": str(proxy / "cli"),
        "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": str(proxy),
        "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": str(proxy / "server-state"),
        "RAY_SERVE_HAPROXY_METRICS_SOCKET_PATH": str(proxy / "log"),
        "RAY_SERVE_HAPROXY_METRICS_PORT": str(first),
        "RAY_SERVE_HAPROXY_STATS_PORT": str(first + 1),
        "RAY_SERVE_FALLBACK_PROXY_HTTP_PORT": str(first + 2),
        "RAY_SERVE_FALLBACK_PROXY_GRPC_PORT": str(first + 3),
        "RAY_SERVE_DIRECT_INGRESS_MIN_HTTP_PORT": str(http),
        "RAY_SERVE_DIRECT_INGRESS_MAX_HTTP_PORT": str(http + _REPLICA_PORTS - 1),
        "RAY_SERVE_DIRECT_INGRESS_MIN_GRPC_PORT": str(grpc),
        "RAY_SERVE_DIRECT_INGRESS_MAX_GRPC_PORT": str(grpc + _REPLICA_PORTS - 1),
    }
