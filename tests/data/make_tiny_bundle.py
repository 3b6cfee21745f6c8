"""Make tests/data/tiny_bundle again: the 32x32 golden network, exported with components and regions.

python tests/data/make_tiny_bundle.py [FOLDER]        FOLDER must not exist; default: tests/data/tiny_bundle
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save

from training.discovery import find_components, find_regions
from training.export import BundleParts, BundleTexts, Training, write_bundle
from training.networks import Generator, GeneratorConfig

DATA = Path(__file__).parent
GOLDEN = DATA / "golden" / "stylegan2_32.npz"
CARD = """This is an **untrained test network**: random weights, no mammogram was ever shown to it. Its images are
noise-like patterns. It is the 32x32 network of `tests/data/golden/stylegan2_32.npz`, exported so that tests of the
services run on a real bundle that is small and fast. `tests/data/make_tiny_bundle.py` makes it again.
"""


def golden_generator() -> Generator:
    """The network whose results NVIDIA's reference computed."""
    config = GeneratorConfig(z_dim=96, w_dim=96, resolution=32, channel_base=1024, channel_max=48)
    generator = Generator(config)
    with np.load(GOLDEN, allow_pickle=False) as golden:
        state = {name[2:]: torch.from_numpy(golden[name]) for name in golden.files if name.startswith("G/")}
    generator.load_state_dict(state)
    return generator.eval().requires_grad_(False)


def make(out: Path) -> str:
    """Write the bundle; returns its digest."""
    generator = golden_generator()
    texts = BundleTexts(
        name="tiny",
        version="0.1.0",
        intended_use="Tests of this software. Random weights; not for diagnosis.",
        licence="Test data of this repository.",
        card=CARD,
    )
    weights = save({name: value.contiguous() for name, value in generator.state_dict().items()})
    with tempfile.TemporaryDirectory() as folder:
        components, regions = Path(folder) / "components.npz", Path(folder) / "regions.npz"
        find_components(generator, num_samples=20_000, num_components=8, progress=False).save(components)
        find_regions(generator, num_samples=64, num_regions=4, progress=False).save(regions)
        return write_bundle(
            generator,
            out,
            texts,
            Training(digest=hashlib.sha256(weights).hexdigest(), kimg=0.0),
            BundleParts(components, regions),
            report=print,
        )


if __name__ == "__main__":
    print(make(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA / "tiny_bundle"))
