"""The synthesis network in the form in which it is exported: whole, or only its first blocks (the preview).

    styles [N, num_styles], noise [N, num_noise] -> image [N, C, H, W], features [N, Cf, g, g]

What ONNX Runtime runs fastest, and row by row the same whatever else is in the batch:

- Convolution weights are constants: `y = d * conv(x * s, W)`.
- The low-pass filter after a transposed convolution is two depthwise convolutions, along rows and along columns.
- The gain sqrt(2) of every activation is inside the constants.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mammoganesis.editing.layers import DEFAULT_FEATURE_LAYER, StyleLayer
from training.export.graphs import Constants
from training.export.preview_match import PreviewMatch
from training.networks import Generator
from training.networks.activation import GAIN, SLOPE
from training.networks.fir import TAPS
from training.networks.synthesis import SynthesisLayer, ToImage

Field = Callable[[Tensor, int], Tensor]
"""Numbers of a layer [N, C, K, 1] and a size in pixels -> what features [N, C, size, size] are multiplied by."""


def everywhere(values: Tensor, size: int) -> Tensor:
    """The field of one set of styles (K = 1): the same at every pixel, [N, C, 1, 1]."""
    return values


def upsampling_taps() -> Tensor:
    """[4] float32: the low-pass filter along one axis, with the gain 2 of a 2x upsampling."""
    return torch.tensor(TAPS) / sum(TAPS) * 2


class StyledConvolution(Constants):
    """Modulated 3x3 convolution, noise, bias and leaky ReLU. [N, I, H, W] -> [N, O, H * up, W * up]."""

    weight: Tensor  # [O, I, 3, 3], or [I, O, 3, 3] when upsampling
    energy: Tensor  # [O, I, 1, 1]
    energy_floor: Tensor  # [O]
    noise_gain: Tensor  # scalar
    bias: Tensor  # [1, O, 1, 1]
    rows: Tensor  # [O, 1, 1, 4]
    columns: Tensor  # [O, 1, 4, 1]

    def __init__(self, layer: SynthesisLayer) -> None:
        super().__init__()
        self.up = layer.up
        out_channels = layer.weight.shape[0]
        energy = layer.weight.double().square().sum(dim=(2, 3)) / GAIN**2
        self.constant("weight", layer.weight.transpose(0, 1) if layer.up else layer.weight)
        self.constant("energy", energy.float()[:, :, None, None])
        self.constant("energy_floor", torch.full((out_channels,), 1e-8 / GAIN**2))
        self.constant("noise_gain", layer.noise_strength * GAIN)
        self.constant("bias", (layer.bias * GAIN)[None, :, None, None])
        if layer.up:
            taps = upsampling_taps()
            self.constant("rows", taps.view(1, 1, 1, 4).expand(out_channels, -1, -1, -1))
            self.constant("columns", taps.view(1, 1, 4, 1).expand(out_channels, -1, -1, -1))

    def forward(self, x: Tensor, style: Tensor, noise: Tensor, field: Field = everywhere) -> Tensor:
        scale = torch.rsqrt(F.conv2d(style * style, self.energy, self.energy_floor))  # sqrt(2) * d: [N, O, K, 1]
        x = x * field(style, x.shape[3])
        if self.up:
            x = F.conv_transpose2d(x, self.weight, stride=2)
            x = F.conv2d(x, self.rows, padding=(0, 1), groups=x.shape[1])
            x = F.conv2d(x, self.columns, padding=(1, 0), groups=x.shape[1])
        else:
            x = F.conv2d(x, self.weight, padding=1)
        x = x * field(scale, noise.shape[3]) + noise * self.noise_gain + self.bias
        return F.leaky_relu(x, SLOPE)


class ToImageChannels(Constants):
    """Modulated 1x1 convolution to image channels. [N, I, H, W] -> [N, C, H, W] float32."""

    weight: Tensor  # [C, I, 1, 1]
    bias: Tensor  # [C]

    def __init__(self, layer: ToImage) -> None:
        super().__init__()
        self.constant("weight", layer.weight * layer.style_gain)
        self.constant("bias", layer.bias)

    def forward(self, x: Tensor, style: Tensor, field: Field = everywhere) -> Tensor:
        return F.conv2d(x * field(style, x.shape[3]), self.weight, self.bias)


class SynthesisGraph(Constants):
    """styles [N, num_styles] and noise [N, num_noise], float32 -> image [N, C, r, r] and features [N, Cf, g, g].

    `noise` holds standard normal values, before the noise strengths; its maps stand in the order of `noise_sizes`.

    Args:
        generator: in eval mode, float32.
        feature_layer: style layer with a 3x3 convolution whose output is the second result.
        resolution: of the last block that is run, in pixels; None means all. Styles and noise are then the leading
            parts of the whole network's, and the image is what its toRGB layers have added up so far.
    """

    const: Tensor  # [1, I, 4, 4]
    image_filter: Tensor  # [C, 1, 4, 4]

    def __init__(
        self, generator: Generator, feature_layer: str = DEFAULT_FEATURE_LAYER, resolution: int | None = None
    ) -> None:
        super().__init__()
        config = generator.config
        last = config.resolution if resolution is None else resolution
        self.feature_layer = feature_layer
        self.layer_list: tuple[StyleLayer, ...] = tuple(layer for layer in config.layers if layer.resolution <= last)
        if feature_layer not in {layer.name for layer in self.layer_list if not layer.is_torgb}:
            raise ValueError(f"{feature_layer} is not a convolution of the blocks up to {last} pixels")
        self.dims = [layer.dim for layer in self.layer_list]
        self.noise_sizes = [layer.resolution for layer in self.layer_list if not layer.is_torgb]
        self.image_channels = config.image_channels
        self.edge = config.edge_padding
        self.steps = nn.ModuleList(self._step(generator.synthesis.get_submodule(x.name)) for x in self.layer_list)
        self.constant("const", generator.synthesis.block(4).const[None])
        taps = upsampling_taps()
        self.constant("image_filter", torch.outer(taps, taps).expand(config.image_channels, 1, 4, 4))

    @property
    def num_styles(self) -> int:
        """Numbers of styles that the graph takes."""
        return sum(self.dims)

    @property
    def num_noise(self) -> int:
        """Numbers of noise that the graph takes."""
        return sum(size * size for size in self.noise_sizes)

    def _step(self, module: nn.Module) -> nn.Module:
        return StyledConvolution(module) if isinstance(module, SynthesisLayer) else ToImageChannels(module)  # type: ignore[arg-type]

    def forward(self, styles: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        return self.draw(styles[:, :, None, None], noise, {})

    def draw(self, styles: Tensor, noise: Tensor, field: dict[str, Field]) -> tuple[Tensor, Tensor]:
        """Image and features. styles [N, num_styles, K, 1]; `field` is given to every layer, as `field=...`, where
        styles differ between pixels, and is empty where they do not."""
        style_list = styles.split(self.dims, dim=1)
        maps = iter(noise.split([size * size for size in self.noise_sizes], dim=1))
        sizes = iter(self.noise_sizes)
        x, features = self.const, self.const
        image: Tensor | None = None
        for layer, step, style in zip(self.layer_list, self.steps, style_list, strict=True):
            if layer.is_torgb:
                rgb = step(x, style, **field)
                image = rgb if image is None else self._upsample(image) + rgb
            else:
                x = step(x, style, next(maps).unflatten(1, (1, size := next(sizes), size)), **field)
            if layer.name == self.feature_layer:
                features = x
        assert image is not None
        return image, features.float()

    def _upsample(self, image: Tensor) -> Tensor:
        padding = 1
        if self.edge:
            image, padding = F.pad(image, (1, 1, 1, 1), mode="replicate"), 3
        return F.conv_transpose2d(image, self.image_filter, stride=2, padding=padding, groups=self.image_channels)


class PreviewGraph(SynthesisGraph):
    """The first blocks; the image is what `match` makes of the skip image at `resolution` pixels, None: that itself."""

    match_weight: Tensor  # [C, C, 3, 3]
    match_offset: Tensor  # [C, p, p]

    def __init__(self, generator: Generator, feature_layer: str, resolution: int, match: PreviewMatch | None) -> None:
        super().__init__(generator, feature_layer, resolution)
        self.matched = match is not None
        if match is not None:
            self.constant("match_weight", match.weight)
            self.constant("match_offset", match.offset)

    def forward(self, styles: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        image, features = super().forward(styles, noise)
        return PreviewMatch(self.match_weight, self.match_offset)(image) if self.matched else image, features
