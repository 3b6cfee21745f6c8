"""The catalogue of a bundle: what a person said about its components and regions, in the manifest and as a file.

    read_catalogue   catalogue.json -> Catalogue
    catalogue_of     manifest -> Catalogue
    check, fill      Catalogue -> manifest
    apply            bundle and Catalogue -> a new version of the bundle, in a new folder

Used by both sides: training exports and curates, the studio's server writes what was curated there.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
import shutil
from pathlib import Path

import numpy as np
from google.protobuf import json_format

from mammoganesis.bundle.catalogue_file import (
    Catalogue,
    CatalogueError,
    Direction,
    Evidence,
    Region,
    as_dict,
    read_catalogue,
    write_catalogue,
)
from mammoganesis.bundle.v1.manifest_pb2 import BundleManifest, File
from mammoganesis.recipe.limits import DEFAULT_SIGMAS

FORMAT_MAJOR, FORMAT_MINOR = 1, 1
MANIFEST = "manifest.json"
CARD = "MODEL_CARD.md"
VERSION = re.compile(r"([0-9]+)\.([0-9]+)\.([0-9]+)([-+][0-9A-Za-z.+-]+)?")

_START, _END = "<!-- catalogue: start -->", "<!-- catalogue: end -->"
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def catalogue_of(manifest: BundleManifest, bundle_digest: str = "") -> Catalogue:
    """The catalogue that a bundle has, every region listed; `bundle_digest` goes into it."""
    regions = manifest.regions
    names = regions.names or [""] * regions.num_regions
    notes = regions.notes or [""] * regions.num_regions
    return Catalogue(
        bundle_digest=bundle_digest,
        generator_digest=manifest.training_digest,
        directions=tuple(
            Direction(
                name=named.name,
                index=named.index,
                layer_start=named.layer_start,
                layer_end=named.layer_end,
                reversed=named.reversed,
                sigmas_start=named.sigmas_start if named.HasField("sigmas_start") else DEFAULT_SIGMAS[0],
                sigmas_end=named.sigmas_end if named.HasField("sigmas_end") else DEFAULT_SIGMAS[1],
                note=named.note,
                evidence=Evidence(named.evidence.attribute, named.evidence.spearman_rho, named.evidence.num_seeds)
                if named.HasField("evidence")
                else None,
            )
            for named in manifest.named_components
        ),
        rejected_components=tuple(manifest.rejected_components),
        regions=tuple(
            Region(index, names[index], notes[index], index in regions.rejected) for index in range(regions.num_regions)
        ),
        default_epsilon=regions.default_epsilon or None,
        low_resolution_epsilon=regions.low_resolution_epsilon if regions.HasField("low_resolution_epsilon") else None,
    )


def check(catalogue: Catalogue, manifest: BundleManifest, num_components: int) -> None:
    """Raises CatalogueError for a component, layer or region that the bundle does not have, or another generator."""
    if catalogue.generator_digest and catalogue.generator_digest != manifest.training_digest:
        raise CatalogueError(
            "generator_digest", catalogue.generator_digest, f"this bundle's, {manifest.training_digest}"
        )
    num_ws, num_regions = manifest.dimensions.num_ws, manifest.regions.num_regions
    components = f"0 to {num_components - 1}" if num_components else "none; the bundle has no components"
    for i, direction in enumerate(catalogue.directions):
        if direction.index >= num_components:
            raise CatalogueError(f"directions[{i}].index", direction.index, components)
        if direction.layer_end > num_ws:
            raise CatalogueError(f"directions[{i}].layer_end", direction.layer_end, f"layer_start + 1 to {num_ws}")
    for i, index in enumerate(catalogue.rejected_components):
        if index >= num_components:
            raise CatalogueError(f"rejected_components[{i}]", index, components)
    regions = f"0 to {num_regions - 1}" if num_regions else "none; the bundle has no regions"
    for i, region in enumerate(catalogue.regions):
        if region.index >= num_regions:
            raise CatalogueError(f"regions[{i}].index", region.index, regions)
    for field in ("default_epsilon", "low_resolution_epsilon"):
        value = getattr(catalogue, field)
        if value is not None and not num_regions:
            raise CatalogueError(field, value, "nothing; the bundle has no regions")


def fill(manifest: BundleManifest, catalogue: Catalogue, num_components: int) -> None:
    """Replace the catalogue in a manifest. Raises CatalogueError as `check` does."""
    check(catalogue, manifest, num_components)
    del manifest.named_components[:]
    for direction in catalogue.directions:
        named = manifest.named_components.add(
            index=direction.index,
            name=direction.name,
            layer_start=direction.layer_start,
            layer_end=direction.layer_end,
            reversed=direction.reversed,
            sigmas_start=direction.sigmas_start,
            sigmas_end=direction.sigmas_end,
            note=direction.note,
        )
        if direction.evidence is not None:
            named.evidence.attribute = direction.evidence.attribute
            named.evidence.spearman_rho = direction.evidence.spearman_rho
            named.evidence.num_seeds = direction.evidence.num_seeds
    manifest.rejected_components[:] = catalogue.rejected_components
    if not manifest.HasField("regions"):
        return
    regions = manifest.regions
    said = {region.index: region for region in catalogue.regions}
    every = [said.get(index, Region(index)) for index in range(regions.num_regions)]
    regions.names[:] = [region.name for region in every] if any(region.name for region in every) else []
    regions.notes[:] = [region.note for region in every] if any(region.note for region in every) else []
    regions.rejected[:] = [region.index for region in every if region.rejected]
    regions.default_epsilon = catalogue.default_epsilon or 0.0
    regions.ClearField("low_resolution_epsilon")
    if catalogue.low_resolution_epsilon is not None:
        regions.low_resolution_epsilon = catalogue.low_resolution_epsilon


def apply(bundle: Path, catalogue: Catalogue, out: Path, version: str | None = None) -> str:
    """Write a new version of a bundle with another catalogue. The old folder is only read.

    Args:
        bundle: folder of the bundle that the catalogue was made for.
        catalogue: replaces the bundle's; its bundle_digest must be the bundle's.
        out: folder to make, not yet there and not inside the bundle.
        version: semantic version of the new bundle, not the old one's; None raises the old one's minor number by one.

    Returns:
        digest of the new bundle, 64 hexadecimal digits.

    Raises:
        CatalogueError: one of these is not so, the catalogue does not fit the bundle, or the bundle is damaged.
    """
    if out.exists() or out.is_symlink():
        raise CatalogueError("out", str(out), "a folder that does not exist yet; a bundle is never overwritten")
    if bundle.resolve() in out.resolve().parents:
        raise CatalogueError("out", str(out), f"a folder outside the bundle, {bundle}")
    manifest, digest = read_manifest(bundle)
    if catalogue.bundle_digest != digest:
        raise CatalogueError("bundle_digest", catalogue.bundle_digest, f"the digest of {bundle}, {digest}")
    title = f"# Model card: {manifest.name} "
    old_title = title + manifest.version
    manifest.version = _next_version(manifest.version, version)
    manifest.format_minor = FORMAT_MINOR
    manifest.curated_from = digest
    temporary = out.parent / f".writing-{out.name}-{secrets.token_hex(4)}"
    try:
        temporary.mkdir(parents=True)
        for file in manifest.files:
            _copy(bundle, temporary, file)
        fill(manifest, catalogue, _num_components(temporary, manifest))
        card = temporary / CARD
        text = card.read_text(encoding="utf-8")
        if text.startswith(old_title + "\n"):
            text = title + manifest.version + text[len(old_title) :]
        content = with_card_section(text, manifest).encode("utf-8")
        _write(card, content)
        for file in manifest.files:
            if file.name == CARD:
                file.sha256, file.size = hashlib.sha256(content).hexdigest(), len(content)
        content = manifest_json(manifest)
        _write(temporary / MANIFEST, content)
        temporary.rename(out)
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError("out", str(out), f"a folder that can be written ({error})") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return hashlib.sha256(content).hexdigest()


def manifest_json(manifest: BundleManifest) -> bytes:
    """The bytes of manifest.json: equal manifests give equal bytes; zeros are written too."""
    text = json_format.MessageToJson(
        manifest,
        preserving_proto_field_name=True,
        always_print_fields_with_no_presence=True,
        ensure_ascii=False,
    )
    return (text + "\n").encode("utf-8")


def with_card_section(card: str, manifest: BundleManifest) -> str:
    """MODEL_CARD.md with the section of the catalogue renewed: where its marks are, otherwise at the end."""
    section = f"{_START}\n{_card_section(manifest)}{_END}\n"
    start, end = card.find(_START), card.find(_END)
    if 0 <= start < end:
        return card[:start] + section.rstrip("\n") + card[end + len(_END) :]
    return card.rstrip("\n") + "\n\n" + section


def _card_section(manifest: BundleManifest) -> str:
    catalogue = catalogue_of(manifest)
    lines = ["## Catalogue", ""]
    if manifest.curated_from:
        lines += [f"Curated from the bundle `{manifest.curated_from}`.", ""]
    if catalogue.directions:
        lines += ["| direction | component | layers | useful range | seen | measured |", "|---|---|---|---|---|---|"]
        for direction in catalogue.directions:
            proof = direction.evidence
            cells = (
                direction.name,
                f"{direction.index}{', reversed' if direction.reversed else ''}",
                f"{direction.layer_start} to {direction.layer_end - 1}",
                f"{direction.sigmas_start:g} to {direction.sigmas_end:g} sigma",
                _plain(direction.note),
                f"{proof.attribute}: Spearman's rho {proof.spearman_rho:.2f}, {proof.num_seeds} seeds" if proof else "",
            )
            lines.append("| " + " | ".join(cells) + " |")
        lines.append("")
    else:
        lines += ["No component has a name.", ""]
    if catalogue.rejected_components:
        lines += [f"Nothing useful in the components {', '.join(map(str, catalogue.rejected_components))}.", ""]
    named = [region for region in catalogue.regions if region.name or region.note or region.rejected]
    if named:
        lines += ["| region | name | seen | |", "|---|---|---|---|"]
        for region in named:
            rejected = "nothing useful" if region.rejected else ""
            lines.append(f"| {region.index} | {region.name} | {_plain(region.note)} | {rejected} |")
        lines.append("")
    elif catalogue.regions:
        lines += ["No region has a name.", ""]
    for value, what in (
        (catalogue.default_epsilon, "Epsilon of a transfer that names none"),
        (catalogue.low_resolution_epsilon, "Largest epsilon of 4x4 and 8x8 layers"),
    ):
        if value is not None:
            lines += [f"{what}: {value:g}.", ""]
    return "\n".join(lines)


def _plain(note: str) -> str:
    """A note that cannot end a table cell or be taken for a mark."""
    return note.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def read_manifest(bundle: Path) -> tuple[BundleManifest, str]:
    """The manifest of a bundle and the bundle's digest. Raises CatalogueError for what is no bundle of format 1."""
    path = bundle / MANIFEST
    try:
        content = path.read_bytes()
        manifest = json_format.Parse(content, BundleManifest())
    except (OSError, ValueError, RecursionError, json_format.ParseError) as error:
        raise CatalogueError("bundle", str(path), f"the manifest of a bundle ({error!s:.200})") from error
    if (manifest.format_major, manifest.format_minor > FORMAT_MINOR) != (FORMAT_MAJOR, False):
        found = f"{manifest.format_major}.{manifest.format_minor}"
        raise CatalogueError("format of the bundle", found, f"{FORMAT_MAJOR}.0 to {FORMAT_MAJOR}.{FORMAT_MINOR}")
    return manifest, hashlib.sha256(content).hexdigest()


