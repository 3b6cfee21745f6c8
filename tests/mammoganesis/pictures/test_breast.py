"""The edge at the chest wall: what letterboxing leaves of a column is cut off, and nothing of the breast."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from mammoganesis.pictures.breast import FADED_EDGE_SHARE, canonical_pose, without_faded_edge
from mammoganesis.pictures.pixels import resize


def breast(height: int = 256, width: int = 160) -> np.ndarray:
    """Half an ellipse of texture on black, its chest wall on the right. Float in [0, 255]."""
    y, x = np.mgrid[0:height, 0:width]
    inside = ((y - height / 2) / (0.45 * height)) ** 2 + ((x - width) / (0.9 * width)) ** 2 < 1
    return np.where(inside, 90 + 30 * np.sin(x / 7.0) * np.cos(y / 9.0), 0.0)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.7])
def test_a_column_that_is_partly_letterbox_goes(share: float) -> None:
    whole = breast()
    framed = np.hstack([whole, share * whole[:, -1:]])
    assert np.array_equal(without_faded_edge(framed), whole)


def test_columns_of_compression_noise_go_with_it() -> None:
    whole = breast()
    noise = np.zeros((len(whole), 2))
    noise[::40] = 9.0
    assert np.array_equal(without_faded_edge(np.hstack([whole, 0.4 * whole[:, -1:], noise])), whole)


def test_a_whole_edge_stays() -> None:
    whole = breast()
    assert np.array_equal(without_faded_edge(whole), whole)


def test_a_breast_that_darkens_towards_the_chest_wall_keeps_all_but_a_fiftieth() -> None:
    fading = breast() * np.linspace(1.0, 0.0, 160) ** 2
    assert without_faded_edge(fading).shape[1] >= 160 - max(2, round(160 * FADED_EDGE_SHARE))


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_letterboxed_image_has_no_dark_line_at_the_chest_wall(side: str) -> None:
    """Framed, then scaled so that the edge lies between two pixels, as viewers and public sets do it."""
    large = np.pad(breast(1024, 641), ((0, 0), (180, 203))).astype(np.uint8)
    frame = np.asarray(Image.fromarray(large).resize((512, 512), Image.Resampling.BOX), dtype=float)
    assert 40 < frame[256, (180 + 641) // 2] < 60
    pose = canonical_pose(frame if side == "right" else frame[:, ::-1], 128, resize)
    columns = pose.image.mean(axis=0)
    assert columns[-1] > 0.9 * columns[-8:-1].mean()
