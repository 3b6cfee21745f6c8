"""Semantic regions of a generator, and what every style channel contributes to each of them.

Collins et al. 2020, "Editing in Style": activations of an early layer, clustered by direction, fall into semantic
regions; `M[k, c]` is the share of the squared, instance-normalised activation of channel c that lies in region k.
A StyleGAN2 style multiplies the channels that ENTER its convolution, so M is taken on those.

Beside the clusters there are parts of the breast that the pixels tell (`mammoganesis.editing.anatomy`): theirs is the
share that lies within the part, wherever the clusters are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from mammoganesis.bundle.regions import Regions
from mammoganesis.editing.anatomy import PARTS, part_masks
from mammoganesis.editing.layers import DEFAULT_FEATURE_LAYER, StyleLayer
from mammoganesis.editing.segmentation import grey_values
from mammoganesis.errors import ConfigurationError
from mammoganesis.recipe.limits import DEFAULT_PSI, MAX_BUNDLE_REGIONS, MAX_PSI, MAX_SEED
from mammoganesis.terminal.progress import progress
from training.discovery.clustering import spherical_kmeans
from training.networks import Generator

DEFAULT_SAMPLES = 500
DEFAULT_REGIONS = 10
DEFAULT_RESTARTS = 10
BATCH = 4  # images synthesised at once
CONSTANT = 1e-10  # a map whose variance is below this times its mean square holds rounding errors only


@dataclass(frozen=True)
class RegionSearch:
    """How regions are looked for."""

    samples: int = DEFAULT_SAMPLES  # images, 1 or more
    regions: int = DEFAULT_REGIONS  # clusters, 1 to 255
    truncation_psi: float = DEFAULT_PSI  # 0 to 2
    seed: int = 0  # 0 to 2^32-1; of the codes and of the clustering
    layer: str = DEFAULT_FEATURE_LAYER  # style layer with a 3x3 convolution whose output is clustered
    restarts: int = DEFAULT_RESTARTS  # runs of k-means of which the best is taken
    parts: bool = True  # of the breast that the pixels tell, beside the clusters: all of them

    def layer_of(self, generator: Generator) -> StyleLayer:
        """The layer of this network. Raises ConfigurationError for any value outside its range."""
        if self.samples < 1:
            raise ConfigurationError(f"--samples is {self.samples}; it must be 1 or more")
        if not 0 <= self.truncation_psi <= MAX_PSI:
            raise ConfigurationError(
                f"--truncation-psi is {self.truncation_psi}; it must lie between 0 and {MAX_PSI:g}"
            )
        if not 0 <= self.seed <= MAX_SEED:
            raise ConfigurationError(f"--seed is {self.seed}; it must lie between 0 and {MAX_SEED}")
        if self.parts and self.regions + len(PARTS) > MAX_BUNDLE_REGIONS:
            most = MAX_BUNDLE_REGIONS - len(PARTS)
            raise ConfigurationError(f"--regions is {self.regions}; it must be {most} at most, or --no-parts given")
        allowed = {candidate.name: candidate for candidate in generator.config.noise_layers}
        if self.layer not in allowed:
            raise ConfigurationError(f"--layer is {self.layer!r}; allowed are {', '.join(allowed)}")
        return allowed[self.layer]


def find_regions(generator: Generator, search: RegionSearch) -> Regions:
    """Cluster the output of one layer and measure the contributions of all style channels.

    Args:
        generator: in eval mode; its constant noise maps are used, and the labels of the training images.
        search: what is looked for.

    Raises:
        ConfigurationError: a value is outside its range.
    """
    style_layer = search.layer_of(generator)
    grid = style_layer.resolution
    ws = _codes(generator, search)
    clustering = spherical_kmeans(_outputs(generator, ws, style_layer), search.regions, search.seed, search.restarts)
    labels = torch.from_numpy(clustering.labels).view(search.samples, grid, grid)
    masks = F.one_hot(labels, search.regions).permute(0, 3, 1, 2).float()  # [N, k, g, g]
    parts = PARTS if search.parts else ()
    contributions, part_area = _contributions(generator, ws, masks, parts)
    return Regions(
        centroids=clustering.centroids,
        contributions=contributions,
        area_share=np.concatenate([masks.mean(dim=(0, 2, 3)).numpy(), part_area]),
        num_samples=search.samples,
        seed=search.seed,
        truncation_psi=search.truncation_psi,
        layer=search.layer,
        grid_size=grid,
        parts=parts,
    )


@torch.no_grad()
def _codes(generator: Generator, search: RegionSearch) -> Tensor:
    """Truncated codes [N, w_dim]: all layers of an image share one."""
    z = np.random.RandomState(search.seed).randn(search.samples, generator.config.z_dim).astype(np.float32)
    w = generator.mapping(torch.from_numpy(z), generator.c_of_seeds(range(search.samples)))
    return generator.truncate(w, search.truncation_psi)[:, 0]


def _batches(w: Tensor, title: str) -> Iterator[tuple[slice, Tensor]]:
    with progress(len(w), title) as bar:
        for start in range(0, len(w), BATCH):
            part = slice(start, min(start + BATCH, len(w)))
            yield part, w[part]
            bar.update(part.stop - part.start)


def _activations(generator: Generator, w: Tensor, names: list[str]) -> tuple[Tensor, dict[str, Tensor]]:
    """Images [N, C, R, R] with the codes w [N, w_dim] and constant noise, and the named activations."""
    styles = generator.synthesis.styles(generator.broadcast(w))
    result = generator.synthesis.from_styles(styles, "const", names)
    assert isinstance(result, tuple)
    return result


def _cut_off(generator: Generator, layer: StyleLayer) -> Generator:
    """The same generator without the blocks above the layer's, so that its output costs no full synthesis."""
    config = replace(generator.config, resolution=max(layer.resolution, 8))
    short = Generator(config).eval().requires_grad_(False)
    tensors = generator.state_dict()
    short.load_state_dict({name: tensors[name] for name in short.state_dict()})
    return short


