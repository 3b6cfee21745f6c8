"""From images to feature vectors by a network in a file: TorchScript or ONNX. Those built in are in `judges`.

Nothing is ever fetched. The discriminator of a run is not offered: it was trained against this very generator and is no
unbiased judge of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from mammoganesis.bundle.runtimes import CPU, CUDA
from mammoganesis.bundle.sessions import has_cuda, open_session
from mammoganesis.errors import BundleError, ConfigurationError

TORCHSCRIPT_SUFFIXES = frozenset({".pt", ".pth", ".ts", ".torchscript"})
Arguments = tuple[tuple[str, bool], ...]


class Extractor(Protocol):
    """Turns images into features."""

    @property
    def name(self) -> str:
        """One of `judges.NAMES`, or the file's name."""
        ...

    @property
    def digest(self) -> str:
        """sha256 of the file or of the weights, hexadecimal."""
        ...

    @property
    def description(self) -> str:
        """How images are fed to it, in words."""
        ...

    def __call__(self, images: Tensor) -> Tensor:
        """Images [N, C, H, W] float32 in [0, 255], C = 1 or 3 -> features [N, D] float32, on the CPU."""
        ...


@dataclass(frozen=True)
class InputSpec:
    """What a network wants to see. Grey images are repeated, colour images are averaged, to the wanted channels."""

    size: int  # height and width, pixels; resized by an anti-aliased bilinear filter. 0: as they are
    channels: int  # 1 or 3
    low: float  # value for black
    high: float  # value for white
    arguments: Arguments = ()  # keyword arguments of the network's forward (TorchScript only)

    def __post_init__(self) -> None:
        if not 0 <= self.size <= 2048:
            raise ConfigurationError(
                f"--input-size is {self.size}; it must lie between 0 (as they are) and 2048 pixels"
            )
        if self.channels not in (1, 3):
            raise ConfigurationError(f"--input-channels is {self.channels}; allowed are 1 and 3")
        if self.high <= self.low:
            raise ConfigurationError(f"--input-range is {self.low:g} to {self.high:g}; it must rise")

    def prepare(self, images: Tensor) -> Tensor:
        """[N, C, H, W] in [0, 255] -> [N, channels, size, size] in [low, high], float32."""
        images = images.float()
        if images.shape[1] != self.channels:
            images = images.mean(dim=1, keepdim=True).expand(-1, self.channels, -1, -1)
        if self.size and images.shape[-2:] != (self.size, self.size):
            images = F.interpolate(
                images, size=(self.size, self.size), mode="bilinear", antialias=True, align_corners=False
            )
        return (images / 255.0 * (self.high - self.low) + self.low).contiguous()

    @property
    def words(self) -> str:
        size = f"{self.size}x{self.size}" if self.size else "own size"
        given = "".join(f", {name}={value}" for name, value in self.arguments)
        return f"{size}, {self.channels} channel(s), {self.low:g} to {self.high:g}{given}"


KINDS = {
    # NVIDIA's TorchScript port of the 2015 Inception network resizes by itself and has logits beside features.
    "inception": InputSpec(0, 3, 0.0, 255.0, (("return_features", True),)),
    # ResNet-50 or InceptionV3 trained on RadImageNet: (x - 127.5) * 2 / 255 at 224 pixels.
    "radimagenet": InputSpec(224, 3, -1.0, 1.0),
    "plain": InputSpec(0, 1, 0.0, 1.0),
}


def spec_of(
    kind: str,
    size: int | None = None,
    channels: int | None = None,
    value_range: tuple[float, float] | None = None,
    arguments: Arguments | None = None,
) -> InputSpec:
    """The input of a kind of network, with single values replaced."""
    if kind not in KINDS:
        raise ConfigurationError(f"--extractor-kind is {kind!r}; allowed are {', '.join(KINDS)}")
    changes: dict[str, Any] = {"size": size, "channels": channels, "arguments": arguments}
    if value_range is not None:
        changes["low"], changes["high"] = value_range
    return replace(KINDS[kind], **{name: value for name, value in changes.items() if value is not None})


@dataclass(frozen=True)
class FileExtractor:
    """A network in a file."""

    name: str
    digest: str
    spec: InputSpec
    run: Callable[[Tensor], Tensor]  # [N, channels, size, size] -> [N, D] or [N, D, H, W]
    device: torch.device | str = "cpu"  # where `run` takes its images

    @property
    def description(self) -> str:
        return self.spec.words

    @torch.no_grad()
    def __call__(self, images: Tensor) -> Tensor:
        features = self.run(self.spec.prepare(images.to(self.device))).float()
        if features.ndim == 4:
            features = features.mean(dim=(2, 3))  # a network without its pooling
        if features.ndim != 2 or len(features) != len(images):
            raise ConfigurationError(
                f"{self.name}: its output has the shape {tuple(features.shape)}; [N, D] or [N, D, H, W] is needed"
            )
        if not bool(torch.isfinite(features).all()):
            raise ConfigurationError(f"{self.name}: its features are not all finite; is --input-range right?")
        return features.cpu()


