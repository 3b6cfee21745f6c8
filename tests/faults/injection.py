"""Faults of processes: signals to what runs below our own launcher, never to anything else."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

import grpc

from mammoganesis.v1 import pca_editing_pb2, sampling_pb2, style_transfer_pb2
from tests.e2e.system import System
from tests.faults.calls import Call


@dataclass(frozen=True)
class Kind:
    """Of processes.

    Attributes:
        words: what the command line of each holds.
        back_seconds: until one stands in its place and the services answer, at most; on a machine that does nothing
            else a third of it is enough.
        needed: its death is one of the five in a row after which the launcher gives up.
    """

    name: str
    words: str
    back_seconds: float
    needed: bool = False


REPLICA = "ray::ServeReplica:"
KINDS = {
    kind.name: kind
    for kind in (
        Kind("engine", f"{REPLICA}engine", 30),
        Kind("sampling", f"{REPLICA}sampling", 30),
        Kind("pca_editing", f"{REPLICA}pca_editing", 30),
        Kind("style_transfer", f"{REPLICA}style_transfer", 30),
        Kind("haproxy", "bin/haproxy", 30),
        Kind("haproxy-manager", "ray::HAProxyManager", 40),
        Kind("controller", "ray::ServeController", 40),
        Kind("proxy", "ray::ProxyActor", 40),
        # What may fail for ever is tried again after pauses of up to a minute.
        Kind("redis", "redis-server", 90),
        Kind("records", "services.records", 90),
        Kind("bulk", "services.bulk", 90),
        Kind("studio", "services.studio", 90),
        Kind("edge", "services.edge", 30, needed=True),
        Kind("cluster", "services.cluster", 180, needed=True),
        Kind("raylet", "/raylet ", 180, needed=True),
        Kind("gcs", "gcs_server", 180, needed=True),
        Kind("runtime-env-agent", "ray::RuntimeEnvAgent", 180, needed=True),
        Kind("dashboard-agent", "ray::DashboardAgent", 180, needed=True),
    )
}


@dataclass(frozen=True)
class Fault:
    """What was done, and how long it showed.

    Attributes:
        back: seconds until its kind was whole again and every service answered.
    """

    kind: str
    at: float
    back: float

    @property
    def late(self) -> bool:
        return self.back > KINDS[self.kind].back_seconds


def strike(system: System, kind: Kind, number: signal.Signals = signal.SIGKILL) -> Fault | None:
    """Sends a signal to one process of the kind and waits until there are as many as before, without it, and every
    service answers; None where there is none to be struck."""
    before = set(system.pids(kind.words))
    if not before:
        return None
    victim, at = max(before), time.monotonic()
    with contextlib.suppress(ProcessLookupError):
        os.kill(victim, number)
    end = at + 2 * kind.back_seconds

    def whole() -> bool:
        now = set(system.pids(kind.words))
        return victim not in now and len(now) >= len(before) and answers(system)

    while time.monotonic() < end and system.process.poll() is None:
        if whole():
            return Fault(kind.name, at, time.monotonic() - at)
        time.sleep(0.25)
    return Fault(kind.name, at, float("inf"))


PROBES = (
    Call.of("SamplingService", "Sample", sampling_pb2.SampleRequest(seeds=[5])),
    Call.of("PcaEditingService", "ListComponents", pca_editing_pb2.ListComponentsRequest()),
    Call.of("StyleTransferService", "ListRegions", style_transfer_pb2.ListRegionsRequest()),
)


def answers(system: System) -> bool:
    """Whether every service answers."""
    with grpc.insecure_channel(system.address, [("grpc.use_local_subchannel_pool", 1)]) as channel:
        try:
            for call in PROBES:
                channel.unary_unary(call.path)(call.body, timeout=5)
        except grpc.RpcError:
            return False
    return True


def wait(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether the condition came within `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True
