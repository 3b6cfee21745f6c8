"""Brings the skip image of an earlier block to the brightness of the whole image made smaller.

The toRGB layers up to a block do not add up to a finished image: later blocks add brightness as well as detail. So a
preview is a linear map of the skip image x, fitted once per network, by least squares over random codes, to the whole
image y averaged over squares of pixels:

    preview = W * x + b       W: 3x3 convolution [C, C, 3, 3], edges repeated;  b: an image [C, p, p]

Why this one: root of the mean squared error for codes that were not fitted, of networks trained on mammograms.

    image -> preview   one gain, offset   gain, b   3x3, offset   5x5, offset   3x3, b   5x5, b
    128 -> 32                     0.129     0.115         0.122         0.121    0.109    0.108
    128 -> 32, other              0.178     0.142         0.156         0.153    0.132    0.129
    64 -> 16                      0.146     0.118         0.117         0.113    0.105    0.105
    128 -> 64                     0.085     0.075         0.083         0.082    0.074    0.073

W undoes the blur of averaging, b holds what later blocks add to every image; the two add up, and 5x5 adds little. The
order is the same for codes moved by five standard deviations. With 64 codes fitted and other codes are off by the same
amount: nothing is fitted to chance, as it would be with a gain for every pixel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from mammoganesis.recipe.limits import DEFAULT_PSI, MAX_SEED
from training.export.graphs import noise_const, noise_sizes, num_noise
from training.networks import Generator

CODES = 64  # fitted
LEAST_CODES = 8  # below, b follows single images
SEED = MAX_SEED - 1  # of the codes
PSIS = (DEFAULT_PSI, 1.0)  # in turn
TAPS = 3  # rows and columns of W


@dataclass(frozen=True)
class PreviewMatch:
    """The map of one network."""

    weight: Tensor  # W [C, C, 3, 3] float32
    offset: Tensor  # b [C, p, p] float32

    def __call__(self, skip: Tensor) -> Tensor:
        """Skip images [N, C, p, p] -> previews of the same shape."""
        return F.conv2d(F.pad(skip, (TAPS // 2,) * 4, mode="replicate"), self.weight) + self.offset


def first_blocks(generator: Generator, resolution: int) -> Generator:
    """The generator up to the block at `resolution` pixels: what its preview shows."""
    short = Generator(replace(generator.config, resolution=resolution))
    tensors = generator.state_dict()
    short.load_state_dict({name: tensors[name] for name in short.state_dict()})
    return short.eval().requires_grad_(False)


def synthesise(generator: Generator, styles: Tensor, noise: Tensor, names: list[str]) -> tuple[Tensor, dict]:
    """One image, and the activations with these names, from flat styles [S] and noise [M].

    Of both the leading parts are taken that this generator has layers for.
    """
    dims = [layer.dim for layer in generator.config.layers]
    sizes = noise_sizes(generator)
    maps = noise[: num_noise(generator)].split([size * size for size in sizes])
    result = generator.synthesis.from_styles(
        styles[None, : sum(dims)].split(dims, dim=1),
        [part.view(1, 1, size, size) for part, size in zip(maps, sizes, strict=True)],
        names,
    )
    return cast(tuple[Tensor, dict], result)


@torch.no_grad()
def fit(generator: Generator, resolution: int, codes: int = CODES) -> PreviewMatch:
    """The map of a generator's skip image at `resolution` pixels, from `codes` codes (8 or more) with constant noise.

    z is `numpy.random.RandomState(SEED).randn(codes, z_dim)`; truncation takes turns between `PSIS`. Conditional
    networks are asked with the labels of the training images.
    """
    if codes < LEAST_CODES:
        raise ValueError(f"{codes} codes; at least {LEAST_CODES} are needed")
    config = generator.config
    random = np.random.RandomState(SEED)
    z = torch.from_numpy(random.randn(codes, config.z_dim).astype(np.float32))
    w = generator.mapping(z, generator.c_of_seeds(range(codes)))
    short, noise = first_blocks(generator, resolution), noise_const(generator)
    factor = config.resolution // resolution
    sums = _Sums()
    for index, row in enumerate(w):
        ws = generator.truncate(row[None], PSIS[index % len(PSIS)])
        styles = torch.cat(generator.synthesis.styles(ws), dim=1)[0]
        skip = synthesise(short, styles, noise, [])[0]
        sums.add(skip, F.avg_pool2d(synthesise(generator, styles, noise, [])[0], factor))
    return sums.solved()


class _Sums:
    """Normal equations of W and b, summed up image by image in float64."""

    def __init__(self) -> None:
        self.count = 0
        self.x = self.y = self.xx = self.xy = torch.zeros((), dtype=torch.float64)

    def add(self, skip: Tensor, whole: Tensor) -> None:
        """One pair [1, C, p, p]."""
        x = F.unfold(F.pad(skip.double(), (TAPS // 2,) * 4, mode="replicate"), TAPS)[0]  # [C * 9, p * p]
        y = whole.double().flatten(2)[0]  # [C, p * p]
        self.count += 1
        self.shape = skip.shape[1:]
        self.x, self.y = self.x + x, self.y + y
        self.xx, self.xy = self.xx + x @ x.T, self.xy + x @ y.T

    def solved(self) -> PreviewMatch:
        # b is what makes the mean over the codes right at every pixel; W explains the deviations from the means.
        x, y = self.x / self.count, self.y / self.count
        squares, products = self.xx / self.count - x @ x.T, self.xy / self.count - x @ y.T
        # Of a network whose skip image does not change there is nothing to explain: the pseudo-inverse gives W = 0.
        weight = torch.linalg.pinv(squares, rtol=1e-10, hermitian=True) @ products  # [C * 9, C]
        channels = self.shape[0]
        return PreviewMatch(
            weight.T.reshape(channels, channels, TAPS, TAPS).float().contiguous(),
            (y - weight.T @ x).reshape(self.shape).float().contiguous(),
        )
