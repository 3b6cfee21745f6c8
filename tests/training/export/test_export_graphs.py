"""The exported graphs compute what NVIDIA's reference computed, row by row."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from mammoganesis.bundle.loading import load_bundle
from mammoganesis.editing.masks import STYLE_SETS
from tests.support import exported_networks as networks
from tests.support import preview_numpy, stylegan2_numpy
from training.export import BundleParts, BundleTexts, Training, export_bundle, graphs, half_precision, onnx_files
from training.export.masked_graph import MaskedGraph
from training.export.preview_match import PreviewMatch, first_blocks, fit
from training.export.synthesis_graph import PreviewGraph, SynthesisGraph
from training.networks import Generator, GeneratorConfig

ALLOWED_OPERATORS = {
    "Abs",
    "Add",
    "Cast",
    "Clip",
    "Concat",
    "Div",
    "Conv",
    "ConvTranspose",
    "Gather",
    "LeakyRelu",
    "MatMul",
    "Mul",
    "Pad",
    "Pow",
    "Reciprocal",
    "ReduceMax",
    "ReduceMean",
    "Reshape",
    "Split",
    "Sqrt",
    "Transpose",
    "Unsqueeze",
}


def export(generator: Generator, match: PreviewMatch, short: Generator) -> dict[str, bytes]:
    """Every graph of the golden network; the one in float16 of its first two blocks, which have every kind of layer."""
    config = generator.config
    num_styles = sum(layer.dim for layer in config.layers)
    synthesis_inputs = {"styles": torch.zeros(2, num_styles), "noise": torch.zeros(2, graphs.num_noise(generator))}
    return {
        "mapping": onnx_files.to_onnx(graphs.MappingGraph(generator), {"z": torch.zeros(2, config.z_dim)}, ["w"]),
        "affine": onnx_files.to_onnx(
            graphs.AffineGraph(generator), {"ws": torch.zeros(2, config.num_ws, config.w_dim)}, ["styles"]
        ),
        "synthesis": onnx_files.to_onnx(SynthesisGraph(generator), synthesis_inputs, ["image", "features"]),
        "preview": onnx_files.to_onnx(
            PreviewGraph(generator, "b8.conv0", 16, match),
            {"styles": torch.zeros(2, 384), "noise": torch.zeros(2, 656)},
            ["image", "features"],
        ),
        "synthesis_fp16": onnx_files.to_onnx(
            half_precision.HalfSynthesisGraph(short),
            {"styles": torch.zeros(2, 240), "noise": torch.zeros(2, 144)},
            ["image", "features"],
        ),
        "synthesis_masked": onnx_files.to_onnx(
            MaskedGraph(generator),
            {
                "styles": torch.zeros(2, STYLE_SETS, num_styles),
                "masks": torch.zeros(2, STYLE_SETS, 32, 32),
                "noise": torch.zeros(2, graphs.num_noise(generator)),
            },
            ["image"],
        ),
    }


@pytest.fixture(scope="module")
def generator() -> Generator:
    return networks.golden_generator()


@pytest.fixture(scope="module")
def golden() -> Mapping[str, np.ndarray]:
    return networks.golden_values()


@pytest.fixture(scope="module")
def match(generator: Generator) -> PreviewMatch:
    return fit(generator, 16)


@pytest.fixture(scope="module")
def models(generator: Generator, match: PreviewMatch) -> dict[str, bytes]:
    return export(generator, match, first_blocks(generator, 8))


@pytest.fixture(scope="module")
def sessions(models: dict[str, bytes]) -> dict[str, onnxruntime.InferenceSession]:
    return {name: networks.session(model) for name, model in models.items()}


def test_mapping_equals_the_reference(sessions, golden):
    w = networks.run(sessions["mapping"], z=golden["z"])[0]
    np.testing.assert_allclose(w, golden["w_psi1"], atol=1e-4)


def test_affine_gives_the_styles_in_order_of_the_layers(sessions, golden, generator):
    styles = networks.run(sessions["affine"], ws=golden["ws_psi065"])[0]
    start = 0
    for layer in generator.config.layers:
        weight, bias = (golden[f"G/synthesis.{layer.name}.affine.{part}"] for part in ("weight", "bias"))
        expected = golden["ws_psi065"][:, layer.ws_index] @ weight.T / np.sqrt(weight.shape[1]) + bias
        np.testing.assert_allclose(styles[:, start : start + layer.dim], expected, atol=1e-4, err_msg=layer.name)
        start += layer.dim
    assert start == styles.shape[1] == 496


@pytest.mark.parametrize("noise_mode", ["const", "none"])
def test_images_equal_the_reference(sessions, golden, generator, noise_mode):
    styles = networks.run(sessions["affine"], ws=golden["ws_psi065"])[0]
    noise = np.repeat(graphs.noise_const(generator).numpy()[None], 4, axis=0) * (noise_mode == "const")
    image, _ = networks.run(sessions["synthesis"], styles=styles, noise=noise)
    np.testing.assert_allclose(image, golden[f"image_{noise_mode}"], atol=1e-4)


def test_noise_and_features_of_every_row_equal_the_network(sessions, generator):
    random = np.random.RandomState(5)
    num_styles = sum(layer.dim for layer in generator.config.layers)
    styles = (1 + 0.3 * random.randn(3, num_styles)).astype(np.float32)
    noise = random.randn(3, graphs.num_noise(generator)).astype(np.float32)
    image, features = networks.run(sessions["synthesis"], styles=styles, noise=noise)
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


def test_the_graphs_of_a_network_that_pads_images_with_their_edge(generator):
    """Image and preview are the network's up to the border, where the same weights with zeros draw something else."""
    config = dataclasses.replace(generator.config, edge_padding=True)
    edge = Generator(config).eval().requires_grad_(False)
    edge.load_state_dict(generator.state_dict())
    random = np.random.RandomState(6)
    styles = torch.from_numpy((1 + 0.3 * random.randn(2, 496)).astype(np.float32))
    noise = graphs.noise_const(edge)[None].expand(2, -1).contiguous()
    rows = styles.split([layer.dim for layer in config.layers], dim=1)
    expected, zeros = (network.synthesis.from_styles(rows, "const").numpy() for network in (edge, generator))
    example = {"styles": styles, "noise": noise}
    drawn = onnx_files.to_onnx(SynthesisGraph(edge), example, ["image", "features"])
    image, _ = networks.run(networks.session(drawn), styles=styles.numpy(), noise=noise.numpy())
    np.testing.assert_allclose(image, expected, atol=1e-4)
    assert np.abs(image - zeros)[:, :, :, 0].max() > 0.05
    short = first_blocks(edge, 16)
    first = {"styles": styles[:, :384].contiguous(), "noise": noise[:, :656].contiguous()}
    preview = onnx_files.to_onnx(PreviewGraph(edge, "b8.conv0", 16, None), first, ["image", "features"])
    skip, _ = networks.run(networks.session(preview), **{name: value.numpy() for name, value in first.items()})
    parts = first["styles"].split([layer.dim for layer in short.config.layers], dim=1)
    np.testing.assert_allclose(skip, short.synthesis.from_styles(parts, "const"), atol=1e-4)


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
    inputs["synthesis_fp16"] = {"styles": 1 + random.randn(5, 240), "noise": random.randn(5, 144)}
    inputs["synthesis_masked"] = {
        "styles": 1 + random.randn(5, STYLE_SETS, 496),
        "masks": random.rand(5, STYLE_SETS, 32, 32),
        "noise": random.randn(5, graphs.num_noise(generator)),
    }
    inputs["preview"] = {"styles": 1 + random.randn(5, 384), "noise": random.randn(5, 656)}
    for name, values in inputs.items():
        rows = {key: value.astype(np.float32) for key, value in values.items()}
        together = networks.run(sessions[name], **rows)
        for part in [slice(i, i + 1) for i in range(5)] + [slice(3, 5)]:
            alone = networks.run(sessions[name], **{key: value[part] for key, value in rows.items()})
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
        "preview": (
            {"styles": ["batch", 384], "noise": ["batch", 656]},
            {"image": ["batch", 1, 16, 16], "features": ["batch", 48, 8, 8]},
        ),
        "synthesis_fp16": (
            {"styles": ["batch", 240], "noise": ["batch", 144]},
            {"image": ["batch", 1, 8, 8], "features": ["batch", 48, 8, 8]},
        ),
        "synthesis_masked": (
            {"styles": ["batch", 4, 496], "masks": ["batch", 4, 32, 32], "noise": ["batch", 2704]},
            {"image": ["batch", 1, 32, 32]},
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
    image, features = SynthesisGraph(generator, "b16.conv1")(torch.cat(styles, dim=1), noise)
    expected, activations = generator.synthesis.from_styles(styles, "const", ["b16.conv1.output"])
    torch.testing.assert_close(image, expected, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(features, activations["b16.conv1.output"], atol=1e-5, rtol=1e-5)  # type: ignore[index]


def test_the_preview_is_the_skip_image_of_an_earlier_block(sessions, golden, generator):
    """Of leading styles and noise alone, where nothing is fitted."""
    styles = networks.run(sessions["affine"], ws=golden["ws_psi065"])[0]
    flat = np.concatenate([part.ravel() for part in stylegan2_numpy.const_noise()]).astype(np.float32)
    noise = np.repeat(flat[None], 4, axis=0)
    graph = PreviewGraph(generator, "b8.conv0", 16, None)
    previews = graph(torch.from_numpy(styles[:, :384]), torch.from_numpy(noise[:, :656]))[0].numpy()
    for preview, row in zip(previews, styles, strict=True):
        expected = preview_numpy.skip_image(row.astype(np.float64), stylegan2_numpy.const_noise())
        np.testing.assert_allclose(preview, expected, atol=1e-4)


def test_the_preview_is_fitted_by_least_squares(match):
    """Against dense least squares in float64 over the definition of the network."""
    weight, offset = preview_numpy.fitted()
    np.testing.assert_allclose(match.weight.flatten(), weight, atol=1e-4)
    np.testing.assert_allclose(match.offset.flatten(), offset, atol=1e-4)


@pytest.mark.parametrize("psi", [0.65, 1.0])
def test_a_fitted_preview_is_closer_to_the_image_for_codes_not_fitted(match, psi):
    off, plain = [], []
    for z in np.random.RandomState(1).randn(12, 96):
        styles = preview_numpy.styles_of(z, psi)
        image = stylegan2_numpy.image_from_styles(styles, stylegan2_numpy.const_noise())[0]
        skip = preview_numpy.skip_image(styles, stylegan2_numpy.const_noise())
        shown = match(torch.from_numpy(skip[None]).float())[0].numpy()
        plain.append(np.abs(skip - preview_numpy.smaller(image)).mean())
        off.append(np.abs(shown - preview_numpy.smaller(image)).mean())
    assert np.mean(off) < 0.9 * np.mean(plain)


def test_the_fit_is_inside_the_graph(sessions, golden):
    """The definition in float64, from the network to the fit; and the features of the whole synthesis, bit by bit."""
    styles = networks.run(sessions["affine"], ws=golden["ws_psi065"])[0]
    noise = np.random.RandomState(7).randn(len(styles), 2704).astype(np.float32)
    images, features = networks.run(sessions["preview"], styles=styles[:, :384], noise=noise[:, :656])
    for image, row, flat in zip(images, styles, noise, strict=True):
        expected = preview_numpy.preview(row.astype(np.float64), stylegan2_numpy.split_noise(flat))
        np.testing.assert_allclose(image, expected, atol=2e-4)
    whole = networks.run(sessions["synthesis"], styles=styles, noise=noise)[1]
    np.testing.assert_array_equal(features, whole)


def test_a_fit_of_colours_and_of_too_few_codes():
    config = GeneratorConfig(
        z_dim=8, w_dim=8, num_mapping_layers=1, resolution=16, image_channels=3, channel_base=64, channel_max=8
    )
    generator = networks.random_generator(config)
    found = fit(generator, 8, 8)
    assert (found.weight.shape, found.offset.shape) == ((3, 3, 3, 3), (3, 8, 8))
    assert torch.isfinite(found.weight).all()
    with pytest.raises(ValueError, match="at least 8"):
        fit(generator, 8, 7)


def test_a_preview_without_the_feature_layer_is_refused(generator):
    with pytest.raises(ValueError, match=r"b32\.conv0 is not a convolution of the blocks up to 16"):
        SynthesisGraph(generator, "b32.conv0", 16)


def test_float16_inside_float32_outside(models, sessions, golden):
    """Half of the bytes, float16 weights, and images within a few rounding steps of the definition's."""
    graph = onnx.load_from_string(models["synthesis_fp16"]).graph
    kinds = {tensor.name: tensor.data_type for tensor in graph.initializer}
    convolutions = [node for node in graph.node if node.op_type in ("Conv", "ConvTranspose")]
    half = [node for node in convolutions if kinds[node.input[1]] == onnx.TensorProto.FLOAT16]
    # 3 styled convolutions, one of them with two passes of the filter, and 2 toRGB.
    assert len(half) == 3 + 2 + 2
    assert {value.type.tensor_type.elem_type for value in [*graph.input, *graph.output]} == {onnx.TensorProto.FLOAT}
    numbers = sum(math.prod(tensor.dims) for tensor in graph.initializer)
    assert len(models["synthesis_fp16"]) < 0.6 * 4 * numbers
    styles = networks.run(sessions["affine"], ws=golden["ws_psi065"])[0][:, :240]
    maps = stylegan2_numpy.const_noise()[:3]
    noise = np.repeat(np.concatenate([part.ravel() for part in maps])[None], 4, axis=0).astype(np.float32)
    image, features = networks.run(sessions["synthesis_fp16"], styles=styles, noise=noise)
    padded = np.pad(styles.astype(np.float64), ((0, 0), (0, 256)))  # of the layers that are not reached
    expected = np.stack([preview_numpy.skip_image(row, stylegan2_numpy.const_noise(), "b8.torgb") for row in padded])
    assert 0 < np.abs(image - expected).max() < 2e-3 * np.abs(expected).max()
    assert features.dtype == np.float32


def test_emulated_float16_is_what_torch_computes_in_float16(generator, golden):
    """The tolerance is measured with the emulation; float16 kernels of PyTorch show that it is honest."""
    ws = torch.from_numpy(golden["ws_psi065"][:2])
    styles = torch.cat(generator.synthesis.styles(ws), dim=1)
    noise = graphs.noise_const(generator).expand(2, -1)
    exact = generator.synthesis(ws).numpy()
    emulated = half_precision.HalfSynthesisGraph(generator, emulated=True)(styles, noise)[0].numpy()
    real = half_precision.HalfSynthesisGraph(generator)(styles, noise)[0].numpy()
    off_emulated, off_real = (np.sqrt(np.mean((image - exact) ** 2)) for image in (emulated, real))
    assert 0.5 < off_emulated / off_real < 2
    reference = golden["image_const"][:2]
    for image in (emulated, real):
        assert 0 < np.abs(image - reference).max() < 2e-3 * np.abs(golden["image_const"]).max()


@pytest.mark.parametrize("size", [0.0, 1e-4, 1e4])
def test_float16_survives_styles_of_any_size(generator, size):
    """Demodulation undoes the size of a style: neither 0 nor overflow in between. toRGB's styles stay as they are."""
    random = np.random.RandomState(3)
    dims = [layer.dim for layer in generator.config.layers]
    parts = []
    for layer in generator.config.layers:
        style = 1 + 0.3 * random.randn(1, layer.dim)
        parts.append(torch.from_numpy(style if layer.is_torgb else size * style).float())
    styles = torch.cat(parts, dim=1)
    assert styles.shape[1] == sum(dims)
    noise = graphs.noise_const(generator)[None]
    expected = generator.synthesis.from_styles(parts, "const").numpy()
    image = half_precision.HalfSynthesisGraph(generator, emulated=True)(styles, noise)[0].numpy()
    assert np.isfinite(image).all()
    np.testing.assert_allclose(image, expected, atol=2e-2 * max(1, np.abs(expected).max()))


def test_a_code_of_zeros_stays_finite(sessions):
    w = networks.run(sessions["mapping"], z=np.zeros((1, 96), np.float32))[0]
    assert np.isfinite(w).all()


def test_a_fit_of_many_pixels_is_exported_in_a_form_that_a_bundle_may_have(tmp_path):
    """The offset of 128 x 128 numbers is more than the exporter folds into a constant."""
    config = GeneratorConfig(z_dim=8, w_dim=8, num_mapping_layers=1, resolution=256, channel_base=512, channel_max=4)
    parts = BundleParts(preview_resolution=128, preview_codes=8, fp16=False, masked=False, random_codes=0)
    generator = networks.random_generator(config)
    export_bundle(generator, tmp_path / "bundle", BundleTexts(name="large"), Training("0" * 64, 0.0), parts)
    assert load_bundle(tmp_path / "bundle").manifest.preview.resolution == 128
