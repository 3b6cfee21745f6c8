"""verify, of files of ours that somebody has added to, changed, broken or written anew: none is "ours, unchanged"."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mammoganesis.texts.languages import ENGLISH, FRENCH
from services.client import Client, Picture
from services.client.provenance import Verdict, Verification, verify
from tests.support import altered_pngs as altered
from tests.support.serving import TINY

FORMS = [
    pytest.param(verdict, alter, id=f"{verdict.name}: {name}")
    for verdict in Verdict
    for name, alter in getattr(altered, verdict.name, {}).items()
]


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with Client.local(TINY) as client:
        yield client


@pytest.fixture(scope="module")
def ours(client: Client) -> bytes:
    return client.sample([5])[0].data


def test_all_forms_are_here() -> None:
    assert len(FORMS) >= 80


@pytest.mark.parametrize(("verdict", "alter"), FORMS)
def test_an_altered_file_is_told_as_what_it_is(
    client: Client, ours: bytes, verdict: Verdict, alter: altered.Alter
) -> None:
    data = alter(ours)
    assert data != ours
    found = verify(client, data)
    assert found.verdict is verdict, found
    assert found.detail
    assert found.told(FRENCH) not in ("", found.detail)


FAR = '{"seed":5,"component_edits":[{"index":4000,"sigmas":1}]}'
FAR_EDIT = '{"seed":5,"component_edits":[{"index":0,"sigmas":99}]}'
REFUSED = {
    "a recipe that is none": (altered.NOT_OURS["a recipe that is none"], "admise ici : recipe"),
    "a far component": (altered.text("mammoganesis:recipe", lambda _: FAR), "recipe.component_edits[0].index"),
    "a far edit": (altered.text("mammoganesis:recipe", lambda _: FAR_EDIT), "recipe.component_edits[0].sigmas"),
    "no width": (altered.changed(b"IHDR", lambda body: bytes(4) + body[4:]), "0 x 32 pixels, ce qui"),
    "five metres wide": (altered.changed(b"IHDR", lambda body: b"\0\1\0\0" + body[4:]), "65536 x 32 pixels, plus"),
}  # fmt: skip


@pytest.mark.parametrize(("alter", "words"), REFUSED.values(), ids=REFUSED)
def test_what_a_file_is_refused_for_is_told_in_words_of_a_language(
    client: Client, ours: bytes, alter: altered.Alter, words: str
) -> None:
    """Commands print the error's own message."""
    found = verify(client, alter(ours))
    assert words in found.told(FRENCH)
    assert "allowed" not in found.told(FRENCH)
    assert found.verdict is Verdict.PIXELS_CHANGED or " is not allowed; allowed: " in found.detail
    assert " is not allowed; allowed: " not in found.told(ENGLISH)


@pytest.mark.parametrize(
    "picture", [Picture(), Picture("png16"), Picture(mark=True), Picture("png16", mark=True), Picture(resolution=16)]
)
def test_a_file_as_it_was_written_is_unchanged(client: Client, picture: Picture) -> None:
    for image in client.sample([0, 1, 2], picture=picture):
        assert verify(client, image.data) == Verification(Verdict.UNCHANGED)


def test_a_file_of_the_compression_before_is_unchanged(client: Client, ours: bytes) -> None:
    before = altered.pixels(lambda body: zlib.compress(zlib.decompress(body), 6))(ours)
    assert before != ours
    assert verify(client, before) == Verification(Verdict.UNCHANGED)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("a text before ours", "added: a second text 'Synthetic': 'no; real patient'"),
        ("a tEXt", "added: a text 'Comment': 'no; real patient'"),
        ("a second recipe after ours", "added: a second text 'mammoganesis:recipe': '{\"seed\":6}'"),
        ("tRNS", "added: a chunk tRNS of 2 bytes"),
        ("an animation", "added: a chunk acTL of 8 bytes, a chunk fcTL of 26 bytes"),
        ("one byte after the end", "added: 1 byte after the end of the picture"),
        ("bytes after the compressed pixels", "added: 16 bytes in IDAT, after the compressed pixels"),
        ("a row after the last", "added: 33 bytes compressed with the pixels, after the last row"),
    ],
)
def test_what_was_added_is_told(client: Client, ours: bytes, name: str, told: str) -> None:
    assert verify(client, altered.ADDED[name](ours)).detail == told


def test_much_that_was_added_is_counted_and_cannot_forge_a_line(client: Client, ours: bytes) -> None:
    texts = [(b"tEXt", b"Comment\0\x1b[2K\rours, unchanged\n" + bytes([65 + i]) * 200) for i in range(26)]
    found = verify(client, altered.inserted(altered.FIRST, *texts)(ours))
    assert found.verdict is Verdict.ADDED
    assert found.detail.endswith(" and 20 more")
    assert found.detail.isprintable()
    assert len(found.detail) < 1000


def test_changed_pixels_and_texts_come_before_what_was_added(client: Client, ours: bytes) -> None:
    for forms, verdict in (
        (altered.PIXELS_CHANGED, Verdict.PIXELS_CHANGED),
        (altered.METADATA_CHANGED, Verdict.METADATA_CHANGED),
    ):
        for alter in forms.values():
            found = verify(client, altered.ADDED["gAMA"](alter(ours)))
            assert found.verdict is verdict
            assert found.detail.endswith("added: a chunk gAMA of 4 bytes")


kinds = st.sampled_from(
    [b"tEXt", b"zTXt", b"iTXt", b"IHDR", b"IDAT", b"PLTE", b"tRNS", b"eXIf", b"acTL", b"prVt", b"ABCD", b"IEND"]
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 14), kinds, st.binary(max_size=40)), min_size=1, max_size=3))
def test_no_chunk_that_is_put_in_anywhere_goes_unseen(client: Client, ours: bytes, chunks: list) -> None:
    data = ours
    for place, kind, body in chunks:
        held = altered.parts(data) if data[-8:-4] == b"IEND" else altered.parts(ours)
        data = altered.joined([*held[:place], (kind, body), *held[place:]])
    found = verify(client, data)
    # Nothing stands in an empty IDAT beside the others.
    assert found.verdict is not Verdict.UNCHANGED or all(item[1:] == (b"IDAT", b"") for item in chunks), found


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_byte_that_is_changed_goes_unseen(client: Client, ours: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(ours) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda value: value != ours[place]))
    how = data.draw(st.sampled_from(["another", "one more", "one less"]))
    instead = {"another": bytes([other]), "one more": bytes([other, ours[place]]), "one less": b""}[how]
    found = verify(client, ours[:place] + instead + ours[place + 1 :])
    assert found.verdict in (Verdict.DAMAGED, Verdict.NO_PNG, Verdict.NOT_OURS), found
