"""A bundle with a guard: what is refused of it, and that its numbers are those of its formula."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoganesis.bundle.golden import check_golden
from mammoganesis.bundle.guard import golden_image, least_distance
from mammoganesis.bundle.loading import load_bundle
from mammoganesis.errors import BundleError
from tests.support.serving import Copy

IMAGES = np.random.RandomState(2).uniform(-1, 1, (5, 1, 32, 32)).astype(np.float32)


@pytest.fixture
def guarded(tmp_path: Path) -> Copy:
    copy = Copy(tmp_path / "guarded")
    copy.with_guard(IMAGES)
    return copy


def test_a_guard_knows_its_images_again_and_lets_others_pass(guarded: Copy) -> None:
    bundle = load_bundle(guarded.folder)
    check_golden(bundle)
    guard = bundle.open_guard()
    assert [guard.is_too_near(0.5 * image + 0.1) for image in IMAGES] == [True] * 5
    assert all(guard.distance(image) < 0.02 for image in IMAGES)  # of float16
    others = np.random.RandomState(3).uniform(-1, 1, (20, 1, 32, 32)).astype(np.float32)
    assert not any(map(guard.is_too_near, others))


def test_the_distance_is_that_of_the_nearest_pair() -> None:
    random = np.random.RandomState(4)
    views, features = (rows / np.linalg.norm(rows, axis=1)[:, None] for rows in random.randn(2, 7, 5))
    pairs = [np.linalg.norm(view - row) for view in views for row in features]
    assert least_distance(views, features) == pytest.approx(min(pairs))


def test_the_golden_image_is_the_same_everywhere() -> None:
    assert golden_image([1, 4, 4])[0, 0, 0] == np.float32(2 * 0.5488135039273248 - 1)


def without(name: str) -> Any:
    return lambda copy: copy.remove(name)


def arrays(change: Any) -> Any:
    return lambda copy: copy.change_arrays("guard.npz", change)


def said(**fields: Any) -> Any:
    return lambda copy: copy.change_manifest(lambda manifest: manifest["guard"].update(fields))


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (without("guard.onnx"), r"guard, guard\.onnx and guard\.npz go together"),
        (without("guard.npz"), r"guard, guard\.onnx and guard\.npz go together"),
        (
            lambda copy: copy.change_manifest(lambda manifest: manifest.pop("guard")),
            r"guard, guard\.onnx and guard\.npz",
        ),
        (said(limit=0), r"guard\.limit is 0\.0; allowed: above 0 to 1\.4143"),
        (said(limit=1.5), r"guard\.limit is 1\.5"),
        (said(images=0), r"guard\.images is 0; allowed: 1 to 10000000"),
        (said(images=4), r"features has the shape \[5, 64\]; expected \[4, 64\]"),
        (said(num_views=2), r"golden has the shape \[1, 64\]; expected \[2, 64\]"),
        (said(controls_below=10), r"guard\.controls_below is 10; allowed: 0 to controls, 9"),
        (arrays(lambda found: found.update(features=2 * found["features"])), r"features\[\d\] has the length"),
        (arrays(lambda found: found.update(features=found["features"].astype(np.float32))), "expected float16"),
        (arrays(lambda found: found["golden"].fill(np.nan)), "not finite"),
        (arrays(lambda found: found.update(golden=-found["golden"])), "features of the golden image differ by"),
    ],
)
def test_a_guard_that_cannot_be_right_is_refused(guarded: Copy, damage: Any, reason: str) -> None:
    damage(guarded)
    with pytest.raises(BundleError, match=reason):
        check_golden(load_bundle(guarded.folder))
