"""The noise of an image: its seed, the noise between two, drawing it."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mammoganesis.editing.noise import CONSTANT, WITHOUT, NoiseTerm, NoiseTerms, between, draw_noise, own_seed, variance

COUNT = 20_000
CONST = np.random.RandomState(123).randn(COUNT).astype(np.float32)
SEED_5, SEED_6 = (NoiseTerm(5),), (NoiseTerm(6),)
EACH = [CONSTANT, WITHOUT, SEED_5, SEED_6, between(SEED_5, CONSTANT, 0.3)]

terms = st.sampled_from(EACH)
fractions = st.floats(0, 1, allow_nan=False)


def drawn(noise: NoiseTerms) -> np.ndarray:
    return draw_noise([noise], CONST, COUNT)[0]


def test_the_own_seed_is_pinned():
    """It stands in the recipes of files, and in the comment of NOISE_MODE_UNSPECIFIED for other implementations."""
    assert own_seed("seed:7", 7) == 1147088476
    assert own_seed("seed:0", 0) == int(hashlib.sha256(b"noise:seed:0").hexdigest()[:8], 16)
    assert own_seed("code:ab") == int(hashlib.sha256(b"noise:code:ab").hexdigest()[:8], 16)


def test_the_noise_is_never_drawn_from_the_seed_of_z():
    digest = hashlib.sha256(b"noise:seed:7").hexdigest()
    first, second = int(digest[:8], 16), int(digest[8:16], 16)
    # As if the image's seed were the one that the digest begins with.
    assert own_seed("seed:7", first) == second != first
    assert own_seed("seed:7", second) == first
    z = np.random.RandomState(7).randn(512)
    assert abs(np.corrcoef(z, draw_noise([(NoiseTerm(own_seed("seed:7", 7)),)], CONST, 512)[0])[0, 1]) < 0.2


def test_seeds_side_by_side_have_noises_that_have_nothing_in_common():
    seeds = [own_seed(f"seed:{seed}", seed) for seed in range(2000)]
    assert len(set(seeds)) == 2000
    noises = draw_noise([(NoiseTerm(seed),) for seed in seeds[:12]], CONST, 4000)
    assert max(abs(np.corrcoef(a, b)[0, 1]) for a, b in itertools.combinations(noises, 2)) < 0.1


def test_drawing():
    np.testing.assert_array_equal(drawn(CONSTANT), CONST)
    np.testing.assert_array_equal(drawn(WITHOUT), np.zeros(COUNT))
    np.testing.assert_array_equal(drawn(SEED_5), np.random.RandomState(5).randn(COUNT).astype(np.float32))
    weighted = (NoiseTerm(None, 0.6), NoiseTerm(5, -0.8))
    expected = 0.6 * CONST.astype(np.float64) - 0.8 * np.random.RandomState(5).randn(COUNT)
    np.testing.assert_allclose(drawn(weighted), expected, atol=1e-6)
    assert drawn(weighted).dtype == np.float32


def test_many_are_drawn_by_several_threads_each_seed_once():
    """Seeds that no other test draws: what was drawn lately is kept."""
    images = [(NoiseTerm(1000 + n // 2),) for n in range(12)] + [WITHOUT, (NoiseTerm(1000, 0.6), NoiseTerm(1001, 0.8))]
    asked: list[int] = []
    with ThreadPoolExecutor(3) as threads:

        def over(draw: Callable[[int], np.ndarray], seeds: Iterable[int]) -> Iterable[np.ndarray]:
            asked.extend(seeds)
            return threads.map(draw, asked)

        noise = draw_noise(images, CONST, COUNT, over)
    assert sorted(asked) == list(range(1000, 1006))
    np.testing.assert_array_equal(noise, np.stack([drawn(terms) for terms in images]))
    np.testing.assert_array_equal(noise[5], np.random.RandomState(1002).randn(COUNT).astype(np.float32))


@given(terms, terms, fractions, st.integers(0, COUNT))
def test_fewer_numbers_are_the_leading_ones(start: NoiseTerms, end: NoiseTerms, fraction: float, count: int):
    noise = between(start, end, fraction)
    np.testing.assert_array_equal(draw_noise([noise], CONST, count)[0], drawn(noise)[:count])


@given(terms, terms)
def test_the_ends_are_the_ends(start: NoiseTerms, end: NoiseTerms):
    assert between(start, end, 0.0) == start
    assert between(start, end, 1.0) == end


@given(terms, fractions)
def test_between_equal_noises_lies_that_noise(noise: NoiseTerms, fraction: float):
    assert between(noise, noise, fraction) == noise


@given(terms, terms, fractions)
def test_the_variance_goes_evenly_from_one_to_the_other(start: NoiseTerms, end: NoiseTerms, fraction: float):
    wanted = (1 - fraction) * variance(start) + fraction * variance(end)
    assert variance(between(start, end, fraction)) == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("fraction", [0.1, 0.5, 0.8])
def test_the_drawn_noise_has_that_variance_and_looks_like_both(fraction: float):
    noise = drawn(between(SEED_5, SEED_6, fraction))
    assert np.var(noise) == pytest.approx(1, abs=0.05)
    scale = np.hypot(1 - fraction, fraction)
    for end, share in ((SEED_5, 1 - fraction), (SEED_6, fraction)):
        assert np.corrcoef(noise, drawn(end))[0, 1] == pytest.approx(share / scale, abs=0.03)
    fading = drawn(between(SEED_5, WITHOUT, fraction))
    np.testing.assert_allclose(fading, np.sqrt(1 - fraction) * drawn(SEED_5), rtol=1e-6, atol=1e-6)


def test_steps_of_a_strip_go_on_from_one_another():
    """No jump anywhere, at the ends least of all."""
    strip = [drawn(between(SEED_5, CONSTANT, fraction)) for fraction in np.linspace(0, 1, 41)]
    steps = [float(np.sqrt(np.mean((b - a) ** 2))) for a, b in itertools.pairwise(strip)]
    assert max(steps) < 0.06
    assert max(steps) < 3 * min(steps)


def test_an_interpolation_between_interpolations_adds_up_equal_noises():
    inner = between(SEED_5, SEED_6, 0.5)
    outer = between(inner, SEED_6, 0.5)
    assert [term.seed for term in outer] == [5, 6]
    assert outer[1].weight > outer[0].weight > 0
    assert variance(outer) == pytest.approx(1)
    assert between(WITHOUT, WITHOUT, 0.5) == WITHOUT
