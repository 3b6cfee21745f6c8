"""The audit for copies on images of known origin: as they are, moved, with another tone, and a split that leaks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from scipy import ndimage

from tests.support.mammograms import write_png
from tests.support.measured_images import Fixed, prepared
from training.cli import main
from training.metrics import details, nearest
from training.metrics.random_projection import RandomProjection

SIZE, COUNT = 64, 40


def breasts(count: int, seed: int) -> np.ndarray:
    """Half discs of like shape with tissue of their own, uint8 [count, 1, SIZE, SIZE]."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:SIZE, :SIZE]
    images = []
    for _ in range(count):
        radius, centre = random.uniform(26, 34), random.uniform(28, 36)
        tissue = sum(
            ndimage.gaussian_filter(random.standard_normal((SIZE, SIZE)), scale, mode="wrap") * scale * gain
            for scale, gain in ((1.0, 20.0), (3.0, 40.0))
        )
        inside = ndimage.gaussian_filter(((x - SIZE) ** 2 + (y - centre) ** 2 < radius**2).astype(float), 1.0)
        images.append(inside * (110 + random.uniform(-20, 20) + tissue))
    return np.clip(np.stack(images), 0, 255).astype(np.uint8)[:, None]


def points(images: np.ndarray, groups: np.ndarray | None = None) -> nearest.Points:
    return nearest.points(Fixed(images), groups, RandomProjection(SIZE))


TRAIN, HELD_OUT, FRESH = breasts(COUNT, 1), breasts(30, 2), breasts(30, 3)
COPIED = np.array([3, 17, 8, 21, 30])


def moved(images: np.ndarray, rows: int, columns: int) -> np.ndarray:
    return np.stack([ndimage.shift(image, (0, rows, columns), order=1, mode="nearest") for image in images])


def toned(images: np.ndarray, power: float, gain: float) -> np.ndarray:
    return np.round(255 * gain * (images / 255.0) ** power).astype(np.uint8)


@pytest.fixture(scope="module")
def train() -> nearest.Points:
    return points(TRAIN, np.arange(COUNT))


@pytest.mark.parametrize(
    "copies",
    [
        TRAIN[COPIED],
        moved(TRAIN[COPIED], 2, -2),
        toned(TRAIN[COPIED], 0.75, 0.9),
        toned(moved(TRAIN[COPIED], -1, 2), 1.3, 1.0),
    ],
    ids=["as they are", "moved", "other tone", "both"],
)
@pytest.mark.parametrize("leaks", [False, True], ids=["clean split", "one image on both sides"])
def test_copies_are_found(train, copies, leaks):
    held_out = HELD_OUT.copy()
    if leaks:
        held_out[4] = TRAIN[4]
    found = nearest.compare(points(np.concatenate([FRESH, copies])), train, points(held_out, np.arange(30)))
    by = {result.space: result for result in found}
    assert by["details"].index[-5:].tolist() == COPIED.tolist()
    assert set(by["details"].suspicious) >= {30, 31, 32, 33, 34}
    for result in found:
        assert len(set(result.suspicious) - {30, 31, 32, 33, 34}) <= 1
    assert "of 35 samples may be copies" in nearest.verdict(found)


def neighbours(folder: Path, data: Path, images: np.ndarray, *options: str) -> dict[str, Any]:
    """What `evaluate neighbours` says of these images, as what a generator has drawn."""
    for number, image in enumerate(images[:, 0]):
        write_png(folder / "fakes" / f"{number:03d}.png", image)
    arguments = ("evaluate", "neighbours", folder / "fakes", "--data", data, "--samples", len(images), *options)
    result = CliRunner().invoke(main, ["--debug", *map(str, arguments), "--out", str(folder / "found.json")])
    assert result.exit_code == 0, result.output
    found = json.loads((folder / "found.json").read_text())
    assert found["verdict"][0] in result.output
    return found


def test_a_model_that_knows_its_20_images_by_heart_is_flagged_and_images_of_others_pass(tmp_path: Path) -> None:
    """What such a model draws is a training image, a little moved and toned; every one is found, and whose it is."""
    data = prepared(tmp_path / "data", 20, 30, images=np.concatenate([TRAIN[:20], HELD_OUT]))
    random = np.random.RandomState(5)
    of = random.randint(0, 20, 30)
    drawn = np.concatenate([
        toned(moved(TRAIN[[number]], *random.randint(-2, 3, 2)), random.uniform(0.8, 1.25), random.uniform(0.9, 1.0))
        for number in of
    ])  # fmt: skip
    found = neighbours(tmp_path / "copies", data, drawn)
    assert found["verdict"][0].startswith("verdict: 30 of 30 samples may be copies")
    by = {space["space"]: space for space in found["spaces"]}
    assert by["details"]["nearest"] == of.tolist()
    assert by["details"]["auc"] < 0.05
    for name, others in (("fresh", FRESH), ("held-out", HELD_OUT)):
        found = neighbours(tmp_path / name, data, others)
        assert found["verdict"][0].startswith("verdict: no copy found among 30 samples")
        assert [space["suspicious_samples"] for space in found["spaces"]] == [[], [], []]


def test_fresh_images_are_no_copies_and_the_verdict_says_what_it_cannot_see(train):
    found = nearest.compare(points(FRESH), train, points(HELD_OUT, np.arange(30)))
    assert [len(result.suspicious) for result in found] == [0, 0, 0]
    said = nearest.verdict(found)
    assert "no copy found among 30 samples; a generator that copies in fewer than 10.0% may pass" in said
    assert "not seen are copies that are turned, mirrored" in said
    assert "controls" not in said
    few = nearest.compare(points(FRESH), train, points(HELD_OUT[:6], np.arange(6)))
    assert "only 6 controls" in nearest.verdict(few)


def test_what_the_verdict_calls_unseen_is_unseen(train):
    """A mirrored copy is as far by details as any other image."""
    [*_, by_details] = nearest.compare(points(TRAIN[COPIED][..., ::-1, :].copy()), train, points(HELD_OUT))
    assert len(by_details.suspicious) == 0


def test_details_are_the_largest_correlation_over_shifts():
    """Against numpy's own correlation coefficient, window by window; images of one group do not count."""
    x, y = (details.of_images(images[:, 0].astype(np.float32)) for images in (FRESH[:3], TRAIN[:4]))
    groups = np.array([0, 1, 2, 3])
    index, distance = details.nearest(x, y, (groups[:3], groups))
    margin = round(SIZE * details.SHIFT)
    inner = slice(margin, SIZE - margin)
    for row in range(3):
        best = {
            other: max(
                np.corrcoef(
                    x.fine[row, a : a + SIZE - 2 * margin, b : b + SIZE - 2 * margin].ravel(),
                    y.fine[other, inner, inner].ravel(),
                )[0, 1]
                for a in range(2 * margin + 1)
                for b in range(2 * margin + 1)
            )
            for other in range(4)
            if other != row
        }
        assert index[row] == max(best, key=lambda other: best[other])
        assert distance[row] == pytest.approx(np.sqrt(2 - 2 * max(best.values())), abs=1e-4)
