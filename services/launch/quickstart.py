"""The first pictures: 8 samples, one sweep, one transfer, and a sheet that shows them all."""

from pathlib import Path

import numpy as np

from mammoganesis import files
from mammoganesis.pictures.page import SHEET_NAME, Block, Row, contact_sheet
from mammoganesis.recipe.limits import DEFAULT_PSI, DEFAULT_SIGMAS, DEFAULT_SWEEP_STEPS
from mammoganesis.terminal.progress import progress
from services.client import Client, Image, Picture, messages
from services.figures.captions import Look
from services.figures.transfers import brightest_regions

SEEDS = range(8)
SWEPT_SEED = 0
TARGET_SEED = 1
REFERENCE_SEED = 2


def run(client: Client, out: Path) -> Path:
    """Samples 8 images, sweeps component 0, and transfers one region of tissue from one image to another, all marked.

    A bundle without components or regions goes without that part.

    Args:
        client: of a running server, or local.
        out: folder of the PNG files; made when it is not there.

    Returns:
        The path of the sheet, `out`/contact_sheet.png.
    """
    model = client.model()
    dims, look = model.dimensions, Look(DEFAULT_PSI, mixture=messages.label_mixture(model))
    total = len(SEEDS) + DEFAULT_SWEEP_STEPS * bool(dims.num_components) + bool(dims.num_regions)
    blocks = [Block((), title="MammoGANesis quickstart")]
    with progress(total, "rendering") as bar:
        samples = {}
        for place, image in look.images(client, SEEDS, mark=True):
            samples[SEEDS[place]] = _saved(image, out / f"sample{place}.png")
            bar.update()
        title = f"Samples: seeds {SEEDS[0]} to {SEEDS[-1]}, truncation psi {DEFAULT_PSI:g}{look.labels_text}"
        blocks.append(Block([Row([samples[seed] for seed in SEEDS])], title=title))
        if dims.num_components:
            strip = []
            for step in client.sweep(look.recipe(SWEPT_SEED), 0, picture=Picture(mark=True)):
                strip.append(_saved(step.image, out / f"sweep{len(strip)}.png"))
                bar.update()
            start, end = DEFAULT_SIGMAS
            title = f"Sweep: seed {SWEPT_SEED} along component 0, {start:+g} to {end:+g} standard deviations"
            blocks.append(Block([Row(strip)], title=title))
        if dims.num_regions:
            pair = look.recipe(TARGET_SEED), look.recipe(REFERENCE_SEED)
            unmarked = [image.pixels() for image in client.sample(latents=pair)]
            region = brightest_regions(unmarked, [client.segment(recipe).label_map for recipe in pair])[0]
            image, channels_moved = client.transfer(*pair, region, picture=Picture(mark=True))
            bar.update()
            title = (
                f"Transfer: target (seed {TARGET_SEED}), reference (seed {REFERENCE_SEED}), "
                f"target with the reference's region {region} ({channels_moved} channels moved)"
            )
            pictures = [samples[TARGET_SEED], samples[REFERENCE_SEED], _saved(image, out / "transfer.png")]
            blocks.append(Block([Row(pictures)], title=title))
    sheet = out / SHEET_NAME
    files.write(sheet, contact_sheet(blocks, cell=min(max(dims.resolution, 128), 256)))
    return sheet


def _saved(image: Image, path: Path) -> np.ndarray:
    """The pixels, [H, W] or [H, W, 3] uint8, once the file is written."""
    image.save(path)
    return image.pixels()
