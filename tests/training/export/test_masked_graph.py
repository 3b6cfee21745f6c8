"""Styles that differ between pixels: where they do not it is the plain network, and elsewhere the formula."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from mammoganesis.editing.masks import STYLE_SETS, masks_of_turns
from tests.support import exported_networks as networks
from training.export import graphs
from training.export.masked_graph import MaskedGraph
from training.export.synthesis_graph import SynthesisGraph
from training.networks import Generator

SIZE = 32
TOLERANCE = 1e-4  # a twentieth of what every bundle tolerates


@pytest.fixture(scope="module")
def generator() -> Generator:
    return networks.golden_generator()


@pytest.fixture(scope="module")
def given(generator: Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Styles [STYLE_SETS, 496] and noise [1, num_noise]."""
    random = np.random.RandomState(3)
    styles = 1 + 0.5 * random.randn(STYLE_SETS, 496).astype(np.float32)
    return torch.from_numpy(styles), torch.from_numpy(random.randn(1, graphs.num_noise(generator)).astype(np.float32))


@torch.no_grad()
def plain(generator: Generator, styles: torch.Tensor, noise: torch.Tensor) -> np.ndarray:
    return SynthesisGraph(generator)(styles[None], noise)[0].numpy()


@torch.no_grad()
def masked(generator: Generator, styles: torch.Tensor, masks: np.ndarray, noise: torch.Tensor) -> np.ndarray:
    return MaskedGraph(generator)(styles[None], torch.from_numpy(masks)[None], noise).numpy()


@pytest.mark.parametrize("chosen", range(STYLE_SETS))
def test_a_mask_of_one_is_the_plain_network(generator, given, chosen):
    styles, noise = given
    masks = np.zeros((STYLE_SETS, SIZE, SIZE), np.float32)
    masks[chosen] = 1
    image = masked(generator, styles, masks, noise)
    np.testing.assert_allclose(image, plain(generator, styles[chosen], noise), atol=TOLERANCE)
    assert np.abs(image - plain(generator, styles[chosen - 1], noise)).max() > 200 * TOLERANCE


def test_equal_sets_under_any_masks_are_the_plain_network(generator, given):
    styles, noise = given
    image = masked(generator, styles[:1].repeat(STYLE_SETS, 1), masks_of_turns(STYLE_SETS, SIZE), noise)
    np.testing.assert_allclose(image, plain(generator, styles[0], noise), atol=TOLERANCE)


def doubled(x: torch.Tensor, kernel: torch.Tensor, padding: tuple[int, ...]) -> torch.Tensor:
    """The filter on a grid of which every second number is zero."""
    zeros = torch.zeros(1, x.shape[1], 2 * x.shape[2], 2 * x.shape[3])
    zeros[:, :, ::2, ::2] = x
    return F.conv2d(F.pad(zeros, padding), kernel.expand(x.shape[1], 1, 4, 4), groups=x.shape[1])


@torch.no_grad()
def written_down(generator: Generator, styles: torch.Tensor, masks: np.ndarray, noise: torch.Tensor) -> np.ndarray:
    """The formula with the trained network's own weights: demodulation from each set's modulated kernel, masks averaged
    over squares, upsampling by zeros."""
    config = generator.config
    parts = styles.split([layer.dim for layer in config.layers], dim=1)
    maps = iter(noise.split([layer.resolution**2 for layer in config.noise_layers], dim=1))
    whole = torch.from_numpy(masks)
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 4
    kernel = torch.outer(taps, taps)[None, None]

    def field(values: torch.Tensor, size: int) -> torch.Tensor:
        """[K, C] -> [1, C, size, size]."""
        small = whole.reshape(len(whole), size, SIZE // size, size, SIZE // size).mean(dim=(2, 4))
        return torch.einsum("kc,kyx->cyx", values, small)[None]

    x, image = generator.synthesis.block(4).const[None], None
    for layer, style in zip(config.layers, parts, strict=True):
        module: Any = generator.get_submodule(f"synthesis.{layer.name}")
        modulated = x * field(style, x.shape[3])
        if layer.is_torgb:
            rgb = F.conv2d(modulated, module.weight * module.style_gain, module.bias)
            image = rgb if image is None else doubled(image, kernel, (2, 1, 2, 1)) + rgb
            continue
        scales = (module.weight[None] * style[:, None, :, None, None]).square().sum(dim=(2, 3, 4)).add(1e-8).rsqrt()
        if module.up:
            wide = torch.zeros(1, modulated.shape[1], 2 * x.shape[2] + 3, 2 * x.shape[3] + 3)
            wide[:, :, 2:-2:2, 2:-2:2] = modulated
            y = F.pad(F.conv2d(wide, module.weight.flip(2, 3)), (1, 1, 1, 1))
            y = F.conv2d(y, kernel.expand(y.shape[1], 1, 4, 4), groups=y.shape[1])
        else:
            y = F.conv2d(modulated, module.weight, padding=1)
        size = layer.resolution
        y = y * field(scales, size) + next(maps).view(1, 1, size, size) * module.noise_strength
        x = F.leaky_relu(y + module.bias[None, :, None, None], 0.2) * 2**0.5
    assert image is not None
    return image.numpy()


def test_fields_are_the_formula(generator, given):
    styles, noise = given
    random = np.random.RandomState(0)
    masks = random.rand(STYLE_SETS, SIZE, SIZE).astype(np.float32)
    masks /= masks.sum(axis=0)
    expected = written_down(generator, styles, masks, noise)
    np.testing.assert_allclose(masked(generator, styles, masks, noise), expected, atol=TOLERANCE)
