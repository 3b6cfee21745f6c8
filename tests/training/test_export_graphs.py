"""The exported graphs compute what NVIDIA's reference computed, row by row."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from tests.training import exported_networks as networks
from training.export import graphs, onnx_files
from training.networks import Generator, GeneratorConfig

ALLOWED_OPERATORS = {
    "Add",
    "Concat",
    "Conv",
    "ConvTranspose",
    "Gather",
    "LeakyRelu",
    "Mul",
    "Pow",
    "Reciprocal",
    "ReduceMean",
    "Reshape",
    "Split",
    "Sqrt",
    "Unsqueeze",
}


def export(generator: Generator) -> dict[str, bytes]:
    config = generator.config
    num_styles = sum(layer.dim for layer in config.layers)
    synthesis_inputs = {"styles": torch.zeros(2, num_styles), "noise": torch.zeros(2, graphs.num_noise(generator))}
    return {
        "mapping": onnx_files.to_onnx(graphs.MappingGraph(generator), {"z": torch.zeros(2, config.z_dim)}, ["w"]),
        "affine": onnx_files.to_onnx(
            graphs.AffineGraph(generator), {"ws": torch.zeros(2, config.num_ws, config.w_dim)}, ["styles"]
        ),
        "synthesis": onnx_files.to_onnx(graphs.SynthesisGraph(generator), synthesis_inputs, ["image", "features"]),
    }


@pytest.fixture(scope="module")
def generator() -> Generator:
    return networks.golden_generator()


@pytest.fixture(scope="module")
def golden() -> Mapping[str, np.ndarray]:
    return networks.golden_values()


@pytest.fixture(scope="module")
def models(generator: Generator) -> dict[str, bytes]:
    return export(generator)


@pytest.fixture(scope="module")
def sessions(models: dict[str, bytes]) -> dict[str, onnxruntime.InferenceSession]:
    return {name: onnx_files.session(model) for name, model in models.items()}


def test_mapping_equals_the_reference(sessions, golden):
    w = onnx_files.run(sessions["mapping"], z=golden["z"])[0]
    np.testing.assert_allclose(w, golden["w_psi1"], atol=1e-4)


def test_affine_gives_the_styles_in_order_of_the_layers(sessions, golden, generator):
    styles = onnx_files.run(sessions["affine"], ws=golden["ws_psi065"])[0]
    start = 0
    for layer in generator.config.layers:
        weight, bias = (golden[f"G/synthesis.{layer.name}.affine.{part}"] for part in ("weight", "bias"))
        expected = golden["ws_psi065"][:, layer.ws_index] @ weight.T / np.sqrt(weight.shape[1]) + bias
        np.testing.assert_allclose(styles[:, start : start + layer.dim], expected, atol=1e-4, err_msg=layer.name)
        start += layer.dim
    assert start == styles.shape[1] == 496


@pytest.mark.parametrize("noise_mode", ["const", "none"])
def test_images_equal_the_reference(sessions, golden, generator, noise_mode):
    styles = onnx_files.run(sessions["affine"], ws=golden["ws_psi065"])[0]
    noise = np.repeat(graphs.noise_const(generator).numpy()[None], 4, axis=0) * (noise_mode == "const")
    image, _ = onnx_files.run(sessions["synthesis"], styles=styles, noise=noise)
    np.testing.assert_allclose(image, golden[f"image_{noise_mode}"], atol=1e-4)


def test_noise_and_features_of_every_row_equal_the_network(sessions, generator):
    random = np.random.RandomState(5)
    num_styles = sum(layer.dim for layer in generator.config.layers)
    styles = (1 + 0.3 * random.randn(3, num_styles)).astype(np.float32)
    noise = random.randn(3, graphs.num_noise(generator)).astype(np.float32)
    image, features = onnx_files.run(sessions["synthesis"], styles=styles, noise=noise)
    sizes = [layer.resolution for layer in generator.config.noise_layers]
    maps = torch.from_numpy(noise).split([size * size for size in sizes], dim=1)
    expected, activations = generator.synthesis.from_styles(
        torch.from_numpy(styles).split([layer.dim for layer in generator.config.layers], dim=1),
        [part.view(3, 1, size, size) for part, size in zip(maps, sizes, strict=True)],
        ["b8.conv0.output"],
    )
    np.testing.assert_allclose(image, expected, atol=1e-4)
    np.testing.assert_allclose(features, activations["b8.conv0.output"], atol=1e-4)
    assert features.shape == (3, 48, 8, 8)


def test_rows_do_not_depend_on_their_neighbours(sessions, generator):
    """Bitwise, in every graph: a batch of 5 against each row alone, and against a batch of 2."""
    random = np.random.RandomState(7)
    config = generator.config
    inputs = {
        "mapping": {"z": random.randn(5, config.z_dim)},
        "affine": {"ws": random.randn(5, config.num_ws, config.w_dim)},
        "synthesis": {
            "styles": 1 + random.randn(5, sum(layer.dim for layer in config.layers)),
            "noise": random.randn(5, graphs.num_noise(generator)),
        },
    }
    for name, values in inputs.items():
        rows = {key: value.astype(np.float32) for key, value in values.items()}
        together = onnx_files.run(sessions[name], **rows)
        for part in [slice(i, i + 1) for i in range(5)] + [slice(3, 5)]:
            alone = onnx_files.run(sessions[name], **{key: value[part] for key, value in rows.items()})
            for one, batch in zip(alone, together, strict=True):
                np.testing.assert_array_equal(one, batch[part], err_msg=name)


def test_the_graphs_are_plain(models):
    """Names and shapes of the contract, one file, standard operators, and nothing of the machine that exported."""
    signatures = {
        "mapping": ({"z": ["batch", 96]}, {"w": ["batch", 96]}),
        "affine": ({"ws": ["batch", 8, 96]}, {"styles": ["batch", 496]}),
        "synthesis": (
            {"styles": ["batch", 496], "noise": ["batch", 2704]},
            {"image": ["batch", 1, 32, 32], "features": ["batch", 48, 8, 8]},
        ),
    }

    def shapes(values) -> dict[str, list]:
        return {v.name: [d.dim_param or d.dim_value for d in v.type.tensor_type.shape.dim] for v in values}

    for name, content in models.items():
        model = onnx.load_from_string(content)
        assert (shapes(model.graph.input), shapes(model.graph.output)) == signatures[name]
        assert {node.op_type for node in model.graph.node} <= ALLOWED_OPERATORS
        assert {opset.domain for opset in model.opset_import} == {""}
        assert all(tensor.data_location == onnx.TensorProto.DEFAULT for tensor in model.graph.initializer)
        assert not any(node.metadata_props or node.doc_string for node in model.graph.node)


def test_equal_weights_give_equal_bytes(generator, models):
    example = {"z": torch.randn(2, 96)}
    assert onnx_files.to_onnx(graphs.MappingGraph(generator), example, ["w"]) == models["mapping"]


def test_an_example_of_one_row_is_refused(generator):
    with pytest.raises(ValueError, match="two rows"):
        onnx_files.to_onnx(graphs.MappingGraph(generator), {"z": torch.zeros(1, 96)}, ["w"])


def test_colour_images_and_other_feature_layers():
    config = GeneratorConfig(
        z_dim=16, w_dim=24, num_mapping_layers=2, resolution=16, image_channels=3, channel_base=256, channel_max=32
    )
    generator = networks.random_generator(config)
    ws = generator.truncate(generator.mapping(torch.randn(2, 16)))
    styles = generator.synthesis.styles(ws)
    noise = graphs.noise_const(generator).expand(2, -1)
    image, features = graphs.SynthesisGraph(generator, "b16.conv1")(torch.cat(styles, dim=1), noise)
    expected, activations = generator.synthesis.from_styles(styles, "const", ["b16.conv1.output"])
    torch.testing.assert_close(image, expected, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(features, activations["b16.conv1.output"], atol=1e-5, rtol=1e-5)
