"""The built-in extractors by name, and who may not be judged by which."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from mammoganesis.errors import ConfigurationError
from training.configs.names import JUDGES

if TYPE_CHECKING:
    import torch

    from training.metrics.extractors import Extractor, FileExtractor

NAMES = JUDGES  # the first is the default


def open_judge(name: str, resolution: int, device: torch.device | str = "cpu") -> Extractor:
    """One of `NAMES`, for images of this many pixels, running on the device.

    Raises:
        ConfigurationError: the package with its weights is not installed, or holds others.
    """
    if name == "lite0":
        return lite0(device)
    if name == "opennsfw":
        from training.metrics.opennsfw import opennsfw

        return opennsfw(device)
    from training.metrics.random_projection import RandomProjection

    return RandomProjection(max(resolution, 16), device)


def lite0(device: torch.device | str = "cpu") -> FileExtractor:
    """EfficientNet-lite0, the 1280 pooled values that its classifier sees; (value - 127) / 128 of 8-bit colours enter.

    Raises:
        ConfigurationError: the package with its weights is not installed, or holds others.
    """
    from training.metrics.extractors import FileExtractor, InputSpec
    from training.networks.lite0 import WEIGHTS, FrozenConvolution, Lite0, load_weights

    weights = load_weights()
    network = Lite0(weights).eval().to(device)
    head = FrozenConvolution(weights, "_conv_head", "_bn1").to(device)
    spec = InputSpec(224, 3, -127 / 128, 1.0)
    return FileExtractor("lite0", WEIGHTS.sha256, spec, lambda images: head(network(images)[-1]), device)


def refuse_teacher(option: str, name: str, teachers: Collection[str], pupil: str) -> None:
    """Whoever taught a generator finds nothing wrong with it.

    Args:
        option: the option that chose the judge, for the message.
        name: the judge.
        teachers: the frozen networks in whose features a discriminator taught the generator.
        pupil: what is to be judged, for the message.

    Raises:
        ConfigurationError: the judge is one of the teachers.
    """
    if name in teachers:
        others = ", ".join(other for other in NAMES if other not in teachers)
        raise ConfigurationError(
            f"{option} is {name}, and {pupil} was trained with --projected {name}: what taught a generator is no "
            f"judge of it; allowed are {others}"
        )
