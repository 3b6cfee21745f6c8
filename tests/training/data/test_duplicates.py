"""The same image under another name, size, window or compression is found; other images are not."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from mammoganesis.pictures import breast
from mammoganesis.pictures.likeness import NEARLY, SIDE, texture
from mammoganesis.pictures.pixels import resize
from tests.support.mammograms import mammogram
from training.data import duplicates, images
from training.data.duplicates import Known
from training.data.listing import collect

PAIRS = {"P3_L_DM_CC": "IM0132", "P27_L_DM_CC": "IM0133", "P37_L_DM_CC": "IM0134"}
"""Images of the one real set that are in the other too."""


def thumbnail(values: np.ndarray) -> np.ndarray:
    return breast.canonical_pose(values.astype(np.float32), 64, resize).thumbnail


def jpeg(values: np.ndarray, quality: int) -> np.ndarray:
    buffer = io.BytesIO()
    Image.fromarray(np.rint(values).astype(np.uint8)).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer), np.float32)


@pytest.mark.parametrize("seed", range(3))
def test_a_copy_is_known_again(seed: int) -> None:
    values = mammogram(seed, 240, 180)
    own = texture(thumbnail(values))
    copies = {
        "smaller": np.clip(np.asarray(Image.fromarray(values).resize((120, 160))), 0, 255),
        "mirrored": values[:, ::-1],
        "letterboxed": np.pad(values, ((0, 0), (30, 50))),
        "compressed": jpeg(values, 60),
        "windowed": np.clip(values * 1.4 - 20, 0, 255),
        "gamma": 255 * (values / 255) ** 0.7,
    }
    for name, copy in copies.items():
        assert own @ texture(thumbnail(copy)) > NEARLY + 0.05, name


def test_other_images_of_one_outline_are_not_taken_for_copies() -> None:
    """The outline is the same in all: only what is inside tells them apart."""
    textures = np.stack([texture(thumbnail(mammogram(seed))) for seed in range(40)])
    alike = textures @ textures.T - np.eye(40)
    assert alike.max() < NEARLY - 0.1


def test_an_image_without_texture_is_like_no_other() -> None:
    flat = np.full((2 * SIDE, 2 * SIDE), 90, np.uint8)
    assert not texture(flat).any()
    known = Known()
    known.add("flat", flat)
    assert known.find("flat", flat) == (0, "pixels")
    assert known.find("other", flat + 1) is None


def test_more_images_than_there_was_room_for() -> None:
    known, small = Known(), [thumbnail(mammogram(seed, 60, 45)) for seed in range(70)]
    for number, image in enumerate(small):
        assert known.find(f"digest {number}", image, f"1.2.{number}") is None
        known.add(f"digest {number}", image, f"1.2.{number}")
    nearly = np.clip(small[3].astype(int) * 1.02, 0, 255).astype(np.uint8)
    assert known.find("nearly", nearly) == (3, "texture")
    assert known.find("inverse", 255 - small[5], "1.2.69") == (69, "instance")


def square(textures: np.ndarray, others: np.ndarray) -> list[tuple[int, int]]:
    """All with all: what the codes stand for."""
    return [(int(a), int(b)) for b in range(len(others)) for a in np.flatnonzero(textures @ others[b] >= NEARLY)]


def found_by_codes(textures: np.ndarray, others: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    monkeypatch.setattr(duplicates, "texture", lambda seen: seen)
    known = Known()
    for number, seen in enumerate(textures):
        known.add(str(number), seen)
    return list(known.matches(others))


def test_codes_find_what_all_compared_with_all_find(monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies of every likeness from below the threshold to equal, among 4,000 without a relation."""
    random = np.random.RandomState(0)
    textures = ndimage.gaussian_filter(random.randn(4000, SIDE, SIDE), (0, 1, 1)).reshape(4000, -1).astype(np.float32)
    textures /= np.linalg.norm(textures, axis=1, keepdims=True)
    of, likeness = random.randint(0, 4000, 1000), np.linspace(0.6, 1, 1000, dtype=np.float32)[:, None]
    apart = random.randn(1000, SIDE * SIDE).astype(np.float32)
    apart -= (apart * textures[of]).sum(1, keepdims=True) * textures[of]
    apart /= np.linalg.norm(apart, axis=1, keepdims=True)
    copies = likeness * textures[of] + np.sqrt(1 - likeness**2) * apart
    expected = square(textures, copies)
    assert len(expected) > 600
    assert found_by_codes(textures, copies, monkeypatch) == expected


def test_codes_find_what_all_compared_with_all_find_of_real_images(
    real_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Images of two sets, some of them the same at another size and compression."""
    one, other = (
        np.stack([texture(thumbnail(images.read_raster(path))) for path in paths])
        for paths in (
            [real_data / "cdd-cesm-512" / "images" / f"{name}.jpg" for name in PAIRS]
            + sorted((real_data / "cdd-cesm-512" / "images").glob("*.jpg"))[:20],
            [real_data / "cdd-cesm-cc-1024" / "images" / f"{name}.png" for name in PAIRS.values()]
            + sorted((real_data / "cdd-cesm-cc-1024" / "images").glob("*.png"))[:10],
        )
    )
    expected = square(one, other)
    assert len(expected) >= len(PAIRS)
    assert found_by_codes(one, other, monkeypatch) == expected
    assert found_by_codes(one, one, monkeypatch) == square(one, one)


def test_real_copies_are_told_from_real_others(real_data: Path) -> None:
    small = [real_data / "cdd-cesm-512" / "images" / f"{name}.jpg" for name in PAIRS]
    large = [real_data / "cdd-cesm-cc-1024" / "images" / f"{name}.png" for name in PAIRS.values()]
    assert len(collect([real_data / "cdd-cesm-512"]).sources) == 273
    one, other = (np.stack([texture(thumbnail(images.read_raster(p))) for p in paths]) for paths in (small, large))
    alike = one @ other.T
    assert alike.diagonal().min() > NEARLY
    assert (alike - np.diag(alike.diagonal())).max() < NEARLY - 0.1
