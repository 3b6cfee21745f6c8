"""Images per second of the bare engine and through the whole system, and what a call costs more through it.

In one run, in alternating rounds: the engine alone in this process, the same servicers in this process, and the running
system (edge, Ray Serve, engine replica, Redis) that this program starts on free ports and stops again. Beside the clock
which other work on the machine moves, stands the processor time of an image, by process.

    python bench/serving.py --bundle deploy/bundles/demo
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
import grpc
import numpy as np
from grpc_health.v1 import health_pb2, health_pb2_grpc
from processors import Costs, Meter

from mammoganesis.pictures import png
from mammoganesis.pictures.provenance import Provenance
from mammoganesis.recipe.completion import complete
from mammoganesis.recipe.identity import latent_id
from mammoganesis.recipe.noise import noise_terms
from mammoganesis.terminal.progress import progress
from mammoganesis.v1.images_pb2 import ImageFormat
from mammoganesis.v1.latents_pb2 import Recipe
from services.client import Client
from services.process import ports
from services.process.config import Config
from services.rendering.jobs import SynthesisJob
from services.servicers.assembly import build_servicers

START_SECONDS = 180
IDLE_SECONDS = 5.0
REGISTRATION_SECONDS = 1.0
"""After the last answer, for what is registered later: it belongs to the images."""
LOADS = ("stream", "16 clients", "1 client")


@dataclass(frozen=True)
class System:
    """Where a running system is: host:port of its servers."""

    edge: str
    studio: str
    pid: int  # of the launcher; all else runs below it


@contextmanager
def running_system(bundle: Path) -> Iterator[System]:
    """Start the system on free ports."""
    options = ["edge-port", "studio-port", "serve-grpc-port", "serve-http-port", "records-port"]
    first = ports.free_block(len(options))
    command = [str(Path(sys.executable).with_name("mammoganesis")), "serve", "--bundle", str(bundle)]
    command += [part for i, option in enumerate(options) for part in (f"--{option}", str(first + i))]
    with tempfile.TemporaryDirectory() as records:
        command += ["--records-folder", records, "--bulk-destinations", f"{records}/bulk"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        try:
            address = f"127.0.0.1:{first}"
            wait_until_serving(address, process)
            yield System(address, f"127.0.0.1:{first + 1}", process.pid)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)


def wait_until_serving(address: str, process: subprocess.Popen) -> None:
    """Poll grpc.health.v1 until it says SERVING."""
    end = time.monotonic() + START_SECONDS
    with grpc.insecure_channel(address) as channel:
        check = health_pb2_grpc.HealthStub(channel).Check  # type: ignore[attr-defined]
        while time.monotonic() < end and process.poll() is None:
            try:
                if check(health_pb2.HealthCheckRequest(), timeout=2).status == 1:
                    return
            except grpc.RpcError:
                pass
            time.sleep(0.5)
    raise click.ClickException("the system did not come up; start `mammoganesis serve` by hand to see why")


def timed_calls(call: Callable[[int], object], seeds: Iterator[int], clients: int, count: int) -> tuple[float, float]:
    """`count` calls by `clients` at once: median seconds of a call, and calls per second over all."""

    def one(seed: int) -> float:
        start = time.perf_counter()
        call(seed)
        return time.perf_counter() - start

    start = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        latencies = list(pool.map(one, itertools.islice(seeds, count)))
    return float(np.median(latencies)), count / (time.perf_counter() - start)


async def engine_rate(config: Config, count: int) -> tuple[float, float, float]:
    """Images per second of the engine alone, in this process, all of `count` images queued at once; milliseconds that
    one of them takes to become a PNG file with the mark; and of processor time that the engine takes for one."""
    servicers = await build_servicers(config)
    recipes = [complete(Recipe(seed=seed), servicers.renderer.limits) for seed in range(count)]
    jobs = [SynthesisJob((await servicers.renderer.field(recipe)).own, noise_terms(recipe)) for recipe in recipes]
    await servicers.engine.synthesize(jobs[:8], None)
    start, spent = time.perf_counter(), time.process_time()
    results = await servicers.engine.synthesize(jobs, None)
    rate, spent = count / (time.perf_counter() - start), (time.process_time() - spent) / count * 1e3
    digest = servicers.renderer.bundle.digest
    start = time.perf_counter()
    for recipe, result in zip(recipes, results, strict=True):
        provenance = Provenance(recipe, latent_id(recipe, digest), digest, result.provider, result.precision)
        png.encode(result.image, ImageFormat(burn_in_mark=True), provenance)
    encoding = (time.perf_counter() - start) / count * 1e3
    await servicers.close()
    return rate, encoding, spent


def row(name: str, values: list[float], unit: str) -> None:
    """One line of the report: median and range over the rounds."""
    click.echo(f"{name:<58}{np.median(values):10.2f}  [{min(values):.2f}, {max(values):.2f}] {unit}")


def table(costs: dict[str, list[Costs]], bare: list[float]) -> None:
    """Processor time by part and load: medians over the rounds; and what the bare engine takes of it."""
    idle = costs["idle"][0]
    parts = sorted({part for all_rounds in costs.values() for each in all_rounds for part in each.milliseconds})

    def line(name: str, values: Iterable[float]) -> None:
        click.echo(f"{name:<34}" + "".join(f"{value:>13.2f}" for value in values))

    click.echo(f"\n{'processor time of an image, ms':<34}" + "".join(f"{load:>13}" for load in LOADS) + "  idle, ms/s")
    for part in parts:
        medians = [float(np.median([each.milliseconds.get(part, 0.0) for each in costs[load]])) for load in LOADS]
        line(part, [*medians, idle.milliseconds.get(part, 0.0) / idle.seconds])
    engine = float(np.median(bare))
    totals = [float(np.median([each.total for each in costs[load]])) for load in LOADS]
    without = [float(np.median([each.without(idle) for each in costs[load]])) for load in LOADS]
    line("the whole system", [*totals, idle.total / idle.seconds])
    line("without what runs for nobody", without)
    line("bare engine", [engine] * len(LOADS))
    line("ratio by processor time", [engine / total for total in totals])
    line("likewise, without that", [engine / total for total in without])


@click.command(context_settings={"show_default": True})
@click.option("--bundle", type=click.Path(exists=True, path_type=Path), default=Path("deploy/bundles/demo"))
@click.option("--rounds", default=4, type=click.IntRange(1), help="Rounds; medians over rounds are printed.")
@click.option("--images", default=128, type=click.IntRange(32, 256), help="Images of one throughput round.")
@click.option("--calls", default=64, type=click.IntRange(16), help="Calls of one latency round.")
def main(bundle: Path, rounds: int, images: int, calls: int) -> None:
    """Print throughput, its ratio, the added latency at 1 and 16 clients, and where processor time goes."""
    config = Config.from_environment(os.environ, bundle=bundle, max_queued_images=1024)
    seeds = itertools.count(1_000)  # new seeds all the time: no latent comes out of the cache
    results: dict[str, list[float]] = {}
    costs: dict[str, list[Costs]] = {name: [] for name in ("idle", *LOADS)}

    def note(name: str, value: float) -> None:
        results.setdefault(name, []).append(value)

    click.echo("starting the system ...")
    with running_system(bundle) as system, Client.connect(system.edge) as edge, Client.local(bundle) as local:
        for client in (edge, local):
            client.sample(seeds=range(16))
        told = edge.model().synthesis
        click.echo(f"synthesis by {told.execution_provider} in {told.precision} ({told.reason})")
        time.sleep(IDLE_SECONDS)  # what the start has left to do
        meter = Meter(system.pid)
        time.sleep(IDLE_SECONDS)
        costs["idle"].append(meter.costs(1))
        with progress(rounds, "measuring", "round") as bar:
            for _ in range(rounds):
                bare, encoding, spent = asyncio.run(engine_rate(config, images))
                note("bare", bare)
                note("encoding", encoding)
                note("spent", spent)
                meter.start()
                start = time.perf_counter()
                for _image in edge.stream(itertools.islice(seeds, images)):
                    pass
                note("streamed", images / (time.perf_counter() - start))
                time.sleep(REGISTRATION_SECONDS)
                costs["stream"].append(meter.costs(images))
                note("ratio", results["streamed"][-1] / bare)
                for clients in (1, 16):
                    direct, _ = timed_calls(lambda seed: local.sample(seeds=[seed]), seeds, clients, calls)
                    meter.start()
                    through, rate = timed_calls(lambda seed: edge.sample(seeds=[seed]), seeds, clients, calls)
                    time.sleep(REGISTRATION_SECONDS)
                    costs[f"{clients} client{'s' * (clients > 1)}"].append(meter.costs(calls))
                    note(f"direct{clients}", direct * 1e3)
                    note(f"through{clients}", through * 1e3)
                    note(f"added{clients}", (through - direct) * 1e3)
                    note(f"rate{clients}", rate)
                bar.update()
    row("bare engine, float32 arrays", results["bare"], "images/s")
    row("PNG with the mark, one thread", results["encoding"], "ms")
    row("one stream through the edge, PNG", results["streamed"], "images/s")
    row("ratio", results["ratio"], "")
    row("bare engine, processor time", results["spent"], "ms")
    for clients in (1, 16):
        who = f"{clients} client{'s' * (clients > 1)}"
        row(f"{who}, in-process servicer, p50", results[f"direct{clients}"], "ms")
        row(f"{who}, through edge and Ray Serve, p50", results[f"through{clients}"], "ms")
        row(f"{who}, added p50", results[f"added{clients}"], "ms")
        row(f"{who}, through edge and Ray Serve", results[f"rate{clients}"], "calls/s")
    table(costs, results["spent"])


if __name__ == "__main__":
    main()
