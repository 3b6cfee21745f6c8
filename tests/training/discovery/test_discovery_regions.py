"""Regions and contributions against a slow computation that follows the formulas word by word."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mammoganesis.editing.anatomy import PARTS
from mammoganesis.editing.segmentation import grey_values
from mammoganesis.errors import ConfigurationError
from tests.support import exported_networks as networks
from training.discovery import regions
from training.discovery.regions import RegionSearch, find_regions, region_shares
from training.networks import Generator, GeneratorConfig

SAMPLES, REGIONS, SEED, PSI = 6, 3, 9, 0.7


@pytest.fixture(scope="module", params=["plain", "with labels"])
def generator(request) -> Generator:
    if request.param == "with labels":
        return networks.labelled_generator()
    config = GeneratorConfig(z_dim=16, w_dim=16, num_mapping_layers=2, resolution=16, channel_base=256, channel_max=20)
    return networks.random_generator(config)


@pytest.fixture(scope="module")
def found(generator):
    return find_regions(generator, RegionSearch(SAMPLES, REGIONS, PSI, SEED, parts=False))


def activations(generator: Generator, names: list[str]) -> list[dict[str, np.ndarray]]:
    """Activations of every sample, computed one image at a time from its own seed row."""
    z = np.random.RandomState(SEED).randn(SAMPLES, 16).astype(np.float32)
    c = generator.config.mixture.c_of_seeds(range(SAMPLES))
    samples = []
    for row, labels in zip(z, c, strict=True):
        w = generator.mapping(torch.from_numpy(row[None]), torch.from_numpy(labels[None]))
        ws = generator.truncate(w, PSI)
        image, features = generator.synthesis.from_styles(generator.synthesis.styles(ws), "const", names)
        features["image"] = image
        samples.append({name: value[0].double().numpy() for name, value in features.items()})
    return samples


def nearest_region(centroids: np.ndarray, output: np.ndarray) -> np.ndarray:
    """Region of every cell: [g, g]."""
    size = output.shape[1]
    labels = np.zeros((size, size), dtype=int)
    for y in range(size):
        for x in range(size):
            cell = output[:, y, x] / np.linalg.norm(output[:, y, x])
            labels[y, x] = int(np.argmax([np.dot(centroid, cell) for centroid in centroids]))
    return labels


def test_contributions_equal_the_formula(generator, found):
    """M[k, c] = 1/(N H W) sum A^2 U, with A normalised per sample and channel, on the INPUT of every style layer."""
    layers = generator.config.layers
    inputs = [f"{layer.name}.input" for layer in layers]
    samples = activations(generator, [*inputs, "b8.conv0.output"])
    maps = [nearest_region(found.centroids.astype(np.float64), sample["b8.conv0.output"]) for sample in samples]
    expected = []
    for layer, name in zip(layers, inputs, strict=True):
        m = np.zeros((REGIONS, layer.dim))
        for sample, labels in zip(samples, maps, strict=True):
            x = sample[name]
            size = x.shape[1]
            for c in range(layer.dim):
                a = (x[c] - x[c].mean()) / x[c].std()
                for i in range(size):
                    for j in range(size):
                        m[labels[i * 8 // size, j * 8 // size], c] += a[i, j] ** 2 / (size * size * SAMPLES)
        expected.append(m)
    np.testing.assert_allclose(found.contributions, np.concatenate(expected, axis=1), atol=1e-4)
    np.testing.assert_allclose(found.area_share, np.bincount(np.ravel(maps), minlength=REGIONS) / (SAMPLES * 64))


def test_parts_have_the_share_of_the_energy_within_them(generator, found, monkeypatch):
    """The formula, with masks of pixels: a pixel of a layer counts by the share of it that lies in the part."""

    def bright_places(grey: np.ndarray, kinds: tuple[str, ...]) -> np.ndarray:
        return np.stack([grey > np.quantile(grey, 0.4 + 0.2 * place) for place in range(len(kinds))])

    monkeypatch.setattr(regions, "part_masks", bright_places)
    both = find_regions(generator, RegionSearch(SAMPLES, REGIONS, PSI, SEED))
    assert both.parts == PARTS
    np.testing.assert_array_equal(both.contributions[:REGIONS], found.contributions)
    np.testing.assert_array_equal(both.area_share[:REGIONS], found.area_share)
    layers = generator.config.layers
    samples = activations(generator, [f"{layer.name}.input" for layer in layers])
    masks = [bright_places(grey_values(sample["image"].astype(np.float32)), PARTS) for sample in samples]
    expected = []
    for layer in layers:
        m = np.zeros((len(PARTS), layer.dim))
        for sample, parts in zip(samples, masks, strict=True):
            x = sample[f"{layer.name}.input"]
            size, pixels = x.shape[1], parts.shape[1] // x.shape[1]
            for i, j in np.ndindex(size, size):
                inside = parts[:, i * pixels : (i + 1) * pixels, j * pixels : (j + 1) * pixels].mean(axis=(1, 2))
                a = (x[:, i, j] - x.mean(axis=(1, 2))) / x.std(axis=(1, 2))
                m += inside[:, None] * a**2 / (size * size * SAMPLES)
        expected.append(m)
    np.testing.assert_allclose(both.contributions[REGIONS:], np.concatenate(expected, axis=1), atol=1e-4)
    np.testing.assert_allclose(both.area_share[REGIONS:], np.mean(masks, axis=(0, 2, 3)), atol=1e-6)


def test_contributions_are_shares(generator, found):
    assert found.contributions.shape == (REGIONS, sum(layer.dim for layer in generator.config.layers))
    assert found.contributions.min() >= 0
    np.testing.assert_allclose(found.contributions.sum(axis=0), 1.0, atol=1e-3)
    assert found.area_share.sum() == pytest.approx(1.0, abs=1e-5)
    np.testing.assert_allclose(np.linalg.norm(found.centroids, axis=1), 1.0, atol=1e-5)


def test_a_channel_inside_one_region_belongs_to_it():
    """A spot in the upper left quarter, where region 1 is: all of its energy is there, up to the mean it lifts."""
    masks = torch.zeros(1, 2, 8, 8)
    masks[:, 1, :4, :4] = 1
    masks[:, 0] = 1 - masks[:, 1]
    x = torch.zeros(1, 1, 16, 16)
    x[:, :, 2:6, 2:6] = 1
    shares, valid = region_shares(x, masks)
    a = (x - x.mean()) / x.std(correction=0)
    assert shares[0, 1, 0].item() == pytest.approx(a[..., :8, :8].square().sum().item() / 256, abs=1e-6)
    assert shares[0, 1, 0] > 0.9
    assert bool(valid.all())


@pytest.mark.parametrize("value", [0.0, 1.0, 1e4, -3.3])
def test_a_constant_map_has_no_place(value):
    masks = torch.ones(2, 1, 8, 8)
    shares, valid = region_shares(torch.full((2, 3, 16, 16), value), masks)
    assert not valid.any()
    assert not shares.any()


def test_a_channel_that_is_constant_in_every_sample_counts_as_spread_evenly(generator):
    generator = networks.random_generator(generator.config)
    with torch.no_grad():  # channel 2 of b8.conv1's output is 0.5 everywhere
        layer = generator.synthesis.get_submodule("b8.conv1")
        layer.weight[2] = 0  # type: ignore[index]
        layer.noise_strength.zero_()  # type: ignore[union-attr]
        layer.bias[2] = 0.5  # type: ignore[index]
    found = find_regions(generator, RegionSearch(3, 3, PSI, SEED, parts=False))
    start = 0
    for entry in generator.config.layers:
        if entry.name in ("b8.torgb", "b16.conv0"):  # both read b8.conv1's output
            np.testing.assert_allclose(found.contributions[:, start + 2], found.area_share, atol=1e-6)
        start += entry.dim
    np.testing.assert_allclose(found.contributions.sum(axis=0), 1.0, atol=1e-3)


def test_repeatable_and_another_layer(generator, found):
    again = find_regions(generator, RegionSearch(SAMPLES, REGIONS, PSI, SEED, parts=False))
    np.testing.assert_array_equal(again.contributions, found.contributions)
    np.testing.assert_array_equal(again.centroids, found.centroids)
    other = find_regions(generator, RegionSearch(2, 2, PSI, SEED, layer="b16.conv1", restarts=1))
    assert (other.layer, other.grid_size, other.centroids.shape) == ("b16.conv1", 16, (2, 16))
    coarse = find_regions(generator, RegionSearch(2, 2, PSI, SEED, layer="b4.conv1", restarts=1))
    assert (coarse.grid_size, coarse.centroids.shape) == (4, (2, 20))


def test_saved_file(generator, found, tmp_path):
    found.save(tmp_path / "regions.npz", "ab" * 32)
    find_regions(generator, RegionSearch(2, 2, PSI, SEED)).save(tmp_path / "parts.npz")
    with np.load(tmp_path / "parts.npz", allow_pickle=False) as file:
        assert tuple(file["parts"]) == PARTS
        assert len(file["contributions"]) == len(file["area_share"]) == 2, "what readers of format 1.4 know"
        assert len(file["part_contributions"]) == len(file["part_area_share"]) == 3
    with np.load(tmp_path / "regions.npz", allow_pickle=False) as file:
        assert file["centroids"].shape == (REGIONS, 20)
        assert file["centroids"].dtype == file["contributions"].dtype == file["area_share"].dtype == np.float32
        assert [file[name].item() for name in ("num_samples", "seed", "truncation_psi")] == [SAMPLES, SEED, PSI]
        assert (str(file["layer"]), int(file["grid_size"])) == ("b8.conv0", 8)
        assert str(file["generator_digest"]) == "ab" * 32


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"samples": 0}, "--samples is 0"),
        ({"truncation_psi": 2.5}, "--truncation-psi is 2.5"),
        ({"seed": -1}, "--seed is -1"),
        ({"layer": "b8.torgb"}, "--layer is 'b8.torgb'; allowed are b4.conv1, b8.conv0"),
        ({"regions": 65}, "--regions is 65"),
        ({"regions": 253}, "--regions is 253; it must be 252 at most, or --no-parts"),
    ],
)
def test_bad_values_are_named(generator, values, message):
    with pytest.raises(ConfigurationError, match=message):
        find_regions(generator, RegionSearch(**({"samples": 1} | values)))
