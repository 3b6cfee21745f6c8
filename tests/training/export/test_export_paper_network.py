"""The network of the paper, untrained: config-F at 512x512 goes through the exporter and the services unchanged.

Slow (one export of 113 MB, ten images of 512x512; `make test-slow`), and the only test that shows that nothing depends
on the small sizes which all other tests use.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from google.protobuf.json_format import Parse

from mammoganesis.bundle.v1.manifest_pb2 import BundleManifest
from mammoganesis.v1.latents_pb2 import NOISE_MODE_CONST, Noise
from mammoganesis.v1.model_pb2 import GetModelRequest
from mammoganesis.v1.sampling_pb2 import SampleRequest
from tests.support import exported_networks as networks
from tests.support.serving import CALL, RAW, pixels, serving
from training.export import BundleParts, BundleTexts, Training, export_bundle, golden
from training.networks import GeneratorConfig

pytestmark = pytest.mark.slow

SEED = 77


@pytest.fixture(scope="module")
def bundle(tmp_path_factory) -> tuple[Path, np.ndarray]:
    """The bundle, and the image [1, 512, 512] that PyTorch makes of the seed.

    Writing it already compares images in a batch with the same images alone, bit by bit.
    """
    torch.set_num_threads(2)
    generator = networks.random_generator(GeneratorConfig())
    z = torch.from_numpy(np.random.RandomState(SEED).randn(1, 512).astype(np.float32))
    image = generator(z, psi=0.65)[0].numpy()
    out = tmp_path_factory.mktemp("paper") / "bundle"
    # Without what smaller networks show as well: the fit of previews, float16, random codes, more than two golden ones.
    parts = BundleParts(preview_codes=0, fp16=False, random_codes=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(golden, "SEEDS", (0, SEED))
        export_bundle(generator, out, BundleTexts(name="paper"), Training("0" * 64, 0.0), parts)
    return out, image


@pytest.mark.timeout(600)
async def test_the_paper_network_is_exported_and_served(bundle):
    folder, expected = bundle
    async with serving(folder) as servicers:
        model = await servicers.model.GetModel(GetModelRequest(), CALL)
        dimensions = model.dimensions
        assert (dimensions.z_dim, dimensions.w_dim, dimensions.num_ws, dimensions.num_styles) == (512, 512, 16, 8960)
        assert (dimensions.resolution, dimensions.channels, dimensions.num_components) == (512, 1, 0)
        constant = Noise(mode=NOISE_MODE_CONST)  # what PyTorch drew with
        response = await servicers.sampling.Sample(SampleRequest(seeds=[SEED], noise=constant, format=RAW), CALL)
    image = pixels(response.images[0])
    assert image.shape == (1, 512, 512)
    np.testing.assert_allclose(image, expected, atol=1e-4 * np.abs(expected).max())


def test_previews_have_a_quarter_of_the_resolution_and_golden_images_are_the_middle(bundle):
    folder, expected = bundle
    preview = Parse((folder / "manifest.json").read_text(), BundleManifest()).preview
    # The blocks 4 to 128 have 17 style layers: of 512 channels, the last two of 256.
    assert (preview.resolution, preview.num_styles) == (128, 15 * 512 + 2 * 256)
    assert preview.num_noise == 16 + 2 * (64 + 256 + 1024 + 4096 + 16384)
    with np.load(folder / "golden.npz", allow_pickle=False) as golden_file:
        assert golden_file["seeds"].tolist() == [0, SEED]
        assert (int(golden_file["crop_top"]), int(golden_file["crop_left"])) == (224, 224)
        crop = expected[:, 224:288, 224:288]
        np.testing.assert_allclose(golden_file["image"][1], crop, atol=1e-4 * np.abs(expected).max())
        assert golden_file["preview"].shape == (2, 1, 64, 64)
