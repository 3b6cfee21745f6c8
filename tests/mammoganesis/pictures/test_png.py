"""PNG files and back, checked with a PNG reader of the tests' own (zlib and struct)."""

from __future__ import annotations

import io
import json
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mammoganesis.pictures import png as images
from mammoganesis.pictures.additions import Additions, additions
from mammoganesis.pictures.chunks import MAX_CHUNKS, Chunk
from mammoganesis.pictures.kinds import DamagedImage, bytes_of
from mammoganesis.pictures.pixels import pixels_sha256, to_uint8, to_uint16
from mammoganesis.recipe import completion, identity
from mammoganesis.texts.said import said
from mammoganesis.v1.images_pb2 import ImageFormat
from mammoganesis.v1.latents_pb2 import Recipe
from tests.support import recipe_strategies
from tests.support.written_pngs import (
    COLOUR,
    DIGEST,
    ID,
    IMAGE,
    MARKED,
    PNG_8,
    PNG_16,
    RAW,
    RECIPE,
    chunk,
    decoded,
    encode,
    png_of,
    texts,
)


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
    assert additions(data + b"x") == Additions((said("added.end", bytes=bytes_of(1)),), ())


def test_what_was_added_is_told_in_one_walk_over_all_chunks(monkeypatch):
    asked = [0]
    keyword = Chunk.keyword.fget

    def counted(found):
        asked[0] += 1
        return keyword(found)

    monkeypatch.setattr(Chunk, "keyword", property(counted))
    extra = (chunk(b"tEXt", b"a\0b") + chunk(b"prVt", b"")) * 2000
    added = list(map(str, additions(png_of(3, 3, extra=extra)).added))
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


def test_a_label_map_holds_the_indices():
    labels = np.arange(64, dtype=np.uint8).reshape(8, 8)
    data = images.label_map_png(labels[:, ::-1])
    np.testing.assert_array_equal(decoded(data), labels[:, ::-1])
    assert texts(data)["Synthetic"] == "yes; not for diagnosis"


def test_json_in_the_file_is_what_reproduce_needs_and_nothing_else():
    found = json.loads(texts(encode(IMAGE))["mammoganesis:recipe"])
    assert set(found) == {"seed", "truncation", "component_edits", "noise"}
