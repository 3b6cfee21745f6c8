"""Networks that the export and discovery tests share."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mammoganesis.bundle.sessions import open_session
from mammoganesis.bundle.v1.manifest_pb2 import BundleManifest
from tests.places import GOLDEN
from training.checkpoints import checkpoint
from training.networks import Generator, GeneratorConfig

FILES = {
    "MODEL_CARD.md",
    "affine.onnx",
    "components.npz",
    "golden.npz",
    "latent_stats.npz",
    "mapping.onnx",
    "noise_const.npz",
    "preview.onnx",
    "regions.npz",
    "synthesis.onnx",
    "synthesis_masked.onnx",
}
"""Of a bundle with everything but half precision, without its manifest."""


def golden_values() -> dict[str, NDArray]:
    """What NVIDIA's reference computed, and the weights it used."""
    with np.load(GOLDEN, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def golden_generator() -> Generator:
    """Our generator with the weights of the golden file."""
    generator = Generator(GeneratorConfig(z_dim=96, w_dim=96, resolution=32, channel_base=1024, channel_max=48))
    values = golden_values()
    generator.load_state_dict({name[2:]: torch.from_numpy(values[name]) for name in values if name.startswith("G/")})
    return generator.eval().requires_grad_(False)


def random_generator(config: GeneratorConfig, seed: int = 0) -> Generator:
    """An untrained generator in which every parameter matters: noise strengths and biases are not zero."""
    torch.manual_seed(seed)
    generator = Generator(config)
    with torch.no_grad():
        for name, parameter in generator.named_parameters():
            if name.endswith("noise_strength"):
                parameter.fill_(0.1)
            elif name.startswith("synthesis") and name.endswith("bias") and "affine" not in name:
                parameter.normal_(std=0.1)
        generator.mapping.w_avg.normal_(std=0.1)
    return generator.eval().requires_grad_(False)


LABELLED = GeneratorConfig(
    z_dim=16,
    w_dim=16,
    num_mapping_layers=2,
    resolution=16,
    channel_base=256,
    channel_max=20,
    label_fields=(("view", ("CC", "MLO")), ("density", ("A", "B", "C"))),
    label_mixture=((("CC", ""), 5), (("CC", "A"), 3), (("MLO", "B"), 2)),
)
"""Sizes of `labelled_generator`."""
LABELLED_SHARES = {(1, 0, 0, 0, 0): 0.5, (1, 0, 1, 0, 0): 0.3, (0, 1, 0, 1, 0): 0.2}
"""How often the images that it was trained on have which c."""


def labelled_generator(resolution: int = LABELLED.resolution) -> Generator:
    """A `random_generator` whose w depends on the labels more than on z."""
    generator = random_generator(dataclasses.replace(LABELLED, resolution=resolution))
    with torch.no_grad():
        generator.mapping.get_parameter("fc0.weight")[:, LABELLED.z_dim :] *= 3
    return generator


def codes_of_labels(generator: Generator, count: int, seed: int) -> dict[tuple[int, ...], NDArray[np.float64]]:
    """Codes of `labelled_generator` for each c that its training images have: [count, w_dim]."""
    z = torch.from_numpy(np.random.RandomState(seed).randn(count, LABELLED.z_dim).astype(np.float32))
    return {
        c: generator.mapping(z, torch.tensor([c], dtype=torch.float32).expand(count, -1)).double().numpy()
        for c in LABELLED_SHARES
    }


def write_checkpoint(generator: Generator, folder: Path, images_seen: int = 12_345) -> Path:
    """A checkpoint folder with the averaged generator only: what discovery and export read."""
    content = {"generator": dataclasses.asdict(generator.config), "images_seen": images_seen}
    checkpoint.write(folder, {"generator_ema": generator.state_dict()}, content)
    return folder


def session(model: bytes) -> Any:
    """A network, open in ONNX Runtime."""
    return open_session(model, Path("network.onnx"))


def run(opened: Any, **inputs: NDArray) -> list[NDArray]:
    """All outputs in the graph's order; inputs by name, float32."""
    return [np.asarray(value) for value in opened.run(None, inputs)]


def arrays(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def check_files(bundle: Path, manifest: BundleManifest) -> None:
    for file in manifest.files:
        assert hashlib.sha256((bundle / file.name).read_bytes()).hexdigest() == file.sha256, file.name
