"""What listens beyond loopback, and what it answers to somebody without the secret and the token."""

from __future__ import annotations

import http.client
import pickle
import re
import stat
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

import grpc
import pytest
from grpc import StatusCode

from mammoganesis.v1 import sampling_pb2, sampling_pb2_grpc
from services.process.children import descendants
from services.wire.metadata import EDGE_SECRET
from tests.e2e.system import LOOPBACK, System, command_line, listening, until
from tests.support.patience import WAIT_SECONDS

pytestmark = pytest.mark.cluster

STORED = re.compile(r'^ray_mammoganesis_cache_stored_total\{.*application="(\w+)".*\} ([0-9.e+]+)$', re.MULTILINE)
HTTP_PORTS_OF_HAPROXY = 2  # statistics and metrics, read only


def beyond_loopback(system: System) -> dict[int, str]:
    """Port and command line of everything below the launcher that listens on more than loopback."""
    found = {}
    for process in descendants(system.process.pid):
        with suppress(FileNotFoundError):  # ended meanwhile
            ports = listening(process.pid)
            found |= {port: command_line(process) for address, port in ports if address not in LOOPBACK}
    return found


def page(url: str) -> str:
    """What an HTTP server answers; "" where none does."""
    without_proxies = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with suppress(OSError, http.client.HTTPException), without_proxies.open(url, timeout=2) as answer:
        return answer.read().decode()
    return ""


def sample_without_edge(address: str, **metadata: str) -> grpc.RpcError:
    with grpc.insecure_channel(address) as channel:
        stub = sampling_pb2_grpc.SamplingServiceStub(channel)
        with pytest.raises(grpc.RpcError) as caught:
            stub.Sample(
                sampling_pb2.SampleRequest(seeds=[1]),
                metadata=tuple((key.replace("_", "-"), value) for key, value in metadata.items()),
                timeout=20,
            )
    return caught.value


@pytest.mark.parametrize(
    "secret", [{}, {"x_mammoganesis_edge_secret": ""}, {"x_mammoganesis_edge_secret": "guessed" * 6}]
)
def test_serves_own_port_refuses_calls_without_the_secret(system: System, secret: dict[str, str]) -> None:
    error = sample_without_edge(system.serve_address, application="sampling", **secret)
    assert error.code() is StatusCode.UNAUTHENTICATED  # type: ignore[attr-defined]
    assert "call the edge instead" in error.details()  # type: ignore[attr-defined]


def test_only_known_things_listen_beyond_loopback_and_none_of_them_answers(system: System) -> None:
    ports = beyond_loopback(system)
    assert ports
    kinds = ("ray::ServeReplica:", "ray::ProxyActor", "bin/haproxy")
    strangers = {port: command for port, command in ports.items() if not any(kind in command for kind in kinds)}
    assert not strangers
    of_haproxy = [port for port, command in ports.items() if "bin/haproxy" in command]
    assert len(of_haproxy) == (HTTP_PORTS_OF_HAPROXY if system.pids("bin/haproxy") else 0)
    for port in ports:
        error = sample_without_edge(f"127.0.0.1:{port}", application="sampling")
        assert error.code() is not StatusCode.OK  # type: ignore[attr-defined]


def test_replicas_read_nothing_of_a_call_without_the_secret(system: System) -> None:
    """A message that never comes is not waited for; one that comes takes no memory."""
    served = Event()

    def never() -> Iterator[bytes]:
        served.wait()
        yield b""

    codes = []
    for port, command in beyond_loopback(system).items():
        if "ray::ServeReplica:" not in command:
            continue
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            call = channel.stream_unary("/mammoganesis.v1.SamplingService/Sample")
            with pytest.raises(grpc.RpcError) as caught:
                call(never(), metadata=(("application", "sampling"),), timeout=60)
            codes.append(caught.value.code())  # type: ignore[attr-defined]
    served.set()
    assert codes.count(StatusCode.UNAUTHENTICATED) >= 3  # the ingress ports; others do not know the path
    assert set(codes) <= {StatusCode.UNAUTHENTICATED, StatusCode.UNIMPLEMENTED}


class _Payload:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


