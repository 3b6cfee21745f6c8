"""How the launcher asks its children, with proxies in the environment that lead nowhere."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace

import grpc
import psutil
import pytest
from grpc_health.v1 import health as grpc_health
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.cluster.pulse import pulse_file, ray_is_up
from services.launch import health
from services.launch.health import GrpcHealth, Pulse, lost_daemons, studio_answers
from services.process.ports import free_block
from tests.support.proxies import DEAD_PROXIES


@pytest.fixture(autouse=True)
def proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in DEAD_PROXIES.items():
        monkeypatch.setenv(name, value)


def test_an_edge_that_serves_does_not_and_is_not_there() -> None:
    server, servicer = grpc.server(ThreadPoolExecutor(2)), grpc_health.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    servicer.set("", health_pb2.HealthCheckResponse.SERVING)
    edge = GrpcHealth(address)
    assert edge.serves() is True
    servicer.set("", health_pb2.HealthCheckResponse.NOT_SERVING)
    assert edge.serves() is False
    server.stop(None).wait()
    assert edge.serves() is None


class Listing(grpc_health.HealthServicer):
    """Notes from where it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.peers: list[str] = []

    def Check(self, request, context):  # noqa: N802  (named as the RPC)
        self.peers.append(context.peer())
        return super().Check(request, context)


def test_a_connection_is_kept_and_the_successor_of_an_edge_is_found_at_once() -> None:
    edge, peers = GrpcHealth(address := f"127.0.0.1:{free_block(1)}"), []
    for _ in range(2):
        server, servicer = grpc.server(ThreadPoolExecutor(2)), Listing()
        health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
        server.add_insecure_port(address)
        server.start()
        servicer.set("", health_pb2.HealthCheckResponse.SERVING)
        assert [edge.serves() for _ in range(3)] == [True, True, True]
        server.stop(None).wait()
        assert [edge.serves() for _ in range(2)] == [None, None]
        assert len(servicer.peers) == 3
        peers += servicer.peers
    assert len(set(peers)) == 2


class Refusing(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def page() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), Refusing)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_studio_answers_when_it_says_anything(page: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert studio_answers("127.0.0.1", page)
    assert not studio_answers("127.0.0.1", free_block(1))
    monkeypatch.setattr("services.launch.health.ASK_SECONDS", 0.2)
    with socket.socket() as mute:  # takes connections and says nothing, as a process that hangs
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        assert not studio_answers("127.0.0.1", mute.getsockname()[1])


def test_rays_daemons_are_missed(tmp_path: Path) -> None:
    """With programs of their names."""
    running = []
    for daemon in ("gcs_server", "raylet"):
        (tmp_path / daemon).symlink_to("/bin/sleep")
        running.append(subprocess.Popen([tmp_path / daemon, "600"]))
    below = [psutil.Process(process.pid) for process in running]
    try:
        while {process.name() for process in below} != {"gcs_server", "raylet"}:  # until both are executed
            time.sleep(0.01)
        assert lost_daemons(below) is None
        assert lost_daemons(below[:1]) == "has lost raylet"
        assert lost_daemons([]) == "has lost gcs_server and raylet"
    finally:
        for process in running:
            process.kill()
            process.wait()


def test_daemons_that_ray_gives_up_while_it_comes_up_are_not_missed(tmp_path: Path) -> None:
    pulse = Pulse(pulse_file(tmp_path))
    assert pulse.fallen([]) is None
    ray_is_up(tmp_path)
    assert pulse.fallen([]) == "has lost gcs_server and raylet"
    pulse_file(tmp_path).unlink()  # as before a new start
    assert pulse.fallen([]) is None


def test_a_pulse_that_stops_is_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(health, "time", SimpleNamespace(monotonic=lambda: now))
    path, silent = tmp_path / "pulse", health.SILENT_SECONDS
    pulse = Pulse(path)
    assert pulse.lost() is None
    assert not pulse.beats()
    now += silent + 1  # a Ray that stands still before its first beat is missed too
    assert pulse.lost() == f"has had no pulse for {silent + 1:.0f} s"
    path.touch()
    os.utime(path, (0, 0))  # how old it is by the clock does not matter
    assert pulse.lost() is None
    assert pulse.beats()
    for beat in range(5):
        now += 0.9 * silent
        os.utime(path, (beat + 1, beat + 1))
        assert pulse.lost() is None
    now += silent + 2
    assert pulse.lost() == f"has had no pulse for {silent + 2:.0f} s"
    path.unlink()  # as before a new start
    assert pulse.lost() is None
    path.touch()
    assert pulse.lost() is None
