"""Fig. 2 of the paper: the largest components of W, from -k to +k standard deviations through 0."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mammoganesis.editing import latents
from mammoganesis.errors import FailedPrecondition, InvalidArgument
from mammoganesis.pictures.page import Block, Picture, Row
from mammoganesis.pictures.page import draw as draw_page
from mammoganesis.pictures.png import marked_png
from services.client import Client
from services.figures.captions import Look, seeds_text, sigmas_text, sources


@dataclass(frozen=True)
class Sweep:
    """One component on one image."""

    index: int
    names: Sequence[str]  # of the curated directions along it; empty where there is none
    explained_variance_ratio: float  # 0 to 1
    pictures: Sequence[Picture]  # one a displacement


@dataclass(frozen=True)
class Columns:
    """Equal steps through 0."""

    sigmas: float  # k: from -k to +k standard deviations, above 0 to 20
    steps: int  # odd, so that the middle one is the image without an edit
    layers: tuple[int, int] | None = None  # (layer_start, layer_end) moved, the end excluded; None: all


def draw(
    sweeps: Sequence[tuple[int, Sequence[Sweep]]],
    sigmas: Sequence[float],
    caption: Sequence[str],
    cell: int,
    mark: bool = False,
) -> Picture:
    """The page: a block a seed, a row a component, a column a displacement.

    Args:
        sweeps: (seed, its rows).
        sigmas: displacement of each column in standard deviations.
        caption, cell, mark: see `page.draw`.
    """
    headings = [sigmas_text(value) for value in sigmas]
    blocks = [
        Block(
            [Row(sweep.pictures, _label(sweep)) for sweep in rows],
            headings,
            f"seed {seed}, displacement in standard deviations (sigma)",
        )
        for seed, rows in sweeps
    ]
    return draw_page(blocks, caption, cell, mark=mark)


def _label(sweep: Sweep) -> list[str]:
    return [f"component {sweep.index}", *sweep.names, f"{100 * sweep.explained_variance_ratio:.1f} % of variance"]


def make(
    client: Client,
    seeds: Sequence[int],
    look: Look,
    num_components: int,
    columns: Columns,
    step: Callable[[], object] = lambda: None,
) -> bytes:
    """The figure as a PNG file.

    Args:
        client: whose bundle makes the images.
        seeds: one block each.
        look: truncation, labels, size and mark.
        num_components: rows, from the largest variance down.
        columns: displacements.
        step: called after each image.

    Raises:
        InvalidArgument: a value is out of range.
        FailedPrecondition: the bundle has no components.
    """
    sigmas, steps = columns.sigmas, columns.steps
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
    moved = columns.layers or (0, dims.num_ws)
    blocks = []
    for seed in seeds:
        recipe = look.recipe(seed)
        rows = []
        for component in components:
            pictures = []
            for frame in client.sweep(recipe, component.index, sigmas=(-sigmas, sigmas), steps=steps, layers=moved):
                pictures.append(frame.image.pixels())
                step()
            ratio = component.explained_variance_ratio
            rows.append(Sweep(component.index, names.get(component.index, ()), ratio, pictures))
        blocks.append((seed, rows))
    where = "all layers" if moved == (0, dims.num_ws) else f"layers {moved[0]} to {moved[1] - 1}"
    caption = [
        f"The {num_components} largest principal components of W, uncurated: {seeds_text(seeds)}, truncation psi "
        f"{look.psi:g}{look.labels_text}, moved in {where}. The column 0.00 is the image without an edit.",
        sources(model),
    ]
    values = latents.equal_steps(-sigmas, sigmas, steps)
    return marked_png(draw(blocks, values, caption, look.cell_for(model), look.mark), burned_in=look.mark)


def direction_names(client: Client) -> dict[int, list[str]]:
    """Names of the curated directions along one component, by component; those that run the other way say so."""
    names: dict[int, list[str]] = {}
    for direction in client.list_directions():
        if direction.further:
            continue
        text = f"{direction.name} (reversed)" if direction.reversed else direction.name
        names.setdefault(direction.index, []).append(text)
    return names
