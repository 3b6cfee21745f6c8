"""A generator to measure: a checkpoint or a bundle, as arrays in and arrays out.

    codes   seeds -> w [N, w_dim]
    styles  ws [N, num_ws, w_dim] -> [N, num_styles]
    render  styles -> image [N, C, R, R], features [N, Cf, g, g], with the constant noise

On a CPU a checkpoint is run as the graphs that its bundle would hold, which ONNX Runtime runs about three times faster
than PyTorch does; on an accelerator it is run by PyTorch.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from google.protobuf import json_format
from numpy.typing import NDArray

from mammoganesis.bundle.v1 import manifest_pb2
from mammoganesis.errors import ConfigurationError, DataError
from mammoganesis.files import Location, location
from training.checkpoints.checkpoint import load_generator_ema, resolve
from training.checkpoints.digest import generator_digest
from training.export.graphs import noise_const
from training.export.onnx_files import run, session, to_onnx
from training.export.synthesis_graph import DEFAULT_FEATURE_LAYER, SynthesisGraph
from training.networks import Generator

Array = NDArray[np.float32]
BATCH = 8  # images rendered at once
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Layer:
    """One style layer, in order of synthesis."""

    name: str  # such as b8.conv0
    dim: int
    ws_index: int
    input_resolution: int  # width and height in pixels of what its convolution reads

    @property
    def resolution(self) -> int:
        """Width and height of the layer's block."""
        return int(self.name.split(".")[0][1:])


