"""Cases with known results, computed by PyTorch: golden ones, kept in the bundle and replayed by whoever serves it, and
random ones, which the exported graphs must also get right before the bundle is written."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from mammoganesis.bundle.arrays import Golden
from mammoganesis.editing.latents import z_from_seeds
from mammoganesis.recipe.limits import DEFAULT_PSI, MAX_SEED
from training.export.graphs import noise_const, num_noise
from training.export.preview_match import PreviewMatch, first_blocks, random_labels, synthesise
from training.networks import Generator

SEEDS = (0, 1, 2, 3)
MAX_CROP = 64  # pixels
RANDOM_SEED = MAX_SEED  # of the random cases

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Outputs:
    """What is asked of a generator beside its image."""

    feature_layer: str  # whose output is the second result of the synthesis graph
    preview_resolution: int  # pixels; 0: no preview
    preview_match: PreviewMatch | None = None  # None: the preview is the skip image as it is


@dataclass(frozen=True)
class Cases:
    """n codes, and what the network that was trained makes of them."""

    z: Array  # [n, z_dim]
    c: Array | None  # [n, c_dim] of a conditional network
    w: Array  # [n, w_dim], before truncation
    ws: Array  # [n, num_ws, w_dim], truncated
    styles: Array  # [n, num_styles]
    noise: Array  # [n, num_noise]
    image: Array  # [n, C, R, R]
    features: Array  # [n, Cf, g, g]
    preview: Array | None  # [n, C, p, p]


@dataclass(frozen=True)
class GoldenCases:
    """Cases of a few seeds with constant noise; a conditional network is asked without labels (c is 0)."""

    seeds: NDArray[np.int64]  # [n]
    truncation_psi: float
    cases: Cases

    def in_bundle(self) -> Golden:
        """What the bundle keeps of them: the middle of each image."""
        image, first = middle(self.cases.image)
        preview = None if self.cases.preview is None else middle(self.cases.preview)[0]
        w, styles = self.cases.w, self.cases.styles
        return Golden(self.seeds, self.truncation_psi, w, styles, image, first, first, preview)


def middle(image: Array) -> tuple[Array, int]:
    """The middle of images [N, C, H, H], MAX_CROP pixels at most, and its first row and column."""
    size = min(MAX_CROP, image.shape[2])
    first = (image.shape[2] - size) // 2
    return np.ascontiguousarray(image[:, :, first : first + size, first : first + size]), first


def golden_cases(generator: Generator, outputs: Outputs) -> GoldenCases:
    """The seeds 0 to 3 at the default psi."""
    config = generator.config
    z = z_from_seeds(SEEDS, config.z_dim)
    c = np.zeros((len(SEEDS), config.c_dim), np.float32) if config.c_dim else None
    noise = noise_const(generator).numpy()
    cases = _compute(generator, z, c, DEFAULT_PSI, np.repeat(noise[None], len(SEEDS), axis=0), outputs)
    return GoldenCases(np.array(SEEDS, dtype=np.int64), DEFAULT_PSI, cases)


def random_cases(generator: Generator, count: int, outputs: Outputs) -> Cases:
    """`count` random codes without truncation, each with its own noise and, where there are any, its own labels."""
    config = generator.config
    random = np.random.RandomState(RANDOM_SEED)
    z = random.randn(count, config.z_dim).astype(np.float32)
    noise = random.randn(count, num_noise(generator)).astype(np.float32)
    c = random_labels(random, count, generator)
    return _compute(generator, z, None if c is None else c.numpy(), 1.0, noise, outputs)


@torch.no_grad()
def _compute(generator: Generator, z: Array, c: Array | None, psi: float, noise: Array, outputs: Outputs) -> Cases:
    """One image at a time, with the network as it was trained."""
    feature = f"{outputs.feature_layer}.output"
    w = generator.mapping(torch.from_numpy(z), None if c is None else torch.from_numpy(c))
    ws = generator.truncate(w, psi)
    styles = torch.cat(generator.synthesis.styles(ws), dim=1)
    short = first_blocks(generator, outputs.preview_resolution) if outputs.preview_resolution else None
    images, features, previews = [], [], []
    for row, flat in zip(styles, torch.from_numpy(noise), strict=True):
        image, activations = synthesise(generator, row, flat, [feature])
        images.append(image)
        features.append(activations[feature])
        if short is not None:
            skip = synthesise(short, row, flat, [])[0]
            previews.append(skip if outputs.preview_match is None else outputs.preview_match(skip))
    return Cases(
        z=z,
        c=c,
        w=w.numpy(),
        ws=ws.contiguous().numpy(),
        styles=styles.numpy(),
        noise=noise,
        image=torch.cat(images).numpy(),
        features=torch.cat(features).numpy(),
        preview=torch.cat(previews).numpy() if previews else None,
    )
