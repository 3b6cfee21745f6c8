"""Semantic regions of a generator, and what every style channel contributes to each of them.

Collins et al. 2020, "Editing in Style": activations of an early layer, clustered by direction, fall into semantic
regions; `M[k, c]` is the share of the squared, instance-normalised activation of channel c that lies in region k.
A StyleGAN2 style multiplies the channels that ENTER its convolution, so M is taken on those.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F
from tqdm import tqdm

from mammoganesis.bundle.arrays import Regions
from mammoganesis.editing.layers import DEFAULT_FEATURE_LAYER, StyleLayer
from mammoganesis.errors import ConfigurationError
from mammoganesis.recipe.limits import DEFAULT_PSI, MAX_PSI, MAX_SEED
from training.discovery.clustering import spherical_kmeans
from training.networks import Generator

DEFAULT_SAMPLES = 500
DEFAULT_REGIONS = 10
DEFAULT_RESTARTS = 10
BATCH = 4  # images synthesised at once
CONSTANT = 1e-10  # a map whose variance is below this times its mean square holds rounding errors only


def find_regions(
    generator: Generator,
    num_samples: int = DEFAULT_SAMPLES,
    num_regions: int = DEFAULT_REGIONS,
    truncation_psi: float = DEFAULT_PSI,
    seed: int = 0,
    *,
    layer: str = DEFAULT_FEATURE_LAYER,
    restarts: int = DEFAULT_RESTARTS,
    progress: bool = True,
) -> Regions:
    """Cluster the output of one layer and measure the contributions of all style channels.

    Args:
        generator: in eval mode; its constant noise maps are used.
        num_samples: images, 1 or more.
        num_regions: clusters.
        truncation_psi: 0 to 2.
        seed: 0 to 2^32-1; of the codes and of the clustering.
        layer: style layer with a 3x3 convolution whose output is clustered.
        restarts: runs of k-means of which the best is taken.
        progress: show bars.

    Raises:
        ConfigurationError: a value is outside its range.
    """
    style_layer = _check(generator, num_samples, truncation_psi, seed, layer)
    grid = style_layer.resolution
    ws = _codes(generator, num_samples, truncation_psi, seed)
    rows = _outputs(generator, ws, style_layer, progress)
    with tqdm(total=restarts, unit="run", desc="clustering", disable=not progress) as bar:
        clustering = spherical_kmeans(rows, num_regions, seed, restarts, lambda _: bar.update())
    labels = torch.from_numpy(clustering.labels).view(num_samples, grid, grid)
    masks = F.one_hot(labels, num_regions).permute(0, 3, 1, 2).float()  # [N, k, g, g]
    contributions = _contributions(generator, ws, masks, progress)
    return Regions(
        centroids=clustering.centroids,
        contributions=contributions,
        area_share=masks.mean(dim=(0, 2, 3)).numpy(),
        num_samples=num_samples,
        seed=seed,
        truncation_psi=truncation_psi,
        layer=layer,
        grid_size=grid,
    )


def _check(generator: Generator, num_samples: int, truncation_psi: float, seed: int, layer: str) -> StyleLayer:
    if num_samples < 1:
        raise ConfigurationError(f"samples is {num_samples}; it must be 1 or more")
    if not 0 <= truncation_psi <= MAX_PSI:
        raise ConfigurationError(f"truncation psi is {truncation_psi}; it must lie between 0 and {MAX_PSI:g}")
    if not 0 <= seed <= MAX_SEED:
        raise ConfigurationError(f"seed is {seed}; it must lie between 0 and {MAX_SEED}")
    allowed = {candidate.name: candidate for candidate in generator.config.noise_layers}
    if layer not in allowed:
        raise ConfigurationError(f"layer is {layer!r}; allowed are {', '.join(allowed)}")
    return allowed[layer]


@torch.no_grad()
def _codes(generator: Generator, num_samples: int, truncation_psi: float, seed: int) -> Tensor:
    """Truncated codes [N, w_dim]: all layers of an image share one."""
    z = np.random.RandomState(seed).randn(num_samples, generator.config.z_dim).astype(np.float32)
    return generator.truncate(generator.mapping(torch.from_numpy(z)), truncation_psi)[:, 0]


def _batches(w: Tensor, title: str, progress: bool) -> Iterator[tuple[slice, Tensor]]:
    with tqdm(total=len(w), unit="image", desc=title, disable=not progress) as bar:
        for start in range(0, len(w), BATCH):
            part = slice(start, min(start + BATCH, len(w)))
            yield part, w[part]
            bar.update(part.stop - part.start)


def _activations(generator: Generator, w: Tensor, names: list[str]) -> dict[str, Tensor]:
    """The named activations of images with the codes w [N, w_dim] and constant noise."""
    styles = generator.synthesis.styles(generator.broadcast(w))
    result = generator.synthesis.from_styles(styles, "const", names)
    assert isinstance(result, tuple)
    return result[1]


def _cut_off(generator: Generator, layer: StyleLayer) -> Generator:
    """The same generator without the blocks above the layer's, so that its output costs no full synthesis."""
    config = replace(generator.config, resolution=max(layer.resolution, 8))
    short = Generator(config).eval().requires_grad_(False)
    tensors = generator.state_dict()
    short.load_state_dict({name: tensors[name] for name in short.state_dict()})
    return short


