"""The bundles that the tests stand on are what the export writes."""

from __future__ import annotations

import numpy as np
from google.protobuf.json_format import Parse

from mammoganesis.bundle.v1.manifest_pb2 import BundleManifest
from tests.places import TINY_BUNDLE
from tests.support import exported_networks as networks
from tests.support.exported_networks import FILES, arrays, check_files, run, session


def test_the_committed_tiny_bundle_is_the_golden_network():
    """Its files fit its manifest, and its graphs give NVIDIA's images."""
    bundle = TINY_BUNDLE
    manifest = Parse((bundle / "manifest.json").read_text(), BundleManifest())
    assert {path.name for path in bundle.iterdir()} == FILES | {"synthesis_fp16.onnx", "manifest.json"}
    check_files(bundle, manifest)
    golden = networks.golden_values()
    styles = run(session((bundle / "affine.onnx").read_bytes()), ws=golden["ws_psi065"])[0]
    noise = np.repeat(arrays(bundle / "noise_const.npz")["noise"][None], 4, axis=0)
    image, _ = run(session((bundle / "synthesis.onnx").read_bytes()), styles=styles, noise=noise)
    np.testing.assert_allclose(image, golden["image_const"], atol=1e-4)
    half, _ = run(session((bundle / "synthesis_fp16.onnx").read_bytes()), styles=styles, noise=noise)
    assert np.abs(half - golden["image_const"]).max() < manifest.golden_tolerance.image_float16


def test_the_committed_conditional_bundle_asks_for_labels():
    bundle = TINY_BUNDLE.with_name("tiny_conditional_bundle")
    manifest = Parse((bundle / "manifest.json").read_text(), BundleManifest())
    check_files(bundle, manifest)
    fields = {field.name: list(field.values) for field in manifest.label_fields}
    assert fields == {"view": ["CC", "MLO"], "density": ["A", "B", "C", "D"]}
    runner = session((bundle / "mapping.onnx").read_bytes())
    golden = arrays(bundle / "golden.npz")
    z = np.random.RandomState(int(golden["seeds"][1])).randn(1, 16).astype(np.float32)
    w = run(runner, z=z, c=np.zeros((1, 6), np.float32))[0]
    np.testing.assert_allclose(w[0], golden["w"][1], atol=1e-5)  # the first golden cases are without labels
    for label in np.eye(6, dtype=np.float32):
        assert np.abs(run(runner, z=z, c=label[None])[0] - w).max() > 0.1
