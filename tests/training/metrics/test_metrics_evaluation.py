"""From reals and a generator to results: floors, determinism, the hook of a run, the command line."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from mammoganesis.editing.labels import LabelMixture
from mammoganesis.errors import ConfigurationError, DataError
from tests.support.measured_images import SIZE, Fixed, breasts, prepared
from tests.support.untrained import ALL, CONFIG, new_generator
from training.checkpoints import checkpoint
from training.cli import main
from training.metrics import evaluation, fake_sources, nearest, samples
from training.metrics.commands import metrics, neighbours
from training.metrics.metric import Context
from training.metrics.random_projection import RandomProjection
from training.networks import Generator

TWO_SAMPLE = ("fid", "kid", "frd", "precision_recall", "density_coverage")


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    """A run folder with two checkpoints of an untrained generator."""
    folder = tmp_path_factory.mktemp("metrics") / "run"
    for images in (1000, 2000):
        content = {"generator": dataclasses.asdict(CONFIG), "images_seen": images}
        tensors = {"generator_ema": new_generator(images).state_dict()}
        checkpoint.write(folder / "checkpoints" / checkpoint.checkpoint_name(images), tensors, content)
    return folder


def described(source, groups=None, names=ALL) -> samples.Sample:
    needs = evaluation.needs_of((*names, "kid"))
    return samples.describe(source, groups, needs, RandomProjection(SIZE))


def context_of(data: Path, fakes: samples.Sample, **changes) -> Context:
    reals = samples.Reals(data)
    context = Context(fakes=fakes, reals=described(reals, reals.groups), extractor=RandomProjection(SIZE), bootstrap=30)
    return dataclasses.replace(context, **changes)


def test_images_of_the_same_kind_reach_the_floor_and_others_do_not(data):
    """Fresh images drawn as the reals were, against images of constant grey."""
    good = context_of(data, described(Fixed(breasts(40, seed=77))))
    bad = dataclasses.replace(good, fakes=described(Fixed(np.full((40, 1, SIZE, SIZE), 90, np.uint8))))
    for alike, unlike in zip(
        evaluation.measure(good, TWO_SAMPLE)[0], evaluation.measure(bad, TWO_SAMPLE)[0], strict=True
    ):
        assert alike.floor is not None
        assert alike.floor.matched is not None
        width = alike.floor.highest - alike.floor.lowest
        sign = 1 if alike.better == "lower" else -1
        assert sign * (alike.floor.matched - alike.floor.value) < 3 * width + 0.1 * abs(alike.floor.value), alike.name
        assert sign * (unlike.value - alike.value) > 0, alike.name
        assert alike.interval is not None
        assert alike.interval[0] <= alike.value <= alike.interval[1]


def test_the_reals_as_fakes_are_perfect(data):
    reals = samples.Reals(data)
    context = context_of(data, described(reals, None))
    values = {r.name: r.value for r in evaluation.measure(context, TWO_SAMPLE)[0]}
    assert values["fid"] == pytest.approx(0.0, abs=1e-6)
    assert values["kid"] < 0.01
    assert values["precision"] == values["recall"] == values["coverage"] == 1.0


def test_halves_have_no_common_patient_and_the_split_floor_uses_the_held_out_images(data):
    reals, other = samples.Reals(data), samples.Reals(data, "test")
    fakes = described(Fixed(breasts(40, seed=5)))
    halves = context_of(data, fakes)
    result = evaluation.measure(halves, ("kid",))[0][0]
    assert result.floor is not None
    assert (result.floor.num_fakes, result.floor.num_reals) == (20, 20)
    assert "halves of the train images" in result.floor.kind
    held_out = described(other, other.groups)
    split = dataclasses.replace(halves, floor="split", held_out=held_out, split_names=("train", "test"))
    result = evaluation.measure(split, ("kid",))[0][0]
    assert result.floor is not None
    assert (result.floor.num_fakes, result.floor.num_reals) == (12, 40)
    assert result.floor.kind == "test images against train images"
    for left, right in halves.floor_splits("features"):
        assert len({tuple(row) for row in left} & {tuple(row) for row in right}) == 0
    assert reals.groups.tolist() == np.repeat(reals.groups[::2], 2).tolist()


def test_a_covariance_without_full_rank_is_called_unreliable(data):
    context = context_of(data, described(Fixed(breasts(40, seed=5))), bootstrap=0, floor="none")
    results = {r.name: r for r in evaluation.measure(context, ("fid", "kid"))[0]}
    assert not results["fid"].reliable
    assert "40 images for 128 features" in results["fid"].notes[0]
    assert results["kid"].reliable
    assert results["fid"].floor is None
    assert results["fid"].interval is None


def test_path_length_needs_a_generator(data):
    with pytest.raises(ConfigurationError, match="ppl needs a checkpoint"):
        evaluation.measure(context_of(data, described(Fixed(breasts(4, seed=5)))), ("ppl",))


def test_an_image_depends_on_its_seed_only(generator):
    torch.manual_seed(3)
    whole = np.concatenate(list(samples.Generated(generator, 20, seed=7).batches()))
    torch.manual_seed(4)
    later = np.concatenate(list(samples.Generated(generator, 3, seed=24).batches()))
    assert len(whole) == 20
    assert np.abs(whole[17:].astype(int) - later).max() <= 1  # another place in the batch: rounding
    flat = np.concatenate(list(samples.Generated(generator, 20, psi=0.0, seed=7).batches()))
    assert flat.std(axis=0).mean() < whole.std(axis=0).mean()


def test_a_conditional_generator_is_given_the_labels_of_the_reals():
    config = dataclasses.replace(CONFIG, label_fields=(("view", ("CC", "MLO")),))
    torch.manual_seed(0)
    network = Generator(config).eval().requires_grad_(False)
    known = [{"view": "CC"}, {"view": "MLO"}, {"view": "CC"}, {}]
    mixture = LabelMixture.of_images(known, dict(config.label_fields))
    generated = samples.Generated(network, 40, mixture=mixture)
    w, _ = generated.codes(0, 40)
    z = torch.from_numpy(np.stack([np.random.RandomState(i).randn(config.z_dim) for i in range(40)])).float()
    of_label = {c: network.mapping(z, torch.tensor([c]).expand(40, 2)) for c in ((1.0, 0.0), (0.0, 1.0), (0.0, 0.0))}
    has = torch.stack([(w - codes).abs().amax(dim=1) < 1e-5 for codes in of_label.values()])
    assert has.sum(dim=0).tolist() == [1] * 40
    assert (has.sum(dim=1) - torch.tensor([20, 10, 10])).abs().max() <= 2  # of 40
    # The other end of a path has other codes and the same labels.
    other, _ = generated.codes(1000, 4, labels_from=0)
    z = torch.from_numpy(np.stack([np.random.RandomState(1000 + i).randn(config.z_dim) for i in range(4)])).float()
    c = torch.tensor([list(of_label)[int(i)] for i in has[:, :4].int().argmax(dim=0)])
    torch.testing.assert_close(other, network.mapping(z, c))


def test_the_labels_of_fakes_are_as_frequent_as_those_of_the_reals(data, tmp_path):
    """Where nothing is known of the reals, as frequent as in training."""
    copy = Path(shutil.copytree(data, tmp_path / "data"))
    index = json.loads((copy / "index.json").read_text())
    fields = {"view": ("CC", "MLO")}
    assert samples.Reals(copy).mixture(fields) is None
    for number, row in enumerate(index["images"]):
        row["labels"] = {"view": "MLO"} if number % 4 == 0 else {"view": "CC"}
    (copy / "index.json").write_text(json.dumps(index))
    found = samples.Reals(copy).mixture(fields)
    rows = [row for row in index["images"] if row["split"] == "train"]
    assert found is not None
    assert dict(found.counts)[("MLO",)] == sum(row["labels"] == {"view": "MLO"} for row in rows)
    config = dataclasses.replace(CONFIG, label_fields=tuple(fields.items()), label_mixture=((("MLO",), 1),))
    network = Generator(config).eval().requires_grad_(False)
    source = samples.Generated(network, 4)
    z = torch.from_numpy(np.stack([np.random.RandomState(i).randn(config.z_dim) for i in range(4)])).float()
    torch.testing.assert_close(source.codes(0, 4)[0], network.mapping(z, torch.tensor([[0.0, 1.0]]).expand(4, 2)))


def invoke(command, *arguments: object):
    return CliRunner().invoke(command, [str(a) for a in arguments])


def test_all_checkpoints_of_a_run_as_table_json_and_curve(data, run, tmp_path):
    out, plot = tmp_path / "metrics.json", tmp_path / "curve.png"
    arguments = [run, "--data", data, "--samples", 24, "--bootstrap", 10, "--all-checkpoints", "--threads", 1]
    arguments += ["--metric", "kid", "--metric", "frd", "--metric", "ms_ssim", "--metric", "ppl"]
    result = invoke(metrics, *arguments, "--out", out, "--plot", plot)
    assert result.exit_code == 0, result.output
    content = json.loads(out.read_text())
    assert [e["kimg"] for e in content["evaluations"]] == [1.0, 2.0]
    assert len({e["generator_digest"] for e in content["evaluations"]}) == 2
    first = {r["name"]: r for r in content["evaluations"][0]["results"]}
    assert set(first) == {"kid", "frd", "ms_ssim", "ppl_end", "ppl_full"}
    assert first["kid"]["num_fakes"] == 24
    assert first["kid"]["num_reals"] == 40
    assert first["kid"]["extractor"] == "random-projection"
    assert len(first["kid"]["extractor_digest"]) == 64
    assert len(first["kid"]["interval"]) == 2
    assert first["kid"]["floor"]["num_reals"] == 20
    assert first["ppl_end"]["floor"] is None
    assert "real-real floor" in result.output
    assert "best" in result.output
    with Image.open(plot) as image:
        assert image.size[0] > 1000
    again = tmp_path / "again.json"
    invoke(metrics, *arguments[:-2], "--metric", "ppl", "--threads", 1, "--out", again)
    repeated = json.loads(again.read_text())["evaluations"][1]["results"]
    expected = content["evaluations"][1]["results"]
    assert [(r["name"], r["value"], r["interval"]) for r in repeated] == [
        (r["name"], r["value"], r["interval"]) for r in expected
    ]


def test_a_folder_of_checkpoints_counts_as_a_run(run):
    found = [str(run / "checkpoints" / name) for name in ("kimg000001", "kimg000002")]
    assert fake_sources.expand([str(run)], True) == found
    assert fake_sources.expand([str(run / "checkpoints")], True) == found
    assert fake_sources.expand([str(run)], False) == [str(run)]


def test_a_folder_of_images_is_measured_and_its_faults_are_named(data, tmp_path):
    fakes = tmp_path / "fakes"
    fakes.mkdir()
    for i, image in enumerate(breasts(20, seed=3)):
        Image.fromarray(image[0]).save(fakes / f"{i:03d}.png")
    out = tmp_path / "metrics.json"
    result = invoke(metrics, fakes, "--data", data, "--metric", "kid", "--bootstrap", 5, "--out", out)
    assert result.exit_code == 0, result.output
    [measured] = json.loads(out.read_text())["evaluations"]
    assert measured["kimg"] is None
    assert measured["results"][0]["num_fakes"] == 20
    source = samples.ImageFolder(fakes, SIZE, 1)
    np.testing.assert_array_equal(np.concatenate(list(source.batches())), breasts(20, seed=3))
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(fakes / "wrong.png")
    with pytest.raises(DataError, match=r"wrong.png: is 8x8; the reals are 16x16"):
        list(samples.ImageFolder(fakes, SIZE, 1).batches())
    with pytest.raises(DataError, match="holds 0 PNG, JPEG or TIFF"):
        samples.ImageFolder(data, SIZE, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--extractor-digest", "ab"], "--extractor-digest: only together with --extractor"),
        (["--extractor", "lite0", "--input-size", "9"], "--input-size: only together with --extractor FILE"),
        (["--extractor", "lite1"], "--extractor is 'lite1'; allowed are random-projection, lite0, opennsfw and files"),
        (["--extractor", "missing.onnx"], "missing.onnx: cannot be read"),
        (["--split", "test", "--data", "{empty}"], "no image in the split 'test'"),
    ],
    ids=lambda v: str(v)[:24],
)
def test_wrong_use_ends_in_one_line(data, run, tmp_path, arguments, message):
    empty = prepared(tmp_path / "empty", 4, 0)
    filled = [a.format(empty=empty) for a in arguments]
    result = invoke(main, "evaluate", "metrics", run, "--data", data, *filled)
    assert result.exit_code == 1
    assert message in result.output
    assert "Traceback" not in result.output


def test_copies_of_training_images_are_found_and_fresh_images_are_not(data):
    reals, other = samples.Reals(data), samples.Reals(data, "test")
    extractor = RandomProjection(SIZE)
    train = nearest.points(reals, reals.groups, extractor)
    control = nearest.points(other, other.groups, extractor)
    stored = np.concatenate(list(reals.batches()))
    copies = np.clip(stored[[3, 17, 8]].astype(int) + np.random.default_rng(0).integers(-1, 2, (3, 1, 16, 16)), 0, 255)
    mixed = np.concatenate([breasts(12, seed=50), copies.astype(np.uint8)])
    for found in nearest.compare(nearest.points(Fixed(mixed), None, extractor), train, control):
        assert found.index[-3:].tolist() == [3, 17, 8]
        assert set(found.suspicious) >= {12, 13, 14}
        assert len(found.suspicious) <= 5
    fresh, clean = nearest.points(Fixed(breasts(30, seed=51)), None, extractor), []
    for found in nearest.compare(fresh, train, control):
        assert 0.2 < found.auc < 0.8
        clean.append(found.p_value)
    assert max(clean) > 0.01
    for found in nearest.compare(train, train, None):
        assert found.samples.max() == 0.0
        assert found.auc == 0.0
        assert found.control_name == "training images, other patients"


def test_pixel_distance_is_the_root_mean_square_of_grey_values(data):
    reals = samples.Reals(data)
    extractor = RandomProjection(SIZE)
    stored = np.concatenate(list(reals.batches()))
    shown = breasts(3, seed=4)
    [_, found, _] = nearest.compare(
        nearest.points(Fixed(shown), None, extractor), nearest.points(reals, reals.groups, extractor), None
    )
    direct = np.sqrt(((shown[:, None].astype(float) - stored[None].astype(float)) ** 2).mean(axis=(2, 3, 4)))
    np.testing.assert_allclose(found.samples, direct.min(axis=1), rtol=1e-9)
    assert found.index.tolist() == direct.argmin(axis=1).tolist()
    between = np.sqrt(((stored[:, None].astype(float) - stored[None].astype(float)) ** 2).mean(axis=(2, 3, 4)))
    between[np.equal.outer(reals.groups, reals.groups)] = np.inf
    np.testing.assert_allclose(found.train, between.min(axis=1), rtol=1e-9)


def test_neighbours_command_writes_sheet_and_distances(data, run, tmp_path):
    out, sheet = tmp_path / "near.json", tmp_path / "sheet.png"
    result = invoke(
        neighbours, run, "--data", data, "--samples", 10, "--rows", 5, "--threads", 1, "--out", out, "--sheet", sheet
    )
    assert result.exit_code == 0, result.output
    assert "12 held-out images" in result.output
    content = json.loads(out.read_text())
    assert [s["space"] for s in content["spaces"]] == ["features", "pixels", "details"]
    assert len(content["spaces"][0]["distances"]) == 10
    assert set(content["spaces"][0]["quantiles"]) == {"samples", "held_out", "train_other_patient"}
    # Five rows of sample, nearest by features, by pixels and by details; each pixel is six wide and six high.
    with Image.open(sheet) as image:
        page = np.asarray(image.convert("L"))
    left, top = page.shape[1] - 12 - 4 * 100 + 4, 12 + round(13 * 1.4)
    cells = [
        [page[top + 100 * row :, left + 100 * column :][:96:6, :96:6].tobytes() for column in range(4)]
        for row in range(5)
    ]
    stored = np.load(data / "shard-00000.npy")[:40]
    number = {image.tobytes(): index for index, image in enumerate(stored)}
    shown = {tuple(number[nearest_by] for nearest_by in others) for _, *others in cells}
    assert shown <= set(zip(*(space["nearest"] for space in content["spaces"]), strict=True))
    assert not {sample for sample, *_ in cells} & set(number)
