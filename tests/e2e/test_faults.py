"""Parts of the running system die, freeze or are left alone: what the clients see, and that it comes back."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc import StatusCode
from grpc_health.v1 import health_pb2, health_pb2_grpc

from mammoganesis.pictures.png import read_png
from mammoganesis.v1 import pca_editing_pb2, pca_editing_pb2_grpc, sampling_pb2, sampling_pb2_grpc
from mammoganesis.v1.latents_pb2 import ComponentEdit, Latent, Recipe
from services.wire.retry import retry_seconds
from tests.e2e.system import System, until

pytestmark = pytest.mark.cluster

ENGINE = "ray::ServeReplica:engine"
CLIENTS = 3
UNHURRIED_SECONDS = 60.0
"""A deadline; a call that is refused before it says so by its code, the deadline by another one."""


class Load:
    """Clients that sample and edit with ever new seeds, and count what they get."""

    def __init__(self, system: System) -> None:
        self.codes: Counter[StatusCode] = Counter()
        self.details: set[str] = set()
        self._system, self._ended = system, threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(100_000 * k,)) for k in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def wait_for(self, count: int) -> None:
        """Until that many more calls have succeeded."""
        enough = self.codes[StatusCode.OK] + count
        until(lambda: self.codes[StatusCode.OK] >= enough)

    def end(self) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _work(self, seed: int) -> None:
        with self._system.channel() as channel:
            sampling = sampling_pb2_grpc.SamplingServiceStub(channel)
            editing = pca_editing_pb2_grpc.PcaEditingServiceStub(channel)
            while not self._ended.is_set():
                seed += 1
                edit = pca_editing_pb2.EditComponentsRequest(
                    latent=Latent(recipe=Recipe(seed=seed)), edits=[ComponentEdit(index=0, sigmas=1)]
                )
                try:
                    sampling.Sample(sampling_pb2.SampleRequest(seeds=[seed]), timeout=60)
                    editing.EditComponents(edit, timeout=60)
                    self.codes[StatusCode.OK] += 1
                except grpc.RpcError as error:
                    self.codes[error.code()] += 1  # type: ignore[attr-defined]
                    self.details.add(error.details())  # type: ignore[attr-defined]


@contextmanager
def load(system: System) -> Iterator[Load]:
    running = Load(system)
    try:
        yield running
    finally:
        running.end()


def pixels(system: System, seed: int) -> bytes:
    with system.channel() as channel:
        answer = sampling_pb2_grpc.SamplingServiceStub(channel).Sample(sampling_pb2.SampleRequest(seeds=[seed]))
        return read_png(answer.images[0].data).pixels.tobytes()


def serving(system: System) -> bool:
    with system.channel() as channel:
        check = health_pb2_grpc.HealthStub(channel).Check  # type: ignore[attr-defined]
        return check(health_pb2.HealthCheckRequest()).status == health_pb2.HealthCheckResponse.SERVING


def cpu_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def test_redis_frozen_then_killed_during_use(system: System) -> None:
    redis = system.pid("redis-server")
    with load(system) as clients:
        clients.wait_for(20)
        os.kill(redis, signal.SIGSTOP)
        clients.wait_for(60)
        os.kill(redis, signal.SIGCONT)
        clients.wait_for(20)
        os.kill(redis, signal.SIGKILL)
        clients.wait_for(60)
        until(lambda: [pid for pid in system.pids("redis-server") if pid != redis] != [])  # the launcher's work
        clients.wait_for(20)
    assert set(clients.codes) == {StatusCode.OK}, clients.details


def test_engine_replica_killed_under_load(system: System) -> None:
    before = pixels(system, 5)
    engine = system.pid(ENGINE)
    with load(system) as clients:
        clients.wait_for(20)
        os.kill(engine, signal.SIGKILL)
        until(lambda: [pid for pid in system.pids(ENGINE) if pid != engine] != [])
        clients.wait_for(40)
    assert set(clients.codes) <= {StatusCode.OK, StatusCode.UNAVAILABLE}, clients.details
    assert not [text for text in clients.details if "ray" in text or "Traceback" in text]
    until(lambda: serving(system))
    assert pixels(system, 5) == before


def test_without_an_engine_calls_are_refused_long_before_their_deadline(system: System) -> None:
    engine, controller = system.pid(ENGINE), system.pid("ray::ServeController")
    os.kill(controller, signal.SIGSTOP)  # nobody makes another engine
    try:
        os.kill(engine, signal.SIGKILL)
        until(lambda: engine not in system.pids(ENGINE))
        with system.channel() as channel:
            sample = sampling_pb2_grpc.SamplingServiceStub(channel).Sample
            for seconds in (8, UNHURRIED_SECONDS):  # the first of them before the edge knows it for certain
                with pytest.raises(grpc.RpcError) as caught:
                    sample(sampling_pb2.SampleRequest(seeds=[3_000_000]), timeout=seconds)
                error: Any = caught.value
                assert error.code() is StatusCode.UNAVAILABLE, error.details()
                assert retry_seconds(error)
    finally:
        os.kill(controller, signal.SIGCONT)
    until(lambda: serving(system))
    assert pixels(system, 3_000_000)


def test_proxy_and_its_manager_killed_under_load_fail_no_call(system: System) -> None:
    with load(system) as clients:
        for words in ("bin/haproxy", "ray::HAProxyManager"):
            old = system.pids(words)
            clients.wait_for(10)
            for pid in old:
                os.kill(pid, signal.SIGKILL)
            until(lambda words=words, old=old: not set(system.pids(words)) <= set(old))
            clients.wait_for(20)
            until(lambda: serving(system))
    assert set(clients.codes) == {StatusCode.OK}, clients.details


def test_edge_and_studio_are_started_again(system: System) -> None:
    for module in ("services.studio", "services.edge"):
        old = system.pid(module)
        os.kill(old, signal.SIGKILL)
        until(lambda module=module, old=old: [pid for pid in system.pids(module) if pid != old] != [])

    def works() -> bool:
        try:
            return serving(system)
        except grpc.RpcError:
            return False

    until(works)
    assert pixels(system, 5)


def test_cancelled_stream_stops_computing(system: System) -> None:
    engine = system.pid(ENGINE)
    start = cpu_ticks(engine)
    with system.channel() as channel:
        stream = sampling_pb2_grpc.SamplingServiceStub(channel).StreamSamples(
            sampling_pb2.StreamSamplesRequest(seed_range=sampling_pb2.SeedRange(first=10**6, count=10_000))
        )
        for _ in range(200):
            next(stream)
        of_the_first_200 = cpu_ticks(engine) - start
        stream.cancel()
        until(lambda: not busy(engine))
    # In processor time of the engine, so that it does not matter what else runs: the other 9,800 would take 49 times
    # as much. What is under way between the engine and the client is a few hundred of these tiny images.
    assert cpu_ticks(engine) - start < 10 * of_the_first_200


def busy(pid: int) -> bool:
    """Whether a process computes: idle replicas take about 3 % of a core."""
    before = cpu_ticks(pid)
    time.sleep(1)
    return cpu_ticks(pid) - before > 0.1 * os.sysconf("SC_CLK_TCK")
