"""What a preview and a masked image cost beside the plain full image, and how far a preview agrees with it.

Both in one run, in alternating rounds, through the engine as the services use it: alone (a slider that waits for its
picture) and in batches. Agreement is with the full image averaged down to the preview's size (BOX), over many seeds at
the default truncation, in image values of -1 to 1 after clamping; once more after one gain and one offset, the same for
all images, since the blocks that a preview leaves out may also carry brightness.

    python bench/preview.py --bundle deploy/bundles/demo
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import click
import numpy as np
from numpy import ndarray

from mammoganesis.bundle.bundle import Bundle
from mammoganesis.bundle.loading import load_bundle
from mammoganesis.editing import latents
from mammoganesis.editing.masks import FurtherSets, in_turn, masks_of_turns
from mammoganesis.recipe.limits import DEFAULT_PSI
from mammoganesis.terminal.progress import progress
from services.process.config import Config
from services.rendering.engine import LocalEngine
from services.rendering.jobs import SynthesisJob


def styles_of(bundle: Bundle, seed: int) -> ndarray:
    """[num_styles] float32 of a seed at the default truncation."""
    dims = bundle.manifest.dimensions
    w = bundle.w_from_z(latents.z_from_seed(seed, dims.z_dim))
    return bundle.styles_from_ws(latents.truncate(w, bundle.w_avg, DEFAULT_PSI, dims.num_ws, dims.num_ws))


def averaged(image: ndarray, size: int) -> ndarray:
    """[C, R, R] -> [C, size, size], the mean of each square."""
    channels, width, _ = image.shape
    step = width // size
    return image.reshape(channels, size, step, size, step).mean(axis=(2, 4))


def kinds(engine: LocalEngine, styles: list[ndarray]) -> dict[str, list[SynthesisJob]]:
    """The jobs that are timed, by what draws them; masked images where the bundle has them, with all sets in use."""
    jobs = {
        "full": [SynthesisJob(row) for row in styles],
        "preview": [SynthesisJob(row, preview=True) for row in styles],
    }
    manifest = engine.bundle.manifest
    if engine.bundle.has_masked:
        sets = manifest.masked_synthesis.style_sets
        shares = masks_of_turns(sets, manifest.dimensions.resolution)[1:].astype(np.float16)
        jobs["masked"] = [
            SynthesisJob(row, further=FurtherSets(others[1:], shares))
            for row, others in zip(styles, in_turn(np.stack(styles), sets), strict=True)
        ]
    return jobs


async def measure(
    engine: LocalEngine, jobs: dict[str, list[SynthesisJob]], rounds: int
) -> dict[tuple[str, int], list[float]]:
    """Milliseconds an image, a number a round, of each kind alone and together."""
    times: dict[tuple[str, int], list[float]] = {}
    with progress(rounds + 1, "timing", "round") as bar:
        for round_ in range(rounds + 1):
            for name, of_kind in jobs.items():
                for count in (1, len(of_kind)):
                    started = time.perf_counter()
                    await engine.synthesize(of_kind[:count], None)
                    if round_:  # the first warms up
                        times.setdefault((name, count), []).append((time.perf_counter() - started) * 1000 / count)
            bar.update()
    return times


async def pairs(engine: LocalEngine, styles: list[ndarray], size: int) -> tuple[ndarray, ndarray]:
    """[n, C, size, size] each: the full images averaged down, and the previews as they come, not clamped."""
    small, previews = [], []
    with progress(len(styles), "comparing", "image") as bar:
        for row in styles:
            jobs = [SynthesisJob(row), SynthesisJob(row, preview=True)]
            full, preview = (result.image for result in await engine.synthesize(jobs, None))
            small.append(averaged(np.clip(full, -1, 1), size))
            previews.append(preview)
            bar.update()
    return np.array(small), np.array(previews)


def agreement(small: ndarray, previews: ndarray) -> ndarray:
    """[n, 2]: mean absolute difference and correlation of each preview with its full image."""
    shown = np.clip(previews, -1, 1)
    differences = np.abs(small - shown).mean(axis=(1, 2, 3))
    correlations = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(small, shown, strict=True)]
    return np.stack([differences, correlations], axis=1)


async def run(bundle: Bundle, config: Config, rounds: int, images: int) -> None:
    """Measures and prints the tables."""
    dims, size = bundle.manifest.dimensions, bundle.manifest.preview.resolution
    engine = LocalEngine(bundle, config)
    styles = [styles_of(bundle, seed) for seed in range(images)]
    together = styles[: config.max_batch_size]
    times = await measure(engine, kinds(engine, together), rounds)
    small, previews = await pairs(engine, styles, size)
    await engine.close()
    gain, offset = np.polyfit(previews.ravel(), small.ravel(), 1)

    medians = {kind: float(np.median(values)) for kind, values in times.items()}
    print(
        f"\n{bundle.manifest.name} {bundle.manifest.version}: {dims.resolution} -> {size} pixels; {engine.arithmetic}"
    )
    heads = "alone", "of full", f"{len(together)} together", "of full"
    print(f"\n| milliseconds an image, median of {rounds} rounds | {' | '.join(heads)} |\n|---|---|---|---|---|")
    for name in dict.fromkeys(name for name, _ in medians):
        cells = [
            f"{medians[name, count]:.2f} | {medians[name, count] / medians['full', count]:.2f}"
            for count in (1, len(together))
        ]
        print(f"| {name} | {' | '.join(cells)} |")
    print(f"\n| agreement over {images} seeds | difference, mean | worst | correlation, mean | worst |")
    print("|---|---|---|---|---|")
    for name, shown in (
        ("as it comes", previews),
        (f"times {gain:.2f} {offset:+.2f}", gain * previews + offset),
    ):
        difference, correlation = agreement(small, shown).T
        numbers = (difference.mean(), difference.max(), correlation.mean(), correlation.min())
        print(f"| {name} | {' | '.join(f'{number:.4f}' for number in numbers)} |")


@click.command()
@click.option(
    "--bundle",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path("deploy/bundles/demo"),
    show_default=True,
    help="A bundle with a preview network.",
)
@click.option("--rounds", type=click.IntRange(3), default=9, show_default=True, help="Timed rounds, 3 or more.")
@click.option("--images", type=click.IntRange(2), default=50, show_default=True, help="Seeds compared, 2 or more.")
@click.option("--threads", type=click.IntRange(0), default=0, show_default=True, help="0: the runtime decides.")
def main(bundle: Path, rounds: int, images: int, threads: int) -> None:
    """Cost of a preview and of a masked image against the full image, and how far the preview agrees with it."""
    opened = load_bundle(bundle)
    if not opened.has_preview:
        raise click.UsageError(f"--bundle: {bundle} has no preview network; export it with this version")
    asyncio.run(run(opened, Config(bundle=bundle, intra_op_threads=threads), rounds, images))


if __name__ == "__main__":
    main()