@torch.no_grad()
def _outputs(generator: Generator, w: Tensor, layer: StyleLayer, progress: bool) -> NDArray[np.float32]:
    """Activations of the layer, one row per cell: [N * g * g, C]."""
    short, name = _cut_off(generator, layer), f"{layer.name}.output"
    parts = []
    for _, codes in _batches(w, f"output of {layer.name}", progress):
        output = _activations(short, codes, [name])[name]
        parts.append(output.permute(0, 2, 3, 1).flatten(0, 2))
    return torch.cat(parts).numpy()


@torch.no_grad()
def _contributions(generator: Generator, w: Tensor, masks: Tensor, progress: bool) -> NDArray[np.float32]:
    """M [k, num_styles]: streamed over the images in constant memory."""
    layers = generator.config.layers
    names = [f"{layer.name}.input" for layer in layers]
    sums = [torch.zeros(masks.shape[1], layer.dim, dtype=torch.float64) for layer in layers]
    counts = [torch.zeros(layer.dim, dtype=torch.float64) for layer in layers]
    for part, codes in _batches(w, "contributions", progress):
        features = _activations(generator, codes, names)
        for index, name in enumerate(names):
            share, valid = region_shares(features[name], masks[part])
            sums[index] += share.sum(dim=0, dtype=torch.float64)
            counts[index] += valid.sum(dim=0, dtype=torch.float64)
    area = masks.mean(dim=(0, 2, 3), dtype=torch.float64)[:, None]  # [k, 1]
    # A channel that is constant in every sample says nothing about places: it counts as spread evenly.
    parts = [torch.where(n > 0, s / n.clamp_min(1), area) for s, n in zip(sums, counts, strict=True)]
    contributions = torch.cat(parts, dim=1)
    off = (contributions.sum(dim=0) - 1).abs().max().item()
    if not off < 1e-3:
        raise ArithmeticError(f"contributions sum to 1 within {off}; 1e-3 is allowed")
    return contributions.float().numpy()


def region_shares(x: Tensor, masks: Tensor) -> tuple[Tensor, Tensor]:
    """Where the squared, instance-normalised activation of every channel lies.

    Args:
        x: activations [N, C, H, W].
        masks: membership [N, k, g, g] of 0 and 1, one region per cell; resized to H x W by nearest neighbour.

    Returns:
        shares [N, k, C] float32, which sum over k to 1, and zeros for constant maps; valid [N, C] bool, False for
        constant maps, which have no instance normalisation.
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
