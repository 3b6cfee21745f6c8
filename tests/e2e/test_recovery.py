"""What the launcher starts again: the cache as often as it dies, Ray when one of its daemons or agents is gone."""

from __future__ import annotations

import os
import signal
import time

import grpc
import pytest

from mammoganesis.v1 import sampling_pb2, sampling_pb2_grpc
from services.cluster.pulse import PULSE_SECONDS, pulse_file
from tests.e2e.system import System, until
from tests.e2e.test_faults import pixels, serving

pytestmark = pytest.mark.cluster

# How Ray's end is seen first depends on what else the machine does: a daemon is missing, both are, or the cluster's
# process has ended with them.
CLUSTER_IS_GONE = (
    r"cluster (has lost \w+( and \w+)?|ended with exit code -?\d+(, by \w+)?); it is started again( in [\d.]+ s)?; "
    r"until then calls are answered UNAVAILABLE$"
)


def kill(system: System, words: str) -> None:
    """Kills the process and waits for another in its place."""
    seen: list[int] = []  # at one look: a process that names itself anew, as Redis does, has no words at another
    until(lambda: seen.extend(system.pids(words)) or seen != [])
    (old,) = seen
    os.kill(old, signal.SIGKILL)
    until(lambda: [pid for pid in system.pids(words) if pid != old] != [])


def refusal(system: System) -> grpc.StatusCode | None:
    """The status that a call is refused with; None when it is answered. Of two seconds: within more the edge, which
    makes a lost call again, may outlast the restart."""
    with system.channel() as channel:
        try:
            sampling_pb2_grpc.SamplingServiceStub(channel).Sample(sampling_pb2.SampleRequest(seeds=[77]), timeout=2)
        except grpc.RpcError as error:
            return error.code()  # type: ignore[attr-defined]
    return None


def test_a_cluster_whose_raylet_stands_still_has_no_pulse(system: System) -> None:
    """Its processes are all there, and its replicas answer."""

    def beats() -> bool:
        before = pulse_file(system.folder).stat().st_mtime_ns
        time.sleep(1.5 * PULSE_SECONDS)
        return pulse_file(system.folder).stat().st_mtime_ns != before

    until(pulse_file(system.folder).exists)
    until(beats)
    raylet = system.pid("/raylet ")
    os.kill(raylet, signal.SIGSTOP)
    try:
        until(lambda: not beats() and not beats())
        assert pixels(system, 5)
    finally:
        os.kill(raylet, signal.SIGCONT)
    until(beats)


@pytest.mark.timeout(600)  # Ray starts twice, which on a busy machine takes minutes
def test_redis_killed_five_times_and_ray_by_its_daemons(system: System) -> None:
    before = pixels(system, 5)
    edge = system.pid("services.edge")
    for _ in range(5):
        kill(system, "redis-server")
    assert pixels(system, 5) == before
    # The death of an agent ends the raylet, so this is two ways for Ray to go.
    for words in ("ray::RuntimeEnvAgent", "gcs_server"):
        cluster = system.pid("services.cluster")
        until(lambda words=words: system.pids(words) != [])
        os.kill(system.pid(words), signal.SIGKILL)
        until(lambda: not serving(system))
        # Replicas answer for a moment longer than their health; then calls are refused, and in no other way.
        until(lambda: refusal(system) is grpc.StatusCode.UNAVAILABLE)
        until(lambda cluster=cluster: system.pids("services.cluster") not in ([], [cluster]))
        until(lambda: serving(system))
        assert pixels(system, 5) == before
        system.wait_for_line(CLUSTER_IS_GONE)
        system.wait_for_line("cluster is back$")
    assert system.pid("services.edge") == edge
