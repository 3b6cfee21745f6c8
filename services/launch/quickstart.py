"""The first pictures: 8 samples, one sweep, one transfer, and a sheet that shows them all."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from mammoganesis.pictures.page import contact_sheet
from mammoganesis.pictures.png import read_png
from mammoganesis.recipe.limits import DEFAULT_PSI, DEFAULT_SIGMAS, DEFAULT_SWEEP_STEPS
from services.client import Client, Image

SEEDS = range(8)
SWEPT_SEED = 0
TARGET_SEED = 1
REFERENCE_SEED = 2


def run(client: Client, out: Path) -> Path:
    """Samples 8 images, sweeps component 0, and transfers one region of tissue from one image to another.

    A bundle without components or regions goes without that part.

    Args:
        client: of a running server, or local.
        out: folder of the PNG files; made when it is not there.

    Returns:
        The path of the sheet, `out`/contact_sheet.png.
    """
    from tqdm import tqdm

    dims = client.model().dimensions
    rows: list[tuple[str, list[Any]]] = []
    with tqdm(
        total=8 + DEFAULT_SWEEP_STEPS * bool(dims.num_components) + bool(dims.num_regions), unit="image", disable=None
    ) as bar:
        samples = []
        for image in client.stream(SEEDS):
            samples.append(_saved(image, out / f"sample{len(samples)}.png"))
            bar.update()
        rows.append((f"Samples: seeds {SEEDS[0]} to {SEEDS[-1]}, truncation psi {DEFAULT_PSI:g}", samples))
        if dims.num_components:
            strip = []
            for step in client.sweep(SWEPT_SEED, 0):
                strip.append(_saved(step.image, out / f"sweep{len(strip)}.png"))
                bar.update()
            start, end = DEFAULT_SIGMAS
            rows.append(
                (f"Sweep: seed {SWEPT_SEED} along component 0, {start:+g} to {end:+g} standard deviations", strip)
            )
        if dims.num_regions:
            region = _brightest_region(client, samples)
            image, channels_moved = client.transfer(TARGET_SEED, REFERENCE_SEED, region)
            bar.update()
            caption = (
                f"Transfer: target (seed {TARGET_SEED}), reference (seed {REFERENCE_SEED}), "
                f"target with the reference's region {region} ({channels_moved} channels moved)"
            )
            pair = [samples[TARGET_SEED], samples[REFERENCE_SEED]]
            rows.append((caption, [*pair, _saved(image, out / "transfer.png")]))
    sheet = out / "contact_sheet.png"
    sheet.write_bytes(contact_sheet(rows, title="MammoGANesis quickstart", cell=min(max(dims.resolution, 128), 256)))
    return sheet


def _saved(image: Image, path: Path) -> Any:
    """The pixels, [H, W] or [H, W, 3] uint8, once the file is written."""
    image.save(path)
    return read_png(image.data).pixels


def _brightest_region(client: Client, samples: list[Any]) -> int:
    """The region that holds most of the light of target and reference: tissue, whatever the catalogue's order."""
    light: Counter[int] = Counter()
    for seed in (TARGET_SEED, REFERENCE_SEED):
        labels = client.segment(seed).labels
        for row, column in np.ndindex(labels.shape):
            height, width = (side // len(labels) for side in samples[seed].shape[:2])
            cell = samples[seed][row * height : (row + 1) * height, column * width : (column + 1) * width]
            light[int(labels[row, column])] += int(cell.sum())
    return light.most_common(1)[0][0]
