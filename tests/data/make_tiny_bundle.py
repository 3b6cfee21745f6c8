"""Make the bundles of the tests again.

python tests/data/make_tiny_bundle.py [FOLDER]      writes both into FOLDER, default tests/data, where neither may be

tiny_bundle              the 32x32 golden network, with components, regions, a catalogue, a preview and a float16 graph
tiny_conditional_bundle  a smaller one with labels (view, density), without a catalogue and without a float16 graph
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save

from mammoganesis.bundle.v1.catalogue_pb2 import Catalogue, NamedRegion
from mammoganesis.bundle.v1.manifest_pb2 import Evidence, NamedComponent
from training.discovery import RegionSearch, find_components, find_regions
from training.export import BundleParts, BundleTexts, Training, export_bundle
from training.networks import Generator, GeneratorConfig

DATA = Path(__file__).parent
GOLDEN = DATA / "golden" / "stylegan2_32.npz"
CARD = """This is an **untrained test network**: random weights, no mammogram was ever shown to it. Its images are
noise-like patterns. It is the 32x32 network of `tests/data/golden/stylegan2_32.npz`, exported so that tests of the
services run on a real bundle that is small and fast. Names, notes and measurements of its catalogue are invented.
`tests/data/make_tiny_bundle.py` makes it again.
"""


def golden_generator() -> Generator:
    """The network whose results NVIDIA's reference computed."""
    config = GeneratorConfig(z_dim=96, w_dim=96, resolution=32, channel_base=1024, channel_max=48)
    generator = Generator(config)
    with np.load(GOLDEN, allow_pickle=False) as golden:
        state = {name[2:]: torch.from_numpy(golden[name]) for name in golden.files if name.startswith("G/")}
    generator.load_state_dict(state)
    return generator.eval().requires_grad_(False)


CATALOGUE = Catalogue(
    directions=(
        NamedComponent(
            name="contrast", layer_end=4, sigmas_start=-4.0, sigmas_end=4.0, note="faint to strong patterns"
        ),
        NamedComponent(
            name="coarseness",
            index=2,
            layer_start=2,
            layer_end=8,
            reversed=True,
            sigmas_start=-2.0,
            sigmas_end=3.5,
            note="fine to coarse patterns",
            evidence=Evidence(attribute="mean_intensity", spearman_rho=0.75, num_seeds=50),
        ),
    ),
    rejected_components=(6,),
    regions=(
        NamedRegion(index=0, name="middle", note="the largest cluster"),
        NamedRegion(index=2, name="rim"),
        NamedRegion(index=3, rejected=True),
    ),
    default_epsilon=20.0,
    low_resolution_epsilon=4.0,
)


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
    return export(generator, out, texts, 8, 4, CATALOGUE)


CONDITIONAL_CARD = """This is an **untrained test network** with labels: random weights, no mammogram was ever shown to
it. `tests/data/make_tiny_bundle.py` makes it again.
"""


MIXTURE = (  # view, density, images
    (("CC", ""), 12),
    (("CC", "A"), 2),
    (("CC", "B"), 9),
    (("CC", "C"), 5),
    (("MLO", "B"), 4),
    (("MLO", "C"), 7),
    (("MLO", "D"), 1),
)


def conditional_generator() -> Generator:
    """Random weights, in which every parameter matters; labels move w about as much as z does."""
    config = GeneratorConfig(
        z_dim=16,
        w_dim=16,
        num_mapping_layers=2,
        resolution=32,
        channel_base=256,
        channel_max=16,
        label_fields=(("view", ("CC", "MLO")), ("density", ("A", "B", "C", "D"))),
        label_mixture=MIXTURE,
    )
    torch.manual_seed(0)
    generator = Generator(config)
    with torch.no_grad():
        for name, parameter in generator.named_parameters():
            if name.endswith("noise_strength"):
                parameter.fill_(0.1)
            elif name.startswith("synthesis") and name.endswith("bias") and "affine" not in name:
                parameter.normal_(std=0.1)
            elif name.endswith("torgb.weight"):
                parameter.mul_(0.3)  # grey values of about -1 to 1
        generator.mapping.w_avg.copy_(generator.mean_code())
    return generator.eval().requires_grad_(False)


def make_conditional(out: Path) -> str:
    """Write the bundle; returns its digest."""
    texts = BundleTexts(
        name="tiny-conditional",
        version="0.1.0",
        intended_use="Tests of this software. Random weights; not for diagnosis.",
        licence="Test data of this repository.",
        card=CONDITIONAL_CARD,
    )
    return export(conditional_generator(), out, texts, 4, 3, None)


def export(
    generator: Generator,
    out: Path,
    texts: BundleTexts,
    num_components: int,
    num_regions: int,
    catalogue: Catalogue | None,
) -> str:
    """Find components and regions, write the bundle; one with a catalogue has a float16 graph. Returns its digest."""
    weights = save({name: value.contiguous() for name, value in generator.state_dict().items()})
    digest = hashlib.sha256(weights).hexdigest()
    with tempfile.TemporaryDirectory() as folder:
        components, regions = Path(folder) / "components.npz", Path(folder) / "regions.npz"
        find_components(generator, num_samples=20_000, num_components=num_components).save(components)
        find_regions(generator, RegionSearch(samples=64, regions=num_regions, parts=False)).save(regions)
        for path in (components, regions):
            with np.load(path, allow_pickle=False) as file:
                arrays = dict(file)
            np.savez(path, **arrays | {"generator_digest": np.str_(digest)})
        parts = BundleParts(components, regions, catalogue, fp16=catalogue is not None)
        return export_bundle(generator, out, texts, Training(digest, kimg=0.0), parts, report=print)


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    print(make(folder / "tiny_bundle"))
    print(make_conditional(folder / "tiny_conditional_bundle"))
