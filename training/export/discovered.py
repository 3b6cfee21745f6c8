"""components.npz and regions.npz of `discover`, judged as in a bundle, for the generator that is exported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mammoganesis.bundle.arrays import Components, NetworkSizes, read_components
from mammoganesis.bundle.npz import Arrays
from mammoganesis.bundle.regions import Regions, read_regions
from training.networks import GeneratorConfig

Report = Callable[[str], None]


def sizes_of(config: GeneratorConfig, digest: str) -> NetworkSizes:
    """The sizes of a generator; `digest` is the SHA-256 of its generator_ema.safetensors."""
    outputs = {layer.name: (config.channels(layer.resolution), layer.resolution) for layer in config.noise_layers}
    return NetworkSizes(config.w_dim, sum(layer.dim for layer in config.layers), digest, outputs)


def components_of(path: Path, sizes: NetworkSizes, report: Report) -> Components:
    """Components of a file; `report` gets a line when they do not say whose they are. Raises BundleError."""
    found = read_components(Arrays.of_file(path), sizes)
    _warn(path, found.generator_digest, report)
    return found


def regions_of(path: Path, sizes: NetworkSizes, report: Report) -> Regions:
    """Regions of a file; as `components_of`."""
    found = read_regions(Arrays.of_file(path), sizes)
    _warn(path, found.generator_digest, report)
    return found


def _warn(path: Path, generator_digest: str, report: Report) -> None:
    if not generator_digest:
        report(f"warning: {path} does not say which generator it was found with")
