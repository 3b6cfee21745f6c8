"""How the launcher asks its children how they are: always this machine, for `ASK_SECONDS` at most."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterable
from pathlib import Path

from services.process.children import Process, name
from services.wire.channels import channel_options

ASK_SECONDS = 2.0
RAY_DAEMONS = {"gcs_server", "raylet"}
"""Without either of them Ray cannot be saved. The death of one of Ray's agents is the raylet's too."""


def edge_serves(address: str) -> bool | None:
    """Whether the edge at `address` says that all services are SERVING; None when it says nothing."""
    import grpc  # not before the launcher has looked whether it is installed
    from grpc_health.v1 import health_pb2, health_pb2_grpc

    with grpc.insecure_channel(address, channel_options(address, -1)) as channel:
        check = health_pb2_grpc.HealthStub(channel).Check  # type: ignore[attr-defined]
        try:
            answer = check(health_pb2.HealthCheckRequest(), timeout=ASK_SECONDS)
        except grpc.RpcError:
            return None
        return answer.status == health_pb2.HealthCheckResponse.SERVING


def http_answers(host: str, port: int) -> bool:
    """Whether an HTTP server answers, whatever it says."""
    connection = http.client.HTTPConnection(host, port, timeout=ASK_SECONDS)  # knows no proxies
    try:
        connection.request("GET", "/")
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
