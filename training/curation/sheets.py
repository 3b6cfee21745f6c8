"""Contact sheets, drawn from the bundle alone; each is the bytes of a PNG file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mammoganesis.editing import transfer
from mammoganesis.editing.components import edit
from mammoganesis.editing.latents import equal_steps
from mammoganesis.pictures.colours import background_regions
from mammoganesis.pictures.page import Block, Picture, Row, contact_sheet
from mammoganesis.recipe.edits import edits_along
from mammoganesis.recipe.limits import DEFAULT_SIGMAS, DEFAULT_STRENGTH, DEFAULT_SWEEP_STEPS, Part
from training.evaluation.locality import Setting
from training.evaluation.network import Array, BundleNetwork, codes, render_all

SIGMAS = tuple(equal_steps(*DEFAULT_SIGMAS, DEFAULT_SWEEP_STEPS))
DIFFERENCE_GAIN = 3
TINT = np.array([255, 64, 32])


@dataclass(frozen=True)
class Drawing:
    """What the sheets of a bundle show."""

    components: int  # of the largest ones; all regions are shown
    seeds: tuple[int, ...]  # of the images
    psi: float  # truncation
    layers: tuple[int, int]  # start and end of the codes that components move
    measured_seeds: int = 0  # images that are moved along every component to propose names; 0: nothing is measured
    combined: int = 0  # components that proposed combinations are made of; 0: none
    data: Path | None = None  # prepared set of real images that tell what is usual; None: samples


def pictures(images: Array) -> list[Picture]:
    """[N, C, H, W], -1 (black) to 1 (white), C 1 or 3 -> N pictures [H, W, 3]."""
    grey = np.clip(np.rint((np.nan_to_num(images) + 1) * 127.5), 0, 255).astype(np.uint8)
    return list(np.broadcast_to(grey.transpose(0, 2, 3, 1), (len(grey), *grey.shape[2:], 3)))


def component_sheet(
    network: BundleNetwork,
    index: int,
    seeds: Sequence[int],
    psi: float,
    layers: tuple[int, int],
    sigmas: Sequence[float] = SIGMAS,
) -> bytes:
    """One row per seed, one column per displacement along the component, on the layers [start, end)."""
    components = network.bundle.components
    assert components is not None
    direction = (Part(index, *layers),)
    edited = np.stack(
        [
            edit(row, components.components, components.deviations, components.mean, edits_along(direction, distance))
            for row in codes(network, seeds, psi)
            for distance in sigmas
        ]
    )  # [S * T, num_ws, w_dim]
    images, _ = render_all(network, network.styles(edited))
    cells = pictures(images)
    rows = [Row(cells[row * len(sigmas) : (row + 1) * len(sigmas)], [f"seed {seed}"]) for row, seed in enumerate(seeds)]
    share = float(components.explained_variance_ratio[index])
    title = f"component {index}: {share:.1%} of the variance, layers {layers[0]} to {layers[1] - 1}, psi {psi:g}"
    return contact_sheet([Block(rows, [f"{sigma:+g} sigma" if sigma else "0" for sigma in sigmas], title)])


def region_sheet(network: BundleNetwork, index: int, seeds: Sequence[int], psi: float) -> bytes:
    """One row per seed: where the region is, and a transfer into it from the next seed."""
    regions, limits = network.bundle.regions, network.bundle.limits()
    assert regions is not None
    setting = Setting(limits.default_epsilon, limits.low_resolution_epsilon)
    q = setting.query(regions.contributions, index, network.layers)
    styles = network.styles(codes(network, seeds, psi))
    references = np.roll(styles, -1, axis=0)
    images, features = render_all(network, styles)
    moved, _ = render_all(network, transfer.transfer(styles, references, q, DEFAULT_STRENGTH))
    background = background_regions(network.bundle.manifest.regions.names)
    maps = [regions.label_map(*shown, background) for shown in zip(images, features, strict=True)]
    targets, results = pictures(images), pictures(moved)
    rows = []
    for row, (target, result, labels) in enumerate(zip(targets, results, maps, strict=True)):
        difference = np.abs(result.astype(int) - target.astype(int)) * DIFFERENCE_GAIN
        cells = [target, _tinted(target, labels == index), targets[(row + 1) % len(targets)], result]
        rows.append(Row([*cells, np.minimum(difference, 255).astype(np.uint8)], [f"seed {seeds[row]}"]))
    columns = ["target", "region", "reference", "transfer", f"difference x{DIFFERENCE_GAIN}"]
    area = float(regions.area_share[index])
    title = f"region {index}: {area:.1%} of the area, {int(q.sum())} channels, epsilon {setting.epsilon:g}, psi {psi:g}"
    return contact_sheet([Block(rows, columns, title)])


def draw_all(
    network: BundleNetwork,
    drawing: Drawing,
    wanted: Callable[[str], bool],
    save: Callable[[str, bytes], object],
) -> None:
    """Every sheet whose file name is wanted: `save` gets it and the file's content."""
    for index in range(min(drawing.components, network.bundle.num_components)):
        if wanted(component_file(index)):
            image = component_sheet(network, index, drawing.seeds, drawing.psi, drawing.layers)
            save(component_file(index), image)
    for index in range(network.bundle.num_regions):
        if wanted(region_file(index)):
            save(region_file(index), region_sheet(network, index, drawing.seeds, drawing.psi))


def component_file(index: int) -> str:
    """Name of a component's sheet."""
    return f"component_{index:02d}.png"


def region_file(index: int) -> str:
    """Name of a region's sheet."""
    return f"region_{index:02d}.png"


def _tinted(picture: Picture, mask: NDArray[np.bool_]) -> Picture:
    """The picture [H, W, 3] with the pixels of the mask [H, W] tinted."""
    return np.where(mask[..., None], picture * 0.55 + TINT * 0.45, picture).astype(np.uint8)