def style_layers(names: Sequence[str], dims: Sequence[int], ws_indices: Sequence[int]) -> tuple[Layer, ...]:
    """The layers with these names, such as b8.conv0."""
    layers = []
    for name, dim, ws_index in zip(names, dims, ws_indices, strict=True):
        block, kind = name.split(".")
        size = int(block[1:])
        layers.append(Layer(name, dim, ws_index, size // 2 if kind == "conv0" else size))
    return tuple(layers)


class Network(Protocol):
    """What measurements need of a generator. All arrays are float32."""

    layers: tuple[Layer, ...]
    num_ws: int
    z_dim: int
    w_avg: Array  # [w_dim]
    digest: str  # SHA-256 of generator_ema.safetensors

    def mapping(self, z: Array) -> Array:
        """z [N, z_dim] -> w [N, w_dim], before truncation; a conditional network gets no labels."""
        ...

    def styles(self, ws: Array) -> Array:
        """ws [N, num_ws, w_dim] -> [N, num_styles]."""
        ...

    def render(self, styles: Array) -> tuple[Array, Array]:
        """styles [N, num_styles] -> image [N, C, R, R], about -1 to 1; features [N, Cf, g, g]. Constant noise."""
        ...


def codes(network: Network, seeds: Sequence[int], psi: float) -> Array:
    """ws [N, num_ws, w_dim] of seeds, truncated to psi: `RandomState(seed).randn(1, z_dim)` each."""
    z = np.concatenate([np.random.RandomState(seed).randn(1, network.z_dim) for seed in seeds]).astype(np.float32)
    w = network.w_avg + np.float32(psi) * (network.mapping(z) - network.w_avg)
    return np.repeat(w[:, None], network.num_ws, axis=1).astype(np.float32)


def render_all(network: Network, styles: Array, batch: int = BATCH) -> tuple[Array, Array]:
    """`render` of any number of rows, a batch at a time."""
    parts = [network.render(styles[start : start + batch]) for start in range(0, len(styles), batch)]
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def layer_slices(layers: Sequence[Layer]) -> list[slice]:
    """Where each layer stands among the num_styles."""
    ends = np.cumsum([layer.dim for layer in layers])
    return [slice(int(end) - layer.dim, int(end)) for end, layer in zip(ends, layers, strict=True)]


class Checkpoint:
    """A generator of ours, by PyTorch."""

    def __init__(self, generator: Generator, digest: str, feature_layer: str, device: str = "cpu") -> None:
        self.generator = generator.to(device)
        self.device = torch.device(device)
        config = generator.config
        self.layers = style_layers(*zip(*((x.name, x.dim, x.ws_index) for x in config.layers), strict=True))
        self.num_ws, self.z_dim = config.num_ws, config.z_dim
        self.w_avg: Array = generator.mapping.w_avg.cpu().numpy()
        self.digest = digest
        self.feature = f"{feature_layer}.output"
        self.dims = [layer.dim for layer in config.layers]

    @torch.no_grad()
    def mapping(self, z: Array) -> Array:
        return self.generator.mapping(torch.from_numpy(z).to(self.device)).cpu().numpy()

    @torch.no_grad()
    def styles(self, ws: Array) -> Array:
        parts = self.generator.synthesis.styles(torch.from_numpy(ws).to(self.device))
        return torch.cat(parts, dim=1).cpu().numpy()

    @torch.no_grad()
    def render(self, styles: Array) -> tuple[Array, Array]:
        parts = torch.from_numpy(styles).to(self.device).split(self.dims, dim=1)
        result = self.generator.synthesis.from_styles(parts, "const", [self.feature])
        assert isinstance(result, tuple)
        return result[0].float().cpu().numpy(), result[1][self.feature].float().cpu().numpy()


class GraphCheckpoint(Checkpoint):
    """A generator of ours on the CPU, with the synthesis in ONNX Runtime."""

    def __init__(self, generator: Generator, digest: str, feature_layer: str, threads: int = 0) -> None:
        super().__init__(generator, digest, feature_layer)
        noise = noise_const(generator)
        example = {"styles": torch.randn(2, sum(self.dims)), "noise": noise.expand(2, -1).contiguous()}
        graph = to_onnx(SynthesisGraph(generator, feature_layer), example, ["image", "features"])
        self.runner, self.noise = session(graph, threads), noise.numpy()

    def render(self, styles: Array) -> tuple[Array, Array]:
        image, features = run(self.runner, styles=styles, noise=np.tile(self.noise, (len(styles), 1)))
        return image, features


class Bundle:
    """An exported generator."""

    def __init__(self, folder: Location, feature_layer: str | None = None, threads: int = 0) -> None:
        manifest = manifest_pb2.BundleManifest()
        try:
            text = (folder / MANIFEST).read_text(encoding="utf-8")
            json_format.Parse(text, manifest, ignore_unknown_fields=True)
        except (OSError, ValueError, json_format.ParseError) as error:
            raise DataError(f"{folder / MANIFEST}: cannot be read ({error})") from error
        self.folder = folder
        self.sums = {file.name: file.sha256 for file in manifest.files}
        layer = manifest.regions.layer or DEFAULT_FEATURE_LAYER
        if feature_layer not in (None, layer):
            raise DataError(f"{folder}: its features are those of {layer}; the regions were found on {feature_layer}")
        entries = manifest.style_layers
        self.layers = style_layers([x.name for x in entries], [x.dim for x in entries], [x.ws_index for x in entries])
        self.num_ws, self.z_dim = manifest.dimensions.num_ws, manifest.dimensions.z_dim
        self.digest = manifest.training_digest
        self.c_dim = sum(len(field.values) for field in manifest.label_fields)
        self.w_avg: Array = self._array("latent_stats.npz", "w_avg")
        self.noise: Array = self._array("noise_const.npz", "noise")
        names = ("mapping", "affine", "synthesis")
        self.runners = {name: session(self._bytes(f"{name}.onnx"), threads) for name in names}

    def _bytes(self, name: str) -> bytes:
        try:
            content = (self.folder / name).read_bytes()
        except OSError as error:
            raise DataError(f"{self.folder / name}: cannot be read ({error})") from error
        if hashlib.sha256(content).hexdigest() != self.sums.get(name):
            raise DataError(f"{self.folder / name}: differs from what the manifest states; is the bundle complete?")
        return content

    def _array(self, name: str, key: str) -> Array:
        with np.load(io.BytesIO(self._bytes(name)), allow_pickle=False) as file:
            return file[key]

    def mapping(self, z: Array) -> Array:
        inputs = {"z": z}
        if self.c_dim:
            inputs["c"] = np.zeros((len(z), self.c_dim), dtype=np.float32)
        return run(self.runners["mapping"], **inputs)[0]

    def styles(self, ws: Array) -> Array:
        return run(self.runners["affine"], ws=np.ascontiguousarray(ws))[0]

    def render(self, styles: Array) -> tuple[Array, Array]:
        image, features = run(self.runners["synthesis"], styles=styles, noise=np.tile(self.noise, (len(styles), 1)))
        return image, features


def open_network(
    path: str | Location, feature_layer: str | None = None, device: str = "cpu", threads: int = 0
) -> Network:
    """The network of a checkpoint, a run (its newest checkpoint) or a bundle.

    Args:
        path: the folder, or its address.
        feature_layer: style layer whose output `render` gives as features; None: b8.conv0, or the bundle's.
        device: cpu, or where PyTorch runs a checkpoint, such as cuda:0; a bundle always runs on the CPU.
        threads: CPU threads; 0: all.

    Raises:
        CheckpointError, DataError: it cannot be read.
        ConfigurationError: no such device or layer.
    """
    place = location(path)
    if (place / MANIFEST).is_file():
        return Bundle(place, feature_layer, threads)
    folder = resolve(place)
    generator, _ = load_generator_ema(folder)
    digest = generator_digest(folder)
    layer = feature_layer or DEFAULT_FEATURE_LAYER
    allowed = [entry.name for entry in generator.config.noise_layers]
    if layer not in allowed:
        raise ConfigurationError(f"layer is {layer!r}; allowed are {', '.join(allowed)}")
    if device == "cpu":
        return GraphCheckpoint(generator, digest, layer, threads)
    try:
        return Checkpoint(generator, digest, layer, device)
    except (RuntimeError, AssertionError) as error:
        raise ConfigurationError(f"device is {device!r}; it cannot be used here ({error})") from error
