"""Raster files: found, bounded, read upright over black; and whatever a decoder raises is one line with the name."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mammoganesis.errors import DataError
from mammoganesis.pictures.sources import unreadable_named
from training.data import images
from training.data.folders import files_of

GRADIENT = np.arange(48, dtype=np.uint8).reshape(6, 8) * 5  # [6, 8], no two pixels alike


def saved(path: Path, image: Image.Image, **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, **options)
    return path


def test_hidden_files_are_no_images(tmp_path: Path) -> None:
    for name in ("b.png", "A.JPG", "sub/c.tif", "._b.png", ".hidden/d.png", "__MACOSX/b.png", "sub/__MACOSX/._c.tif"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "notes.txt").write_bytes(b"")
    assert [p.relative_to(tmp_path).as_posix() for p in images.image_files(tmp_path)] == ["A.JPG", "b.png", "sub/c.tif"]
    found = files_of(tmp_path)
    assert tmp_path / "notes.txt" in found.visible
    assert [found.name(path).partition("/")[2] for path in found.hidden] == [
        "._b.png", ".hidden/d.png", "__MACOSX/b.png", "sub/__MACOSX/._c.tif"
    ]  # fmt: skip


def test_a_hidden_parent_hides_nothing(tmp_path: Path) -> None:
    path = saved(tmp_path / ".cache" / "set" / "a.png", Image.fromarray(GRADIENT))
    assert images.image_files(tmp_path / ".cache" / "set") == [path]


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_exif_orientation_is_applied(tmp_path: Path, suffix: str) -> None:
    image = Image.fromarray(np.repeat(np.repeat(GRADIENT, 8, 0), 8, 1))
    exif = image.getexif()
    exif[0x0112] = 6  # the camera was turned: the image is to be shown turned by 90 degrees clockwise
    turned = images.read_raster(saved(tmp_path / f"turned.{suffix}", image, exif=exif))
    plain = images.read_raster(saved(tmp_path / f"plain.{suffix}", image))
    assert turned.shape == (64, 48)
    assert np.array_equal(turned, np.rot90(plain, -1))
    with pytest.raises(DataError, match=r"turned\.tif: is turned \(orientation 6\); save it upright"):
        images.read_raster(saved(tmp_path / "turned.tif", image, exif=exif))


@pytest.mark.parametrize("mode", ["LA", "RGBA", "P"])
def test_what_is_transparent_is_black(tmp_path: Path, mode: str) -> None:
    grey, alpha = Image.fromarray(GRADIENT), Image.fromarray(np.where(GRADIENT < 100, 0, 255).astype(np.uint8))
    if mode == "P":
        path = saved(tmp_path / "p.png", grey.convert("P"), transparency=GRADIENT[5, 7].item())
        values = images.read_raster(path)
        assert (values[5, 7], values[5, 6]) == (0, GRADIENT[5, 6])
        return
    white = np.where(GRADIENT < 100, 255, GRADIENT).astype(np.uint8)  # as exports leave it under transparent pixels
    image = Image.merge("LA", (Image.fromarray(white), alpha)).convert(mode)
    values = images.read_raster(saved(tmp_path / "a.png", image))
    assert np.array_equal(values, np.where(GRADIENT < 100, 0, GRADIENT))


def test_sixteen_bits_are_stretched_as_a_source_and_divided_as_a_picture(tmp_path: Path) -> None:
    deep = GRADIENT.astype(np.uint16) * 257
    for suffix in ("png", "tif"):
        path = saved(tmp_path / f"deep.{suffix}", Image.fromarray(deep))
        assert np.allclose(images.read_grey(path), GRADIENT, atol=1e-4)
        assert images.read_raster(path).max() == 255
    flat = saved(tmp_path / "flat.png", Image.fromarray(GRADIENT))
    assert np.array_equal(images.read_grey(flat), images.read_raster(flat))
    floating = saved(tmp_path / "floating.tif", Image.fromarray(GRADIENT.astype(np.float32)))
    with pytest.raises(DataError, match=r"floating\.tif: holds 32-bit values; 8 or 16 bits are needed"):
        images.read_grey(floating)


def _png(width: int, height: int) -> bytes:
    """A PNG whose header promises more than its data hold."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("width", "height"), [(20_000, 20_000), (2**30, 2**30), (13_000, 11_000)])
def test_a_size_is_refused_before_it_takes_memory(tmp_path: Path, width: int, height: int) -> None:
    (tmp_path / "bomb.png").write_bytes(_png(width, height))
    with pytest.raises(DataError, match=r"bomb\.png: .*(at most 134217728 are read|exceeds limit)"):
        images.read_raster(tmp_path / "bomb.png")


def test_several_pages_and_other_formats_are_refused(tmp_path: Path) -> None:
    image = Image.fromarray(GRADIENT)
    saved(tmp_path / "pages.tif", image, save_all=True, append_images=[image])
    with pytest.raises(DataError, match=r"pages\.tif: holds 2 pages; one is needed"):
        images.read_raster(tmp_path / "pages.tif")
    image.save(tmp_path / "moving.png", "GIF")
    with pytest.raises(DataError, match=r"moving\.png: cannot be read as PNG, JPEG or TIFF"):
        images.read_raster(tmp_path / "moving.png")


def _refusal(path: Path) -> str:
    try:
        images.read_raster(path)
    except DataError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_grey_values_that_are_no_numbers_are_no_image(tmp_path: Path, value: float) -> None:
    values = np.ones((8, 8), np.float32)
    values[3, 3] = value
    Image.fromarray(values).save(tmp_path / "a.tif")
    with pytest.raises(DataError, match=r"a\.tif: holds grey values that are no numbers"):
        images.read_raster(tmp_path / "a.tif")


def test_damage_of_any_kind_is_one_line_with_the_name(tmp_path: Path) -> None:
    random, said = np.random.RandomState(0), []
    for kind in ("PNG", "JPEG", "TIFF"):
        buffer = io.BytesIO()
        Image.fromarray(np.repeat(GRADIENT, 8, 1)).save(buffer, kind)
        whole = buffer.getvalue()
        for _ in range(100):
            content = bytearray(whole)
            for place in random.randint(0, len(content), 4):
                content[place] = random.randint(256)
            path = tmp_path / f"damaged.{kind.lower()}"
            path.write_bytes(content[: random.randint(1, len(content) + 1)])
            said.append(_refusal(path))
    refused = [line for line in said if line]
    assert len(refused) > 200
    assert all(line.startswith(str(tmp_path)) and "\n" not in line and len(line) < 400 for line in refused)


def test_every_exception_is_barred(tmp_path: Path) -> None:
    for error in (RecursionError("too\ndeep"), NotImplementedError("x" * 9000), zlib.error("cut")):
        refused = pytest.raises(DataError, match=r"a\.dcm: cannot be read as DICOM \(.{1,200}\)$")
        with refused, unreadable_named(tmp_path / "a.dcm", "DICOM"):
            raise error
    with pytest.raises(DataError, match=r"a\.dcm: takes more memory"), unreadable_named(tmp_path / "a.dcm", "DICOM"):
        raise MemoryError
    with pytest.raises(KeyboardInterrupt), unreadable_named(tmp_path / "a.dcm", "DICOM"):
        raise KeyboardInterrupt
