"""What a bulk job costs beside the bare engine, whether its memory stays flat, and what a second node brings.

    python bench/bulk.py --bundle deploy/bundles/demo

Ratio: one worker, in this process, pinned to one core; images a second of its shards (recipes, synthesis, files and
manifests, all of it) over those of the engine alone on the same core, in alternating rounds; and the processor time of
an image, which says the same on a machine that others use. Both have drawn something before they are timed, the engine
a batch and the worker its first shard, and folders stay until the end: for minutes after files were deleted ext4 looks
past their numbers when it makes new ones, which a job that deletes nothing does not meet. Memory: of that process while
it goes on. Nodes: a Ray of nodes that are pinned to one core each, one and then two, from their first shard to their
last. The ratio is told once more of a network of the paper's size at 512 x 512 (config-F), exported here with random
weights.

Each part alone, with the options of the others: --no-ratios, --large-images 0, --memory-images 0, --no-nodes.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import numpy as np
import psutil

from bench.serving import engine_rate, row
from mammoganesis.bundle.loading import load_bundle
from mammoganesis.terminal.progress import progress
from mammoganesis.v1 import bulk_pb2 as pb
from services.bulk import document, driver
from services.bulk.plan import Plan, catalogue_of
from services.bulk.workers import SHARDS_AT_ONCE, Drawing, Work, Worker
from services.process.config import Config

LAYOUTS = {"folder": pb.BULK_LAYOUT_FOLDER, "webdataset": pb.BULK_LAYOUT_WEBDATASET}


def job_of(images: int, layout: pb.BulkLayout, shard_images: int = document.DEFAULT_SHARD) -> pb.BulkJob:
    """So many images of drawn seeds."""
    asked = pb.BulkJob(format=document.FORMAT, format_version=document.FORMAT_VERSION, count=images, layout=layout)
    asked.shard_images = shard_images
    whole = document.complete(asked)
    whole.made = "2026-01-01T00:00:00+00:00"
    return whole


class Alone:
    """One worker in this process, with one thread for the arithmetic, as it works under Ray; `images` beside those of
    its first shard, which it has made."""

    def __init__(self, bundle: Path, images: int, layout: pb.BulkLayout, out: Path) -> None:
        opened = load_bundle(bundle)
        shard = max(1, min(document.DEFAULT_SHARD, images // 3))
        plan = Plan.of(job_of(shard + images, layout, shard), catalogue_of(opened), opened.limits())
        first, *self._shards = enumerate(document.shards(plan.job))
        self._images = images
        self._worker = Worker(Work(plan, str(bundle), str(out), 0, Drawing(1)))
        self._worker.ready()
        self._worker.make(*first)

    def rate(self) -> tuple[float, float, list[float]]:
        """Images per second, milliseconds of processor time of one, and MiB of memory after each tenth."""
        memory, process = [], psutil.Process()
        images, start, spent = 0, time.perf_counter(), time.process_time()
        with ThreadPoolExecutor(SHARDS_AT_ONCE) as threads, progress(self._images, "making") as bar:
            for made in threads.map(lambda shard: self._worker.make(*shard), self._shards):
                images += made
                bar.update(made)
                if images * 10 // self._images > len(memory):
                    memory.append(process.memory_info().rss / 2**20)
        return images / (time.perf_counter() - start), (time.process_time() - spent) / images * 1e3, memory


def ratios(bundle: Path, rounds: int, images: int) -> None:
    """Bare engine and bulk worker on one core, in alternating rounds."""
    queued = max(images, Config().max_batch_size)
    config = Config.from_environment({}, bundle=bundle, intra_op_threads=1, max_queued_images=queued, redis_url=None)
    bare: list[float] = []
    engine: list[float] = []
    found: dict[str, list[float]] = {name: [] for name in LAYOUTS}
    spent: dict[str, list[float]] = {name: [] for name in LAYOUTS}
    with tempfile.TemporaryDirectory() as out:
        for number in range(rounds):
            rate, _, milliseconds = asyncio.run(engine_rate(config, images))
            bare.append(rate)
            engine.append(milliseconds)
            for name, layout in LAYOUTS.items():
                rate, milliseconds, _ = Alone(bundle, images, layout, Path(out, f"{name}{number}")).rate()
                found[name].append(rate)
                spent[name].append(milliseconds)
    row("bare engine", bare, "images/s")
    row("bare engine, processor time of an image", engine, "ms")
    for name, rates in found.items():
        row(f"bulk, {name}", rates, "images/s")
        row(f"bulk, {name}, over bare engine", [a / b for a, b in zip(rates, bare, strict=True)], "")
        row(f"bulk, {name}, processor time of an image", spent[name], "ms")
        row(
            f"bulk, {name}, over bare engine by processor time",
            [a / b for a, b in zip(engine, spent[name], strict=True)],
            "",
        )


def export_random(out: Path) -> None:
    """A bundle of the paper's network at 512 x 512, never trained."""
    import torch

    from training.export import BundleParts, BundleTexts, Training, export_bundle
    from training.networks import Generator, GeneratorConfig

    torch.manual_seed(0)
    parts = BundleParts(preview_resolution=0, fp16=False, masked=False, random_codes=0)
    generator = Generator(GeneratorConfig()).eval().requires_grad_(False)
    export_bundle(generator, out, BundleTexts(name="random"), Training("0" * 64, 0.0), parts)


