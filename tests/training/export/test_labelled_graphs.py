"""The graphs of a network that is asked with labels."""

from __future__ import annotations

import numpy as np
import torch

from tests.support import exported_networks as networks
from training.export import graphs, onnx_files
from training.export.preview_match import first_blocks, fit
from training.networks import GeneratorConfig

CONDITIONAL = GeneratorConfig(
    z_dim=12,
    w_dim=16,
    num_mapping_layers=2,
    resolution=8,
    channel_base=64,
    channel_max=8,
    label_fields=(("view", ("CC", "MLO")), ("density", ("A", "B", "C"))),
)


def test_labels_enter_the_mapping():
    """w of the definition in float64, for labels, for half of them and for none."""
    generator = networks.random_generator(CONDITIONAL)
    inputs = {"z": torch.zeros(2, 12), "c": torch.zeros(2, 5)}
    runner = networks.session(onnx_files.to_onnx(graphs.MappingGraph(generator), inputs, ["w"]))
    z = np.random.RandomState(0).randn(3, 12).astype(np.float32)
    c = np.array([[1, 0, 0, 0, 1], [0, 1, 0, 0, 0], [0, 0, 0, 0, 0]], dtype=np.float32)
    w = networks.run(runner, z=z, c=c)[0]

    def linear(name: str, x: np.ndarray, lr: float) -> np.ndarray:
        weight, bias = (
            generator.get_parameter(f"mapping.{name}.{part}").double().numpy() for part in ("weight", "bias")
        )
        return x @ weight.T * (lr / np.sqrt(weight.shape[1])) + bias * lr

    def normalised(x: np.ndarray) -> np.ndarray:
        return x / np.sqrt(np.mean(x**2, axis=1, keepdims=True) + 1e-8)

    x = np.concatenate([normalised(z.astype(np.float64)), normalised(linear("embed", c.astype(np.float64), 1.0))], 1)
    for index in range(2):
        x = linear(f"fc{index}", x, 0.01)
        x = np.where(x > 0, x, 0.2 * x) * np.sqrt(2)
    np.testing.assert_allclose(w, x, atol=1e-5)
    assert not np.allclose(w[0], networks.run(runner, z=z[:1], c=c[2:])[0], atol=1e-2)
    for row in range(3):
        alone = networks.run(runner, z=z[row : row + 1], c=c[row : row + 1])[0]
        np.testing.assert_array_equal(alone, w[row : row + 1])


def test_previews_of_a_conditional_network_are_fitted_to_the_labels_of_its_training_images():
    """Right on average over them, by construction of the fit; over images without labels it is not."""
    generator = networks.labelled_generator()
    match = fit(generator, 8, 64)
    z = torch.from_numpy(np.random.RandomState(2**32 - 2).randn(64, 16).astype(np.float32))
    c = torch.from_numpy(generator.config.mixture.c_of_seeds(range(64)))
    errors = {}
    for name, labels in (("mixture", c), ("none", torch.zeros(64, 5))):
        parts = []
        for index, row in enumerate(generator.mapping(z, labels)):
            ws = generator.truncate(row[None], (0.65, 1.0)[index % 2])
            short, whole = first_blocks(generator, 8), generator.synthesis(ws, "const")
            skip = short.synthesis(ws[:, : short.config.num_ws], "const")
            parts.append(match(skip) - torch.nn.functional.avg_pool2d(whole, 2))
        errors[name] = torch.cat(parts).mean(dim=0).abs().max()
    assert errors["mixture"] < 1e-4
    assert errors["none"] > 20 * errors["mixture"]
