"""Files of a server that writes C2PA manifests: what verify says of them."""

from __future__ import annotations

import io
import sys
import zlib
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image as Pillow

from mammoganesis.pictures.signature import SignatureState
from services.client import Client
from services.client.choices import Picture
from services.client.provenance import Verdict, reproduce, verify
from tests.support.certificates import SIGNER, new_chain
from tests.support.keys import new_key
from tests.support.served import served_edge
from tests.support.serving import TINY

pytest.importorskip("c2pa", reason="c2pa-python is not installed: pip install 'mammoganesis[c2pa]'")

VALID = f"C2PA manifest: valid, signed by '{SIGNER}' (not held against a list of trusted certificates)"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("keys")
    chain, (private, _) = new_chain(folder), new_key(folder, "operator")
    settings = {"c2pa_certificates_file": chain.certificates, "c2pa_key_file": chain.key, "signing_key_file": private}
    with served_edge(TINY, **settings) as address, Client.connect(address) as connected:
        yield connected


def chunk(data: bytes, kind: bytes) -> tuple[int, int]:
    """Where the first chunk of a kind begins and ends."""
    begin = data.index(kind) - 4
    return begin, begin + 12 + int.from_bytes(data[begin : begin + 4], "big")


@pytest.mark.parametrize("picture", [Picture("png"), Picture("png16"), Picture("png", mark=True)], ids=str)
def test_a_file_with_its_manifest_is_unchanged_and_says_by_whom(client: Client, picture: Picture) -> None:
    data = client.sample([3], picture=picture)[0].data
    found = verify(client, data)
    assert (found.verdict, found.detail) == (Verdict.UNCHANGED, VALID)
    assert found.signature.state is SignatureState.RIGHT
    assert reproduce(client, data).remark == ""


def test_a_manifest_of_another_file_was_added_and_altered_pixels_come_first(client: Client) -> None:
    first, second = (image.data for image in client.sample([3, 4]))
    (a, b), (c, d) = chunk(first, b"caBX"), chunk(second, b"caBX")
    moved = verify(client, second[:c] + first[a:b] + second[d:])
    told = "added: a C2PA manifest that is not valid (assertion.dataHash.mismatch)"
    assert (moved.verdict, moved.detail) == (Verdict.ADDED, told)
    removed = verify(client, second[:c] + second[d:])
    assert (removed.verdict, removed.detail) == (Verdict.UNCHANGED, "")
    begin, end = chunk(second, b"IDAT")
    rows = bytearray(zlib.decompress(second[begin + 8 : end - 4]))
    rows[-1] ^= 0x40
    body = b"IDAT" + zlib.compress(rows, 3)
    idat = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    altered = verify(client, second[:begin] + idat + second[end:])
    assert altered.verdict is Verdict.PIXELS_CHANGED
    assert told in altered.detail


def test_a_program_that_drops_the_manifest_drops_what_it_says(client: Client) -> None:
    data = client.sample([3])[0].data
    file = io.BytesIO()
    with Pillow.open(io.BytesIO(data)) as opened:
        Pillow.fromarray(np.asarray(opened)).save(file, "PNG")
    assert "C2PA" not in verify(client, file.getvalue()).detail


def test_without_the_library_it_is_not_examined(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    data = client.sample([3])[0].data
    monkeypatch.setitem(sys.modules, "c2pa", None)
    found = verify(client, data)
    assert found.verdict is Verdict.UNCHANGED
    assert found.detail == "C2PA manifest: not examined (c2pa-python is not installed here)"


def test_other_forms_than_png_have_none(client: Client) -> None:
    assert verify(client, client.sample([3], picture=Picture("dicom-sc"))[0].data).detail == ""
    assert b"caBX" not in client.sample([3], picture=Picture("raw"))[0].data