def test_replicas_do_not_unpickle_what_comes_without_the_token(system: System, tmp_path: Path) -> None:
    from ray.serve.generated import serve_pb2, serve_pb2_grpc

    witness = tmp_path / "executed"
    body = pickle.dumps(_Payload(witness))
    request = serve_pb2.ASGIRequest(pickled_request_metadata=body, request_args=body, request_kwargs=body)
    codes = []
    for port, command in beyond_loopback(system).items():
        if "ray::ServeReplica:" not in command:
            continue
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub = serve_pb2_grpc.ASGIServiceStub(channel)
            with pytest.raises(grpc.RpcError) as caught:
                stub.HandleRequest(request, timeout=20)
            codes.append(caught.value.code())  # type: ignore[attr-defined]
    assert len(codes) >= 7  # three ingress ones, which have a door for every path, and one of each replica
    assert set(codes) == {StatusCode.UNAUTHENTICATED}
    assert not witness.exists()


def test_the_engine_is_asked_at_a_socket_in_a_folder_that_nobody_else_can_enter(system: System) -> None:
    engine = str(system.folder / f"engine-{system.pid('ray::ServeReplica:engine')}")
    asked = re.compile(rf" 03 +\d+ {re.escape(engine)}$", re.MULTILINE)  # a connection, as the kernel writes it

    def answered() -> bool:
        with system.channel() as channel:
            sampling_pb2_grpc.SamplingServiceStub(channel).Sample(sampling_pb2.SampleRequest(seeds=[1]))
        return bool(asked.search(Path("/proc/net/unix").read_text()))

    until(answered)
    assert stat.S_IMODE(system.folder.stat().st_mode) == 0o700


def test_what_the_caches_do_is_in_rays_metrics(system: System) -> None:
    """The quickstart has filled them; Ray hands on what it is told every few seconds."""
    agent = system.pid("DashboardAgent")
    end = time.monotonic() + WAIT_SECONDS
    counted: dict[str, float] = {}
    while not {"sampling", "pca_editing", "style_transfer"} <= counted.keys():
        assert time.monotonic() < end, counted
        time.sleep(0.5)
        text = "".join(page(f"http://127.0.0.1:{port}/metrics") for _, port in listening(agent))
        counted = {application: float(count) for application, count in STORED.findall(text)}
        assert "mammoganesis_cache_corrupt_total" not in text
    assert all(count > 0 for count in counted.values())


def variable(system: System, words: str, name: str) -> str:
    """Of the environment of a process, the first of its kind."""
    entries = Path(f"/proc/{min(system.pids(words))}/environ").read_text().split("\0")
    (value,) = [entry.partition("=")[2] for entry in entries if entry.startswith(f"{name}=")]
    return value


def test_serves_own_proxy_draws_nothing(system: System) -> None:
    """HAProxy turns to it when it takes all replicas for dead. A stream that it has begun is drawn to its end, whether
    its client reads, stands still or has gone."""
    port = variable(system, "ray::ServeReplica:sampling", "RAY_SERVE_FALLBACK_PROXY_GRPC_PORT")
    secret = system.edge_secret_file.read_text().strip()
    metadata = ((EDGE_SECRET, secret), ("application", "sampling"))
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = sampling_pb2_grpc.SamplingServiceStub(channel)
        seeds = sampling_pb2.SeedRange(first=9 * 10**6, count=10_000)
        with pytest.raises(grpc.RpcError) as caught:
            next(stub.StreamSamples(sampling_pb2.StreamSamplesRequest(seed_range=seeds), metadata=metadata, timeout=60))
    assert caught.value.code() is StatusCode.UNAVAILABLE  # type: ignore[attr-defined]


def test_secrets_are_not_in_command_lines_or_logs(system: System) -> None:
    secret = system.edge_secret_file.read_bytes().strip()
    token = (system.folder / "token").read_bytes()
    password = urlsplit(variable(system, "services.edge", "MAMMOGANESIS_REDIS_URL")).password
    assert password
    studio = Path(f"/proc/{system.pid('services.studio')}/environ").read_bytes()
    assert not [each for each in (secret, token, password.encode()) if each in studio]  # it is a client of the edge
    for process in descendants(system.process.pid):
        assert password not in command_line(process)
        assert secret.decode() not in command_line(process)
        assert token.decode() not in command_line(process)
    for log in [*system.folder.glob("*.log"), *system.folder.glob("ray/session_*/logs/**/*.*")]:
        if log.is_file():
            text = log.read_bytes()
            assert secret not in text, log
            assert token not in text, log