def load(path: Path, spec: InputSpec, digest: str | None = None, device: torch.device | str = "cpu") -> FileExtractor:
    """Open a TorchScript (.pt, .pth, .ts) or ONNX (.onnx) file. Only open files from a source that you trust.

    Args:
        path: the file.
        spec: what it wants to see; a fixed input shape in an ONNX file goes before size and channels.
        digest: the sha256 that the file must have, hexadecimal; None accepts any and records it.
        device: where it runs.

    Raises:
        ConfigurationError: the file is missing, has another digest, or cannot be run.
    """
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ConfigurationError(f"--extractor {path}: cannot be read ({error.strerror})") from error
    if digest is not None and digest.lower() != found:
        raise ConfigurationError(f"--extractor {path}: its sha256 is {found}; --extractor-digest is {digest}")
    if path.suffix.lower() in TORCHSCRIPT_SUFFIXES:
        return FileExtractor(path.name, found, spec, _torchscript(path, spec.arguments, device), device)
    if path.suffix.lower() == ".onnx":
        run, spec = from_onnx(path, path, replace(spec, arguments=()), device)
        return FileExtractor(path.name, found, spec, run)
    allowed = ", ".join(sorted(TORCHSCRIPT_SUFFIXES | {".onnx"}))
    raise ConfigurationError(f"--extractor {path}: ends in {path.suffix!r}; allowed are {allowed}")


def _torchscript(path: Path, arguments: Arguments, device: torch.device | str) -> Callable[[Tensor], Tensor]:
    try:
        network = torch.jit.load(str(path), map_location=device).eval()
    except (RuntimeError, ValueError) as error:
        raise ConfigurationError(f"--extractor {path}: is no TorchScript file ({_first_line(error)})") from error

    def run(images: Tensor) -> Tensor:
        try:
            output = network(images, **dict(arguments))
        except RuntimeError as error:
            raise ConfigurationError(
                f"--extractor {path}: fails on input {tuple(images.shape)}: {_first_line(error)}"
            ) from error
        return output[0] if isinstance(output, (tuple, list)) else output

    return run


def from_onnx(
    model: bytes | Path, path: Path, spec: InputSpec, device: torch.device | str = "cpu"
) -> tuple[Callable[[Tensor], Tensor], InputSpec]:
    """The first output of an ONNX network as a function of images [N, channels, size, size], whatever its layout.

    It takes and gives tensors of the host; ONNX Runtime uploads them itself.

    Args:
        model: the content of a file, or where it lies.
        path: where it came from, for messages.
        spec: what it wants to see; returned with the size and channels that its input is fixed to.
        device: where it runs; a GPU only where this ONNX Runtime can use one.

    Raises:
        ConfigurationError: it cannot be run, or takes no square images.
    """
    provider = CUDA if torch.device(device).type == "cuda" and has_cuda() else CPU
    try:
        session = open_session(model, path, provider, threads=torch.get_num_threads())
    except BundleError as error:
        raise ConfigurationError(f"--extractor {path}: is no ONNX file that runs ({error.reason})") from error
    [entry, *_] = session.get_inputs()
    shape = list(entry.shape)
    if len(shape) != 4:
        raise ConfigurationError(f"--extractor {path}: its input has the shape {shape}; four dimensions are needed")
    channels_last = shape[1] not in (1, 3) and shape[3] in (1, 3)
    _, channels, height, width = [shape[0], shape[3], shape[1], shape[2]] if channels_last else shape
    if isinstance(channels, int):
        spec = replace(spec, channels=channels)
    if isinstance(height, int) and isinstance(width, int):
        if height != width:
            raise ConfigurationError(f"--extractor {path}: its input is {height}x{width}; a square one is needed")
        spec = replace(spec, size=height)

    def run(images: Tensor) -> Tensor:
        array = (images.permute(0, 2, 3, 1) if channels_last else images).numpy()
        parts = [array] if shape[0] != 1 else [array[i : i + 1] for i in range(len(array))]
        try:
            outputs = [np.asarray(session.run(None, {entry.name: np.ascontiguousarray(p)})[0]) for p in parts]
        except Exception as error:  # ONNX Runtime's errors share no base class
            raise ConfigurationError(f"--extractor {path}: fails on {array.shape}: {_first_line(error)}") from error
        features = torch.from_numpy(np.concatenate(outputs))
        return features.permute(0, 3, 1, 2) if channels_last and features.ndim == 4 else features

    return run, spec


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:300]


def identity(extractor: Extractor) -> str:
    """Hexadecimal digest of the features' identity: the network's digest and how images are fed to it."""
    content = json.dumps([extractor.name, extractor.digest, extractor.description])
    return hashlib.sha256(content.encode()).hexdigest()
