"""Faults of processes: signals to what runs below our own launcher, never to anything else."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Sequence
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
        copies: of it that stand side by side, at most. There may be more for a while: one that is being relieved still
            has calls, and nobody stands in its place when it is killed.
    """

    name: str
    words: str
    back_seconds: float
    needed: bool = False
    copies: int = 1


PATIENCE_SECONDS = 300.0
"""After which it is said that something has not come back at all."""
REPLICA = "ray::ServeReplica:"
KINDS = {
    kind.name: kind
    for kind in (
        Kind("engine", f"{REPLICA}engine", 30),
        Kind("sampling", f"{REPLICA}sampling", 30, copies=2),
        Kind("pca_editing", f"{REPLICA}pca_editing", 30, copies=2),
        Kind("style_transfer", f"{REPLICA}style_transfer", 30, copies=2),
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


def strike(system: System, kinds: Sequence[Kind], number: signal.Signals = signal.SIGKILL) -> list[Fault]:
    """Sends a signal to one process of each kind, at once, and waits until of each there are as many as there should
    be, without it, and every service answers. Kinds of which there is no process are left out. What SIGSTOP has reached
    and nobody has ended by then goes on."""
    before = {kind: set(system.pids(kind.words)) for kind in kinds}
    victims = {kind: max(pids) for kind, pids in before.items() if pids}
    at, back = time.monotonic(), dict[Kind, float]()
    for pid in victims.values():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)

    def whole(kind: Kind) -> bool:
        now = set(system.pids(kind.words))
        return victims[kind] not in now and len(now) >= min(len(before[kind]), kind.copies)

    end = at + PATIENCE_SECONDS
    while len(back) < len(victims) and time.monotonic() < end and system.process.poll() is None:
        # There as many as before, and the services have answered after that: then it is back.
        there = [kind for kind in victims if kind not in back and whole(kind)]
        if there and answers(system):
            back |= dict.fromkeys(there, time.monotonic() - at)
        else:
            time.sleep(0.25)
    for kind in victims.keys() - back.keys() if number is signal.SIGSTOP else ():
        with contextlib.suppress(ProcessLookupError):
            os.kill(victims[kind], signal.SIGCONT)
    return [Fault(kind.name, at, back.get(kind, float("inf"))) for kind in victims]


def longest(faults: Sequence[Fault]) -> dict[str, float]:
    """Seconds until each kind was back, of the slowest fault of it."""
    found: dict[str, float] = {}
    for fault in faults:
        found[fault.kind] = max(found.get(fault.kind, 0.0), round(fault.back, 1))
    return found


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
