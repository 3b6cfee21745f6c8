"""Cases with known results, computed by PyTorch: golden ones, kept in the bundle and replayed by whoever serves it, and
random ones, which the exported graphs must also get right before the bundle is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mammoganesis.bundle.arrays import Golden
from mammoganesis.editing.labels import LabelMixture, c_of_images
from mammoganesis.editing.latents import z_from_seeds
from mammoganesis.editing.masks import STYLE_SETS, in_turn, masks_of_turns
from mammoganesis.recipe.limits import DEFAULT_PSI, MAX_SEED
from training.export.graphs import noise_const, num_noise
from training.export.masked_graph import MaskedGraph
from training.export.preview_match import PreviewMatch, first_blocks, synthesise
from training.networks import Generator

SEEDS = (0, 1, 2, 3)
MOST_LABELLED = 8  # cases with labels
MAX_CROP = 64  # pixels
RANDOM_SEED = MAX_SEED  # of the random cases

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Outputs:
    """What is asked of a generator beside its image."""

    feature_layer: str  # whose output is the second result of the synthesis graph
    preview_resolution: int  # pixels; 0: no preview
    preview_match: PreviewMatch | None = None  # None: the preview is the skip image as it is
    masked: bool = False  # also images of several sets of styles


@dataclass(frozen=True)
class Cases:
    """n codes, and what the network that was trained makes of them."""

    z: Array  # [n, z_dim]
    c: Array  # [n, c_dim]
    w: Array  # [n, w_dim], before truncation
    ws: Array  # [n, num_ws, w_dim], truncated
    styles: Array  # [n, num_styles]
    noise: Array  # [n, num_noise]
    image: Array  # [n, C, R, R]
    features: Array  # [n, Cf, g, g]
    preview: Array | None  # [n, C, p, p]
    masked: Array | None  # [n, C, R, R]: the styles of each case and of the next ones under `masks_of_turns`


@dataclass(frozen=True)
class GoldenCases:
    """Cases of a few seeds with constant noise, of a conditional network without labels and with them."""

    seeds: NDArray[np.int64]  # [n]
    truncation_psi: float
    cases: Cases

    def in_bundle(self) -> Golden:
        """What the bundle keeps of them: the middle of each image."""
        image, first = middle(self.cases.image)
        cases, psi = self.cases, self.truncation_psi
        preview, masked = (None if each is None else middle(each)[0] for each in (cases.preview, cases.masked))
        return Golden(self.seeds, cases.c, psi, cases.w, cases.styles, image, first, first, preview, masked)


def middle(image: Array) -> tuple[Array, int]:
    """The middle of images [N, C, H, H], MAX_CROP pixels at most, and its first row and column."""
    size = min(MAX_CROP, image.shape[2])
    first = (image.shape[2] - size) // 2
    return np.ascontiguousarray(image[:, :, first : first + size, first : first + size]), first


def golden_cases(generator: Generator, outputs: Outputs) -> GoldenCases:
    """The seeds 0 to 3 at the default psi, and for a conditional network the seeds from 4 on, with labels: each value
    of a field in turn, all of them once unless there are more than 8."""
    fields = dict(generator.config.label_fields)
    labelled = min(max(map(len, fields.values()), default=0), MOST_LABELLED)
    asked = [{name: values[i % len(values)] for name, values in fields.items()} for i in range(labelled)]
    seeds = [*SEEDS, *range(len(SEEDS), len(SEEDS) + labelled)]
    c = c_of_images([*({} for _ in SEEDS), *asked], fields)
    cases = cases_of_seeds(generator, seeds, c, DEFAULT_PSI, outputs)
    return GoldenCases(np.array(seeds, dtype=np.int64), DEFAULT_PSI, cases)


def cases_of_seeds(generator: Generator, seeds: Sequence[int], c: Array, psi: float, outputs: Outputs) -> Cases:
    """What a generator makes of seeds with labels c [n, c_dim] and the stored noise."""
    z, noise = z_from_seeds(seeds, generator.config.z_dim), noise_const(generator).numpy()
    return _compute(generator, z, c, psi, np.repeat(noise[None], len(seeds), axis=0), outputs)


def random_cases(generator: Generator, count: int, outputs: Outputs) -> Cases:
    """`count` random codes without truncation, each with its own noise and labels, rare ones as often as others."""
    config = generator.config
    random = np.random.RandomState(RANDOM_SEED)
    z = random.randn(count, config.z_dim).astype(np.float32)
    noise = random.randn(count, num_noise(generator)).astype(np.float32)
    c = LabelMixture.equal(dict(config.label_fields)).c_of_seeds(range(count))
    return _compute(generator, z, c, 1.0, noise, outputs)


@torch.no_grad()
def _compute(generator: Generator, z: Array, c: Array, psi: float, noise: Array, outputs: Outputs) -> Cases:
    """One image at a time, with the network as it was trained."""
    feature = f"{outputs.feature_layer}.output"
    w = generator.mapping(torch.from_numpy(z), torch.from_numpy(c))
    ws = generator.truncate(w, psi)
    styles = torch.cat(generator.synthesis.styles(ws), dim=1)
    short = first_blocks(generator, outputs.preview_resolution) if outputs.preview_resolution else None
    images, features, previews = [], [], []
    masked = _masked(generator, styles, torch.from_numpy(noise)) if outputs.masked else None
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
        masked=masked,
    )


def _masked(generator: Generator, styles: Tensor, noise: Tensor) -> Array:
    """[n, C, R, R] by the formula that is exported, in PyTorch: no network is trained with several sets of styles."""
    graph = MaskedGraph(generator)
    masks = torch.from_numpy(masks_of_turns(STYLE_SETS, generator.config.resolution))[None]
    sets = torch.from_numpy(in_turn(styles.numpy(), STYLE_SETS))
    rows = [graph(sets[i : i + 1], masks, noise[i : i + 1]) for i in range(len(sets))]
    return torch.cat(rows).numpy()
