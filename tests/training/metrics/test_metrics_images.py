"""MS-SSIM, radiomics and PPL against other implementations and cases with a known answer."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.signal import convolve2d
from skimage.metrics import structural_similarity
from torch import Tensor

from tests.support import exported_networks as networks
from training.metrics import ms_ssim, ppl, radiomics
from training.metrics.samples import Generated

RANDOM = np.random.default_rng(0)


def textured(size: int) -> np.ndarray:
    """A breast-like half disc with blotches, uint8 [size, size]."""
    y, x = np.mgrid[:size, :size] / size
    inside = (x - 1) ** 2 + (y - 0.5) ** 2 < 0.2
    blotches = np.kron(RANDOM.random((8, 8)), np.ones((size // 8, size // 8)))
    return np.where(inside, 60 + 150 * blotches, 0).astype(np.uint8)


def reference_ms_ssim(x: np.ndarray, y: np.ndarray, scales: int) -> float:
    """Wang et al. 2003 once more, directly in NumPy with two-dimensional windows."""
    offsets = np.arange(11) - 5
    window = np.exp(-(offsets[:, None] ** 2 + offsets[None, :] ** 2) / (2 * 1.5**2))
    window /= window.sum()
    weights = np.array([0.0448, 0.2856, 0.3001, 0.2363, 0.1333])[:scales]
    weights /= weights.sum()
    result = 1.0
    for scale in range(scales):
        if scale:
            x, y = (v.reshape(v.shape[0] // 2, 2, v.shape[1] // 2, 2).mean(axis=(1, 3)) for v in (x, y))
        mx, my = (convolve2d(v, window, mode="valid") for v in (x, y))
        sxx = convolve2d(x * x, window, mode="valid") - mx**2
        syy = convolve2d(y * y, window, mode="valid") - my**2
        sxy = convolve2d(x * y, window, mode="valid") - mx * my
        term = (2 * sxy + 58.5225) / (sxx + syy + 58.5225)
        if scale == scales - 1:
            term = term * (2 * mx * my + 6.5025) / (mx**2 + my**2 + 6.5025)
        result *= max(term.mean(), 0.0) ** weights[scale]
    return result


@pytest.mark.parametrize(("size", "scales"), [(16, 1), (32, 2), (64, 3), (176, 5)], ids=str)
def test_ms_ssim_equals_a_direct_implementation(size, scales):
    x = textured(size).astype(float)
    y = np.clip(x * 0.8 + RANDOM.standard_normal(x.shape) * 12 + 10, 0, 255)
    assert ms_ssim.scales_for(size) == scales
    found = ms_ssim.ms_ssim(torch.from_numpy(x)[None, None], torch.from_numpy(y)[None, None])
    assert found.item() == pytest.approx(reference_ms_ssim(x, y, scales), rel=1e-9)
    assert 0.05 < found.item() < 0.99


def test_one_scale_is_scikit_images_ssim():
    x, y = textured(16).astype(float), textured(16).astype(float)
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}
    expected = structural_similarity(x, y, **options)
    found = ms_ssim.ms_ssim(torch.from_numpy(x)[None, None], torch.from_numpy(y)[None, None]).item()
    assert found == pytest.approx(expected, rel=1e-9)


def test_ms_ssim_of_equal_images_is_one_and_of_inverted_ones_zero():
    x = torch.from_numpy(textured(64).astype(float))[None, None]
    assert ms_ssim.ms_ssim(x, x).item() == pytest.approx(1.0)
    assert ms_ssim.ms_ssim(x, 255 - x).item() == pytest.approx(0.0)


def test_pairs_are_disjoint_of_different_patients_and_use_nearly_every_image():
    groups = np.repeat(np.arange(30), 4)
    chosen = ms_ssim.pairs(groups, np.random.default_rng(1))
    assert len(set(chosen.ravel())) == chosen.size == 120
    assert (groups[chosen[:, 0]] != groups[chosen[:, 1]]).all()
    assert ms_ssim.pairs(np.zeros(10, np.int64), np.random.default_rng(1)).shape == (0, 2)


def values(image: np.ndarray) -> dict[str, float]:
    return dict(zip(radiomics.NAMES, radiomics.features(image.astype(np.uint8)), strict=True))


def test_first_order_features_of_a_known_histogram_inside_the_mask_only():
    """A square of 20x20 with the values 80 and 160 in equal numbers on a black ground of 40x40."""
    image = np.zeros((40, 40))
    image[10:30, 20:40:2] = 80
    image[10:30, 21:40:2] = 160
    found = values(image)
    assert found["mean"] == 120
    assert found["deviation"] == 40
    assert found["skewness"] == pytest.approx(0.0)
    assert found["kurtosis"] == pytest.approx(-2.0)  # the lowest there is
    assert (found["minimum"], found["maximum"]) == (80, 160)
    assert found["energy"] == (80**2 + 160**2) / 2
    assert found["entropy"] == pytest.approx(1.0)
    assert found["uniformity"] == pytest.approx(0.5)


def test_shape_features_of_a_rectangle():
    image = np.zeros((40, 40))
    image[10:30, 30:40] = 100
    found = values(image)
    assert found["shape area"] == 200 / 1600
    assert found["shape solidity"] == found["shape extent"] == 1.0
    assert found["shape centroid row"] == 19.5 / 40
    assert found["shape centroid column"] == 34.5 / 40
    assert found["shape axis_major_length"] == pytest.approx(4 * np.sqrt((20**2 - 1) / 12) / 40, rel=0.01)


def test_co_occurrence_equals_counting_pairs_by_hand():
    image = np.zeros((24, 24), np.int64)
    image[4:20, 8:24] = RANDOM.integers(30, 250, (16, 16))
    mask = np.zeros(image.shape, bool)
    mask[4:20, 8:24] = True
    for distance in radiomics.DISTANCES:
        table = np.zeros((radiomics.LEVELS, radiomics.LEVELS))
        near = round(distance / np.sqrt(2))  # a diagonal step of that length, in whole pixels
        for dy, dx in ((0, distance), (near, near), (distance, 0), (near, -near)):
            for y, x in zip(*np.nonzero(mask), strict=True):
                v, u = y + dy, x + dx
                if 0 <= v < 24 and 0 <= u < 24 and mask[v, u]:
                    table[image[y, x] // 8, image[v, u] // 8] += 1
                    table[image[v, u] // 8, image[y, x] // 8] += 1
        table /= table.sum()
        i, j = np.indices(table.shape)
        found = values(image)
        mean = (i * table).sum()
        variance = ((i - mean) ** 2 * table).sum()
        assert found[f"glcm contrast at {distance}"] == pytest.approx(((i - j) ** 2 * table).sum())
        assert found[f"glcm homogeneity at {distance}"] == pytest.approx((table / (1 + (i - j) ** 2)).sum())
        assert found[f"glcm ASM at {distance}"] == pytest.approx((table**2).sum())
        correlation = ((i - mean) * (j - mean) * table).sum() / variance
        assert found[f"glcm correlation at {distance}"] == pytest.approx(correlation)
        logarithms = np.log2(table, where=table > 0, out=np.zeros_like(table))
        assert found[f"glcm entropy at {distance}"] == pytest.approx(-(table * logarithms).sum())
        assert found[f"glcm cluster shade at {distance}"] == pytest.approx(((i + j - 2 * mean) ** 3 * table).sum())


def test_radiomics_are_finite_for_anything_a_generator_may_draw():
    strange = [np.zeros((16, 16)), np.full((16, 16), 255), np.eye(16) * 200, RANDOM.integers(0, 256, (16, 16))]
    batch = np.stack(strange).astype(np.uint8)[:, None]
    found = radiomics.of_images(batch)
    assert found.shape == (4, len(radiomics.NAMES))
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(radiomics.of_images(np.repeat(batch, 3, axis=1)), found)


class Pixels:
    """An extractor whose distance is known: the pixels, -1 to 1."""

    name, digest, description = "pixels", "", ""

    def __call__(self, images: Tensor) -> Tensor:
        return (images / 127.5 - 1.0).flatten(1)


def test_path_length_is_the_squared_derivative_of_the_image_along_the_line():
    """For small steps d / e^2 is |J (w2 - w1)|^2, with J by central differences in float64."""
    generator = networks.golden_generator()
    generator.synthesis.double()
    generator.mapping.w_avg = generator.mapping.w_avg.double()  # what truncation starts from
    generated = Generated(generator, 3, seed=4)
    where = np.array([0.0, 0.3, 0.9])

    class Doubled(Generated):
        def codes(self, start: int, count: int, labels_from: int | None = None):
            w, noise = generated.codes(start, count, labels_from)
            return w.double(), [n.double() for n in noise]

    doubled = Doubled(generator, 3, seed=4)
    z = [np.random.RandomState(seed).randn(1, 96) for seed in (4, 5, 6)]
    other = [np.random.RandomState(seed + 2**31).randn(1, 96) for seed in (4, 5, 6)]
    _, noise = doubled.codes(0, 3)
    expected = []
    for i in range(3):
        a, b = (generator.mapping(torch.from_numpy(v[i]).float()).double() for v in (z, other))
        maps = [n[i : i + 1] for n in noise]

        def image(w: Tensor, maps: list[Tensor] = maps) -> Tensor:
            styles = generator.synthesis.styles(generator.broadcast(w))
            drawn = generator.synthesis.from_styles(styles, noise=maps)
            assert isinstance(drawn, Tensor)
            return drawn

        h = 1e-3
        middle = a.lerp(b, float(where[i]))
        slope = (image(middle + h * (b - a)) - image(middle - h * (b - a))) / (2 * h)
        expected.append(slope.square().sum().item())
    found = ppl.distances(doubled, Pixels(), where)
    np.testing.assert_allclose(found, expected, rtol=0.02)


def test_trimmed_mean_leaves_the_outer_percents_out():
    values = np.concatenate([[1e9], np.linspace(1, 2, 998), [-1e9]])
    kept = np.sort(values)[9:991]  # percentile ranks 9.99 and 989.01, rounded outwards
    assert ppl.trimmed_mean(values) == pytest.approx(kept.mean())
