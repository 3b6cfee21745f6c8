"""The bytes of PNG files: read by libpng, by Pillow and by the tests' own reader; and the size that verify expects."""

from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from mammoganesis.pictures import png
from mammoganesis.pictures.additions import Additions, additions
from mammoganesis.pictures.chunks import decompressed
from mammoganesis.pictures.png_file import own_pixels, png_file
from tests.support import libpng
from tests.support.written_pngs import chunks, decoded


def random(shape: tuple[int, ...], dtype: type, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max, shape, dtype=dtype, endpoint=True)


PICTURES = {
    "8 bits": random((7, 5), np.uint8),
    "16 bits": random((7, 5), np.uint16),
    "RGB": random((4, 6, 3), np.uint8),
    "one pixel": random((1, 1), np.uint8),
    "one pixel of RGB": random((1, 1, 3), np.uint8),
    "one column of 16 bits": random((9, 1), np.uint16),
    "mirrored": random((7, 6), np.uint8)[:, ::-1],
    "a part of 16 bits": random((9, 9), np.uint16)[2:, ::2],
    "big-endian": random((5, 3), np.uint16).astype(">u2"),
}


@pytest.mark.parametrize("pixels", PICTURES.values(), ids=PICTURES)
def test_three_readers_see_the_pixels(pixels):
    data = png_file(pixels, [("Title", "Größe \u4e2d")])
    for found in (
        decoded(data),
        np.asarray(Image.open(io.BytesIO(data))),
        libpng.decoded(data, 8 * pixels.dtype.itemsize),
    ):
        np.testing.assert_array_equal(found, pixels)
    assert Image.open(io.BytesIO(data)).text == {"Title": "Größe \u4e2d"}  # type: ignore[attr-defined]
    quickly = own_pixels(data)
    assert quickly is not None
    assert quickly.dtype == pixels.dtype.newbyteorder("=")
    np.testing.assert_array_equal(quickly, pixels)


def test_files_of_others_and_damaged_ones_are_not_read_as_ours():
    pixels = random((40, 30), np.uint8)
    theirs = io.BytesIO()
    Image.fromarray(pixels).save(theirs, "PNG", compress_level=6)
    data = png_file(pixels)
    palette = png.palette_png(pixels % 3, random((3, 3), np.uint8))
    size = data.index(b"IHDR") + 4
    other_size = data[:size] + (31).to_bytes(4, "big") + data[size + 4 :]
    others = [theirs.getvalue(), palette, data[:-20], data[8:], b"", b"\xff\xd8\xff", other_size]
    assert [own_pixels(each) for each in others] == [None] * len(others)
    for place in range(8, len(data)):  # whatever bit is wrong, what is read is what was written, or nothing
        damaged = data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :]
        assert own_pixels(damaged) is None


def test_only_a_whole_stream_of_the_right_size_is_decompressed():
    plain = random((50,), np.uint8).tobytes()
    stream = zlib.compress(plain)
    assert decompressed(stream, 50) == plain
    wrong = [(stream, 49), (stream, 51), (stream[:-1], 50), (stream + b"x", 50), (b"no stream", 50), (b"", 0)]
    wrong += [(stream[:20] + bytes([stream[20] ^ 1]) + stream[21:], 50), (zlib.compress(bytes(10**7)), 50)]
    assert [decompressed(*each) for each in wrong] == [None] * len(wrong)


def test_a_palette_keeps_the_values_and_gives_them_colours():
    indices, palette = random((6, 5), np.uint8) % 3, np.array([[1, 2, 3], [250, 0, 9], [7, 7, 7]], np.uint8)
    data = png.palette_png(indices, palette)
    found = Image.open(io.BytesIO(data))
    assert found.mode == "P"
    np.testing.assert_array_equal(np.asarray(found), indices)
    np.testing.assert_array_equal(np.asarray(found.convert("RGB")), palette[indices])
    assert [kind for kind, _ in chunks(data)] == [b"IHDR", b"iTXt", b"iTXt", b"PLTE", b"IDAT", b"IEND"]


def tissue(side: int) -> np.ndarray:
    """Something smooth with grain beside black air, 0 to 1."""
    across, down = np.meshgrid(*[np.linspace(-1, 1, side)] * 2)
    shape = np.clip(1.2 - np.hypot(across + 1, down), 0, 1)
    grain = np.random.default_rng(3).normal(0, 0.01, shape.shape)
    return np.clip(shape + grain * (shape > 0), 0, 1)


SIZED = {
    "black": np.zeros((512, 512), np.uint8),
    "black, 16 bits": np.zeros((512, 512), np.uint16),
    "tissue": (tissue(512) * 255).astype(np.uint8),
    "tissue, small": (tissue(64) * 255).astype(np.uint8),
    "tissue, 16 bits": (tissue(512) * 65535).astype(np.uint16),
    "noise": random((256, 256), np.uint8),
    "a ramp": np.add.outer(np.arange(256), np.arange(256)).astype(np.uint16) * 64,
    "colours": np.stack([(tissue(256) * white).astype(np.uint8) for white in (255, 128, 60)], axis=2),
}


@pytest.mark.parametrize("pixels", SIZED.values(), ids=SIZED)
def test_no_file_of_ours_is_taken_for_one_compressed_otherwise(pixels):
    """A ramp of 16 bits takes ISA-L a third more than zlib."""
    assert additions(png.marked_png(pixels)) == Additions((), ())


@pytest.mark.parametrize("name", ["tissue", "tissue, 16 bits", "noise"])
def test_a_version_that_knows_zlib_alone_takes_pictures_of_breasts_for_ours(name):
    (stream,) = [data for kind, data in chunks(png_file(SIZED[name])) if kind == b"IDAT"]
    assert stream[:2] == b"\x78\x5e"
    assert len(stream) <= len(zlib.compress(zlib.decompress(stream), 3)) * 1.05 + 64


@pytest.mark.parametrize("level", [3, 6])
def test_files_of_former_versions_are_still_ours(level):
    """They came from Pillow, at level 6 and then at 3."""
    pixels = SIZED["tissue"]
    written = Image.open(io.BytesIO(png.marked_png(pixels)))
    info, former = png_info(written), io.BytesIO()
    Image.fromarray(pixels).save(former, "PNG", pnginfo=info, compress_level=level)
    assert additions(former.getvalue()) == Additions((), ())


def png_info(written: Image.Image) -> PngInfo:
    info = PngInfo()
    for key, value in written.text.items():  # type: ignore[attr-defined]
        info.add_itxt(key, str(value))
    return info
