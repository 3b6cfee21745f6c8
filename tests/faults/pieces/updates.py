"""Another bundle takes the place of the one that is served, and all replicas with it, while clients call: none fails,
and none gets an image of both."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import grpc

from mammoganesis.v1 import model_pb2, model_pb2_grpc, sampling_pb2, sampling_pb2_grpc
from mammoganesis.v1.latents_pb2 import Latent
from tests.e2e.system import TINY, System
from tests.faults.history import broken, counts, read
from tests.faults.injection import wait
from tests.faults.pieces import Finding
from tests.faults.running import prepared, system, traffic
from tests.places import ROOT

OTHER = ROOT / "tests" / "data" / "tiny_conditional_bundle"


def lead(link: Path, to: Path) -> None:
    """Lets a link lead elsewhere, at once."""
    fresh = link.with_name(f"{link.name}-next")
    fresh.symlink_to(to)
    fresh.replace(link)


def update(running: System, link: Path, to: Path) -> tuple[float, str]:
    """Asks for another bundle; the seconds until the line that tells what became of it, and the line."""
    start = time.monotonic()
    lead(link, to)
    os.kill(running.process.pid, signal.SIGUSR1)
    running.wait_for_line(r"update: .*(is served|not taken)")
    return time.monotonic() - start, running.output[-1]


def recipe_of(running: System) -> Latent:
    """A recipe of the bundle that is served now."""
    with running.channel() as channel:
        answer = sampling_pb2_grpc.SamplingServiceStub(channel).Sample(
            sampling_pb2.SampleRequest(seeds=[5]), timeout=60
        )
    return Latent(recipe=answer.images[0].recipe)


def model_digest(running: System) -> str:
    with running.channel() as channel:
        return model_pb2_grpc.ModelServiceStub(channel).GetModel(model_pb2.GetModelRequest(), timeout=60).bundle_digest


def refusal(running: System, latent: Latent) -> str:
    """How a recipe is refused; "OK" where it is not."""
    with running.channel() as channel:
        try:
            request = sampling_pb2.SampleRequest(latents=[latent])
            sampling_pb2_grpc.SamplingServiceStub(channel).Sample(request, timeout=60)
        except grpc.RpcError as error:
            return f"{error.code().name}: {error.details()}"  # type: ignore[attr-defined]
    return "OK"


def prove(folder: Path, updates: int = 4, calls: int = 10_000, clients: int = 8) -> Finding:
    """As the module says."""
    link = folder / "bundle"
    link.unlink(missing_ok=True)
    link.symlink_to(TINY)
    with system(folder, link) as running:
        return on(running, link, folder, [OTHER, TINY] * (updates // 2), calls, clients)


def on(running: System, link: Path, folder: Path, ways: Sequence[Path], calls: int, clients: int) -> Finding:
    """The same of a system that runs already with the tiny bundle at `link`."""
    history, prepared_calls = folder / "history.jsonl", prepared(folder, 200, TINY, OTHER)
    history.unlink(missing_ok=True)
    wrong, seconds = [], []
    with traffic(running.address, prepared_calls, history, "--clients", str(clients), "--pause", "0.05"):
        wait(lambda: len(read(history)) > clients, 60)
        for way in ways:
            before, digest = recipe_of(running), model_digest(running)
            took, line = update(running, link, way)
            seconds.append(round(took, 1))
            if "is served now" not in line or model_digest(running) == digest:
                wrong.append(line)
            if not (told := refusal(running, before)).startswith("FAILED_PRECONDITION"):
                wrong.append(f"a recipe of the bundle before: {told}")
        (folder / "damaged").mkdir(exist_ok=True)
        _, line = update(running, link, folder / "damaged")
        if "not taken" not in line:
            wrong.append(f"a damaged bundle: {line}")
        wait(lambda: len(read(history)) >= calls, 3600)
    lines = read(history)
    wrong += broken(lines, frozenset())
    engines = running.pids("ray::ServeReplica:engine")
    if len(engines) != 1:
        wrong.append(f"{len(engines)} engines are left")
    told = {"updates": len(ways), "seconds of each": seconds, "calls": len(lines), **counts(lines)}
    return Finding(f"{len(ways)} updates of the bundle under {calls} calls", told, wrong)
