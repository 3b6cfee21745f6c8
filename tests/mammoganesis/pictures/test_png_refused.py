"""Files that are no PNG of ours, damaged, bombs, or with other texts than ours."""

from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
from PIL import Image

from mammoganesis.errors import InvalidArgument
from mammoganesis.pictures import png as images
from mammoganesis.pictures.kinds import DamagedImage
from mammoganesis.pictures.pixels import pixels_sha256, to_uint8
from tests.support.written_pngs import IMAGE, chunk, chunks, encode, png_of


def refused(data: bytes) -> str:
    with pytest.raises(InvalidArgument) as caught:
        images.read_png(data)
    assert caught.value.message.startswith("image")
    assert len(caught.value.message) < 300
    return caught.value.message


@pytest.mark.parametrize("kind", ["JPEG", "BMP", "GIF", "TIFF", "WEBP"])
def test_other_formats_are_refused(kind):
    buffer = io.BytesIO()
    Image.new("L", (8, 8)).save(buffer, kind)
    assert "allowed: a PNG file" in refused(buffer.getvalue())


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n", b"hello" * 20])
def test_no_png_at_all(data):
    assert "allowed: a PNG file" in refused(data)


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n", png_of(4, 4)[:30]])
def test_a_png_without_its_header_is_damaged(data):
    assert "damaged or cut off" in refused(data)


@pytest.mark.parametrize(("width", "height"), [(9400, 9400), (4097, 1), (1, 4097), (2**31 - 1, 2**31 - 1), (0, 4)])
def test_bombs_are_refused_by_their_header(width, height):
    # The body would be a bomb; nothing of it may be touched.
    data = png_of(width, height, body=b"not even zlib")
    assert f"{width} x {height} pixels" in refused(data)
    assert "1 to 4096 pixels" in refused(data)


def test_the_largest_allowed_picture_is_read():
    assert images.read_png(png_of(4096, 4096)).pixels.shape == (4096, 4096)


def test_text_bombs_are_refused():
    bomb = b"bomb\0\0" + zlib.compress(bytes(50 * 2**20))
    assert "cannot be read" in refused(png_of(4, 4, extra=chunk(b"zTXt", bomb)))
    bomb = b"mammoganesis:recipe\0\x01\0\0\0" + zlib.compress(b"[" * (50 * 2**20))
    refused(png_of(4, 4, extra=chunk(b"iTXt", bomb)))


def test_files_that_are_too_large_are_refused():
    assert "at most 67108864 bytes" in refused(png_of(4, 4) + bytes(64 * 2**20))


@pytest.mark.parametrize(("depth", "colour"), [(1, 0), (4, 0), (8, 3), (8, 4), (8, 6), (16, 2), (16, 6)])
def test_kinds_that_we_do_not_write_are_refused(depth, colour):
    palette = chunk(b"PLTE", bytes(3)) if colour == 3 else b""
    assert f"bit depth {depth}, colour type {colour}" in refused(png_of(4, 4, depth, colour, palette))


def test_truncated_and_damaged_files_are_refused_or_found_out():
    data = encode(IMAGE)
    source = np.random.RandomState(0)
    spoilt = [data[:length] for length in range(len(data))]
    for cut in spoilt:
        refused(cut)
    for cut in spoilt[8:]:
        with pytest.raises(DamagedImage) as caught:
            images.read_png(cut)
        assert caught.value.message.startswith("image: the file is damaged or cut off")
        assert "Error" not in caught.value.message
    for _ in range(300):
        flipped = bytearray(data)
        flipped[source.randint(len(data))] ^= 1 << source.randint(8)
        try:
            content = images.read_png(bytes(flipped))
        except InvalidArgument:
            continue
        same = content.pixels.shape == (7, 5) and bool((content.pixels == to_uint8(IMAGE)).all())
        assert same or pixels_sha256(content.pixels) != content.pixels_sha256


@pytest.mark.parametrize(
    ("text", "field"), [("nonsense", "image.recipe"), ('{"seed":"x"}', "image.recipe.seed"), ("{}}", "image.recipe")]
)
def test_unreadable_recipes_are_named(text, field):
    extra = chunk(b"iTXt", b"mammoganesis:recipe\0\0\0\0\0" + text.encode())
    assert f"{field}: " in refused(png_of(4, 4, extra=extra))


def with_text(png: bytes, keyword: str, text: str | None) -> bytes:
    """The file with one text another, or without it (None)."""
    out = png[:8]
    for kind, data in chunks(png):
        if kind == b"iTXt" and data.split(b"\0", 1)[0] == keyword.encode():
            if text is None:
                continue
            data = keyword.encode() + b"\0\0\0\0\0" + text.encode()
        out += chunk(kind, data)
    return out


@pytest.mark.parametrize("keyword", ["mammoganesis:pixels_sha256", "Synthetic", "XML:com.adobe.xmp"])
@pytest.mark.parametrize("text", [None, "0" * 64])
def test_changed_texts_are_found_in_the_file_alone(keyword, text):
    data = encode(IMAGE)
    assert images.changed_texts(images.read_png(data)) == []
    changed = images.read_png(with_text(data, keyword, text))
    assert images.changed_texts(changed) == [keyword.removeprefix("mammoganesis:")]
