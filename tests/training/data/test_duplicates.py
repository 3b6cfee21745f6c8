"""The same image under another name, size, window or compression is found; other images are not."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mammoganesis.pictures import breast
from mammoganesis.pictures.likeness import NEARLY, SIDE, texture
from mammoganesis.pictures.pixels import resize
from tests.support.mammograms import mammogram
from training.data import images
from training.data.duplicates import Known
from training.data.listing import collect


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


def test_real_copies_are_told_from_real_others(real_data: Path) -> None:
    names = ("P3_L_DM_CC", "P27_L_DM_CC", "P37_L_DM_CC")  # IM0132 to IM0134 of the other folder
    small = [real_data / "cdd-cesm-512" / "images" / f"{name}.jpg" for name in names]
    large = [real_data / "cdd-cesm-cc-1024" / "images" / f"IM0{number}.png" for number in (132, 133, 134)]
    assert len(collect([real_data / "cdd-cesm-512"]).sources) == 273
    one, other = (np.stack([texture(thumbnail(images.read_raster(p))) for p in paths]) for paths in (small, large))
    alike = one @ other.T
    assert alike.diagonal().min() > NEARLY
    assert (alike - np.diag(alike.diagonal())).max() < NEARLY - 0.1