def _copy(bundle: Path, out: Path, file: File) -> None:
    """Copy a file of the bundle; what was copied has the digest of the manifest."""
    if not _FILE_NAME.fullmatch(file.name):  # a path could lead out of both folders
        raise CatalogueError("bundle", file.name, "files[].name of letters, digits, dots, hyphens and underscores")
    source = bundle / file.name
    if source.is_symlink() or not source.is_file():
        raise CatalogueError("bundle", str(source), "a plain file in the bundle's folder")
    content = source.read_bytes()
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise CatalogueError("bundle", str(source), f"a file with the SHA-256 of the manifest, {file.sha256}")
    _write(out / file.name, content)


def _write(path: Path, content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _num_components(folder: Path, manifest: BundleManifest) -> int:
    name = "components.npz"
    if name not in {file.name for file in manifest.files}:
        return 0
    with np.load(io.BytesIO((folder / name).read_bytes()), allow_pickle=False) as arrays:
        return len(arrays["deviations"])


def _next_version(old: str, given: str | None) -> str:
    if given is None:
        match = VERSION.fullmatch(old)
        if match is None:
            raise CatalogueError("version", old, "a semantic version; give the new one")
        return f"{match[1]}.{int(match[2]) + 1}.0"
    if not VERSION.fullmatch(given) or given == old:
        raise CatalogueError("version", given, f"a semantic version such as 1.0.0, other than the old one's, {old}")
    return given


__all__ = [
    "MANIFEST",
    "VERSION",
    "Catalogue",
    "CatalogueError",
    "Direction",
    "Evidence",
    "Region",
    "apply",
    "as_dict",
    "catalogue_of",
    "check",
    "fill",
    "manifest_json",
    "read_catalogue",
    "read_manifest",
    "with_card_section",
    "write_catalogue",
]