def memory(bundle: Path, images: int) -> None:
    """Of one worker, after each tenth of many images."""
    with tempfile.TemporaryDirectory() as out:
        *_, found = Alone(bundle, images, pb.BULK_LAYOUT_WEBDATASET, Path(out)).rate()
    click.echo(f"memory over {images} images, MiB after each tenth: {' '.join(f'{value:.0f}' for value in found)}")


def node_rate(bundle: Path, cores: list[int], images: int) -> float:
    """Images per second of a Ray with a node pinned to each core, from the first shard to the last."""
    from ray.cluster_utils import Cluster

    everything = os.sched_getaffinity(0)
    room = 100 * 2**20
    cluster = Cluster(True, head_node_args={"num_cpus": 0, "object_store_memory": room, "include_dashboard": False})
    times: list[tuple[float, int]] = []
    try:
        for core in cores:
            os.sched_setaffinity(0, {core})
            cluster.add_node(num_cpus=1, object_store_memory=room)
            os.sched_setaffinity(0, everything)
        crew = driver.Crew(len(cores), 1, str(cluster.address))
        with tempfile.TemporaryDirectory() as out, progress(images, f"{len(cores)} nodes") as bar:

            def told(count: int) -> None:
                times.append((time.perf_counter(), count))
                bar.update(count)

            driver.run(job_of(images, pb.BULK_LAYOUT_WEBDATASET), bundle, out, crew, told)
    finally:
        cluster.shutdown()
    first = len(cores) * SHARDS_AT_ONCE  # those under way while engines open
    return sum(count for _, count in times[first:]) / (times[-1][0] - times[first - 1][0])


@click.command(help=__doc__)
@click.option("--bundle", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option("--rounds", default=3, show_default=True)
@click.option("--images", default=1024, show_default=True, help="Of a round.")
@click.option("--memory-images", default=10_000, show_default=True, help="Over which memory is looked at; 0: not.")
@click.option("--large-images", default=24, show_default=True, help="Of 512 x 512 in a round; 0: none.")
@click.option("--ratios/--no-ratios", "compared", default=True, show_default=True, help="Compare by the bundle.")
@click.option("--nodes/--no-nodes", default=True, show_default=True, help="Whether to compare one node with two.")
def main(
    bundle: Path, rounds: int, images: int, memory_images: int, large_images: int, compared: bool, nodes: bool
) -> None:
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[:1])
    if compared:
        ratios(bundle, rounds, images)
    if large_images:
        with tempfile.TemporaryDirectory() as folder:
            large = Path(folder) / "large"
            os.sched_setaffinity(0, cores)
            export_random(large)
            os.sched_setaffinity(0, cores[:1])
            click.echo("512 x 512:")
            ratios(large, rounds, large_images)
    if memory_images:
        memory(bundle, memory_images)
    os.sched_setaffinity(0, cores)
    if nodes and len(cores) > 1:
        rates = {count: [node_rate(bundle, cores[:count], images) for _ in range(rounds)] for count in (1, 2)}
        for count, found in rates.items():
            row(f"{count} node(s) of one core", found, "images/s")
        row("two nodes over one", [float(np.median(rates[2]) / np.median(rates[1]))], "")


if __name__ == "__main__":
    main()
