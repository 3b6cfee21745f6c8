"""C2PA manifests, read by the library's own reader, which trusts the root of the test's chain."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from mammoganesis.errors import FailedPrecondition, InvalidArgument
from mammoganesis.pictures import c2pa_manifest
from mammoganesis.pictures.additions import Additions, additions
from mammoganesis.pictures.c2pa_manifest import ManifestSigner, ManifestState, examined, manifest_signer_of
from mammoganesis.pictures.kinds import bytes_of
from mammoganesis.pictures.png import encode, read_png
from mammoganesis.pictures.provenance import Provenance
from mammoganesis.recipe import completion
from mammoganesis.texts.said import said
from mammoganesis.v1.images_pb2 import ImageFormat
from mammoganesis.v1.latents_pb2 import Recipe
from tests.support import recipe_strategies
from tests.support.certificates import SIGNER, Chain, new_chain

c2pa = pytest.importorskip("c2pa", reason="c2pa-python is not installed: pip install 'mammoganesis[c2pa]'")

DIGEST, NAME = "ab" * 32, "tiny 1.0.0"
PNG_8, PNG_16 = ImageFormat(encoding="IMAGE_ENCODING_PNG_8"), ImageFormat(encoding="IMAGE_ENCODING_PNG_16")
RECIPE = completion.complete(Recipe(seed=5), recipe_strategies.LIMITS)
IMAGE = np.random.RandomState(0).uniform(-1, 1, (1, 24, 24)).astype(np.float32)


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    return new_chain(tmp_path_factory.mktemp("chain"))


@pytest.fixture(scope="module")
def signer(chain: Chain) -> ManifestSigner:
    return ManifestSigner(chain.certificates, chain.key)


def written(signer: ManifestSigner | None, image_format: ImageFormat = PNG_8) -> bytes:
    provenance = Provenance(
        RECIPE, "lat_" + "0" * 32, DIGEST, "CPUExecutionProvider", "float32", False, NAME, None, signer
    )
    return encode(IMAGE, image_format, provenance)


def read(data: bytes, root: bytes) -> dict[str, Any]:
    settings = {"trust": {"trust_anchors": root.decode()}, "verify": {"verify_trust": True, "ocsp_fetch": False}}
    with c2pa.Reader("image/png", io.BytesIO(data), context=c2pa.Context.from_dict(settings)) as reader:
        return json.loads(reader.json())


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    found, place = [], 8
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        found.append((data[place + 4 : place + 8], data[place + 8 : place + 8 + length]))
        place += 12 + length
    return found


def file_of(parts: list[tuple[bytes, bytes]]) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, body) for kind, body in parts)


@pytest.mark.parametrize("algorithm", ["es256", "ed25519"])
@pytest.mark.parametrize("image_format", [PNG_8, PNG_16], ids=["8", "16"])
def test_the_librarys_reader_trusts_the_manifest_and_reads_what_made_the_image(
    algorithm: str, image_format: ImageFormat, tmp_path: Path
) -> None:
    chain = new_chain(tmp_path, algorithm)
    data = written(ManifestSigner(chain.certificates, chain.key), image_format)
    store = read(data, chain.root)
    assert store["validation_state"] == "Trusted"
    (manifest,) = store["manifests"].values()
    assert manifest["claim_generator_info"][0]["name"] == "MammoGANesis"
    assert manifest["claim_generator_info"][0]["version"]
    actions, bundle = manifest["assertions"]
    (action,) = actions["data"]["actions"]
    assert action["action"] == "c2pa.created"
    assert action["digitalSourceType"].endswith("/digitalsourcetype/trainedAlgorithmicMedia")
    assert bundle["data"] == {"name": NAME, "digest": DIGEST}
    assert manifest["signature_info"]["common_name"] == SIGNER
    assert "time" not in manifest["signature_info"]  # nobody was asked for it
    plain = written(None, image_format)
    assert [part for part in chunks(data) if part[0] != b"caBX"] == chunks(plain)
    assert (read_png(data).pixels == read_png(plain).pixels).all()
    assert additions(data) == Additions((), ())
    found = examined(data, DIGEST)
    assert (found.state, found.about, found.added) == (ManifestState.VALID, repr(SIGNER), ())


def test_one_altered_pixel_makes_it_invalid(signer: ManifestSigner, chain: Chain) -> None:
    parts = dict(chunks(written(signer)))
    rows = bytearray(zlib.decompress(parts[b"IDAT"]))
    rows[-1] ^= 1
    altered = file_of(
        [(kind, zlib.compress(rows, 3) if kind == b"IDAT" else body) for kind, body in chunks(written(signer))]
    )
    assert (read_png(altered).pixels != read_png(written(signer)).pixels).any()
    assert read(altered, chain.root)["validation_state"] == "Invalid"
    found = examined(altered, DIGEST)
    assert (found.state, found.remark) == (ManifestState.NOT_VALID, None)
    assert tuple(map(str, found.added)) == ("a C2PA manifest that is not valid (assertion.dataHash.mismatch)",)


def test_a_manifest_that_is_broken_or_elsewhere_or_a_second_one_is_told(signer: ManifestSigner) -> None:
    data = written(signer)
    parts = chunks(data)
    mine = parts[1]
    assert mine[0] == b"caBX"
    for broken in (b"", b"nonsense", mine[1][:-100], mine[1].replace(b"created", b"xreated")):
        found = examined(file_of([parts[0], (b"caBX", broken), *parts[2:]]), DIGEST)
        assert found.state is ManifestState.NOT_VALID
    told = said("added.chunk", kind="caBX", bytes=bytes_of(len(mine[1])))
    assert str(told) == f"a chunk caBX of {len(mine[1])} bytes"
    assert additions(file_of([parts[0], mine, mine, *parts[2:]])).added == (told,)
    assert additions(file_of([parts[0], *parts[2:-1], mine, parts[-1]])).added == (told,)
    large = file_of([parts[0], (b"caBX", bytes(c2pa_manifest.MAX_MANIFEST_BYTES + 1)), *parts[2:]])
    assert tuple(map(str, additions(large).added)) == (f"a chunk caBX of {c2pa_manifest.MAX_MANIFEST_BYTES + 1} bytes",)
    assert examined(large, DIGEST).state is ManifestState.NONE
    assert examined(written(None), DIGEST).state is ManifestState.NONE


SOFTWARE = {"name": "MammoGANesis", "version": "1"}
TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
CREATED = {"action": "c2pa.created", "digitalSourceType": TRAINED, "softwareAgent": SOFTWARE}
BUNDLE = {"label": "org.mammoganesis.bundle", "data": {"name": NAME, "digest": DIGEST}}
NOTE = "no; real patient"


def signed(data: bytes, chain: Chain, actions: list[dict[str, Any]], more: list[dict[str, Any]], **other: Any) -> bytes:
    """A file with a manifest that another program has made."""
    said = {
        "claim_generator_info": [SOFTWARE],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": actions}}, *more],
    }
    info = c2pa.C2paSignerInfo(b"es256", chain.certificates.read_bytes(), chain.key.read_bytes(), None)
    small = {"builder": {"thumbnail": {"enabled": False}}}
    context, out = c2pa.Context.from_dict(small, signer=c2pa.Signer.from_info(info)), io.BytesIO()
    with c2pa.Builder(json.dumps(said | other), context=context) as builder:
        builder.sign("image/png", io.BytesIO(data), out)
    return out.getvalue()


def test_a_valid_manifest_that_says_something_else_is_not_ours(chain: Chain) -> None:
    plain = written(None)
    right = signed(plain, chain, [CREATED], [BUNDLE])
    assert examined(right, DIGEST).state is ManifestState.VALID  # of whatever version
    edited = {"action": "c2pa.edited", "description": NOTE}
    for other in (
        signed(plain, chain, [CREATED], [BUNDLE], title=NOTE),
        signed(plain, chain, [CREATED], [BUNDLE], claim_generator_info=[{"name": "Another", "version": "1"}]),
        signed(plain, chain, [CREATED], [BUNDLE], claim_generator_info=[SOFTWARE | {"note": NOTE}]),
        signed(plain, chain, [CREATED], [BUNDLE, {"label": "org.example.note", "data": {"text": NOTE}}]),
        signed(plain, chain, [CREATED], [{"label": BUNDLE["label"], "data": {"name": "x" * 999, "digest": DIGEST}}]),
        signed(plain, chain, [CREATED], []),
        signed(plain, chain, [CREATED, edited], [BUNDLE]),
        signed(plain, chain, [CREATED | {"softwareAgent": {"name": "Camera"}}], [BUNDLE]),
    ):
        assert read(other, chain.root)["validation_state"] == "Trusted"
        found = examined(other, DIGEST)
        assert (found.state, found.remark) == (ManifestState.ANOTHER, None)
        assert tuple(map(str, found.added)) == ("a C2PA manifest that says something else than ours",)


def test_nothing_is_hidden_where_no_signature_covers_it(signer: ManifestSigner, chain: Chain) -> None:
    head, (kind, body), *rest = chunks(written(signer))
    padding = body.index(bytes(200))
    for place, words in ((padding, NOTE.encode()), (padding + 100, b"x"), (body.rindex(b"cpad") + 1, b"nod")):
        changed = body[:place] + words + body[place + len(words) :]
        data = file_of([head, (kind, changed), *rest])
        assert read(data, chain.root)["validation_state"] == "Trusted"
        assert examined(data, DIGEST).state is ManifestState.ANOTHER


def test_a_manifest_of_another_bundle_does_not_fit(signer: ManifestSigner) -> None:
    assert examined(written(signer), "cd" * 32).state is ManifestState.ANOTHER


def test_many_threads_sign_at_once(signer: ManifestSigner, chain: Chain) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: written(signer), range(32)))
    assert {read(data, chain.root)["validation_state"] for data in made} == {"Trusted"}
    assert len(set(made)) == 32  # each has an identifier of its own


def test_files_that_do_not_fit_are_refused_by_name(chain: Chain, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("other", "expired", "purpose", "edwards")]
    for folder in folders:
        folder.mkdir()
    other, expired, purpose, edwards = (
        new_chain(folders[0]),
        new_chain(folders[1], expired=True),
        new_chain(folders[2], purpose=False),
        new_chain(folders[3], "ed25519"),
    )
    bad, locked = tmp_path / "bad.pem", tmp_path / "locked.pem"
    bad.write_text("secret-words")
    lock = ["openssl", "pkey", "-in", chain.key, "-aes256", "-passout", "pass:secret-words", "-out", locked]
    subprocess.run(lock, check=True, capture_output=True)
    pairs = [
        (chain.certificates, other.key),
        (chain.certificates, edwards.key),
        (chain.certificates, bad),
        (chain.certificates, locked),
        (bad, chain.key),
        (chain.key, chain.key),
        (expired.certificates, expired.key),
        (purpose.certificates, purpose.key),
    ]
    for certificates, key in pairs:
        with pytest.raises(InvalidArgument) as refused:
            ManifestSigner(certificates, key)
        for field in ("MAMMOGANESIS_C2PA_CERTIFICATES_FILE", "MAMMOGANESIS_C2PA_KEY_FILE"):
            assert field in refused.value.message
        assert "secret-words" not in refused.value.message
    with pytest.raises(InvalidArgument, match=r"MAMMOGANESIS_C2PA_KEY_FILE: .*No such file"):
        ManifestSigner(chain.certificates, tmp_path / "nowhere.pem")


def test_without_the_library_no_manifest_is_examined_and_none_is_promised(
    signer: ManifestSigner, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = written(signer)
    monkeypatch.setitem(sys.modules, "c2pa", None)
    found = examined(data, DIGEST)
    assert (found.state, found.added) == (ManifestState.NOT_EXAMINED, ())
    assert str(found.remark) == "C2PA manifest: not examined (c2pa-python is not installed here)"
    assert manifest_signer_of(None, None) is None
    with pytest.raises(FailedPrecondition, match=r"C2PA_CERTIFICATES_FILE.*pip install 'mammoganesis\[c2pa\]'"):
        ManifestSigner(chain.certificates, chain.key)


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """An address, and what it was asked for."""
    paths: list[str] = []

    class Listening(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_error(404)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Listening) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", paths
        server.shutdown()


def test_nobody_is_asked_over_a_network(asked: tuple[str, list[str]], tmp_path: Path) -> None:
    address, paths = asked
    chain = new_chain(tmp_path, ocsp=f"{address}/status")
    data = written(ManifestSigner(chain.certificates, chain.key))
    assert examined(data, DIGEST).state is ManifestState.VALID
    text, remote = PngInfo(), io.BytesIO()
    text.add_itxt(
        "XML:com.adobe.xmp",
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:dcterms="http://purl.org/dc/terms/" dcterms:provenance="{address}/m"/>'
        "</rdf:RDF></x:xmpmeta>",
    )
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(remote, "PNG", pnginfo=text)

    def look(settings: dict[str, Any], file: bytes) -> None:
        with c2pa.Reader("image/png", io.BytesIO(file), context=c2pa.Context.from_dict(settings)) as reader:
            reader.json()

    with pytest.raises(c2pa.C2paError):
        look(c2pa_manifest.SETTINGS, remote.getvalue())
    assert paths == []
    with pytest.raises(c2pa.C2paError):
        look({"verify": {"remote_manifest_fetch": True}}, remote.getvalue())  # settings that do ask
    assert paths == ["/m"]
    look({"verify": {"ocsp_fetch": True}}, data)
    assert len(paths) > 1
