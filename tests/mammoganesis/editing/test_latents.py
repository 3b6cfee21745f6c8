"""Seeds, truncation and interpolation against NVIDIA's reference values and exact properties."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from mammoganesis.editing import latents
from tests.places import GOLDEN


@pytest.fixture(scope="module")
def golden() -> dict[str, np.ndarray]:
    """What NVIDIA's stylegan2-ada-pytorch computed (see the README of the golden vectors)."""
    with np.load(GOLDEN, allow_pickle=False) as file:
        return {key: file[key] for key in ("z", "w_psi1", "ws_psi065", "G/mapping.w_avg")}


def test_seeds_give_the_reference_z(golden):
    for seed, z in enumerate(golden["z"]):
        ours = latents.z_from_seed(seed, 96)
        assert ours.shape == (1, 96)
        assert ours.dtype == np.float32
        np.testing.assert_array_equal(ours[0], z.astype(np.float32))


def test_seed_bounds():
    assert latents.z_from_seed(2**32 - 1, 3).shape == (1, 3)
    for seed in (-1, 2**32):
        with pytest.raises(ValueError, match=r"2\*\*32"):
            latents.z_from_seed(seed, 3)


def test_truncation_gives_the_reference_ws(golden):
    for w, expected in zip(golden["w_psi1"], golden["ws_psi065"], strict=True):
        ws = latents.truncate(w, golden["G/mapping.w_avg"], 0.65, 8, 8)
        assert ws.dtype == np.float32
        np.testing.assert_allclose(ws, expected, rtol=1e-5, atol=1e-6)


def test_psi_0_is_the_mean_and_psi_1_is_w_exactly(golden):
    w, w_avg = golden["w_psi1"][0], golden["G/mapping.w_avg"]
    np.testing.assert_array_equal(latents.truncate(w, w_avg, 0.0, 8, 8), np.tile(w_avg, (8, 1)))
    np.testing.assert_array_equal(latents.truncate(w, w_avg, 1.0, 8, 8), np.tile(w, (8, 1)))


@pytest.mark.parametrize("layers", [1, 6])
@pytest.mark.parametrize(("psi", "cutoff"), [(0.7, 6), (0.7, 2), (0.0, 6), (1.0, 6), (0.3, 0)])
def test_latents_that_are_truncated_together_have_the_bits_of_each_alone(layers: int, psi: float, cutoff: int) -> None:
    random = np.random.RandomState(3)
    w, w_avg = random.randn(9, layers, 33).astype(np.float32), random.randn(33).astype(np.float32)
    together = latents.truncate(w, w_avg, psi, cutoff, 6)
    assert (together.shape, together.dtype) == ((9, 6, 33), np.float32)
    for row, each in zip(w, together, strict=True):
        np.testing.assert_array_equal(each, latents.truncate(row, w_avg, psi, cutoff, 6))


def test_cutoff_truncates_leading_layers_only():
    w, w_avg = np.array([3.0, -1.0], np.float32), np.array([1.0, 1.0], np.float32)
    ws = latents.truncate(w, w_avg, 0.5, 2, 5)
    np.testing.assert_array_equal(ws, [[2.0, 0.0]] * 2 + [[3.0, -1.0]] * 3)
    np.testing.assert_array_equal(latents.truncate(w, w_avg, 0.5, 0, 5), np.tile(w, (5, 1)))


def test_truncation_keeps_a_w_per_layer_and_its_input():
    ws = np.arange(12, dtype=np.float32).reshape(6, 2)
    before, w_avg = ws.copy(), np.array([1.0, 2.0], np.float32)
    out = latents.truncate(ws, w_avg, 0.5, 6, 6)
    np.testing.assert_array_equal(out, w_avg + 0.5 * (before - w_avg))
    latents.truncate(ws, w_avg, 1.0, 6, 6)[:] = 0
    np.testing.assert_array_equal(ws, before)


