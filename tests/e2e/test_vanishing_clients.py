"""Clients that go away in the middle of a call leave a line that says so, and no traceback anywhere."""

from __future__ import annotations

import time
from pathlib import Path

import grpc
import psutil
import pytest

from mammoganesis.v1 import sampling_pb2, sampling_pb2_grpc
from tests.e2e.system import System, until

pytestmark = pytest.mark.cluster

CALLS = 12


def logs(system: System) -> list[Path]:
    return [
        path
        for pattern in ("*.log", "ray/session_*/logs/**/*.err", "ray/session_*/logs/**/*.log")
        for path in system.folder.glob(pattern)
    ]


def idle(system: System) -> bool:
    """Whether the replicas together take less than a quarter of a core for three seconds; drawing takes more."""
    replicas = [psutil.Process(pid) for pid in system.pids("ray::ServeReplica:")]

    def seconds() -> float:
        return sum(times.user + times.system for times in (replica.cpu_times() for replica in replicas))

    before = seconds()
    time.sleep(3)
    return seconds() - before < 0.75


def test_a_client_that_goes_away_is_logged_as_cancelled(system: System) -> None:
    lengths = {path: path.stat().st_size for path in logs(system)}
    ids = [f"vanished-{number}" for number in range(CALLS)]
    for number, call_id in enumerate(ids):
        with grpc.insecure_channel(system.address, [("grpc.use_local_subchannel_pool", 1)]) as channel:
            grpc.channel_ready_future(channel).result(timeout=60)
            stub = sampling_pb2_grpc.SamplingServiceStub(channel)
            metadata = (("x-request-id", call_id),)
            if number % 2:
                stream = sampling_pb2.SeedRange(first=1000 * number, count=2000)
                stub.StreamSamples(sampling_pb2.StreamSamplesRequest(seed_range=stream), metadata=metadata)
            else:
                seeds = [1000 * number + each for each in range(64)]
                stub.Sample.future(sampling_pb2.SampleRequest(seeds=seeds), metadata=metadata)
            time.sleep(0.1 + 0.02 * number)
    # A call that is gone before the edge has begun with it leaves no line; then nobody may be at work for it either.
    until(lambda: len(system.codes(ids)) == CALLS or idle(system))
    codes = system.codes(ids)
    # Small ones may be done; many at once may be too many.
    assert set(codes) <= {"CANCELLED", "OK", "RESOURCE_EXHAUSTED"}
    assert codes.count("CANCELLED") >= CALLS // 3
    for path in logs(system):
        with path.open("rb") as file:
            file.seek(lengths.get(path, 0))
            added = file.read()
        # Serve itself writes one for a stream that waited for a client which has gone.
        assert added.count(b"raceback") == added.count(b"GeneratorExit"), path
