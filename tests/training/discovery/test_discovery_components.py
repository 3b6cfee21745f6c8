"""Components against scikit-learn's PCA on the same codes."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from sklearn.decomposition import PCA

from mammoganesis.errors import ConfigurationError
from tests.support import exported_networks as networks
from training.cli import main
from training.discovery.components import Moments, find_components
from training.networks import Generator

SAMPLES = 6000


@pytest.fixture(scope="module")
def generator() -> Generator:
    return networks.golden_generator()


@pytest.fixture(scope="module")
def found(generator):
    return find_components(generator, SAMPLES, 12, seed=3)


@pytest.fixture(scope="module")
def reference(generator) -> PCA:
    z = np.random.RandomState(3).randn(SAMPLES, 96).astype(np.float32)
    w = generator.mapping(torch.from_numpy(z)).double().numpy()
    return PCA(n_components=12, svd_solver="full").fit(w)


def test_deviations_mean_and_ratios_equal_scikit_learn(found, reference):
    np.testing.assert_allclose(found.deviations, np.sqrt(reference.explained_variance_), rtol=1e-4)
    np.testing.assert_allclose(found.mean, reference.mean_, atol=1e-4)
    np.testing.assert_allclose(found.explained_variance_ratio, reference.explained_variance_ratio_, rtol=1e-4)


def test_components_span_the_same_subspace(found, reference):
    cosines = np.linalg.svd(found.components @ reference.components_.T, compute_uv=False)
    np.testing.assert_allclose(cosines, 1.0, atol=1e-4)
    single = np.abs(np.sum(found.components * reference.components_, axis=1))
    np.testing.assert_allclose(single, 1.0, atol=1e-4)


def test_rows_are_orthonormal_and_their_largest_entry_is_positive(found):
    np.testing.assert_allclose(found.components @ found.components.T, np.eye(12), atol=1e-5)
    largest = found.components[np.arange(12), np.abs(found.components).argmax(axis=1)]
    assert (largest > 0).all()


def test_the_codes_are_the_first_of_the_seed_and_not_truncated(generator):
    """Few enough samples to compute everything by hand: also shows that a partial last batch counts."""
    z = np.random.RandomState(11).randn(150, 96).astype(np.float32)
    w = generator.mapping(torch.from_numpy(z)).double().numpy()
    found = find_components(generator, 150, 96, seed=11, batch=64)
    np.testing.assert_allclose(found.mean, w.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(found.deviations, ((w - w.mean(axis=0)) @ found.components.T).std(0, ddof=1), rtol=1e-3)
    assert found.explained_variance_ratio.sum() == pytest.approx(1.0, abs=1e-5)


def test_repeatable_and_independent_of_the_batch(generator, found):
    again = find_components(generator, SAMPLES, 12, seed=3)
    np.testing.assert_array_equal(again.components, found.components)
    other = find_components(generator, SAMPLES, 12, seed=3, batch=777)
    np.testing.assert_allclose(other.components, found.components, atol=1e-5)
    np.testing.assert_allclose(other.deviations, found.deviations, rtol=1e-5)


def test_at_most_w_dim_components(generator):
    assert find_components(generator, 200, 1000).components.shape == (96, 96)


def test_saved_file(found, tmp_path):
    found.save(tmp_path / "components.npz")
    with np.load(tmp_path / "components.npz", allow_pickle=False) as file:
        shapes = {name: file[name].shape for name in file.files}
        assert shapes == {
            "components": (12, 96),
            "deviations": (12,),
            "mean": (96,),
            "explained_variance_ratio": (12,),
            "num_samples": (),
            "seed": (),
        }
        assert (int(file["num_samples"]), int(file["seed"])) == (SAMPLES, 3)
        assert file["components"].dtype == np.float32


def test_parts_of_any_size_give_the_same_moments():
    rows = np.random.default_rng(0).normal(3.0, 1.0, (1000, 7)).astype(np.float32)
    for parts in ([1000], [1, 999], [333, 333, 334], [10] * 100):
        moments = Moments(np.full(7, 2.5))
        for part in np.split(rows, np.cumsum(parts)[:-1]):
            moments.add(part)
        np.testing.assert_allclose(moments.mean, rows.astype(np.float64).mean(axis=0), rtol=1e-12)
        np.testing.assert_allclose(moments.covariance, np.cov(rows.T.astype(np.float64)), rtol=1e-9, atol=1e-12)


def test_the_moments_of_groups_are_those_within_them():
    rows = np.random.default_rng(0).normal(3.0, 1.0, (1000, 7))
    groups = np.random.default_rng(1).integers(4, size=1000) % 3 * 2  # 0, 2 and 4; 1 and 3 stay empty
    rows += groups[:, None] * np.arange(7)
    moments = Moments(np.full(7, 2.5), 5)
    for part in np.split(np.arange(1000), [1, 40, 41, 700]):
        moments.add(rows[part], groups[part])
    distances = np.concatenate([rows[groups == g] - rows[groups == g].mean(axis=0) for g in (0, 2, 4)])
    np.testing.assert_allclose(moments.mean, rows.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(moments.covariance, distances.T @ distances / 997, rtol=1e-9, atol=1e-12)


@pytest.fixture(scope="module")
def labelled() -> Generator:
    return networks.labelled_generator()


def test_components_of_a_conditional_network_lie_within_its_labels(labelled):
    """Against codes of other seeds, label by label: the mean is the mixture's, the covariance the pooled one."""
    found = find_components(labelled, 40_000, 16, seed=3)
    codes = networks.codes_of_labels(labelled, 40_000, seed=99)
    shares = networks.LABELLED_SHARES
    mean = sum(share * codes[c].mean(axis=0) for c, share in shares.items())
    within = sum(share * np.cov(codes[c].T) for c, share in shares.items())
    spread = np.sqrt(np.trace(within))
    assert np.linalg.norm(found.mean - mean) < 0.03 * spread
    unlabelled = labelled.mapping(torch.zeros(1, 16)).numpy()[0]
    assert np.linalg.norm(unlabelled - mean) > 0.3 * spread  # c = 0 would not do
    np.testing.assert_allclose(found.deviations**2, np.linalg.eigvalsh(within)[::-1], rtol=0.05)
    matrix = found.components.T @ np.diag(found.deviations.astype(float) ** 2) @ found.components
    assert np.linalg.norm(matrix - within) < 0.05 * np.linalg.norm(within)