def test_truncation_accepts_read_only_rows_of_the_cache():
    w = np.frombuffer(np.ones(4, np.float32).tobytes(), "<f4").reshape(1, 4)
    np.testing.assert_array_equal(latents.truncate(w, np.zeros(4, np.float32), 0.5, 3, 3), np.full((3, 4), 0.5))


def test_interpolation_ends_are_exact_and_the_middle_is_the_mean():
    random = np.random.RandomState(0)
    a, b = random.randn(2, 6, 4).astype(np.float32)
    np.testing.assert_array_equal(latents.interpolate(a, b, 0.0), a)
    np.testing.assert_array_equal(latents.interpolate(a, b, 1.0), b)
    middle = latents.interpolate(a, b, 0.5)
    assert middle.dtype == np.float32
    np.testing.assert_allclose(middle, (a.astype(np.float64) + b) / 2, rtol=1e-6)


def test_noise_is_the_stream_of_its_seed():
    noise = latents.noise_from_seed(5, 1000)
    assert noise.shape == (1000,)
    assert noise.dtype == np.float32
    np.testing.assert_array_equal(noise, np.random.RandomState(5).randn(1000).astype(np.float32))
    np.testing.assert_array_equal(noise[:10], latents.noise_from_seed(5, 10))
    assert not np.array_equal(noise, latents.noise_from_seed(6, 1000))
    assert abs(float(noise.mean())) < 0.15
    assert abs(float(noise.std()) - 1) < 0.1


def test_drawing_leaves_numpys_global_state_alone():
    np.random.seed(1)
    expected = np.random.rand()
    np.random.seed(1)
    latents.z_from_seed(9, 4)
    latents.noise_from_seed(9, 4)
    assert np.random.rand() == expected


def test_codes_become_rows():
    assert latents.from_code([1, 2, 3, 4], 4).shape == (1, 4)
    rows = latents.from_code(range(24), 4)
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(rows, np.arange(24, dtype=np.float32).reshape(6, 4))


def test_several_seeds_are_the_single_ones_in_rows():
    rows = latents.z_from_seeds([7, 2**32 - 1, 7], 5)
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(rows, [latents.z_from_seed(seed, 5)[0] for seed in (7, 2**32 - 1, 7)])


def test_equal_steps_hold_both_ends():
    assert latents.equal_steps(-3.0, 3.0, 7) == [-3, -2, -1, 0, 1, 2, 3]
    assert latents.equal_steps(0, 1, 2) == [0.0, 1.0]
    steps = latents.equal_steps(0.1, 0.7, 50)
    assert (steps[0], steps[-1]) == (0.1, 0.7)
    np.testing.assert_allclose(np.diff(steps), 0.6 / 49)


@pytest.mark.parametrize(("start", "end"), [(0, 6), (2, 5), (5, 6), (0, 1)])
def test_mixing_takes_whole_rows(start, end):
    base, style = np.random.RandomState(0).randn(2, 6, 4).astype(np.float32)
    mixed = latents.mix(base, style, start, end)
    for row in range(6):
        np.testing.assert_array_equal(mixed[row], style[row] if start <= row < end else base[row])
    mixed[:] = 0
    assert base.any()
    assert style.any()


@pytest.mark.parametrize("count", [1, 16, 656, 2703])
def test_noise_of_a_preview_is_the_leading_part_of_the_images(count):
    np.testing.assert_array_equal(latents.noise_from_seed(9, count), latents.noise_from_seed(9, 2704)[:count])


def test_a_draw_knows_nothing_of_those_before_it_nor_of_other_threads():
    """Of an odd count a generator keeps the half of its last pair."""

    def drawn(seed: int) -> bool:
        latents.z_from_seed(seed + 1, 7)
        z, noise = latents.z_from_seed(seed, 5), latents.noise_from_seed(seed, 9)
        alone = np.random.RandomState(seed)
        right = np.array_equal(z, alone.randn(1, 5).astype(np.float32))
        return right and np.array_equal(noise, np.random.RandomState(seed).randn(9).astype(np.float32))

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(drawn, range(200)))
