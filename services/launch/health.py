"""How the launcher asks its children how they are: always this machine, for `ASK_SECONDS` at most."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from services.process.children import Process, name
from services.wire.channels import channel_options

if TYPE_CHECKING:
    import grpc

    from services.wire.tls import Trust

ASK_SECONDS = 2.0
SILENT_SECONDS = 45.0
"""Without a pulse after which Ray is taken for dead. It beats every two seconds, and a machine can be busy."""
RAY_DAEMONS = {"gcs_server", "raylet"}
"""Without either of them Ray cannot be saved. The death of one of Ray's agents is the raylet's too."""


class GrpcHealth:
    """What the server behind an address says of its health. The connection is kept for the next question, until nothing
    is said: then the next one opens another, with the authorities that stand in the files by then.

    Args:
      address: of an edge or of records.
      trust: of TLS, where the edge has it.
    """

    def __init__(self, address: str, trust: Trust | None = None) -> None:
        self._address, self._trust = address, trust
        self._channel: grpc.Channel | None = None

    def serves(self, service: str = "") -> bool | None:
        """Whether a service ("": all that draw) is SERVING; None where nothing is said."""
        import grpc  # not before the launcher has looked whether it is installed
        from grpc_health.v1 import health_pb2, health_pb2_grpc

        from services.wire.tls import open_channel

        if self._channel is None:
            self._channel = open_channel(self._address, channel_options(self._address, -1), self._trust)
        check = health_pb2_grpc.HealthStub(self._channel).Check  # type: ignore[attr-defined]
        try:
            answer = check(health_pb2.HealthCheckRequest(service=service), timeout=ASK_SECONDS)
        except grpc.RpcError:
            self._channel.close()
            self._channel = None
            return None
        return answer.status == health_pb2.HealthCheckResponse.SERVING


def studio_answers(host: str, port: int, tls: bool = False) -> bool:
    """Whether a studio answers, whatever it says and whoever it is; `tls`: over HTTPS. It is asked for its health,
    which is open: anything else would be a refusal in the audit log each time."""
    from services.studio.surroundings import HEALTH  # likewise of starlette

    if tls:
        anybody = ssl.create_default_context()
        anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(host, port, timeout=ASK_SECONDS, context=anybody)
    else:
        connection = http.client.HTTPConnection(host, port, timeout=ASK_SECONDS)  # neither knows proxies
    try:
        connection.request("GET", HEALTH)
        connection.getresponse().read()
        return True
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def redis_answers(path: Path) -> bool:
    """Whether the Redis behind a Unix socket answers, if only that it wants a password."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(ASK_SECONDS)
        try:
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith((b"+PONG", b"-NOAUTH"))
        except OSError:
            return False


def lost_daemons(below: Iterable[Process]) -> str | None:
    """Which of Ray's daemons are not among the processes that run below the cluster's."""
    missing = RAY_DAEMONS - set(map(name, below))
    return f"has lost {' and '.join(sorted(missing))}" if missing else None


class Pulse:
    """The pulse of a cluster (`services.cluster.pulse`), by this process's own clock: neither a machine that slept nor
    a clock that was set makes it older."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._beat: int | None = None
        self._beat_at = time.monotonic()

    def fallen(self, below: Iterable[Process]) -> str | None:
        """Which of Ray's daemons have gone since Ray was up; before the first beat they may come and go."""
        return lost_daemons(below) if self._path.exists() else None

    def beats(self) -> bool:
        """Whether it has begun, and goes on."""
        return self.lost() is None and self._beat is not None

    def lost(self) -> str | None:
        """ "has had no pulse for ... s" where that is so. The time before the first beat counts: Ray may stand still
        then too."""
        try:
            beat = self._path.stat().st_mtime_ns
        except OSError:
            beat = None
        if beat != self._beat:
            self._beat, self._beat_at = beat, time.monotonic()
        silent = time.monotonic() - self._beat_at
        return f"has had no pulse for {silent:.0f} s" if silent > SILENT_SECONDS else None