@torch.no_grad()
def _outputs(generator: Generator, w: Tensor, layer: StyleLayer) -> NDArray[np.float32]:
    """Activations of the layer, one row per cell: [N * g * g, C]."""
    short, name = _cut_off(generator, layer), f"{layer.name}.output"
    parts = []
    for _, codes in _batches(w, f"output of {layer.name}"):
        output = _activations(short, codes, [name])[1][name]
        parts.append(output.permute(0, 2, 3, 1).flatten(0, 2))
    return torch.cat(parts).numpy()


@torch.no_grad()
def _contributions(
    generator: Generator, w: Tensor, masks: Tensor, kinds: tuple[str, ...]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """M [k + d, num_styles] of k clusters with their masks [N, k, g, g] and d parts, and the parts' share of the area
    [d]: streamed over the images in constant memory."""
    layers = generator.config.layers
    k = masks.shape[1]
    names = [f"{layer.name}.input" for layer in layers]
    sums = [torch.zeros(k + len(kinds), layer.dim, dtype=torch.float64) for layer in layers]
    counts = [torch.zeros(layer.dim, dtype=torch.float64) for layer in layers]
    part_area = torch.zeros(len(kinds), dtype=torch.float64)
    for part, codes in _batches(w, "contributions"):
        images, features = _activations(generator, codes, names)
        parts = _parts(images, kinds)
        part_area += parts.mean(dim=(2, 3), dtype=torch.float64).sum(dim=0) / len(w)
        for index, name in enumerate(names):
            share, valid = region_shares(features[name], masks[part])
            sums[index][:k] += share.sum(dim=0, dtype=torch.float64)
            if kinds:
                # A part is finer than most layers: each of their pixels has the share of it that lies there.
                within = F.interpolate(parts, size=features[name].shape[2:], mode="area")
                sums[index][k:] += region_shares(features[name], within)[0].sum(dim=0, dtype=torch.float64)
            counts[index] += valid.sum(dim=0, dtype=torch.float64)
    area = torch.cat([masks.mean(dim=(0, 2, 3), dtype=torch.float64), part_area])[:, None]  # [k + d, 1]
    # A channel that is constant in every sample says nothing about places: it counts as spread evenly.
    parts = [torch.where(n > 0, s / n.clamp_min(1), area) for s, n in zip(sums, counts, strict=True)]
    contributions = torch.cat(parts, dim=1)
    off = (contributions[:k].sum(dim=0) - 1).abs().max().item()
    if not off < 1e-3:
        raise ArithmeticError(f"contributions sum to 1 within {off}; 1e-3 is allowed")
    return contributions.float().numpy(), part_area.float().numpy()


def _parts(images: Tensor, kinds: tuple[str, ...]) -> Tensor:
    """Masks [N, d, R, R] float of images [N, C, R, R]."""
    found = [part_masks(grey_values(image), kinds) for image in images.float().cpu().numpy()]
    return torch.from_numpy(np.stack(found)).float()


def region_shares(x: Tensor, masks: Tensor) -> tuple[Tensor, Tensor]:
    """Where the squared, instance-normalised activation of every channel lies.

    Args:
        x: activations [N, C, H, W].
        masks: membership [N, k, g, g], 0 to 1; resized to H x W by nearest neighbour.

    Returns:
        shares [N, k, C] float32, which sum over k to 1 where the masks do, and zeros for constant maps; valid [N, C]
        bool, False for constant maps, which have no instance normalisation.
    """
    x = x.float()
    mean = x.mean(dim=(2, 3), keepdim=True)
    energy = (x - mean).square().flatten(2)  # [N, C, HW]
    total = energy.sum(dim=2)  # [N, C]
    pixels = energy.shape[2]
    valid = total / pixels > CONSTANT * mean.flatten(1).square() + 1e-30
    resized = F.interpolate(masks, size=x.shape[2:], mode="nearest").flatten(2)  # [N, k, HW]
    shares = resized @ energy.transpose(1, 2)  # [N, k, C]
    # Dividing by the sum of squares is the division by the variance, and by the number of pixels, in one.
    scale = torch.where(valid, 1 / torch.where(valid, total, 1.0), 0.0)
    return shares * scale[:, None, :], valid
