"""Files of cases, JSON and ZIP: written, and read as what a stranger may have written."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from typing import IO

from google.protobuf import json_format

from mammoganesis.errors import InvalidArgument
from mammoganesis.files import plain_name
from mammoganesis.pictures.png import read_png
from mammoganesis.recipe import proto_json
from mammoganesis.recipe.fields import at_most_recipes, within
from mammoganesis.recipe.identity import canonical_json, is_complete
from mammoganesis.recipe.structure import count_recipes
from mammoganesis.v1.cases_pb2 import Case, CaseArchive, Collection
from mammoganesis.v1.latents_pb2 import Recipe
from services.records.rules.cases import check_case, check_collection

FORMAT, FORMAT_VERSION = "mammoganesis-cases", 1
MAX_CASES = 100
LISTING = "cases.json"
MAX_LISTING_BYTES = 2**26
MAX_PICTURE_BYTES = 2**26
_MAX_ENTRIES = 1 + 4 * MAX_CASES
_ENTRY = b"PK\x01\x02"  # begins each entry of a ZIP file's directory


def archive_of(cases: Sequence[Case], collection: Collection | None) -> CaseArchive:
    """What a file holds; without versions and times, which are this server's."""
    archive = CaseArchive(format=FORMAT, format_version=FORMAT_VERSION, cases=cases, collection=collection)
    for each in (*archive.cases, *([archive.collection] if collection else [])):
        each.ClearField("version")
        each.ClearField("saved_at")
    return archive


def to_json(archive: CaseArchive) -> bytes:
    """The file, or the listing of a ZIP."""
    return (json_format.MessageToJson(archive, preserving_proto_field_name=True, ensure_ascii=True) + "\n").encode()


def picture_names(cases: Sequence[Case]) -> dict[str, Recipe]:
    """Recipes of all images by their names in a ZIP, such as "images/1-rcc.png"."""
    return {
        f"images/{number}-{image.image_id}.png": image.latent.recipe
        for number, case in enumerate(cases, 1)
        for image in case.images
    }


def write_zip(file: IO[bytes], archive: CaseArchive, pictures: Mapping[str, bytes]) -> None:
    """A ZIP of the listing and the pictures; the same cases give the same bytes."""
    with zipfile.ZipFile(file, "w") as target:
        listing = zipfile.ZipInfo(LISTING)
        listing.compress_type = zipfile.ZIP_DEFLATED
        target.writestr(listing, to_json(archive))
        for name, data in pictures.items():
            target.writestr(zipfile.ZipInfo(name), data)  # a PNG file is compressed already


def file_name(title: str, suffix: str) -> str:
    """Such as "mass_in_a_dense_breast.zip"."""
    return f"{plain_name(title) or 'cases'}.{suffix}"


def read(data: bytes, field: str = "data") -> CaseArchive:
    """The archive in a JSON or ZIP file.

    Raises:
        InvalidArgument: it is neither, or holds something else, or more than it may; it names the place in the file.
    """
    archive = _read_zip(data, field) if data[:2] == b"PK" else _read_json(data, field)
    _check(archive, field)
    return archive


def _read_json(data: bytes, field: str) -> CaseArchive:
    if len(data) > MAX_LISTING_BYTES:
        raise InvalidArgument(field, f"{len(data)} bytes of JSON", f"at most {MAX_LISTING_BYTES} bytes")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidArgument(field, f"{len(data)} bytes", "a ZIP file, or JSON in UTF-8") from None
    return proto_json.read(text, CaseArchive(), field)


def _check(archive: CaseArchive, field: str) -> None:
    if (archive.format, archive.format_version) != (FORMAT, FORMAT_VERSION):
        found = f"{archive.format} {archive.format_version}"
        raise InvalidArgument(f"{field}.format", found, f"{FORMAT}, format_version {FORMAT_VERSION}")
    within(f"{field}.cases", len(archive.cases), 1, MAX_CASES, "cases")
    for i, case in enumerate(archive.cases):
        path = f"{field}.cases[{i}]"
        check_case(case, path)
        for j, image in enumerate(case.images):
            recipe = image.latent.recipe
            place = f"{path}.images[{j}].latent"
            if image.latent.WhichOneof("kind") != "recipe" or not is_complete(recipe) or not recipe.bundle_digest:
                raise InvalidArgument(
                    place, image.latent.WhichOneof("kind"), "a complete recipe with its bundle_digest"
                )
            at_most_recipes(count_recipes(recipe), f"{place}.recipe")
    if archive.HasField("collection"):
        check_collection(archive.collection, f"{field}.collection")
        if list(archive.collection.case_ids) != [case.case_id for case in archive.cases]:
            found = f"{len(archive.collection.case_ids)} cases"
            raise InvalidArgument(f"{field}.collection.case_ids", found, "the case_ids of the cases, in their order")


def _read_zip(data: bytes, field: str) -> CaseArchive:
    if data.count(_ENTRY) > _MAX_ENTRIES:  # before each becomes an object
        raise InvalidArgument(field, f"{data.count(_ENTRY)} files in it", f"a ZIP file of at most {_MAX_ENTRIES}")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as source:
            entries = _entries(source, field)
            archive = _read_json(_content(source, entries[LISTING], MAX_LISTING_BYTES, field), f"{field}.{LISTING}")
            within(f"{field}.cases", len(archive.cases), 1, MAX_CASES, "cases")
            recipes = picture_names(archive.cases)
            for name, entry in entries.items():
                if name != LISTING:
                    if name not in recipes:
                        raise InvalidArgument(f"{field}: file", name, f"{LISTING} and the images that it lists")
                    _check_picture(_content(source, entry, MAX_PICTURE_BYTES, field), recipes[name], f"{field}.{name}")
            return archive
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError):
        # What zipfile raises of files that are damaged, encrypted, or packed in ways that it does not know.
        raise InvalidArgument(field, f"a ZIP file of {len(data)} bytes", "one that can be read to its end") from None


def _entries(source: zipfile.ZipFile, field: str) -> dict[str, zipfile.ZipInfo]:
    """By name: nothing is ever written under a name of the file's, so those that lead elsewhere are refused as all are
    that belong to no image."""
    found: dict[str, zipfile.ZipInfo] = {}
    for entry in source.infolist():
        if entry.filename in found:
            raise InvalidArgument(f"{field}: file", entry.filename, "each file once")
        found[entry.filename] = entry
    if LISTING not in found:
        raise InvalidArgument(field, f"a ZIP file without {LISTING}", f"one with {LISTING}, as an export writes it")
    return found


def _content(source: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int, field: str) -> bytes:
    """Of an entry, whatever it says of its size."""
    with source.open(entry) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise InvalidArgument(f"{field}: file", entry.filename, f"at most {most} bytes when it is unpacked")
    return content


def _check_picture(data: bytes, recipe: Recipe, field: str) -> None:
    """It is the picture that the listing says it is, by its own recipe."""
    found = read_png(data, field).recipe
    same = found is not None and is_complete(found) and is_complete(recipe)
    if not (same and found is not None and canonical_json(found) == canonical_json(recipe)):
        raise InvalidArgument(field, "a picture of another recipe", f"the picture that {LISTING} lists")
