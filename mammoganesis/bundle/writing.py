"""THE writer of bundles: a folder that appears whole, with a manifest that the reader takes.

write_bundle         manifest, model card and files -> a new folder
apply_catalogue      a bundle and a catalogue -> a new version of the bundle, in a new folder
add_reach_evidence   a bundle and what was measured of its edits -> likewise
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from google.protobuf import json_format

from mammoganesis import disk, files
from mammoganesis.bundle.card import with_card_section
from mammoganesis.bundle.catalogue import fill
from mammoganesis.bundle.curated import curated_ranges
from mammoganesis.bundle.loading import Bundle, open_bundle
from mammoganesis.bundle.manifest import CARD, FORMAT_MAJOR, FORMAT_MINOR, MANIFEST, fault_of
from mammoganesis.bundle.names import VERSION, VERSION_WORDS
from mammoganesis.bundle.v1.catalogue_pb2 import Catalogue
from mammoganesis.bundle.v1.manifest_pb2 import BundleManifest, ReachEvidence
from mammoganesis.errors import BundleError, InvalidArgument


def write_bundle(out: Path, manifest: BundleManifest, card: str, contents: Iterable[tuple[str, bytes]]) -> str:
    """Write a bundle. It is either complete or not there.

    Args:
        out: folder to make; it must not exist yet.
        manifest: all of it but `files`, which is filled in here, in a copy.
        card: text of MODEL_CARD.md; its section about the catalogue is renewed.
        contents: name and content of every other file, one after the other: not all need to be in memory.

    Returns:
        the bundle's digest: SHA-256 of manifest.json, 64 hexadecimal digits.

    Raises:
        BundleError: `out` exists, or no reader would take that manifest.
        DiskFull: there is no room.
    """
    if out.exists() or out.is_symlink():
        raise BundleError(out, "exists already; a bundle is never overwritten")
    written = BundleManifest()
    written.CopyFrom(manifest)
    del written.files[:]
    with disk.new_folder(out) as folder:
        for name, content in _with_card(contents, with_card_section(card, manifest)):
            files.write(folder / name, content)
            written.files.add(name=name, sha256=hashlib.sha256(content).hexdigest(), size=len(content))
        written.files.sort(key=lambda file: file.name)
        if reason := fault_of(written):
            raise BundleError(out, f"not written: {reason}")
        content = manifest_json(written)
        files.write(folder / MANIFEST, content)
    return hashlib.sha256(content).hexdigest()


def apply_catalogue(bundle: Path, catalogue: Catalogue, out: Path, version: str | None = None) -> str:
    """Write a new version of a bundle with another catalogue. The old folder is only read.

    Args:
        bundle: folder of the bundle that the catalogue was made for.
        catalogue: replaces the bundle's; its bundle_digest must be the bundle's. Evidence of edits stays where the
            directions and their ranges do.
        out: folder to make, not yet there and not inside the bundle.
        version: semantic version of the new bundle, not the old one's; None raises the old one's minor number by one.

    Returns:
        digest of the new bundle, 64 hexadecimal digits.

    Raises:
        InvalidArgument: one of these is not so, or the catalogue does not fit the bundle.
        BundleError: the bundle is damaged, or of a later format (see `check_new_version`).
        DiskFull: there is no room.
    """
    opened = open_bundle(bundle)
    new_version = check_new_version(opened, out, version)
    if catalogue.bundle_digest != opened.digest:
        raise InvalidArgument("bundle_digest", catalogue.bundle_digest, f"the digest of {bundle}, {opened.digest}")
    manifest = _next_manifest(opened, new_version)
    fill(manifest, catalogue, opened.num_components)
    if curated_ranges(manifest) != curated_ranges(opened.manifest):
        manifest.ClearField("reach_evidence")
    return _write_version(opened, manifest, out)


def add_reach_evidence(bundle: Path, evidence: ReachEvidence, out: Path, version: str | None = None) -> str:
    """Write a new version of a bundle that says how often its edited images look unlike real ones. The old folder is
    only read.

    Args:
        bundle, out, version: as of `apply_catalogue`.
        evidence: measured on this bundle; replaces what it says.

    Returns:
        digest of the new bundle, 64 hexadecimal digits.

    Raises:
        InvalidArgument, BundleError, DiskFull: as by `apply_catalogue`.
    """
    opened = open_bundle(bundle)
    manifest = _next_manifest(opened, check_new_version(opened, out, version))
    manifest.reach_evidence.CopyFrom(evidence)
    return _write_version(opened, manifest, out)


def check_new_version(bundle: Bundle, out: Path, version: str | None) -> str:
    """Whether there can be a new version of a bundle at `out`; asked before anybody works on one.

    Returns:
        its semantic version: the given one, or for None the old one with the minor number raised.

    Raises:
        InvalidArgument: `out` is there or lies inside the bundle, or the version is none, or the old one's.
        BundleError: the bundle is of a later format; written anew here, it would lose what that format adds.
    """
    if out.exists() or out.is_symlink():
        raise InvalidArgument("out", str(out), "a folder that does not exist yet; a bundle is never overwritten")
    if isinstance(bundle.path, Path) and bundle.path.resolve() in out.resolve().parents:
        raise InvalidArgument("out", str(out), f"a folder outside the bundle, {bundle.path}")
    if bundle.manifest.format_minor > FORMAT_MINOR:
        raise BundleError(
            bundle.path / MANIFEST,
            f"format {FORMAT_MAJOR}.{bundle.manifest.format_minor} is read, but not written: this version of the "
            f"software writes {FORMAT_MAJOR}.{FORMAT_MINOR} and would lose what the later one adds",
        )
    return _next_version(bundle.manifest.version, version)


def _next_manifest(opened: Bundle, version: str) -> BundleManifest:
    """The manifest of a new version of a bundle, nothing else in it changed yet."""
    manifest = BundleManifest()
    manifest.CopyFrom(opened.manifest)
    manifest.version, manifest.format_minor, manifest.curated_from = version, FORMAT_MINOR, opened.digest
    return manifest


def _write_version(opened: Bundle, manifest: BundleManifest, out: Path) -> str:
    """A bundle with another manifest, and a card that follows it. Returns its digest."""
    names = (file.name for file in opened.manifest.files if file.name != CARD)
    contents = ((name, opened.files.read(name)) for name in names)
    return write_bundle(out, manifest, _retitled(opened, manifest), contents)


def manifest_json(manifest: BundleManifest) -> bytes:
    """The bytes of manifest.json: equal manifests give equal bytes; zeros are written too."""
    text = json_format.MessageToJson(
        manifest,
        preserving_proto_field_name=True,
        always_print_fields_with_no_presence=True,
        ensure_ascii=False,
    )
    return (text + "\n").encode("utf-8")


def _with_card(contents: Iterable[tuple[str, bytes]], card: str) -> Iterator[tuple[str, bytes]]:
    yield from contents
    yield CARD, card.encode("utf-8")


def _retitled(bundle: Bundle, manifest: BundleManifest) -> str:
    """The card of a bundle under the title of its new version."""
    try:
        text = bundle.files.read(CARD).decode("utf-8")
    except UnicodeDecodeError as error:
        raise BundleError(bundle.path / CARD, f"no UTF-8 text ({error})") from error
    title = f"# Model card: {manifest.name} "
    old = title + bundle.manifest.version
    return title + manifest.version + text[len(old) :] if text.startswith(old + "\n") else text


def _next_version(old: str, given: str | None) -> str:
    if given is None:
        match = VERSION.fullmatch(old)
        if match is None:
            raise InvalidArgument("version", old, f"{VERSION_WORDS}; give the new one")
        return f"{match[1]}.{int(match[2]) + 1}.0"
    if not VERSION.fullmatch(given) or given == old:
        raise InvalidArgument("version", given, f"{VERSION_WORDS}, other than the old one's, {old}")
    return given
