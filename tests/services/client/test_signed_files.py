"""Files of a server that signs: what verify says of them, with its keys and with others'."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from mammoganesis.pictures.signature import SignatureState
from services.client import Client
from services.client.choices import Picture
from services.client.provenance import Verdict, reproduce, verify
from tests.support.keys import new_key
from tests.support.served import served_edge
from tests.support.serving import TINY

FORMS = [Picture("png"), Picture("png16"), Picture("dicom-sc")]


@contextmanager
def server(**settings: Path) -> Iterator[Client]:
    with served_edge(TINY, **settings) as address, Client.connect(address) as client:
        yield client


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return new_key(tmp_path_factory.mktemp("keys"), "operator")


@pytest.fixture(scope="module")
def signing(keys: tuple[Path, Path]) -> Iterator[Client]:
    with server(signing_key_file=keys[0]) as client:
        yield client


def rewritten(data: bytes, change: Callable[[dict[str, str]], None], pixels: np.ndarray | None = None) -> bytes:
    with Pillow.open(io.BytesIO(data)) as opened:
        opened.load()
        held = {key: str(value) for key, value in opened.text.items()}  # type: ignore[attr-defined]
        there = np.array(opened)
    change(held)
    text, file = PngInfo(), io.BytesIO()
    for key, value in held.items():
        text.add_itxt(key, value)
    Pillow.fromarray(there if pixels is None else pixels).save(file, "PNG", pnginfo=text, compress_level=3)
    return file.getvalue()


@pytest.mark.parametrize("picture", FORMS, ids=lambda picture: picture.format)
def test_a_signed_file_is_unchanged_and_tells_whose_it_is(signing: Client, picture: Picture) -> None:
    (key,) = signing.model().signing_keys
    assert key.signs
    data = signing.sample([3], picture=picture)[0].data
    found = verify(signing, data)
    assert (found.verdict, found.detail) == (Verdict.UNCHANGED, "")
    assert (found.signature.state, found.signature.key_id) == (SignatureState.RIGHT, key.key_id)
    assert reproduce(signing, data).remark == ""


def test_a_signature_does_not_fit_another_recipe_or_other_pixels(signing: Client) -> None:
    first, second = (image.data for image in signing.sample([3, 4]))
    texts: dict[str, str] = {}
    rewritten(first, texts.update)
    moved = rewritten(second, lambda held: held.update({"mammoganesis:signature": texts["mammoganesis:signature"]}))
    found = verify(signing, moved)
    assert (found.verdict, found.detail) == (Verdict.METADATA_CHANGED, "not as written: signature")
    assert found.signature.state is SignatureState.WRONG
    removed = rewritten(second, lambda held: held.pop("mammoganesis:signature") and None)
    assert verify(signing, removed).signature.state is SignatureState.NONE


def test_keys_that_are_not_known_say_nothing_and_those_of_before_are_kept(
    signing: Client, keys: tuple[Path, Path], tmp_path: Path
) -> None:
    data = signing.sample([3])[0].data
    new, _ = new_key(tmp_path, "new")
    with server(signing_key_file=new) as other:
        found = verify(other, data)
        assert (found.verdict, found.signature.state) == (Verdict.UNCHANGED, SignatureState.UNKNOWN_KEY)
    with server(signing_key_file=new, signing_public_keys_file=keys[1]) as later:
        assert [key.signs for key in later.model().signing_keys] == [True, False]
        assert verify(later, data).signature.state is SignatureState.RIGHT
    with server() as plain:
        assert not plain.model().signing_keys
        found = verify(plain, data)
        assert (found.verdict, found.signature.state) == (Verdict.UNCHANGED, SignatureState.UNKNOWN_KEY)
