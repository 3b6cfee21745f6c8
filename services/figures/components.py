"""Fig. 2 of the paper: the largest components of W, from -k to +k standard deviations through 0."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mammoganesis.errors import FailedPrecondition, InvalidArgument
from mammoganesis.pictures.page import Block, Picture, Row, default_cell
from mammoganesis.pictures.page import draw as draw_page
from mammoganesis.pictures.png import marked_png
from mammoganesis.v1.latents_pb2 import Recipe
from services.client import Client, messages
from services.figures.captions import labels_text, seeds_text, sources


@dataclass(frozen=True)
class Sweep:
    """One component on one image."""

    index: int
    names: Sequence[str]  # of the curated directions along it; empty where there is none
    explained_variance_ratio: float  # 0 to 1
    pictures: Sequence[Picture]  # one a displacement


def draw(
    sweeps: Sequence[tuple[int, Sequence[Sweep]]], sigmas: Sequence[float], caption: Sequence[str], cell: int
) -> Picture:
    """The page: a block a seed, a row a component, a column a displacement.

    Args:
        sweeps: (seed, its rows).
        sigmas: displacement of each column in standard deviations.
        caption, cell: see `page.draw`.
    """
    headings = [f"{value:+.2f}" if round(value, 2) else "0.00" for value in sigmas]
    blocks = [
        Block(
            [Row(sweep.pictures, _label(sweep)) for sweep in rows],
            headings,
            f"seed {seed}, displacement in standard deviations (sigma)",
        )
        for seed, rows in sweeps
    ]
    return draw_page(blocks, caption, cell)


def _label(sweep: Sweep) -> list[str]:
    return [f"component {sweep.index}", *sweep.names, f"{100 * sweep.explained_variance_ratio:.1f} % of variance"]


def make(
    client: Client,
    seeds: Sequence[int],
    *,
    psi: float,
    labels: Mapping[str, str] | None = None,
    num_components: int,
    sigmas: float,
    steps: int,
    layers: tuple[int, int] | None = None,
    cell: int | None = None,
    step: Callable[[], object] = lambda: None,
) -> bytes:
    """The figure as a PNG file.

    Args:
        client: whose bundle makes the images.
        seeds: one block each.
        psi: truncation, 0 to 2.
        labels: of a conditional model, such as {"view": "MLO"}.
        num_components: rows, from the largest variance down.
        sigmas: k; the columns go from -k to +k in standard deviations, above 0 to 20.
        steps: columns, odd, so that the middle one is the image without an edit.
        layers: (layer_start, layer_end) moved, the end excluded; None: all.
        cell: side of a picture in pixels; None: the model's resolution, at least 96 and at most 192.
        step: called after each image.

    Raises:
        InvalidArgument: a value is out of range.
        FailedPrecondition: the bundle has no components.
    """
    if steps % 2 == 0:
        raise InvalidArgument("steps", steps, "an odd number from 3 to 63, so that the middle column is 0.00")
    model = client.model()
    dims = model.dimensions
    if dims.num_components == 0:
        raise FailedPrecondition(f"the bundle {model.name} {model.version} has no components: nothing to draw")
    if not 1 <= num_components <= dims.num_components:
        raise InvalidArgument("components", num_components, f"1 to {dims.num_components}, as the bundle has them")
    components = client.list_components()[:num_components]
    names = direction_names(client)
    moved = layers or (0, dims.num_ws)
    blocks = []
    for seed in seeds:
        recipe = Recipe(seed=seed, labels=labels, truncation=messages.truncation(psi, None))
        rows = []
        for component in components:
            pictures = []
            for frame in client.sweep(
                recipe, component.index, sigmas_start=-sigmas, sigmas_end=sigmas, steps=steps, layers=moved
            ):
                pictures.append(frame.image.pixels())
                step()
            ratio = component.explained_variance_ratio
            rows.append(Sweep(component.index, names.get(component.index, ()), ratio, pictures))
        blocks.append((seed, rows))
    where = "all layers" if moved == (0, dims.num_ws) else f"layers {moved[0]} to {moved[1] - 1}"
    caption = [
        f"The {num_components} largest principal components of W, uncurated: {seeds_text(seeds)}, truncation psi "
        f"{psi:g}{labels_text(labels)}, moved in {where}. The column 0.00 is the image without an edit.",
        sources(model),
    ]
    values = [-sigmas + 2 * sigmas * column / (steps - 1) for column in range(steps)]
    return marked_png(draw(blocks, values, caption, cell or default_cell(dims.resolution)))


def direction_names(client: Client) -> dict[int, list[str]]:
    """Names of the curated directions by component; those that run the other way say so."""
    names: dict[int, list[str]] = {}
    for direction in client.list_directions():
        text = f"{direction.name} (reversed)" if direction.reversed else direction.name
        names.setdefault(direction.index, []).append(text)
    return names
