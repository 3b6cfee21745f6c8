"""The audit for copies on images of known origin: as they are, moved, with another tone, and a split that leaks."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
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


def found_by(space: nearest.Space, distances: list[float]) -> nearest.Nearest:
    """Samples at these distances from training images, of which controls are at 0.9 to 1.1."""
    samples = np.array(distances)
    return nearest.Nearest(space, np.zeros(len(samples), int), samples, np.linspace(0.9, 1.1, 30), np.ones(5))


def test_the_sheet_begins_with_what_the_verdict_names_and_goes_on_with_the_nearest() -> None:
    """Also what only one way of looking finds, however far by the others, and although there are nearer ones."""
    spread = dict.fromkeys(range(30), 1.0) | {4: 0.3, 9: 0.2, 12: 0.4}  # no further than some controls may be
    wide = np.linspace(0.1, 1.9, 30)
    by_pixels = nearest.Nearest("pixels", np.zeros(30, int), np.array([*spread.values()]), wide, np.ones(5))
    by_details = found_by("details", [*(dict.fromkeys(range(30), 1.0) | {21: 0.51, 25: 0.5}).values()])
    results = [found_by("features", [1.0] * 30), by_pixels, by_details]
    assert nearest.suspects(results) == {25: ["details"], 21: ["details"]}
    assert "look at samples 25, 21 on the sheet" in nearest.verdict(results)
    assert nearest.shown(results, 5) == [25, 21, 9, 4, 12]
    assert nearest.shown(results, 1) == [25, 21]
    both = [*results, found_by("pixels", [*(dict.fromkeys(range(30), 1.0) | {21: 0.4}).values()])]
    assert nearest.suspects(both) == {21: ["details", "pixels"], 25: ["details"]}


def test_the_sheet_says_why_a_sample_stands_first(train: nearest.Points, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Any] = []
    monkeypatch.setattr(nearest, "draw", lambda blocks, caption, cell: drawn.append((blocks[0].rows, caption[0])))
    samples = points(np.concatenate([FRESH, TRAIN[COPIED]]))
    found = nearest.compare(samples, train, points(HELD_OUT, np.arange(30)))
    reals = SimpleNamespace(dataset=TRAIN, items=np.arange(COUNT))
    nearest.sheet(np.concatenate([FRESH, TRAIN[COPIED]]), reals, found, 8)  # type: ignore[arg-type]
    [(rows, caption)] = drawn
    assert len(rows) == 8
    named = [row.label for row in rows if "may be a copy:" in row.label]
    assert {int(label[0].split()[1]) for label in named} >= {30, 31, 32, 33, 34}
    assert [row.label for row in rows[: len(named)]] == named
    assert all("details" in label[-1] for label in named if int(label[0].split()[1]) >= 30)
    assert f"first the {len(named)} that may be copies, then the nearest others; 8 of 35" in caption


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
