"""C2PA manifests of PNG files (C2PA specification 2.4, chunk caBX): the one door to c2pa-python.

A manifest says, signed by a chain of certificates, that the file was made by a trained model, by which program and by
which bundle, and binds every byte of it. Nothing here reaches for a network: no time stamps, no certificate status, no
manifests from elsewhere, no lists of trusted certificates.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from PIL import Image

from mammoganesis.errors import FailedPrecondition, InvalidArgument, shown
from mammoganesis.json_text import read_json
from mammoganesis.pictures.chunks import Chunk, split
from mammoganesis.pictures.signature import key_file_bytes, private_key_file_bytes
from mammoganesis.pictures.software import SOFTWARE, software_version
from mammoganesis.pictures.texts import SOURCE_TYPE
from mammoganesis.texts.said import Said, said

CERTIFICATES_FIELD = "MAMMOGANESIS_C2PA_CERTIFICATES_FILE"
KEY_FIELD = "MAMMOGANESIS_C2PA_KEY_FILE"
MAX_MANIFEST_BYTES = 2**16
BUNDLE_LABEL = "org.mammoganesis.bundle"
SETTINGS: dict[str, dict[str, object]] = {
    "core": {"allowed_network_hosts": []},  # none at all; the next three would not ask in any case
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": False, "verify_after_sign": False},
    "builder": {"thumbnail": {"enabled": False}},
}
"""Of the library, for writing and reading."""

_ALLOWED = (
    "a PEM chain, the signer's certificate first, of a purpose that C2PA allows (emailProtection, documentSigning), "
    f"not expired, and of the key in {KEY_FIELD}: PEM without a password, P-256 or Ed25519"
)
_ALGORITHMS = (b"es256", b"ed25519")
_MEDIA_TYPE = "image/png"
_ACTIONS_LABEL = "c2pa.actions.v2"
# The end of a COSE_Sign1 (RFC 9052) as the library writes it: an unprotected header of nothing but zeros, which no
# signature covers, no payload, and a signature of 64 bytes.
_UNSIGNED = re.compile(rb"\xa1cpad(?:\x58.|\x59..)\x00*\xf6\x58\x40.{64}\Z", re.DOTALL)
_VERSION = re.compile(r"[0-9A-Za-z.+-]{1,40}")
_MAX_NAME = 200  # characters of a bundle's name and version
_CODES_TOLD = 3


class ManifestState(Enum):
    """What a manifest is worth."""

    NONE = "no manifest"
    VALID = "valid"  # and says what ours say
    NOT_VALID = "not valid"
    ANOTHER = "valid, but says something else than ours"
    NOT_EXAMINED = "not examined"  # for want of the library


@dataclass(frozen=True)
class Manifest:
    """What was found of a file's manifest."""

    state: ManifestState
    about: Said | str = (
        ""  # VALID: the name in the signer's certificate; NOT_VALID: the library's codes; fit for a message
    )

    @property
    def remark(self) -> Said | None:
        """On a manifest that may stand in a file of ours; None for none."""
        if self.state is ManifestState.VALID:
            return said("manifest.valid", name=self.about)
        if self.state is ManifestState.NOT_EXAMINED:
            return said("manifest.not_examined")
        return None

    @property
    def added(self) -> tuple[Said, ...]:
        """What was added to a file with a manifest that is none of ours, or was changed; empty otherwise."""
        if self.state is ManifestState.NOT_VALID:
            return (said("added.manifest.not_valid", codes=self.about),)
        return (said("added.manifest.another"),) if self.state is ManifestState.ANOTHER else ()


class ManifestSigner:
    """Adds manifests that are signed with one private key. Any number of threads may do so at once.

    Args:
        certificates: PEM, the signer's certificate first, then those that it was issued by.
        key: PEM, PKCS #8, P-256 or Ed25519, without a password.

    Raises:
        FailedPrecondition: c2pa-python is not installed.
        InvalidArgument: a file cannot be read, or the two do not make a valid manifest.
    """

    def __init__(self, certificates: Path, key: Path) -> None:
        library = _library()
        if library is None:
            raise FailedPrecondition(
                f"{CERTIFICATES_FIELD}: manifests need c2pa-python, which is not installed (pip install "
                "'mammoganesis[c2pa]')"
            )
        self._library = library
        chain, private = key_file_bytes(certificates, CERTIFICATES_FIELD), private_key_file_bytes(key, KEY_FIELD)
        for algorithm in _ALGORITHMS:
            try:
                signer = library.Signer.from_info(library.C2paSignerInfo(algorithm, chain, private, None))
                self._context = library.Context.from_dict(SETTINGS, signer=signer)
                tried = self.added(_trial(), "trial 0", "0" * 64)
            except (library.C2paError, FailedPrecondition, ValueError):  # of another algorithm, or no key at all
                continue
            if examined(tried, "0" * 64).state is ManifestState.VALID:
                return
        raise InvalidArgument(CERTIFICATES_FIELD, certificates, _ALLOWED)

    def added(self, png: bytes, bundle_name: str, bundle_digest: str) -> bytes:
        """The file with a manifest, never the same twice: each has an identifier of its own.

        Raises:
            FailedPrecondition: the library does not sign, as with a certificate that has expired meanwhile.
        """
        signed = io.BytesIO()
        try:
            with self._library.Builder(json.dumps(_said(bundle_name, bundle_digest)), context=self._context) as builder:
                builder.sign(_MEDIA_TYPE, io.BytesIO(png), signed)
        except self._library.C2paError as error:
            raise FailedPrecondition(f"{CERTIFICATES_FIELD}: no manifest can be signed ({_name(error)})") from None
        return signed.getvalue()


