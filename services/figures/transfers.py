"""Fig. 3 of the paper: the style of a region goes from a reference to a target, and what changes by it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mammoganesis.errors import FailedPrecondition, InvalidArgument
from mammoganesis.pictures.page import Block, ColourBar, Picture, Row, scaled
from mammoganesis.pictures.page import draw as draw_page
from mammoganesis.pictures.png import marked_png
from services.client import Budget, Client
from services.client.messages import region_names
from services.figures.captions import Look, sources

HEADINGS = ("target", "reference", "region", "result", "result - target")
ORANGE, GREY = np.array((255, 176, 32), np.uint8), np.array((130, 130, 130), np.uint8)
SCALE_PERCENTILE = 99.5  # of all differences on the page: a few bright edges must not wash out everything else
ZERO = np.array((255, 255, 255), float)
DARKER, BRIGHTER, CHANGED = (np.array(c, float) for c in ((20, 82, 156), (172, 20, 40), (80, 20, 110)))

Kind = Literal["signed", "absolute"]


@dataclass(frozen=True)
class Transfer:
    """One row of the figure; pictures as `page.Picture`."""

    label: Sequence[str]
    target: Picture
    reference: Picture
    result: Picture
    region: NDArray[np.bool_]  # [n, n], pixels of the target, or cells of a grid over it, that belong to the regions


def difference(target: Picture, result: Picture) -> NDArray[np.float64]:
    """[H, W], result - target in grey levels, -255 to 255; the mean over the channels of coloured pictures."""
    signed = result.astype(float) - target.astype(float)
    return signed if signed.ndim == 2 else signed.mean(axis=2)


def coloured(values: NDArray[np.float64], scale: float, kind: Kind) -> Picture:
    """[..., 3]: white at 0, red (brighter) and blue (darker) at +-scale; violet at scale for absolute values."""
    share = np.clip(values / scale, -1, 1)[..., None]
    upper, lower = (BRIGHTER, DARKER) if kind == "signed" else (CHANGED, CHANGED)
    end = np.where(share < 0, lower, upper)
    return np.rint(ZERO + np.abs(share) * (end - ZERO)).astype(np.uint8)


def outlined(
    picture: Picture, region: NDArray[np.bool_], cell: int, thickness: int = 2, colour: NDArray[np.uint8] = ORANGE
) -> Picture:
    """[cell, cell, 3]: the picture with the border of the region [n, n] drawn inside it."""
    pixels = scaled(picture, cell).copy()
    cells = np.arange(cell) * len(region) // cell
    inside = np.pad(region[np.ix_(cells, cells)], thickness)
    core = inside.copy()
    for shift in range(1, thickness + 1):
        for axis in (0, 1):
            core &= np.roll(inside, shift, axis) & np.roll(inside, -shift, axis)
    trim = slice(thickness, -thickness)
    pixels[(inside & ~core)[trim, trim]] = colour
    return pixels


def draw(
    transfers: Sequence[Transfer], caption: Sequence[str], cell: int, kind: Kind = "signed", mark: bool = False
) -> Picture:
    """The page: a row a transfer, one scale for all difference maps; larger differences have the colour of its ends."""
    differences = [difference(row.target, row.result) for row in transfers]
    scale = max(1.0, np.percentile(np.abs(differences), SCALE_PERCENTILE))
    rows = [
        Row(
            [
                row.target,
                row.reference,
                outlined(row.target, row.region, cell),
                row.result,
                _framed(outlined(coloured(values, scale, kind), row.region, cell, thickness=1, colour=GREY)),
            ],
            row.label,
        )
        for row, values in zip(transfers, differences, strict=True)
    ]
    steps = np.linspace(-1.0 if kind == "signed" else 0.0, 1.0, 101)
    ticks = (f"-{scale:.0f}", "0", f"+{scale:.0f}") if kind == "signed" else ("0", f"{scale:.0f}")
    bar = ColourBar(coloured(steps * scale, scale, kind), ticks, "difference in grey levels of 255")
    headings = [*HEADINGS[:4], HEADINGS[4] if kind == "signed" else "|result - target|"]
    return draw_page([Block(rows, headings)], caption, cell, bar, mark)


def _framed(picture: Picture) -> Picture:
    """With a thin grey border: a white map on white paper would have none."""
    framed = picture.copy()
    framed[[0, -1]] = framed[:, [0, -1]] = 190
    return framed


@dataclass(frozen=True)
class Moves:
    """What goes over, and how the difference is shown."""

    regions: Sequence[Sequence[int | str]] = ()  # indices or names, a list a row, or one list for all rows; empty: a
    # region of tissue for each row, see `brightest_regions`
    epsilon: float | None = None  # None: the server's
    rho: float | None = None  # likewise
    kind: Kind = "signed"  # of the difference map


def make(
    client: Client,
    targets: Sequence[int],
    references: Sequence[int],
    look: Look,
    moves: Moves,
    step: Callable[[], object] = lambda: None,
) -> bytes:
    """The figure as a PNG file.

    Args:
        client: whose bundle makes the images.
        targets, references: seeds, one a row each; as many of the one as of the other.
        look: truncation and labels of targets and references, size and mark.
        moves: regions and budget.
        step: called after each row.

    Raises:
        InvalidArgument: numbers of targets, references and regions do not match, or a value is out of range.
        FailedPrecondition: the bundle has no regions.
    """
    if len(references) != len(targets):
        raise InvalidArgument("references", f"{len(references)} seeds", f"{len(targets)}, one for each target")
    regions = moves.regions
    if len(regions) not in (0, 1, len(targets)):
        raise InvalidArgument("regions", f"{len(regions)} choices", f"1, or {len(targets)}, one for each target")
    model = client.model()
    if model.dimensions.num_regions == 0:
        raise FailedPrecondition(f"the bundle {model.name} {model.version} has no regions: nothing to draw")
    names = region_names(client.list_regions().regions)
    maps = [client.segment(look.recipe(seed)).label_map for seed in targets]
    sampled = [client.sample(latents=[look.recipe(seed)])[0].pixels() for seed in targets]
    if not regions:
        regions = [[index] for index in brightest_regions(sampled, maps)]
    rows, used = [], None
    for number, (target, reference) in enumerate(zip(targets, references, strict=True)):
        chosen = regions[number % len(regions)]
        image, moved = client.transfer(
            look.recipe(target), look.recipe(reference), chosen, budget=Budget(epsilon=moves.epsilon, rho=moves.rho)
        )
        used = image.recipe.style_transfers[-1]
        indices = [region.index for region in used.regions]
        called = {index: names.of(index, image.recipe.labels) for index in indices}
        texts = [f"region {index}" + (f" ({name})" if name else "") for index, name in called.items()]
        rows.append(
            Transfer(
                label=[*texts, f"target seed {target}", f"reference seed {reference}", f"{moved} channels moved"],
                target=sampled[number],
                reference=client.sample(latents=[look.recipe(reference)])[0].pixels(),
                result=image.pixels(),
                region=np.isin(maps[number], indices),
            )
        )
        step()
    assert used is not None, "there is at least one row"
    low = min((layer.epsilon for layer in used.layer_epsilons), default=used.epsilon)
    caption = [
        f"Local style transfer: truncation psi {look.psi:g}{look.labels_text}, epsilon {used.epsilon:g}"
        + (f" ({low:g} in layers of 4x4 and 8x8)" if low != used.epsilon else "")
        + f", rho {used.rho:g}. The outline is the region on the target; the last column is what changed, white where "
        "nothing did.",
        sources(model),
    ]
    page = draw(rows, caption, look.cell_for(model), moves.kind, look.mark)
    return marked_png(page, burned_in=look.mark)


def brightest_regions(pictures: Sequence[Picture], labels: Sequence[NDArray[np.uint8]]) -> list[int]:
    """A region a picture: those with most light in all pictures together, the brightest first, each once as long as
    there are others. Light is tissue, whatever the order of the catalogue.

    Args:
        pictures: all of one size.
        labels: [n, n] region index of each pixel, or of each cell of a grid, one a picture.
    """
    light: Counter[int] = Counter()
    for picture, cells in zip(pictures, labels, strict=True):
        grey = picture if picture.ndim == 2 else picture.mean(axis=2)
        grid = len(cells)
        rows = np.arange(grey.shape[0]) * grid // grey.shape[0]
        columns = np.arange(grey.shape[1]) * grid // grey.shape[1]
        for region, sum_ in enumerate(np.bincount(cells[np.ix_(rows, columns)].ravel(), grey.ravel())):
            light[region] += int(sum_)
    ranked = [region for region, _ in light.most_common()]
    return [ranked[number % len(ranked)] for number in range(len(pictures))]
