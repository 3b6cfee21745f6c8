"""How much of a local edit stays inside its region.

For pairs of a target and a reference, the style of one region goes from the reference to the target; the squared
difference between the edited and the untouched image is averaged inside the region and outside of it (Collins et al.
2020). A good edit changes much inside and little outside. Inside are the cells that belong to the region in the
*target*, and outside is all the rest: what the edit was asked to change, and nothing forgiven. The stricter reader may
want to know how much of the outside lies at the border, so a third mean leaves out one cell around the region and the
cells that belong to it in the reference, where the edit may rightly draw it: `far`. Of an anatomical part inside are
the pixels that belong to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation
from skimage.color import rgb2lab

from mammoganesis.bundle.regions import Regions
from mammoganesis.editing import segmentation, transfer
from mammoganesis.editing.anatomy import part_masks
from mammoganesis.editing.layers import StyleLayer, layer_slices, low_resolution_layers
from mammoganesis.errors import ConfigurationError, DataError
from mammoganesis.recipe.limits import DEFAULT_RHO, DEFAULT_STRENGTH, MAX_SEED
from mammoganesis.terminal.progress import progress
from training.evaluation.network import BATCH, Network, codes

BACKGROUND = 0.05  # mean of L, 0 to 1, below which a region is not part of the breast
MAX_DRAWS = 4  # candidates per wanted pair; a region that few targets show gets fewer pairs
LEAST_AREA = 0.01  # share of the image that a region of pixels has in a target of its pairs
PLACES, SCALES = ("inside", "outside", "far"), ("lightness", "intensity")

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Setting:
    """Budgets of one edit."""

    epsilon: float
    low_resolution_epsilon: float

    def query(
        self, contributions: NDArray[np.floating], region: int, layers: Sequence[StyleLayer]
    ) -> NDArray[np.bool_]:
        """q [num_styles]: the style channels that a transfer into one region moves where nothing else is asked for.

        Args:
            contributions: [k, num_styles], 0 to 1.
            region: its index.
            layers: of the network.
        """
        low = low_resolution_layers(layers)
        special = transfer.low_resolution_epsilons(low, self.epsilon, self.low_resolution_epsilon)
        epsilons = transfer.epsilon_per_layer(self.epsilon, special, len(layers))
        share = transfer.region_share(contributions, [region])
        return transfer.query(share, layer_slices(layers), DEFAULT_RHO, epsilons)


@dataclass(frozen=True)
class Pairs:
    """Which targets and references are drawn: pair i has the seeds seed + i and seed + i + 1."""

    count: int  # per region, 1 or more
    psi: float  # truncation of both
    seed: int = 0  # of the first target

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ConfigurationError(f"--pairs is {self.count}; it must be 1 or more")
        last = MAX_SEED + 1 - len(self.drawn) * BATCH
        if self.seed > last:
            raise ConfigurationError(f"--seed is {self.seed}; with {self.count} pairs it must be at most {last}")

    @property
    def drawn(self) -> range:
        """The first seeds of the batches that are drawn at most."""
        return range(self.seed, self.seed + self.count * MAX_DRAWS, BATCH)


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


def place_means(difference: Floats, target: NDArray[np.bool_], reference: NDArray[np.bool_], margin: int = 1) -> Floats:
    """Means of squared differences over the three places.

    Args:
        difference: [H, W], squared.
        target: [g, g], where the region is in the target; not empty. g is H for masks of pixels.
        reference: [g, g], where it is in the reference.
        margin: how far around the region the far begins, in cells of the masks.

    Returns:
        [3] inside, outside, far; NaN for an empty place.
    """
    far = ~np.logical_or(binary_dilation(target, np.ones((3, 3)), iterations=margin), reference)
    size = len(difference) // len(target)  # nearest neighbour, as in the contributions
    cells = difference.reshape(len(target), size, len(target), size).mean(axis=(1, 3))
    return np.array([cells[mask].mean() if mask.any() else np.nan for mask in (target, ~target, far)])


def measure(
    network: Network,
    regions: Regions,
    settings: Sequence[Setting],
    pairs: Pairs,
    chosen: Sequence[int] | None = None,
) -> Measurements:
    """Errors of every region and setting over pairs of seeds.

    A region's pairs are the first ones whose target shows it, a part on LEAST_AREA of the image; a pair is the same for
    all regions and settings.

    Args:
        network: with the features that the regions were found on.
        regions: clusters and parts, with their contributions.
        settings: what to compare.
        pairs: what is drawn.
        chosen: regions to measure; None: all.

    Raises:
        ConfigurationError: a value is outside its range.
        DataError: no target shows any of the regions.
    """
    if not settings:
        raise ConfigurationError("--epsilon names no value; at least one is needed")
    k = len(regions.area_share)
    chosen = list(range(k)) if chosen is None else list(chosen)
    queries = [[setting.query(regions.contributions, r, network.layers) for setting in settings] for r in range(k)]
    errors = np.full((k, len(settings), pairs.count, len(PLACES), len(SCALES)), np.nan)
    brightness, done = np.zeros(k), np.zeros(k, dtype=int)
    with progress(len(chosen) * pairs.count, "locality", "pair") as bar:
        for drawn in _draw(network, regions, pairs):
            light = lightness(drawn.images)
            jobs = []
            for row in range(len(drawn.styles) - 1):
                for region in chosen:
                    if done[region] < pairs.count and drawn.shows(row, region):
                        inside = drawn.mask(row, region)
                        jobs.append(_Job(region, int(done[region]), row))
                        done[region] += 1
                        brightness[region] += place_means(light[row], inside, inside)[0]
            for job, equal, differences in _edits(network, queries, drawn, jobs):
                masks = drawn.mask(job.row, job.region), drawn.mask(job.row + 1, job.region)
                margin = len(masks[0]) // regions.grid_size
                means = [place_means(difference, *masks, margin) for difference in differences]  # one per scale
                for setting in equal:
                    errors[job.region, setting, job.pair] = np.stack(means, axis=1)
            bar.update(len(jobs))
            if (done[chosen] >= pairs.count).all():
                break
    if not done.any():
        raise DataError("none of the images shows any of the regions; are regions and network of one training?")
    channels = np.array([[int(q.sum()) for q in row] for row in queries])
    return Measurements(tuple(settings), errors, channels, brightness / np.where(done > 0, done, np.nan))


@dataclass(frozen=True)
class _Drawn:
    """Images that follow one another in their seeds: each is the reference of the one before it."""

    styles: NDArray[np.float32]  # [N, num_styles]
    images: NDArray[np.float32]  # [N, C, H, W]
    labels: NDArray[np.uint8]  # [N, g, g], of the k clusters
    parts: NDArray[np.bool_]  # [N, d, H, W]
    num_clusters: int

    def mask(self, row: int, region: int) -> NDArray[np.bool_]:
        """Where an image shows a region: cells [g, g] of a cluster, pixels [H, W] of a part."""
        part = region - self.num_clusters
        return self.labels[row] == region if part < 0 else self.parts[row, part]

    def shows(self, row: int, region: int) -> bool:
        """Whether an image is a target for the region."""
        mask = self.mask(row, region)
        return bool(mask.any() if region < self.num_clusters else mask.mean() >= LEAST_AREA)

    def after(self, last: _Drawn) -> _Drawn:
        """The same with the last image of another batch before them."""
        return _Drawn(
            np.concatenate([last.styles[-1:], self.styles]),
            np.concatenate([last.images[-1:], self.images]),
            np.concatenate([last.labels[-1:], self.labels]),
            np.concatenate([last.parts[-1:], self.parts]),
            self.num_clusters,
        )


@dataclass(frozen=True)
class _Job:
    """One pair for one region."""

    region: int
    pair: int  # its number in the region
    row: int  # of the target in the batch; the reference is the next one


def _draw(network: Network, regions: Regions, pairs: Pairs) -> Iterator[_Drawn]:
    """Batches of images; each begins with the last image of the one before it."""
    last = None
    for start in pairs.drawn:
        styles = network.styles(codes(network, range(start, start + BATCH), pairs.psi))
        images, features = network.render(styles)
        parts = np.stack([part_masks(grey, regions.parts) for grey in intensity(images)])
        labels = segmentation.cells(features, regions.centroids)
        new = _Drawn(styles, images, labels, parts, len(regions.centroids))
        last = new if last is None else new.after(last)
        yield last


def _edits(
    network: Network, queries: list[list[NDArray[np.bool_]]], drawn: _Drawn, jobs: list[_Job]
) -> Iterator[tuple[_Job, list[int], list[Floats]]]:
    """Squared differences [H, W] per scale of every edit; settings that choose the same channels share one."""
    wanted = []
    for job in jobs:
        groups: dict[bytes, list[int]] = {}
        for setting, q in enumerate(queries[job.region]):
            groups.setdefault(q.tobytes(), []).append(setting)
        wanted += [(job, equal) for equal in groups.values()]
    before = [lightness(drawn.images), intensity(drawn.images)]
    for start in range(0, len(wanted), BATCH):
        part = wanted[start : start + BATCH]
        q = np.stack([queries[job.region][equal[0]] for job, equal in part])
        rows = np.array([job.row for job, _ in part])
        edited, _ = network.render(transfer.transfer(drawn.styles[rows], drawn.styles[rows + 1], q, DEFAULT_STRENGTH))
        after = [lightness(edited), intensity(edited)]
        for index, (job, equal) in enumerate(part):
            scales = [
                np.square(new[index] - old[job.row]) if q[index].any() else np.zeros_like(new[index])
                for new, old in zip(after, before, strict=True)
            ]
            yield job, equal, scales
