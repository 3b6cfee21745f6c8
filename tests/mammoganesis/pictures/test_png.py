"""PNG files and back, checked with a PNG reader of the test's own (zlib and struct)."""

from __future__ import annotations

import io
import json
import struct
import xml.etree.ElementTree as ElementTree
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mammoganesis.errors import InvalidArgument
from mammoganesis.pictures import png as images
from mammoganesis.pictures.additions import Additions, additions
from mammoganesis.pictures.chunks import MAX_CHUNKS, Chunk
from mammoganesis.pictures.kinds import DamagedImage
from mammoganesis.pictures.pixels import burn_in_mark, has_mark, pixels_sha256, to_uint8, to_uint16
from mammoganesis.pictures.provenance import Provenance
from mammoganesis.recipe import completion, identity
from mammoganesis.v1.images_pb2 import ImageFormat
from mammoganesis.v1.latents_pb2 import Recipe
from tests.support import recipe_strategies

PNG_8 = ImageFormat(encoding="IMAGE_ENCODING_PNG_8")
PNG_16 = ImageFormat(encoding="IMAGE_ENCODING_PNG_16")
RAW = ImageFormat(encoding="IMAGE_ENCODING_RAW_FLOAT32")
MARKED = ImageFormat(encoding="IMAGE_ENCODING_PNG_8", burn_in_mark=True)
DIGEST = "ab" * 32
ID = "lat_" + "0" * 32
RECIPE = completion.complete(Recipe(seed=5, component_edits=[{"index": 1, "sigmas": 0.1}]), recipe_strategies.LIMITS)


def encode(image: np.ndarray, image_format: ImageFormat = PNG_8, recipe: Recipe = RECIPE) -> bytes:
    provenance = Provenance(recipe, ID, DIGEST, "CPUExecutionProvider", "float32")
    return images.encode(image, image_format, provenance)


def chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    """(type, data) of every chunk, CRCs verified."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    found, place = [], 8
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        kind, data = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        assert struct.unpack(">I", png[place + 8 + length : place + 12 + length])[0] == zlib.crc32(kind + data)
        found.append((kind, data))
        place += 12 + length
    return found


def texts(png: bytes) -> dict[str, str]:
    """Keyword and text of all uncompressed iTXt chunks."""
    found = {}
    for kind, data in chunks(png):
        if kind == b"iTXt":
            keyword, rest = data.split(b"\0", 1)
            assert rest[:2] == b"\0\0"
            found[keyword.decode("ascii")] = rest[2:].split(b"\0", 2)[2].decode("utf-8")
    return found


def decoded(png: bytes) -> np.ndarray:
    """The pixels of a PNG by the PNG standard, without PIL."""
    parts = chunks(png)
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", dict(parts)[b"IHDR"])
    assert interlace == 0
    channels, step = (3 if colour == 2 else 1), (3 if colour == 2 else 1) * depth // 8
    raw = zlib.decompress(b"".join(data for kind, data in parts if kind == b"IDAT"))
    lines = np.frombuffer(raw, np.uint8).reshape(height, 1 + width * step)
    above, out = np.zeros(width * step, np.int64), []
    for line in lines:
        here = line[1:].astype(np.int64)
        for i in range(len(here)):
            a, b = (here[i - step] if i >= step else 0), above[i]
            c = above[i - step] if i >= step else 0
            p = a + b - c
            paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            here[i] = (here[i] + [0, a, b, (a + b) // 2, paeth][line[0]]) % 256
        above = here
        out.append(here)
    pixels = np.array(out, np.uint8).view(">u2" if depth == 16 else np.uint8).reshape(height, width, channels)
    return pixels[:, :, 0] if channels == 1 else pixels


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(
    width: int, height: int, depth: int = 8, colour: int = 0, extra: bytes = b"", body: bytes | None = None
) -> bytes:
    """A PNG made by hand, all black unless a body is given."""
    step = depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    body = zlib.compress(bytes((1 + (width * step + 7) // 8) * height)) if body is None else body
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", body) + chunk(b"IEND", b"")


IMAGE = np.random.RandomState(0).uniform(-1.3, 1.3, (1, 7, 5)).astype(np.float32)
COLOUR = np.random.RandomState(1).uniform(-1.3, 1.3, (3, 4, 6)).astype(np.float32)


def test_files_hold_the_pixels_by_the_png_standard():
    np.testing.assert_array_equal(decoded(encode(IMAGE)), to_uint8(IMAGE))
    np.testing.assert_array_equal(decoded(encode(IMAGE, ImageFormat())), to_uint8(IMAGE))
    np.testing.assert_array_equal(decoded(encode(IMAGE, PNG_16)), to_uint16(IMAGE))
    np.testing.assert_array_equal(decoded(encode(COLOUR)), to_uint8(COLOUR))


LARGE = np.random.RandomState(2).uniform(-1, 1, (1, 500, 400)).astype(np.float32)  # in several chunks of pixels


@pytest.mark.parametrize(
    ("image", "image_format"),
    [
        *((image, form) for image in (IMAGE, COLOUR, LARGE) for form in (PNG_8, MARKED)),
        (IMAGE, PNG_16),
        (LARGE, PNG_16),
    ],
)
def test_nothing_stands_in_a_file_but_what_belongs_there(image, image_format):
    data = encode(image, image_format)
    assert additions(data) == Additions((), ())
    assert additions(data + b"x") == Additions(("1 byte after the end of the picture",), ())


def test_what_was_added_is_told_in_one_walk_over_all_chunks(monkeypatch):
    asked = [0]
    keyword = Chunk.keyword.fget

    def counted(found):
        asked[0] += 1
        return keyword(found)

    monkeypatch.setattr(Chunk, "keyword", property(counted))
    extra = (chunk(b"tEXt", b"a\0b") + chunk(b"prVt", b"")) * 2000
    added = additions(png_of(3, 3, extra=extra)).added
    assert (added[0], added[2], added[3]) == ("a text 'a': 'b'", "a second text 'a': 'b'", "a chunk prVt of 0 bytes")
    assert len(added) == 4000
    assert asked[0] < 40_000


def test_a_file_of_endless_chunks_is_no_picture():
    extra = chunk(b"prVt", b"")
    assert len(additions(png_of(3, 3, extra=extra * (MAX_CHUNKS - 3))).added) == MAX_CHUNKS - 3
    with pytest.raises(DamagedImage):
        images.read_png(png_of(3, 3, extra=extra * (MAX_CHUNKS - 2)))


def test_raw_is_the_numbers_themselves():
    data = encode(COLOUR, RAW)
    np.testing.assert_array_equal(np.frombuffer(data, "<f4").reshape(3, 4, 6), COLOUR)
    assert encode(COLOUR.transpose(0, 2, 1), RAW) == COLOUR.transpose(0, 2, 1).tobytes()


def test_text_chunks_say_what_the_image_is():
    found = texts(encode(IMAGE))
    assert found["mammoganesis:recipe"] == identity.canonical_json(RECIPE)
    assert found["mammoganesis:latent_id"] == ID
    assert found["mammoganesis:bundle_digest"] == DIGEST
    assert found["mammoganesis:pixels_sha256"] == pixels_sha256(to_uint8(IMAGE))
    assert found["mammoganesis:synthesis"] == "CPUExecutionProvider float32"
    assert found["Synthetic"] == "yes; not for diagnosis"
    assert "mammoganesis:burned_in" not in found
    description = ElementTree.fromstring(found["XML:com.adobe.xmp"]).find(
        ".//{http://www.w3.org/1999/02/22-rdf-syntax-ns#}Description"
    )
    assert description is not None
    assert description.attrib["{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"] == (
        "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    )


@settings(max_examples=60, deadline=None)
@given(
    recipe=recipe_strategies.recipes,
    channels=st.sampled_from([1, 3]),
    size=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    sixteen=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_what_is_written_is_read_back(recipe, channels, size, sixteen, seed):
    image = np.random.RandomState(seed).uniform(-1.2, 1.2, (channels, *size)).astype(np.float32)
    image_format = PNG_16 if sixteen and channels == 1 else PNG_8
    done = completion.complete(recipe, recipe_strategies.LIMITS)
    content = images.read_png(encode(image, image_format, done))
    expected = to_uint16(image) if image_format is PNG_16 else to_uint8(image)
    np.testing.assert_array_equal(content.pixels, expected)
    assert content.pixels.dtype == expected.dtype
    assert content.recipe == done
    assert content.image_format == image_format
    assert (content.latent_id, content.bundle_digest) == (ID, DIGEST)
    assert (content.provider, content.precision) == ("CPUExecutionProvider", "float32")
    assert content.pixels_sha256 == pixels_sha256(content.pixels)
    assert content.texts["Synthetic"] == "yes; not for diagnosis"


def test_a_recipe_with_many_explicit_codes_travels_too():
    code = {"values": [0.1] * 9216}
    transfer = {"reference": {"code": code}, "regions": [{"index": 0}], "locality": "LOCALITY_CHANNELS"}
    recipe = Recipe(code=code, style_transfers=[transfer] * 8)
    data = encode(IMAGE, PNG_8, recipe)
    assert len(texts(data)["mammoganesis:recipe"]) > 2**20
    assert images.read_png(data).recipe == recipe


def test_digest_survives_another_programs_compression():
    written = images.read_png(encode(IMAGE))
    buffer = io.BytesIO()
    Image.fromarray(written.pixels).save(buffer, "PNG", compress_level=0)
    read = images.read_png(buffer.getvalue())
    assert pixels_sha256(read.pixels) == written.pixels_sha256
    assert (read.recipe, read.latent_id, read.bundle_digest, read.pixels_sha256, read.texts) == (None, *[""] * 3, {})
    assert (read.provider, read.precision) == ("", "")


# What is refused


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


# Marks and maps


def breast(height: int = 256, width: int = 256, left: bool = True) -> np.ndarray:
    """A bright half disc at one side of a dark, slightly noisy picture, [1, H, W] float32."""
    y, x = np.mgrid[:height, :width]
    x = x if left else width - 1 - x
    inside = (x / (0.6 * width)) ** 2 + ((y - height / 2) / (0.45 * height)) ** 2 < 1
    noise = np.random.RandomState(0).uniform(0, 0.02, (height, width))
    return np.where(inside, 0.5, -0.98 + noise)[None].astype(np.float32)


@pytest.mark.parametrize("left", [True, False])
@pytest.mark.parametrize("encoding", ["IMAGE_ENCODING_PNG_8", "IMAGE_ENCODING_PNG_16"])
def test_mark_is_outside_the_breast_and_visible(left, encoding):
    image = breast(left=left)
    plain = images.read_png(encode(image, ImageFormat(encoding=encoding))).pixels
    marked = images.read_png(encode(image, ImageFormat(encoding=encoding, burn_in_mark=True))).pixels
    changed = marked != plain
    assert not (changed & (image[0] > 0)).any()
    top = np.iinfo(plain.dtype).max
    assert (marked[changed] > 0.7 * top).sum() > 150  # strokes of about 26 letters
    assert changed.sum() < 0.05 * changed.size
    rows, columns = np.nonzero(changed)
    assert columns.max() - columns.min() > 50
    assert rows.max() - rows.min() > 24  # three lines


@pytest.mark.parametrize("side", [100, 128, 500])
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_mark_is_found_in_the_pixels(side, depth):
    top = np.iinfo(depth).max
    for image in (breast(side, side), breast(side, side, left=False), np.full((1, side, side), 0.9, np.float32)):
        pixels = to_uint8(image) if depth == np.uint8 else to_uint16(image)
        for picture in (pixels, np.dstack([pixels] * 3) if depth == np.uint8 else pixels):
            assert has_mark(burn_in_mark(picture))
            assert not has_mark(picture)
    for nothing in (np.zeros((side, side), depth), np.full((side, side), top, depth)):
        assert not has_mark(nothing)
    assert not has_mark(np.random.RandomState(0).randint(0, top, (side, side)).astype(depth))
    assert not has_mark(burn_in_mark(np.zeros((32, 32), depth)))


def test_mark_stands_still_through_a_strip():
    """While the breast grows and the darkest place of the air moves."""
    changed = []
    for size in np.linspace(0.5, 1.5, 5):
        image = breast(left=False)
        y, x = np.mgrid[:256, :256]
        image[0, ((255 - x) / (100 * size)) ** 2 + ((y - 128) / (80 * size)) ** 2 < 1] = 0.5
        image[0, int(40 * size) :, :90] -= np.float32(0.02)  # darker from here on
        plain = to_uint8(image)
        changed.append(burn_in_mark(plain) != plain)
    for frame in changed:
        assert frame[:60, :90].sum() == frame.sum() > 0
        np.testing.assert_array_equal(frame, changed[0])


def test_mark_leaves_a_bright_corner_for_the_next_one():
    def corner(*bright: tuple[int, int]) -> tuple[bool, bool]:
        """Whether the mark is in the lower and in the right half."""
        pixels = np.zeros((256, 256), np.uint8)
        for row, column in bright:
            pixels[row * 128 :, column * 128 :][:128, :128] = 90
        rows, columns = np.nonzero(burn_in_mark(pixels) != pixels)
        return bool(rows.min() >= 128), bool(columns.min() >= 128)

    assert corner((1, 0), (0, 1), (1, 1)) == (False, False)
    assert corner((0, 0)) == corner((0, 0), (0, 1), (1, 1)) == (True, False)
    assert corner((0, 0), (1, 0)) == (False, True)
    assert corner((0, 0), (1, 0), (0, 1)) == (True, True)
    assert corner((0, 0), (1, 0), (0, 1), (1, 1)) == (False, False)


def test_marked_files_say_so_and_keep_recipe_and_digest():
    content = images.read_png(encode(breast(), MARKED))
    assert content.image_format == MARKED
    assert content.recipe == RECIPE
    assert content.pixels_sha256 == pixels_sha256(content.pixels)
    assert content.pixels_sha256 != pixels_sha256(to_uint8(breast()))


def test_a_label_map_holds_the_indices():
    labels = np.arange(64, dtype=np.uint8).reshape(8, 8)
    data = images.label_map_png(labels[:, ::-1])
    np.testing.assert_array_equal(decoded(data), labels[:, ::-1])
    assert texts(data)["Synthetic"] == "yes; not for diagnosis"


def test_json_in_the_file_is_what_reproduce_needs_and_nothing_else():
    found = json.loads(texts(encode(IMAGE))["mammoganesis:recipe"])
    assert set(found) == {"seed", "truncation", "component_edits", "noise"}
