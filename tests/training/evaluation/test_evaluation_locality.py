"""Locality of edits: on a drawn network whose regions are known exactly, on the tiny bundle, and piece by piece."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from mammoganesis.bundle.regions import Regions
from mammoganesis.editing.labels import LabelMixture
from mammoganesis.editing.layers import StyleLayer
from mammoganesis.errors import ConfigurationError, DataError
from tests.places import TINY_BUNDLE
from tests.support.exported_networks import golden_generator, random_generator, write_checkpoint
from training.checkpoints.digest import generator_digest
from training.cli import main
from training.discovery.regions import RegionSearch, find_regions
from training.evaluation import locality
from training.evaluation.locality import Measurements, Pairs, Setting, lightness, measure, place_means
from training.evaluation.locality_choice import Estimate, Point, choose, curve
from training.evaluation.network import Checkpoint, Network, codes, open_network
from training.export.card_results import results
from training.export.evaluations import read_evaluations
from training.networks import GeneratorConfig

LAYERS = (StyleLayer("b8.conv1", 3, 0), StyleLayer("b16.conv0", 2, 1), StyleLayer("b16.conv1", 4, 2))
VALUES = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0]))


@given(st.lists(VALUES, min_size=9, max_size=9), st.floats(0, 5), st.floats(0, 5))
@settings(deadline=None)
def test_query_by_its_definition(shares, epsilon, low):
    expected = []
    for start, stop, budget in ((0, 3, min(epsilon, low)), (3, 5, min(epsilon, low)), (5, 9, epsilon)):
        spent, chosen = 0.0, set()
        for channel in sorted(range(start, stop), key=lambda c: (-shares[c], c)):
            spent += 1.0 - shares[channel]
            if shares[channel] > 0.1 and spent < budget:
                chosen.add(channel)
        expected += [channel in chosen for channel in range(start, stop)]
    contributions = np.array([np.zeros(9), shares])
    assert Setting(epsilon, low).query(contributions, 1, LAYERS).tolist() == expected


@pytest.mark.parametrize(
    ("colour", "expected"),
    [((0.5,), 53.389), ((0,), 0), ((1,), 100), ((0.02,), 1.398), ((1, 0, 0), 53.24), ((0, 1, 0), 87.73)],
)
def test_lightness_of_known_colours(colour, expected):
    image = np.array(colour).reshape(1, -1, 1, 1) * 2 - 1
    assert 100 * lightness(image).item() == pytest.approx(expected, abs=0.02)


def test_place_means_cell_by_cell():
    random = np.random.default_rng(0)
    difference = random.random((16, 16))
    target, reference = np.zeros((2, 8, 8), dtype=bool)
    target[2, 3:5] = True
    reference[7, 7] = True
    parts: dict[str, list[float]] = {"inside": [], "outside": [], "far": []}
    for i in range(16):
        for j in range(16):
            row, column = i // 2, j // 2
            inside = row == 2 and column in (3, 4)
            near = 1 <= row <= 3 and 2 <= column <= 5
            parts["inside" if inside else "outside"].append(difference[i, j])
            if not near and (row, column) != (7, 7):
                parts["far"].append(difference[i, j])
    np.testing.assert_allclose(place_means(difference, target, reference), [np.mean(v) for v in parts.values()])


class Quarters:
    """A network of four styles: each is the grey of one quarter of the image. The features tell the quarter."""

    layers = (StyleLayer("b16.conv1", 4, 0),)
    num_ws, z_dim, digest, mixture = 1, 4, "", LabelMixture.equal({})
    w_avg = np.full(4, 0.5, dtype=np.float32)

    def mapping(self, z, c):
        return 0.5 + 0.2 * np.tanh(z)

    def styles(self, ws):
        return ws[:, 0]

    def render(self, styles):
        grey = styles.reshape(-1, 1, 2, 2).repeat(8, axis=2).repeat(8, axis=3)
        where = np.eye(4).reshape(1, 4, 2, 2).repeat(4, axis=2).repeat(4, axis=3).repeat(len(styles), axis=0)
        return grey * 2 - 1, where


def regions_of(contributions: np.ndarray) -> Regions:
    """The four quarters, with these contributions."""
    return Regions(np.eye(4), contributions, np.full(4, 0.25), "b16.conv1", 8)


def test_edits_of_a_network_with_known_regions():
    network = Quarters()
    contributions = np.array([[0.97, 0.3, 0, 0], [0.03, 0.7, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    found = measure(network, regions_of(contributions), [Setting(0.5, 0), Setting(2, 0)], Pairs(10, 1.0, seed=5))
    assert found.pairs.tolist() == [10] * 4
    assert found.channels.tolist() == [[1, 2], [1, 1], [1, 1], [1, 1]]
    styles = codes(network, range(5, 16), 1.0)[:, 0]
    moved = np.square(np.diff(styles.astype(np.float64), axis=0))  # [pair, quarter], intensity
    np.testing.assert_allclose(found.errors[:, 0, :, 0, 1], moved.T, rtol=1e-4)
    np.testing.assert_array_equal(found.errors[:, 0, :, 1], 0)  # nothing moves outside
    np.testing.assert_allclose(found.errors[0, 1, :, 1, 1], moved[:, 1] / 3, rtol=1e-4)  # quarter 1 moves too
    np.testing.assert_array_equal(found.errors[2, 0], found.errors[2, 1])
    assert not found.background.any()


def test_edits_of_a_part_are_measured_in_its_pixels(monkeypatch):
    """A part of 4 x 4 of the 8 x 8 pixels of the first quarter; one image in two shows it."""

    def corner(grey: np.ndarray, kinds: tuple[str, ...]) -> np.ndarray:
        masks = np.zeros((len(kinds), 16, 16), bool)
        masks[:, :4, :4] = grey[0, 0] > 0.5
        return masks

    monkeypatch.setattr(locality, "part_masks", corner)
    contributions, pairs = np.vstack([np.eye(4), [1, 0, 0, 0]]), Pairs(10, 1.0)
    regions = Regions(np.eye(4), contributions, np.full(5, 0.25), "b16.conv1", 8, ("skin",))
    found = measure(Quarters(), regions, [Setting(0.5, 0)], pairs)
    assert found.pairs.tolist() == [10] * 5
    styles = codes(Quarters(), range(41), 1.0)[:, 0].astype(np.float64)
    shown = np.flatnonzero(styles[:-1, 0] > 0.5)[:10]
    moved = np.square(styles[shown + 1, 0] - styles[shown, 0])
    # Inside; the rest of the quarter, of all pixels outside; what of it lies beyond one cell, which is two pixels.
    expected = np.stack([moved, moved * (64 - 16) / (256 - 16), moved * (64 - 36) / (256 - 36)], axis=1)
    np.testing.assert_allclose(found.errors[4, 0, :, :, 1], expected, rtol=1e-4)
    np.testing.assert_array_equal(
        found.errors[:4], measure(Quarters(), regions_of(np.eye(4)), [Setting(0.5, 0)], pairs).errors
    )


def test_regions_that_hardly_any_target_shows_get_fewer_pairs():
    class Rare(Quarters):
        def render(self, styles):
            image, where = super().render(styles)
            where[styles[:, 0] < 0.65, 3] = 0  # the last region shows in bright images only
            where[styles[:, 0] < 0.65, 2, 4:] = 1
            return image, where

    found = measure(Rare(), regions_of(np.eye(4)), [Setting(1, 0)], Pairs(12, 1.0))
    assert found.pairs[:3].tolist() == [12] * 3
    assert 0 < found.pairs[3] < 12
    with pytest.raises(DataError, match="none of the images"):
        measure(Rare(), regions_of(np.eye(4)), [Setting(1, 0)], Pairs(2, 1.0), chosen=[])
    with pytest.raises(ConfigurationError, match="--pairs is 0"):
        measure(Rare(), regions_of(np.eye(4)), [Setting(1, 0)], Pairs(0, 1.0))


def measurements(pairs: int = 60) -> Measurements:
    random = np.random.default_rng(1)
    errors = random.gamma(2.0, 1.0, (3, 2, pairs, 3, 2)) * np.array([4.0, 1.0, 0.5])[:, None]
    errors[1, :, pairs // 2 :] = np.nan
    settings_ = (Setting(5, 5), Setting(10, 5))
    return Measurements(settings_, errors, np.ones((3, 2), dtype=np.int64), np.array([0.5, 0.4, 0.01]))


def test_curves_pool_the_regions_of_the_breast_alike():
    found = measurements()
    regions = [curve(found, region)[1] for region in range(3)]
    pooled = curve(found, None)[1]
    assert regions[0].inside.value == pytest.approx(found.errors[0, 1, :, 0, 0].mean())
    assert [point.pairs for point in regions] == [60, 30, 60]
    assert pooled.inside.value == pytest.approx((regions[0].inside.value + regions[1].inside.value) / 2)
    assert pooled.ratio.value == pytest.approx(pooled.inside.value / pooled.outside.value)
    assert pooled.ratio.low < pooled.ratio.value < pooled.ratio.high


def test_intervals_are_as_wide_as_the_standard_error():
    found = measurements(400)
    values = found.errors[0, 0, :, 0, 0]
    point = curve(found, 0)[0].inside
    error = values.std() / np.sqrt(len(values))
    assert point.high - point.low == pytest.approx(2 * 1.96 * error, rel=0.15)


def points(inside: list[float], ratio: list[float]) -> list[Point]:
    def one(value: float) -> Estimate:
        return Estimate(value, value, value)

    return [Point(one(a), one(a / b), one(a / b), one(b), 1, 1.0) for a, b in zip(inside, ratio, strict=True)]


@pytest.mark.parametrize(
    ("inside", "ratio", "chosen"),
    [
        ([1, 6, 9, 10], [9, 5, 4.8, 3], 2),  # the first does nothing; the third keeps 90 % of 5
        ([6, 8, 9, 10], [9, 5, 4, 3], 0),  # more budget costs locality at once
        ([6, 9, 10, 10], [3, 3, 3, 3], 2),  # no more to gain after the third
        ([0, 0, 0, 0], [1, 1, 1, 1], 0),
    ],
)
def test_the_rule_that_picks_an_epsilon(inside, ratio, chosen):
    assert choose(points(inside, ratio), [5, 10, 20, 40]) == chosen


@pytest.fixture(scope="module")
def regions(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("regions") / "regions.npz"
    find_regions(golden_generator(), RegionSearch(8, 3)).save(path)
    return path


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["evaluate", "locality", *map(str, arguments)])
    return result.exit_code, result.output


def test_command_on_a_bundle(tmp_path):
    code, output = run(
        TINY_BUNDLE, "--regions", TINY_BUNDLE / "regions.npz", "--out", tmp_path, "--pairs", 4, "--epsilon", "2,10",
        "--low-resolution-epsilon", "0,2", "--threads", 1,
    )  # fmt: skip
    assert code == 0, output
    document = json.loads((tmp_path / "locality.json").read_text())
    assert document["default_epsilon"] in (2, 10)
    assert document["low_resolution_epsilon"] in (0, 2)
    assert f"--default-epsilon {document['default_epsilon']:g}" in output
    rows = list(csv.DictReader((tmp_path / "locality.csv").read_text().splitlines()))
    found = len({row["region"] for row in rows})
    assert len(rows) == len(document["rows"]) == 2 * 2 * 2 * found  # sweeps, values, scales
    assert (tmp_path / "locality.md").read_text() in output
    assert document["region_names"] == {"0": "middle", "2": "rim"}
    for table in ("locality.md", "shares.md"):
        assert "\n| 0, middle |" in (tmp_path / table).read_text()
    assert (tmp_path / "locality.png").read_bytes().startswith(b"\x89PNG")
    card = results(read_evaluations([tmp_path], document["generator_digest"], pytest.fail))
    [pooled] = [row for row in card.splitlines() if row.startswith("| all |")]
    low = document["low_resolution_epsilon"]
    [ratio] = [
        row["ratio"]["value"]
        for row in document["rows"]
        if (row["sweep"], row["region"], row["scale"]) == ("low_resolution_epsilon", "all", "lightness")
        and row["low_resolution_epsilon"] == low
    ]
    assert f"| {ratio:.3g} (" in pooled
    shares = json.loads((tmp_path / "results.json").read_text())["shares"]
    assert all(f"{share['channels']:.0%} | {share['masked']:.0%} |" in card for share in shares.values())


def assert_same_network(one: Network, other: Network) -> None:
    styles = [network.styles(codes(network, [3, 4], 0.65)) for network in (one, other)]
    np.testing.assert_allclose(styles[1], styles[0], atol=1e-4)
    for a, b in zip(one.render(styles[0]), other.render(styles[0]), strict=True):
        np.testing.assert_allclose(b, a, atol=2e-3)
    assert one.layers == other.layers
    assert one.digest == other.digest


def test_a_checkpoint_is_the_same_network_in_pytorch_and_as_a_graph(tmp_path):
    config = GeneratorConfig(z_dim=8, w_dim=8, num_mapping_layers=1, resolution=8, channel_base=64, channel_max=8)
    folder = write_checkpoint(random_generator(config), tmp_path / "checkpoint")
    graph = open_network(str(folder))
    assert_same_network(graph, open_network(str(folder), device="cpu:0"))
    assert graph.digest == generator_digest(folder)


def test_a_bundle_is_the_network_that_it_was_exported_from():
    bundle = open_network(str(TINY_BUNDLE))
    assert_same_network(bundle, Checkpoint(golden_generator(), bundle.digest, "b8.conv0"))


def test_bad_input_is_named(tmp_path, regions):
    def refused(*extra: object, network: object = TINY_BUNDLE, file: Path = regions) -> str:
        code, output = run(network, "--regions", file, "--out", tmp_path / "out", "--pairs", 1, *extra)
        assert code != 0
        assert "Traceback" not in output
        return output

    assert "no such folder" in refused(network=tmp_path / "absent")
    assert "-1 is not between 0 and 512" in refused("--epsilon=-1,5")
    assert "'a,b' is not a list of numbers" in refused("--epsilon", "a,b")
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"PK")
    assert "no npz of plain arrays" in refused(file=broken)
    with np.load(regions) as content:
        arrays = dict(content)
    other = tmp_path / "other.npz"
    np.savez(other, **{**arrays, "generator_digest": np.str_("0" * 64)})
    assert "made for the generator '000000000000" in refused(file=other)
    np.savez(other, **{**arrays, "contributions": arrays["contributions"][:, :-1]})
    assert "495]; expected ['any', 496]" in refused(file=other)
    np.savez(other, **{**arrays, "layer": np.str_("b16.conv0")})
    assert "features are those of b8.conv0" in refused(file=other)
