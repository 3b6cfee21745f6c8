"""Labels: from CSV and DICOM into the set, as the vector c, and through both networks as a NumPy calculation says."""

from __future__ import annotations

import csv
import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from mammoganesis.errors import ConfigurationError, DataError
from tests.places import MSYNTH
from training.accelerators import select
from training.checkpoints import checkpoint
from training.cli import main
from training.configs.options import TrainingOptions
from training.data import labels
from training.data.dataset import Dataset, label_counts_of, label_fields_of
from training.data.fields import parse_labels
from training.data.index import digest_of
from training.data.prepare import PrepareOptions, prepare
from training.loop import phases, state
from training.networks import Discriminator, DiscriminatorConfig, Generator, GeneratorConfig
from training.run.options import resumed_options, training_set, with_labels
from training.run.start import Beginning, start

FIELDS: labels.LabelFields = (("view", ("CC", "MLO")), ("density", ("A", "B", "C")))
SMALL = {"z_dim": 6, "w_dim": 8, "num_mapping_layers": 3, "resolution": 16, "channel_base": 128, "channel_max": 8}
C = np.array([[1, 0, 0, 0, 1], [0, 1, 0, 0, 0], [0, 0, 0, 0, 0]], np.float32)
IN_THIS_PROCESS = ("--resolution", "16", "--test-fraction", "0", "--workers", "0")  # files that end none


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ([("view", [])], "view has the values"),
        ([("view", ["CC", "CC"])], "view has the values"),
        ([("age", [str(n) for n in range(65)])], "1 to 64 different"),
        ([("view", ["CC"]), ("view", ["MLO"])], "must differ"),
        (["view"], "must be pairs"),
    ],
)
def test_impossible_fields_are_refused(fields: list, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        GeneratorConfig(label_fields=fields)  # type: ignore[arg-type]


def _numpy_mapping(tensors: dict[str, np.ndarray], z: np.ndarray, c: np.ndarray, layers: int) -> np.ndarray:
    """StyleGAN2-ADA's conditional mapping, written down from its formulas."""

    def unit(x: np.ndarray) -> np.ndarray:
        return x / np.sqrt((x**2).mean(axis=1, keepdims=True) + 1e-8)

    embedded = c @ (tensors["embed.weight"] / np.sqrt(c.shape[1])).T + tensors["embed.bias"]
    x = np.concatenate([unit(z), unit(embedded)], axis=1) if z.shape[1] else unit(embedded)
    for index in range(layers):
        weight, bias = tensors[f"fc{index}.weight"], tensors[f"fc{index}.bias"]
        x = x @ (weight * 0.01 / np.sqrt(weight.shape[1])).T + bias * 0.01
        x = np.where(x > 0, x, 0.2 * x) * np.sqrt(2)
    return x


def _numbers(module: torch.nn.Module) -> dict[str, np.ndarray]:
    """Parameters in float64, moved away from their start so that biases count."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.5)
    return {name: value.double().numpy() for name, value in module.state_dict().items()}


def test_conditional_mapping_equals_numpy() -> None:
    generator = Generator(GeneratorConfig(**SMALL, label_fields=FIELDS))
    tensors, z = _numbers(generator.mapping), np.random.default_rng(0).normal(size=(3, 6))
    assert tensors["embed.weight"].shape == (8, 5)
    assert tensors["fc0.weight"].shape == (8, 14)
    w = generator.mapping(torch.from_numpy(z).float(), torch.from_numpy(C))
    np.testing.assert_allclose(w.detach().numpy(), _numpy_mapping(tensors, z, C.astype(float), 3), atol=1e-5)
    unknown = generator.mapping(torch.from_numpy(z).float())
    torch.testing.assert_close(unknown[2], w[2])  # its labels are zeros
    assert not torch.allclose(unknown[0], w[0])
    with pytest.raises(ValueError, match="c has 4 columns; this network's labels have 5"):
        generator.mapping(torch.zeros(1, 6), torch.zeros(1, 4))


def test_projection_equals_numpy() -> None:
    sizes = {key: SMALL[key] for key in ("resolution", "channel_base", "channel_max")}
    discriminator = Discriminator(DiscriminatorConfig(**sizes, mbstd_group=1, c_dim=5))
    tensors = _numbers(discriminator.mapping)
    tensors["out"], tensors["bias"] = (p.detach().double().numpy() for p in discriminator.b4.out.parameters())
    captured: list[np.ndarray] = []
    discriminator.b4.fc.register_forward_hook(lambda module, inputs, y: captured.append(y.detach().double().numpy()))
    logits = discriminator(torch.randn(3, 1, 16, 16), torch.from_numpy(C))
    features = captured[0] @ (tensors["out"] / np.sqrt(8)).T + tensors["bias"]
    cmap = _numpy_mapping(tensors, np.zeros((3, 0)), C.astype(float), 8)
    expected = (features * cmap).sum(axis=1, keepdims=True) / np.sqrt(8)
    np.testing.assert_allclose(logits.detach().numpy(), expected, rtol=1e-4, atol=1e-5)


def test_images_without_labels_are_judged_from_the_start() -> None:
    """A projection on zeros would say 0 of all of them, and nothing could be learnt from them."""
    torch.manual_seed(0)
    sizes = {key: SMALL[key] for key in ("resolution", "channel_base", "channel_max")}
    discriminator = Discriminator(DiscriminatorConfig(**sizes, mbstd_group=1, c_dim=5))
    images = torch.randn(4, 1, 16, 16, requires_grad=True)

    def gradients(c: torch.Tensor) -> torch.Tensor:
        (gradient,) = torch.autograd.grad(discriminator(images, c).sum(), images)
        return gradient.flatten(1).norm(dim=1)

    ratio = gradients(torch.zeros(4, 5)) / gradients(torch.eye(5)[:4])
    assert bool(((ratio > 0.1) & (ratio < 10)).all()), ratio


def test_networks_without_labels_have_no_new_tensors() -> None:
    sizes = {key: SMALL[key] for key in ("resolution", "channel_base", "channel_max")}
    assert not any("embed" in name for name in Generator(GeneratorConfig(**SMALL)).state_dict())
    plain = Discriminator(DiscriminatorConfig(**sizes))
    assert not any("mapping" in name for name in plain.state_dict())
    assert plain.b4.out.weight.shape == (1, 8)


@pytest.fixture
def clinic(tmp_path: Path) -> Callable[..., Path]:
    """A folder of the simulated mammograms with a CSV that names view and density."""
    folder = tmp_path / "clinic"
    folder.mkdir()
    names = sorted(path.name for path in MSYNTH.glob("*.jp*g"))
    for name in names:
        shutil.copy(MSYNTH / name, folder)

    def make(densities: list[str], column: str = "Density") -> Path:
        with (folder / "manifest.csv").open("w", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["file", "view_position", column])
            writer.writerows([name, "cc" if i else "MLO", densities[i]] for i, name in enumerate(names))
        return folder

    return make


def test_prepared_labels_come_back_with_their_images(clinic: Callable[..., Path], tmp_path: Path) -> None:
    source, out = clinic(["A", "B", "", "B"]), tmp_path / "data"
    arguments = ["prepare", str(source), "--out", str(out), *IN_THIS_PROCESS]
    result = CliRunner().invoke(main, [*arguments, "--label", "view", "--label", "density"])
    assert result.exit_code == 0, result.output
    assert "label view: CC, MLO; known of 4 images" in result.output
    assert "label density: A, B; known of 3 images, unknown of 1" in result.output
    index = json.loads((out / "index.json").read_text())
    assert index["label_fields"] == [
        {"name": "view", "values": ["CC", "MLO"]},
        {"name": "density", "values": ["A", "B"]},
    ]
    assert index["images"][0]["labels"] == {"view": "MLO", "density": "A"}
    assert index["images"][2]["labels"] == {"view": "CC"}

    dataset = Dataset(out, label_fields=(("density", ("A", "B")), ("view", ("CC", "MLO"))))
    images, c = dataset.batch(2, 6, seed=1), dataset.labels(2, 6, seed=1)
    assert (c.shape, c.dtype) == ((6, 4), np.float32)
    expected = {
        dataset[i].tobytes(): row for i, row in enumerate([[1, 0, 0, 1], [0, 1, 1, 0], [0, 0, 1, 0], [0, 1, 1, 0]])
    }
    assert [row.tolist() for row in c] == [expected[image.tobytes()] for image in images]
    assert Dataset(out).labels(0, 3, seed=1).shape == (3, 0)


def test_labels_that_are_not_there_are_named(clinic: Callable[..., Path], tiny_data: Path, tmp_path: Path) -> None:
    source = clinic(["A", "B", "", "B"])
    with pytest.raises(DataError, match="has no column for the label 'birads'; it has file, view_position, Density"):
        prepare([source], tmp_path / "x", PrepareOptions(resolution=16, labels=parse_labels(["birads"])))
    with pytest.raises(DataError, match="the label 'side' is not known of any image"):
        prepare([source], tmp_path / "x", PrepareOptions(resolution=16, labels=parse_labels(["side"])))
    (source / "manifest.csv").unlink()
    with pytest.raises(DataError, match="--label 'density' needs a CSV"):
        prepare([source], tmp_path / "x", PrepareOptions(resolution=16, labels=parse_labels(["density"])))
    with pytest.raises(DataError, match="has no label 'view'; it has none"):
        Dataset(tiny_data, label_fields=FIELDS)


def test_a_label_that_one_source_does_not_state_is_unknown_there(clinic: Callable[..., Path], tmp_path: Path) -> None:
    stated, silent, bare, out = clinic(["", "", "A", "B"]), tmp_path / "silent", tmp_path / "bare", tmp_path / "data"
    for folder, file in ((silent, "fatty_L.jpg"), (bare, "dense_R.jpg")):
        folder.mkdir()
        (stated / file).rename(folder / file)
    rows = (stated / "manifest.csv").read_text().splitlines()
    (stated / "manifest.csv").write_text("\n".join([rows[0], *rows[3:]]) + "\n")
    (silent / "manifest.csv").write_text("file,view\nfatty_L.jpg,MLO\n")
    arguments = ["prepare", *map(str, [stated, silent, bare]), "--out", str(out), *IN_THIS_PROCESS]
    result = CliRunner().invoke(main, [*arguments, "--label", "density", "--label", "view"])
    assert result.exit_code == 0, result.output
    assert "label density: A, B; known of 2 images, unknown of 2" in result.output
    lacking = f"{silent / 'manifest.csv'}: has no column for the label 'density'; it has file, view"
    assert f"{lacking}; not known of its 1 image(s)" in result.output
    assert f"{bare}: --label 'density' needs a CSV with a column of that name; not known of its 1" in result.output
    dataset = Dataset(out, label_fields=label_fields_of(out))
    assert dataset.labels(0, 4, seed=0).sum(axis=0).tolist() == [1, 1, 2, 1]
    assert label_counts_of(out, label_fields_of(out)) == (
        (("", ""), 1),
        (("", "MLO"), 1),
        (("A", "CC"), 1),
        (("B", "CC"), 1),
    )
    with pytest.raises(DataError, match=r"no column for the label 'birads'.*; it has file, view; .*bare: --label"):
        prepare([stated, silent, bare], tmp_path / "x", PrepareOptions(resolution=16, labels=parse_labels(["birads"])))


def test_a_share_of_the_labels_is_withheld_field_by_field(clinic: Callable[..., Path], tmp_path: Path) -> None:
    """From the definition: an image keeps its labels or loses a whole field, at random but reproducibly."""
    folder, fields = tmp_path / "data", (("density", ("A", "B")), ("view", ("CC", "MLO")))
    known = parse_labels(["density", "view"])
    prepare([clinic(["A", "B", "A", "B"])], folder, PrepareOptions(resolution=16, test_fraction=0, labels=known))
    whole = Dataset(folder, label_fields=fields).labels(0, 4000, seed=3)
    assert whole.sum() == 8000
    dataset = Dataset(folder, label_fields=fields, label_dropout=0.3)
    c = dataset.labels(0, 4000, seed=3)
    kept = np.stack([c[:, :2].sum(axis=1), c[:, 2:].sum(axis=1)], axis=1)
    assert np.array_equal(c, whole * np.repeat(kept, 2, axis=1))
    assert np.abs(kept.mean(axis=0) - 0.7).max() < 4 * np.sqrt(0.21 / 4000)
    both = (kept.sum(axis=1) == 0).mean()
    assert abs(both - 0.09) < 4 * np.sqrt(0.09 * 0.91 / 4000)
    parts = [dataset.labels(start, 3, seed=3) for start in range(1200, 1212, 3)]
    assert np.array_equal(np.concatenate(parts), c[1200:1212])
    assert not np.array_equal(dataset.labels(0, 4000, seed=4).any(axis=1), c.any(axis=1))
    assert not Dataset(folder, label_fields=fields, label_dropout=1.0).labels(0, 50, seed=3).any()


def test_runs_withhold_what_their_options_say(
    clinic: Callable[..., Path], tiny_options: TrainingOptions, tmp_path: Path
) -> None:
    known = parse_labels(["view"])
    prepare([clinic(["", "", "", ""])], tmp_path / "data", PrepareOptions(resolution=16, test_fraction=0, labels=known))
    options = with_labels(dataclasses.replace(tiny_options, label_dropout=0.5), tmp_path / "data", ("view",))
    assert options.generator.label_mixture == ((("CC",), 3), (("MLO",), 1))
    assert options.generator.mixture.describe() == "view: CC 75%, MLO 25%"
    known_share = training_set(options, tmp_path / "data").labels(0, 400, seed=0).sum() / 400
    assert 0.4 < known_share < 0.6
    stated = options.to_dict()
    assert TrainingOptions.from_dict(json.loads(json.dumps(stated))).generator.mixture.counts == (
        options.generator.label_mixture
    )
    del stated["label_dropout"]  # of a run that had no such option
    assert TrainingOptions.from_dict(stated).label_dropout == 0
    with pytest.raises(ConfigurationError, match=r"--label-dropout is 2; it must lie between 0 and 1"):
        dataclasses.replace(options, label_dropout=2)
    for damaged in ([[["LM"], 3]], [[["CC", "A"], 3]], [[["CC"], 0]], [["CC"]], 7):
        with pytest.raises(ConfigurationError, match="label_mixture"):
            dataclasses.replace(options.generator, label_mixture=damaged)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["BI-RADS"], "--label 'bi_rads=BI-RADS' renames it"),
        (["breast density"], "--label 'breast_density=breast density' renames it"),
        (["view", "view"], "the label 'view' is given twice"),
        (["=Density"], "renames it"),
    ],
)
def test_a_name_that_no_bundle_has_is_refused_with_a_way_to_rename(labels: list[str], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        parse_labels(labels)


def test_a_label_with_one_value_is_refused_before_anything_is_read(clinic: Callable[..., Path], tmp_path: Path) -> None:
    source = clinic(["A", "A", "", "A"])
    (source / "fatty_L.jpg").write_bytes(b"damaged")
    with pytest.raises(DataError, match="the label 'density' has one value, 'A'; two or more are needed"):
        prepare([source], tmp_path / "x", PrepareOptions(resolution=16, labels=parse_labels(["density"])))


def test_an_old_set_with_such_labels_is_refused_by_train(clinic: Callable[..., Path], tmp_path: Path) -> None:
    options = PrepareOptions(resolution=16, test_fraction=0, labels=parse_labels(["density"]))
    prepare([clinic(["A", "B", "", "B"])], tmp_path / "data", options)
    path = tmp_path / "data" / "index.json"
    for fields, message in (
        ([{"name": "ACR Density", "values": ["A", "B"]}], "rename it with `prepare --label 'acr_density=ACR Density'`"),
        ([{"name": "density", "values": ["A"]}], "the label 'density' has one value, 'A'"),
    ):
        path.write_text(json.dumps(json.loads(path.read_text()) | {"label_fields": fields}))
        arguments = ["train", "--config", "tiny", "--data", str(tmp_path / "data"), "--out", str(tmp_path / "run")]
        result = CliRunner().invoke(main, [*arguments, "--labels", fields[0]["name"], "--device", "cpu"])
        assert result.exit_code == 1
        assert message in result.output
        assert not (tmp_path / "run").exists()


def test_a_labelled_set_cannot_have_values_that_the_network_lacks(clinic: Callable[..., Path], tmp_path: Path) -> None:
    prepare(
        [clinic(["A", "B", "", "D"])],
        tmp_path / "data",
        PrepareOptions(resolution=16, labels=parse_labels(["density"])),
    )
    with pytest.raises(DataError, match=r"labels.density: 'D' is not allowed; allowed: A, B, C, or nothing"):
        Dataset(tmp_path / "data", label_fields=FIELDS[1:])
    assert Dataset(tmp_path / "data").digest != Dataset(_relabelled(tmp_path / "data")).digest


def _relabelled(folder: Path) -> Path:
    index = json.loads((folder / "index.json").read_text())
    index["images"][0]["labels"] = {"density": "B"}
    copy = folder.parent / "relabelled"
    shutil.copytree(folder, copy)
    (copy / "index.json").write_text(json.dumps(index | {"digest": digest_of(index)}))
    return copy


def test_a_run_that_withholds_labels_resumes_exactly(
    clinic: Callable[..., Path], tiny_options: TrainingOptions, tmp_path: Path
) -> None:
    """Also one of a checkpoint that does not say how often its images have which labels: the resumed one does."""
    data, place = tmp_path / "data", select("cpu", "float32")
    prepare([clinic(["A"] * 4)], data, PrepareOptions(resolution=16, test_fraction=0, labels=parse_labels(["view"])))
    options = with_labels(dataclasses.replace(tiny_options, label_dropout=0.5, kimg=0.024), data, ("view",))
    assert 0 < training_set(options, data).labels(0, 24, options.seed).sum() < 24
    whole = start(options, data, tmp_path / "whole", place, report=lambda line: None)
    start(dataclasses.replace(options, kimg=0.012), data, tmp_path / "parts", place, report=lambda line: None)
    (folder,) = checkpoint.checkpoints_of(tmp_path / "parts")
    content = json.loads((folder / "checkpoint.json").read_text())
    for generator in (content["generator"], content["training_options"]["generator"]):
        assert generator.pop("label_mixture") == [[["CC"], 3], [["MLO"], 1]]
    (folder / "checkpoint.json").write_text(json.dumps(content))
    resumed = resumed_options(folder, {"kimg": 0.024})
    assert not resumed.generator.label_mixture
    parts = start(resumed, data, tmp_path / "parts", place, Beginning(folder), report=lambda line: None)
    for name, value in whole.generator_ema.state_dict().items():
        assert torch.equal(value, parts.generator_ema.state_dict()[name]), name
    stated = checkpoint.read_content(checkpoint.checkpoints_of(tmp_path / "parts")[-1])
    assert stated["generator"]["label_mixture"] == [[["CC"], 3], [["MLO"], 1]]


@pytest.mark.parametrize("loss", ["logistic", "rpgan"])
def test_conditional_training(
    clinic: Callable[..., Path], tiny_options: TrainingOptions, tmp_path: Path, loss: str
) -> None:
    """The embedding and the projection learn, and another batch of labels gives other gradients."""
    prepare(
        [clinic(["A", "B", "", "B"])],
        tmp_path / "data",
        PrepareOptions(resolution=16, test_fraction=0, labels=parse_labels(["view"])),
    )
    options = with_labels(dataclasses.replace(tiny_options, loss=loss), tmp_path / "data", ("view",))
    assert options.generator.label_fields == (("view", ("CC", "MLO")),)
    assert TrainingOptions.from_dict(json.loads(json.dumps(options.to_dict()))) == options
    with pytest.raises(ConfigurationError, match=r"'density' is not in .*; it has view"):
        with_labels(tiny_options, tmp_path / "data", ("density",))

    s = state.create(options, select("cpu", "float32"))
    watched = ["generator.mapping.embed.weight", "discriminator.mapping.embed.weight"]
    before = {name: _parameter(s, name).clone() for name in watched}
    dataset = Dataset(tmp_path / "data", label_fields=options.generator.label_fields)
    for _ in range(2):
        phases.train_step(s, dataset, phases.Statistics())
    assert [name for name in watched if torch.equal(before[name], _parameter(s, name))] == []
    c = torch.eye(2)
    image = s.generator_ema(torch.zeros(2, 16) + 1, noise_mode="none", c=c)
    assert not torch.equal(image[0], image[1])


def _parameter(s: state.TrainingState, name: str) -> torch.Tensor:
    network, _, parameter = name.partition(".")
    return getattr(s, network).get_parameter(parameter).detach()
