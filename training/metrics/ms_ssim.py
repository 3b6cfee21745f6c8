"""Diversity: mean MS-SSIM of pairs of fakes (Wang et al. 2003; Odena et al. 2017, arXiv:1610.09585).

1 means that all images are alike. To be read against pairs of reals (the floor): clearly above it, samples are less
diverse than reals. Pairs are disjoint, so that they are independent; two images of a pair of reals never show the same
patient.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from training.metrics import bootstrap
from training.metrics.metric import Context, Metric
from training.metrics.result import Floor, MetricResult
from training.metrics.samples import Batch, Sample

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # of the scales, finest first
WINDOW = 11  # pixels
SIGMA = 1.5
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
PAIRS_AT_ONCE = 16


def scales_for(size: int) -> int:
    """How many scales images of this height and width have: at the coarsest one the window still fits. 1 to 5."""
    return sum(size // 2**scale >= WINDOW for scale in range(len(WEIGHTS))) or 1


def _blur(x: Tensor) -> Tensor:
    size = min(WINDOW, x.shape[-1])
    offsets = torch.arange(size, dtype=x.dtype) - (size - 1) / 2
    window = torch.exp(-offsets.square() / (2 * SIGMA**2))
    window = (window / window.sum()).expand(x.shape[1], 1, 1, -1)
    x = F.conv2d(x, window, groups=x.shape[1])
    return F.conv2d(x, window.transpose(2, 3), groups=x.shape[1])


def ms_ssim(x: Tensor, y: Tensor) -> Tensor:
    """MS-SSIM of pairs of images.

    Five scales with the weights of Wang et al.; images below 176 pixels have fewer, and the weights of those are scaled
    to sum to 1. Negative contrast terms count as 0.

    Args:
        x: [N, C, H, W] in [0, 255], at least 8 pixels wide and high.
        y: the same shape.

    Returns:
        [N] float64, 0 to 1.
    """
    x, y = x.double(), y.double()
    scales = scales_for(min(x.shape[-2:]))
    weights = torch.tensor(WEIGHTS[:scales], dtype=torch.float64)
    weights /= weights.sum()
    terms = []
    for scale in range(scales):
        if scale:
            x, y = F.avg_pool2d(x, 2), F.avg_pool2d(y, 2)
        mean_x, mean_y = _blur(x), _blur(y)
        variances = _blur(x * x) - mean_x**2 + _blur(y * y) - mean_y**2
        contrast = (2 * (_blur(x * y) - mean_x * mean_y) + C2) / (variances + C2)
        if scale == scales - 1:
            contrast = contrast * (2 * mean_x * mean_y + C1) / (mean_x**2 + mean_y**2 + C1)
        terms.append(contrast.mean(dim=(1, 2, 3)).clamp(min=0))
    return torch.prod(torch.stack(terms) ** weights[:, None], dim=0)


def pairs(groups: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.int64]:
    """Disjoint random pairs of different groups, [P, 2]; what finds no partner is left out."""
    order = random.permutation(len(groups))
    # Sorted by group (in random order), an image and the one half the set further on are of different groups.
    rank = random.permutation(int(groups.max()) + 1)
    order = order[np.argsort(rank[groups[order]], kind="stable")]
    half = len(order) // 2
    chosen = np.stack([order[:half], order[half : 2 * half]], axis=1)
    return chosen[groups[chosen[:, 0]] != groups[chosen[:, 1]]]


def of_pairs(images: Batch, chosen: NDArray[np.int64]) -> NDArray[np.float64]:
    """MS-SSIM [P] of pairs [P, 2] of images uint8 [N, C, H, W]."""
    parts = []
    for start in range(0, len(chosen), PAIRS_AT_ONCE):
        left, right = (torch.from_numpy(images[column]) for column in chosen[start : start + PAIRS_AT_ONCE].T)
        parts.append(ms_ssim(left, right).numpy())
    return np.concatenate(parts) if parts else np.zeros(0)


def _values(sample: Sample, random: np.random.Generator) -> NDArray[np.float64]:
    assert sample.images is not None
    return of_pairs(sample.images, pairs(sample.groups[: len(sample.images)], random))


def measure(context: Context) -> list[MetricResult]:
    values = _values(context.fakes, context.random())
    assert context.fakes.images is not None
    height = context.fakes.images.shape[-1]
    floor = None
    reals = np.zeros(0)
    if context.floor != "none":
        reals = _values(context.reals, context.random())
    if len(reals):
        random = context.random()
        draws = bootstrap.mean_replicates(reals, np.arange(len(reals)), max(context.bootstrap, 2), random)
        low, high = bootstrap.interval(float(reals.mean()), draws)
        kind = f"{len(reals)} pairs of {context.split_names[0]} images of different patients; range: 95 % bootstrap"
        floor = Floor(float(reals.mean()), low, high, kind, 2 * len(reals), 2 * len(reals), None)
    interval = None
    if context.bootstrap:
        draws = bootstrap.mean_replicates(values, np.arange(len(values)), context.bootstrap, context.random())
        interval = bootstrap.interval(float(values.mean()), draws)
    scales = scales_for(height)
    notes = ("to be near the floor, not below it: the floor is the similarity of pairs of reals",)
    if scales < len(WEIGHTS):
        notes += (f"{scales} of 5 scales, because the images are {height} pixels wide",)
    return [
        MetricResult(
            name="ms_ssim",
            value=float(values.mean()),
            better="lower",
            interval=interval,
            floor=floor,
            num_fakes=2 * len(values),
            num_reals=2 * len(reals),
            extractor="MS-SSIM of the grey values",
            extractor_digest="",
            notes=notes,
        )
    ]


METRIC = Metric(name="ms_ssim", needs=frozenset({"images"}), better={"ms_ssim": "lower"}, measure=measure)
