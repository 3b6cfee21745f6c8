"""The network of the paper, untrained: config-F at 512x512 goes through the exporter and the services unchanged.

Slow (one export of 113 MB, about 20 images of 512x512), and the only test that shows that nothing depends on the
small sizes which all other tests use.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from mammoganesis.v1.model_pb2 import GetModelRequest
from mammoganesis.v1.sampling_pb2 import SampleRequest

from tests.services.serving import CALL, RAW, pixels, serving
from tests.training import exported_networks as networks
from training.export import BundleParts, BundleTexts, Training, write_bundle
from training.networks import GeneratorConfig

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
    # Without what smaller networks show as well: the fit of previews, float16, many random codes.
    parts = BundleParts(preview_codes=0, fp16=False, random_codes=1)
    write_bundle(generator, out, BundleTexts(name="paper"), Training("0" * 64, 0.0), parts)
    return out, image


@pytest.mark.timeout(600)
async def test_the_paper_network_is_exported_and_served(bundle):
    folder, expected = bundle
    async with serving(folder) as servicers:
        model = await servicers.model.GetModel(GetModelRequest(), CALL)
        dimensions = model.dimensions
        assert (dimensions.z_dim, dimensions.w_dim, dimensions.num_ws, dimensions.num_styles) == (512, 512, 16, 8960)
        assert (dimensions.resolution, dimensions.channels, dimensions.num_components) == (512, 1, 0)
        response = await servicers.sampling.Sample(SampleRequest(seeds=[SEED], format=RAW), CALL)
    image = pixels(response.images[0])
    assert image.shape == (1, 512, 512)
    np.testing.assert_allclose(image, expected, atol=1e-4 * np.abs(expected).max())
