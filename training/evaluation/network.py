"""A generator to measure: a checkpoint or a bundle, as arrays in and arrays out.

    codes   seeds -> w [N, w_dim], with labels as often as the training images have them
    styles  ws [N, num_ws, w_dim] -> [N, num_styles]
    render  styles -> image [N, C, R, R], features [N, Cf, g, g], with the constant noise

On a CPU a checkpoint is run as the graphs that its bundle would hold, which ONNX Runtime runs about three times faster
than PyTorch does; on an accelerator it is run by PyTorch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from mammoganesis.bundle.bundle import Bundle
from mammoganesis.bundle.loading import load_bundle
from mammoganesis.bundle.manifest import MANIFEST, SYNTHESIS
from mammoganesis.bundle.runtimes import Runtime
from mammoganesis.bundle.sessions import Session
from mammoganesis.editing import latents
from mammoganesis.editing.labels import LabelMixture, labels_from_c
from mammoganesis.editing.layers import DEFAULT_FEATURE_LAYER, StyleLayer
from mammoganesis.errors import ConfigurationError, DataError, InvalidArgument
from mammoganesis.files import Location, location
from mammoganesis.terminal.labels import labels_as_listed
from training.checkpoints.checkpoint import load_generator_ema, resolve
from training.checkpoints.digest import generator_digest
from training.export.graphs import noise_const
from training.export.masked_graph import MaskedGraph
from training.export.onnx_files import to_onnx
from training.export.synthesis_graph import SynthesisGraph
from training.networks import Generator

Array = NDArray[np.float32]
BATCH = 8  # images rendered at once


class Network(Protocol):
    """What measurements need of a generator. All arrays are float32."""

    layers: tuple[StyleLayer, ...]
    num_ws: int
    z_dim: int
    w_avg: Array  # [w_dim]
    digest: str  # SHA-256 of generator_ema.safetensors
    mixture: LabelMixture  # of the training images

    def mapping(self, z: Array, c: Array) -> Array:
        """z [N, z_dim], labels c [N, c_dim] -> w [N, w_dim], before truncation."""
        ...

    def styles(self, ws: Array) -> Array:
        """ws [N, num_ws, w_dim] -> [N, num_styles]."""
        ...

    def render(self, styles: Array) -> tuple[Array, Array]:
        """styles [N, num_styles] -> image [N, C, R, R], about -1 to 1; features [N, Cf, g, g]. Constant noise."""
        ...

    def render_masked(self, styles: Array, masks: Array) -> Array:
        """styles [N, K, num_styles] and masks [N, K, R, R], K of `mammoganesis.editing.masks` -> image [N, C, R, R];
        constant noise. DataError for a bundle that cannot draw them."""
        ...


def codes(network: Network, seeds: Sequence[int], psi: float) -> Array:
    """ws [N, num_ws, w_dim] of seeds, truncated to psi in all layers."""
    w = network.mapping(latents.z_from_seeds(seeds, network.z_dim), network.mixture.c_of_seeds(seeds))
    return np.stack([latents.truncate(row, network.w_avg, psi, network.num_ws, network.num_ws) for row in w])


def ask_for(network: Network, labels: Mapping[str, str] | None) -> None:
    """Give all images these labels; None leaves those of the training images.

    Raises:
        InvalidArgument: the network does not have such a field or value, or no labels at all.
    """
    if labels:
        try:
            listed = labels_as_listed(labels, network.mixture.fields)
        except InvalidArgument as error:
            raise error.named("--labels" + error.field.removeprefix("labels").replace(".", " ")) from None
        network.mixture = LabelMixture.asked(listed, network.mixture.fields)


def render_all(network: Network, styles: Array, batch: int = BATCH) -> tuple[Array, Array]:
    """`render` of any number of rows, a batch at a time."""
    parts = [network.render(styles[start : start + batch]) for start in range(0, len(styles), batch)]
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


class Checkpoint:
    """A generator of ours, by PyTorch."""

    def __init__(self, generator: Generator, digest: str, feature_layer: str, device: str = "cpu") -> None:
        self.generator = generator.to(device)
        self.device = torch.device(device)
        config = generator.config
        self.layers = config.layers
        self.num_ws, self.z_dim, self.mixture = config.num_ws, config.z_dim, config.mixture
        self.w_avg: Array = generator.mapping.w_avg.cpu().numpy()
        self.digest = digest
        self.feature = f"{feature_layer}.output"
        self.dims = [layer.dim for layer in config.layers]

    @torch.no_grad()
    def mapping(self, z: Array, c: Array) -> Array:
        codes, labels = (torch.from_numpy(rows).to(self.device) for rows in (z, c))
        return self.generator.mapping(codes, labels).cpu().numpy()

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

    @torch.no_grad()
    def render_masked(self, styles: Array, masks: Array) -> Array:
        noise = noise_const(self.generator).expand(len(styles), -1)
        given = (torch.from_numpy(values).to(self.device) for values in (styles, masks))
        return self._masked(*given, noise.to(self.device)).float().cpu().numpy()

    @cached_property
    def _masked(self) -> MaskedGraph:
        return MaskedGraph(self.generator).to(self.device)


class GraphCheckpoint(Checkpoint):
    """A generator of ours on the CPU, with the synthesis in ONNX Runtime."""

    def __init__(self, generator: Generator, digest: str, feature_layer: str, threads: int = 0) -> None:
        super().__init__(generator, digest, feature_layer)
        noise = noise_const(generator)
        example = {"styles": torch.randn(2, sum(self.dims)), "noise": noise.expand(2, -1).contiguous()}
        outputs = {"image": [None] * 3, "features": [None] * 3}
        graph = to_onnx(SynthesisGraph(generator, feature_layer), example, list(outputs))
        inputs = {name: [value.shape[1]] for name, value in example.items()}
        self._session = Session(graph, Path(SYNTHESIS), inputs, outputs, Runtime(threads=threads))
        self.noise: Array = noise.numpy()

    def render(self, styles: Array) -> tuple[Array, Array]:
        return _image_and_features(self._session, styles, np.tile(self.noise, (len(styles), 1)))


class BundleNetwork:
    """An exported generator, on the CPU.

    Args:
        bundle: that it belongs to.
        threads: CPU threads; 0: all.
        preview: images are the bundle's previews, which it must have.
    """

    def __init__(self, bundle: Bundle, threads: int = 0, preview: bool = False) -> None:
        self.bundle = bundle
        dims = bundle.manifest.dimensions
        self.layers = bundle.style_layers
        self.num_ws, self.z_dim, self.mixture = dims.num_ws, dims.z_dim, bundle.label_mixture
        self.w_avg: Array = bundle.w_avg
        self.digest = bundle.manifest.training_digest
        self._runtime = Runtime(threads=threads)
        self._session = bundle.open_preview(self._runtime) if preview else bundle.open_synthesis(self._runtime)

    def mapping(self, z: Array, c: Array) -> Array:
        asked = [labels_from_c(row, self.mixture.fields) for row in c]
        return self.bundle.w_of_rows(z, asked)

    def styles(self, ws: Array) -> Array:
        return self.bundle.styles_of_rows(ws)

    def render(self, styles: Array) -> tuple[Array, Array]:
        (num_styles,), (num_noise,) = self._session.inputs["styles"], self._session.inputs["noise"]
        noise = np.tile(self.bundle.noise_const[:num_noise], (len(styles), 1))
        return _image_and_features(self._session, np.ascontiguousarray(styles[:, :num_styles]), noise)

    def render_masked(self, styles: Array, masks: Array) -> Array:
        sets = self.bundle.manifest.masked_synthesis.style_sets
        if sets != styles.shape[1]:
            raise DataError(f"{self.bundle.path}: draws images of {sets} sets of styles; needed: {styles.shape[1]}")
        noise = np.tile(self.bundle.noise_const, (len(styles), 1))
        return self._masked.run({"styles": styles, "masks": masks, "noise": noise}, ["image"])[0]

    @cached_property
    def _masked(self) -> Session:
        return self.bundle.open_masked(self._runtime)


def _image_and_features(session: Session, styles: Array, noise: Array) -> tuple[Array, Array]:
    image, features = session.run({"styles": styles, "noise": noise}, ["image", "features"])
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
        CheckpointError, BundleError: it cannot be read.
        DataError: the bundle's features are those of another layer.
        ConfigurationError: no such device or layer.
    """
    place = location(path)
    if (place / MANIFEST).is_file():
        bundle = load_bundle(place)
        layer = bundle.manifest.regions.layer or DEFAULT_FEATURE_LAYER
        if feature_layer not in (None, layer):
            raise DataError(f"{place}: its features are those of {layer}; --regions were found on {feature_layer}")
        return BundleNetwork(bundle, threads)
    folder = resolve(place)
    generator, _ = load_generator_ema(folder)
    digest = generator_digest(folder)
    layer = feature_layer or DEFAULT_FEATURE_LAYER
    allowed = [entry.name for entry in generator.config.noise_layers]
    if layer not in allowed:
        raise ConfigurationError(
            f"--regions were found on the layer {layer!r}, which {place} does not have; it has {', '.join(allowed)}"
        )
    if device == "cpu":
        return GraphCheckpoint(generator, digest, layer, threads)
    try:
        return Checkpoint(generator, digest, layer, device)
    except (RuntimeError, AssertionError) as error:
        raise ConfigurationError(f"--device is {device!r}; it cannot be used here ({error})") from error
