"""`export --guard`: the network against its formula in SciPy, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from scipy import ndimage

from mammoganesis.bundle.golden import check_golden
from mammoganesis.bundle.guard import Guard, least_distance
from mammoganesis.bundle.loading import load_bundle
from tests.support import exported_networks as networks
from tests.support.measured_images import prepared
from training.cli import main
from training.export.guard_graph import FEATURES, GuardGraph
from training.export.guard_index import guard_of
from training.networks import GeneratorConfig

SIZE = 64


def breasts(count: int, seed: int, size: int = SIZE) -> np.ndarray:
    """Half discs of like shape with tissue of their own, uint8 [count, 1, size, size]."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size] * (64 / size)
    images = []
    for _ in range(count):
        radius, centre = random.uniform(26, 34), random.uniform(28, 36)
        tissue = sum(
            ndimage.gaussian_filter(random.standard_normal((size, size)), scale, mode="wrap") * scale * gain
            for scale, gain in ((1.0, 20.0), (3.0, 40.0))
        )
        inside = ndimage.gaussian_filter(((x - 64) ** 2 + (y - centre) ** 2 < radius**2).astype(float), 1.0)
        images.append(inside * (110 + random.uniform(-20, 20) + tissue))
    return np.clip(np.stack(images), 0, 255).astype(np.uint8)[:, None]


def details(image: np.ndarray) -> np.ndarray:
    """[64, 64] of an image [R, R], 0 to 255: between two blurs, over the spread in the neighbourhood."""
    step = image.shape[0] // 64
    grey = image.reshape(64, step, 64, step).mean(axis=(1, 3))

    def blurred(values: np.ndarray, scale: float) -> np.ndarray:
        return ndimage.gaussian_filter(values, scale, mode="nearest")

    band = blurred(grey, 1) - blurred(grey, 3)
    return band / (np.sqrt(blurred(band**2, 4)) + 0.5)


@pytest.mark.parametrize("size", [64, 128])
def test_the_features_keep_the_angles_of_the_details_in_every_view(size: int) -> None:
    """A view's row is that of its map of details, less its mean, on fixed directions; so by SciPy, number by number."""
    images = breasts(4, 7, size)
    graph = GuardGraph(size, 1)
    with torch.no_grad():
        found = graph(torch.from_numpy(images).float() / 127.5 - 1).numpy()
    assert found.shape == (4, 49, FEATURES)
    directions = graph.directions.numpy()[:, 0].reshape(FEATURES, -1).astype(np.float64)
    maps = [details(image[0].astype(np.float64)) for image in images]
    for row, column in ((0, 0), (3, 3), (6, 2)):
        for image, map_ in enumerate(maps):
            seen = directions @ map_[row : row + 58, column : column + 58].ravel()
            np.testing.assert_allclose(found[image, 7 * row + column], seen / np.linalg.norm(seen), atol=2e-3)
    true = np.corrcoef([map_[3:61, 3:61].ravel() for map_ in maps])
    np.testing.assert_allclose(found[:, 24] @ found[:, 24].T, true, atol=0.2)


def test_what_has_no_details_is_like_nothing() -> None:
    graph = GuardGraph(64, 3)
    with torch.no_grad():
        views = graph(torch.full((1, 3, 64, 64), 0.25)).numpy()[0]
    assert least_distance(views, np.eye(FEATURES, dtype=np.float32)) > 1.3


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    images = np.concatenate([breasts(40, 1), breasts(30, 2)])
    return prepared(tmp_path_factory.mktemp("guard") / "data", 40, 30, images=images)


def test_copies_are_refused_moved_and_toned_and_images_of_others_pass(data: Path) -> None:
    parts = guard_of(data, SIZE, 1, "")
    assert dict(parts.refused) == dict.fromkeys(parts.refused, (30, 30))
    assert len(parts.refused) == 4
    assert (parts.said.images, parts.said.controls, parts.said.controls_below) == (40, 30, 0)
    fresh = breasts(40, 3).astype(np.float32) / 127.5 - 1
    assert not any(map(parts.guard.is_too_near, fresh))
    mirrored = breasts(40, 1)[..., ::-1, :].astype(np.float32) / 127.5 - 1
    assert not any(map(parts.guard.is_too_near, mirrored))  # as the card says


def test_without_held_out_images_those_of_other_patients_are_the_control(tmp_path: Path) -> None:
    data = prepared(tmp_path / "data", 40, 0, images=breasts(40, 1))
    said = guard_of(data, SIZE, 1, "").said
    assert (said.control, said.controls, said.controls_below) == ("training images of other patients", 40, 0)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A checkpoint of 16x16, and a set of that size."""
    folder = tmp_path_factory.mktemp("export")
    config = GeneratorConfig(z_dim=8, w_dim=8, num_mapping_layers=1, resolution=16, channel_base=64, channel_max=8)
    networks.write_checkpoint(networks.random_generator(config), folder / "ckpt")
    return folder / "ckpt", prepared(folder / "data", 20, 10)


def export(checkpoint: Path, out: Path, *options: object) -> tuple[int, str]:
    few = ("--random-codes", 0, "--preview-codes", 0, "--no-masked", "--no-licence")
    arguments = ("export", checkpoint, "--out", out, *few, *options)
    result = CliRunner().invoke(main, list(map(str, arguments)))
    return result.exit_code, result.output


def test_a_bundle_with_a_guard_is_good_and_its_card_says_what_it_refuses(
    small: tuple[Path, Path], tmp_path: Path
) -> None:
    checkpoint, data = small
    code, said = export(checkpoint, tmp_path / "bundle", "--guard", "--data", data)
    assert code == 0, said
    assert "guard: limit " in said
    bundle = load_bundle(tmp_path / "bundle")
    check_golden(bundle)
    images = np.load(data / "shard-00000.npy").astype(np.float32) / 127.5 - 1
    guard: Guard = bundle.open_guard()
    assert all(map(guard.is_too_near, images[:20]))
    card = (tmp_path / "bundle" / "MODEL_CARD.md").read_text()
    section = card.partition("### Guard against copies")[2]
    assert "| copies of training images, as they are | 20 of 20 |" in section
    assert f"| held-out images | {bundle.manifest.guard.controls_below} of 10 |" in section
    assert "| samples of this model, psi 1 | 0 of 64 |" in section


def test_a_guard_needs_the_images_of_the_training(small: tuple[Path, Path], tmp_path: Path) -> None:
    checkpoint, _ = small
    code, said = export(checkpoint, tmp_path / "one", "--guard")
    assert (code, "--guard needs the training images" in said) == (1, True)
    larger = prepared(tmp_path / "data", 4, 2, images=breasts(6, 1))
    code, said = export(checkpoint, tmp_path / "two", "--guard", "--data", larger)
    assert code == 1
    assert "has images [1, 64, 64]; the model makes [1, 16, 16]" in said
    assert not list(tmp_path.glob("two*"))