def test_the_first_component_is_not_what_the_labels_do(labelled):
    codes = networks.codes_of_labels(labelled, 10_000, seed=99)
    every = np.concatenate([codes[c][: int(share * 10_000)] for c, share in networks.LABELLED_SHARES.items()])
    total = PCA(n_components=1).fit(every).components_[0]
    found = find_components(labelled, 20_000, 1).components[0]
    first, _, last = (rows.mean(axis=0) for rows in codes.values())
    axis = (first - last) / np.linalg.norm(first - last)
    assert abs(total @ axis) > 0.9
    assert abs(found @ axis) < 0.6
    assert abs(found @ total) < 0.6


def test_the_file_states_which_generator_it_belongs_to(generator, tmp_path):
    folder = networks.write_checkpoint(generator, tmp_path / "checkpoint")
    out = tmp_path / "components.npz"
    arguments = ["discover", "components", str(folder), "--out", str(out), "--samples", "200", "--components", "3"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    expected = hashlib.sha256((folder / "generator_ema.safetensors").read_bytes()).hexdigest()
    with np.load(out, allow_pickle=False) as file:
        assert str(file["generator_digest"]) == expected
        assert file["components"].shape == (3, 96)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"num_samples": 96}, "--samples is 96"),
        ({"num_components": 0}, "--components is 0"),
        ({"seed": 2**32}, "--seed is 4294967296"),
    ],
)
def test_bad_values_are_named(generator, values, message):
    with pytest.raises(ConfigurationError, match=message):
        find_components(generator, **({"num_samples": 100} | values))