@lru_cache(maxsize=4)  # one for all who sign in a process
def manifest_signer_of(certificates: Path | None, key: Path | None) -> ManifestSigner | None:
    """The signer with the files of both settings; None for none. Raises as `ManifestSigner`."""
    return None if certificates is None or key is None else ManifestSigner(certificates, key)


def is_manifest(chunk: Chunk, at: int) -> bool:
    """Whether a chunk stands where the manifest of a file of ours does, and may be one: the first after IHDR."""
    return chunk.kind == b"caBX" and at == 1 and len(chunk.body) <= MAX_MANIFEST_BYTES


def examined(data: bytes, bundle_digest: str) -> Manifest:
    """What the manifest of a PNG file is worth, held against the bundle that the file names. Whose certificate it is,
    is not examined: anybody can make one with any name.

    Raises Broken as `split`.
    """
    chunks, _ = split(data)
    if not (len(chunks) > 1 and is_manifest(chunks[1], 1)):
        return Manifest(ManifestState.NONE)
    library = _library()
    if library is None:
        return Manifest(ManifestState.NOT_EXAMINED)
    try:
        with (
            library.Context.from_dict(SETTINGS) as context,
            library.Reader(_MEDIA_TYPE, io.BytesIO(data), context=context) as reader,
        ):
            store = read_json(reader.json())
    except (library.C2paError, ValueError):
        return Manifest(ManifestState.NOT_VALID, said("manifest.unreadable"))
    if store.get("validation_state") not in ("Valid", "Trusted"):
        codes = dict.fromkeys(status["code"] for status in store.get("validation_status", ()))
        return Manifest(ManifestState.NOT_VALID, ", ".join(list(codes)[:_CODES_TOLD]) or said("manifest.no_codes"))
    manifest = store["manifests"][store["active_manifest"]]
    alone = len(store["manifests"]) == 1 and _UNSIGNED.search(chunks[1].body) is not None
    if not alone or not _says_ours(manifest, bundle_digest):
        return Manifest(ManifestState.ANOTHER)
    signer = manifest.get("signature_info", {})
    name = signer.get("common_name") or signer.get("issuer")
    return Manifest(ManifestState.VALID, shown(name) if name else said("manifest.nobody"))


def _said(bundle_name: str, bundle_digest: str) -> dict[str, Any]:
    """What a manifest of ours says, as the library takes it."""
    software = {"name": SOFTWARE, "version": software_version()}
    created = {"action": "c2pa.created", "digitalSourceType": SOURCE_TYPE, "softwareAgent": software}
    return {
        "claim_generator_info": [software],
        "format": _MEDIA_TYPE,
        "assertions": [
            {"label": _ACTIONS_LABEL, "data": {"actions": [created]}},
            {"label": BUNDLE_LABEL, "data": {"name": bundle_name, "digest": bundle_digest}},
        ],
    }


def _says_ours(manifest: Mapping[str, Any], bundle_digest: str) -> bool:
    """Whether it says what `_said` does, in whatever version, and holds nothing else."""
    if any(manifest.get(other) for other in ("title", "thumbnail", "ingredients", "credentials", "metadata", "vendor")):
        return False
    (generator, *others), assertions = manifest.get("claim_generator_info") or [{}], manifest.get("assertions", [])
    version, name = generator.get("version", ""), _bundle_name(assertions)
    versions = [value for key, value in generator.items() if key != "name"]
    if others or not all(isinstance(text, str) and _VERSION.fullmatch(text) for text in versions):
        return False
    right = _said(name, bundle_digest)
    right["assertions"][0]["data"]["actions"][0]["softwareAgent"] = {"name": SOFTWARE, "version": version}
    return generator.get("name") == SOFTWARE and assertions == right["assertions"] and len(name) <= _MAX_NAME


def _bundle_name(assertions: list[dict[str, Any]]) -> str:
    data = assertions[-1].get("data") if assertions else None
    name = data.get("name") if isinstance(data, dict) else None
    return name if isinstance(name, str) else ""


def _library() -> ModuleType | None:
    try:
        import c2pa
    except (ImportError, OSError, RuntimeError):  # or its native part is not there
        return None
    return c2pa


def _name(error: Exception) -> str:
    """The library's word for an error; its text may show what stands in a file."""
    return type(error).__name__.removeprefix("_C2pa")


def _trial() -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(file, format="PNG")
    return file.getvalue()
