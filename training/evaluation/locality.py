"""How much of a local edit stays inside its region.

For pairs of a target and a reference, the style of one region goes from the reference to the target; the squared
difference between the edited and the untouched image is averaged inside the region and outside of it (Collins et al.
2020). A good edit changes much inside and little outside. Inside are the cells that belong to the region in the
*target*, and outside is all the rest: what the edit was asked to change, and nothing forgiven. The stricter reader may
want to know how much of the outside lies at the border, so a third mean leaves out one cell around the region and the
cells that belong to it in the reference, where the edit may rightly draw it: `far`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation
from skimage.color import rgb2lab

from mammoganesis.errors import ConfigurationError, DataError
from mammoganesis.recipe.limits import DEFAULT_RHO
from training.evaluation.network import BATCH, Layer, Network, codes, layer_slices, render_all

LOW_RESOLUTION = 8  # pixels: layers whose convolution reads at most this take the low-resolution epsilon
BACKGROUND = 0.05  # mean of L, 0 to 1, below which a region is not part of the breast
MAX_DRAWS = 4  # candidates per wanted pair; a region that few targets show gets fewer pairs
PLACES, SCALES = ("inside", "outside", "far"), ("lightness", "intensity")

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Setting:
    """Budgets of one edit."""

    epsilon: float
    low_resolution_epsilon: float

    def of(self, layer: Layer) -> float:
        """The budget of a style layer."""
        if layer.input_resolution <= LOW_RESOLUTION:
            return min(self.epsilon, self.low_resolution_epsilon)
        return self.epsilon


@dataclass(frozen=True)
class Measurements:
    """Mean squared errors: NaN where a region had too few targets, and for `far` where nothing is far."""

    settings: tuple[Setting, ...]
    errors: Floats  # [k, settings, pairs, 3 of PLACES, 2 of SCALES]
    channels: NDArray[np.int64]  # [k, settings]: style channels that the edit moves
    brightness: Floats  # [k]: mean of L inside the region, over its targets; NaN without any

    @property
    def background(self) -> NDArray[np.bool_]:
        """Regions that lie outside of the breast, [k]: there is nothing to edit."""
        return self.brightness < BACKGROUND

    @property
    def pairs(self) -> NDArray[np.int64]:
        """Pairs measured per region, [k]."""
        return np.isfinite(self.errors[:, 0, :, 0, 0]).sum(axis=1)


def query(
    contributions: Floats, layers: Sequence[Layer], setting: Setting, rho: float = DEFAULT_RHO
) -> NDArray[np.bool_]:
    """Style channels that an edit moves: per layer, those above rho by falling contribution within the budget.

    Args:
        contributions: [num_styles] of one region, 0 to 1.
        layers: of the network.
        setting: budgets.
        rho: 0 to 1.
    """
    q = np.zeros(len(contributions), dtype=bool)
    for layer, part in zip(layers, layer_slices(layers), strict=True):
        order = part.start + np.argsort(-contributions[part], kind="stable")
        spent = np.cumsum(1.0 - contributions[order])
        q[order] = (spent < setting.of(layer)) & (contributions[order] > rho)
    return q


def lightness(image: NDArray[np.floating]) -> NDArray[np.float64]:
    """CIELAB L* of images on the scale 0 to 1. [N, C, H, W] sRGB, -1 to 1, C 1 or 3 -> [N, H, W].

    The reference implementation compares L * 2.55 / 255, which is L / 100: this.
    """
    value = np.clip((image.astype(np.float64) + 1) / 2, 0, 1)
    colours = np.broadcast_to(value, (len(value), 3, *value.shape[2:]))
    return rgb2lab(colours, channel_axis=1)[:, 0] / 100


def intensity(image: NDArray[np.floating]) -> NDArray[np.float64]:
    """Mean of the channels, 0 (black) to 1 (white). [N, C, H, W], -1 to 1 -> [N, H, W]."""
    return np.clip((image.astype(np.float64).mean(axis=1) + 1) / 2, 0, 1)


def segment(features: NDArray[np.floating], centroids: NDArray[np.floating]) -> NDArray[np.intp]:
    """Region of every cell, by the largest cosine. [N, Cf, g, g], [k, Cf] -> [N, g, g]."""
    return np.einsum("kc,nchw->nkhw", centroids, features).argmax(axis=1)


def place_means(difference: Floats, target: NDArray[np.bool_], reference: NDArray[np.bool_]) -> Floats:
    """Means of squared differences over the three places.

    Args:
        difference: [H, W], squared.
        target: [g, g], where the region is in the target; not empty.
        reference: [g, g], where it is in the reference.

    Returns:
        [3] inside, outside, far; NaN for an empty place.
    """
    far = ~np.logical_or(binary_dilation(target, np.ones((3, 3))), reference)
    size = len(difference) // len(target)  # nearest neighbour, as in the contributions
    cells = difference.reshape(len(target), size, len(target), size).mean(axis=(1, 3))
    return np.array([cells[mask].mean() if mask.any() else np.nan for mask in (target, ~target, far)])


def measure(
    network: Network,
    centroids: NDArray[np.floating],
    contributions: NDArray[np.floating],
    settings: Sequence[Setting],
    pairs: int,
    psi: float,
    seed: int = 0,
    *,
    regions: Sequence[int] | None = None,
    on_pair: Callable[[int], object] = lambda _: None,
) -> Measurements:
    """Errors of every region and setting over pairs of seeds.

    A region's pairs are the first ones whose target shows it. Pair i has the seeds seed + i and seed + i + 1, and is
    the same for all regions and settings.

    Args:
        network: with the features that the regions were found on.
        centroids: [k, Cf] of regions.npz.
        contributions: [k, num_styles] of regions.npz.
        settings: what to compare.
        pairs: per region, 1 or more.
        psi: truncation of targets and references.
        seed: of the first target.
        regions: which to measure; None: all.
        on_pair: called with the number of pairs finished.

    Raises:
        ConfigurationError: a value is outside its range.
        DataError: no target shows any of the regions.
    """
    if pairs < 1:
        raise ConfigurationError(f"pairs is {pairs}; it must be 1 or more")
    if not settings:
        raise ConfigurationError("epsilon: at least one is needed")
    chosen = list(range(len(centroids))) if regions is None else list(regions)
    queries = _queries(network, contributions, settings)
    errors = np.full((len(centroids), len(settings), pairs, len(PLACES), len(SCALES)), np.nan)
    brightness = np.zeros(len(centroids))
    done = np.zeros(len(centroids), dtype=int)
    for styles, images, labels in _draw(network, centroids, pairs * MAX_DRAWS, psi, seed):
        light = lightness(images)
        jobs = []  # region, pair's number in the region, row in this batch
        for row in range(len(styles) - 1):
            for region in chosen:
                if done[region] < pairs and (labels[row] == region).any():
                    jobs.append((region, done[region], row))
                    done[region] += 1
                    brightness[region] += place_means(light[row], labels[row] == region, labels[row] == region)[0]
        for job, difference in _edits(network, queries, styles, images, jobs):
            region, number, row, equal = job
            means = [
                place_means(d, labels[row] == region, labels[row + 1] == region) for d in difference
            ]  # one per scale
            for setting in equal:
                errors[region, setting, number] = np.stack(means, axis=1)
        on_pair(len(jobs))
        if (done[chosen] >= pairs).all():
            break
    if not done.any():
        raise DataError("none of the images shows any of the regions; are regions and network of one training?")
    channels = np.array([[int(q.sum()) for q in row] for row in queries])
    return Measurements(tuple(settings), errors, channels, brightness / np.where(done > 0, done, np.nan))


def _queries(
    network: Network, contributions: NDArray[np.floating], settings: Sequence[Setting]
) -> list[list[NDArray[np.bool_]]]:
    rows = contributions.astype(np.float64)
    return [[query(row, network.layers, setting) for setting in settings] for row in rows]


def _draw(
    network: Network, centroids: NDArray[np.floating], count: int, psi: float, seed: int
) -> Iterator[tuple[NDArray, NDArray, NDArray]]:
    """Batches of styles, images and labels; each batch begins with the last row of the one before it."""
    batches, kept = range(0, count, BATCH), None
    for start in batches:
        styles = network.styles(codes(network, range(seed + start, seed + start + BATCH), psi))
        images, features = network.render(styles)
        new = (styles, images, segment(features, centroids))
        kept = new if kept is None else tuple(np.concatenate([a[-1:], b]) for a, b in zip(kept, new, strict=True))
        yield kept  # type: ignore[misc]


def _edits(
    network: Network,
    queries: list[list[NDArray[np.bool_]]],
    styles: NDArray,
    images: NDArray,
    jobs: list[tuple[int, int, int]],
) -> Iterator[tuple[tuple[int, int, int, list[int]], list[Floats]]]:
    """Squared differences [H, W] per scale of every edit; settings that choose the same channels share one."""
    wanted = []
    for region, number, row in jobs:
        groups: dict[bytes, list[int]] = {}
        for setting, q in enumerate(queries[region]):
            groups.setdefault(q.tobytes(), []).append(setting)
        wanted += [(region, number, row, equal) for equal in groups.values()]
    before = [lightness(images), intensity(images)]
    for start in range(0, len(wanted), BATCH):
        part = wanted[start : start + BATCH]
        q = np.stack([queries[region][equal[0]] for region, _, _, equal in part])
        rows = np.array([row for _, _, row, _ in part])
        edited, _ = render_all(network, np.where(q, styles[rows + 1], styles[rows]))
        after = [lightness(edited), intensity(edited)]
        for index, job in enumerate(part):
            scales = [
                np.square(new[index] - old[job[2]]) if q[index].any() else np.zeros_like(new[index])
                for new, old in zip(after, before, strict=True)
            ]
            yield job, scales
