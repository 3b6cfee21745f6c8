"""What a shard is made of: the objects and the manifest of its images, as pure functions of them."""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mammoganesis.errors import MammoganesisError
from mammoganesis.pictures.encoding import decode
from mammoganesis.pictures.formats import burns_in, chosen_encoding
from mammoganesis.pictures.pixels import pixels_sha256
from mammoganesis.v1.bulk_pb2 import BULK_LAYOUT_WEBDATASET
from mammoganesis.v1.images_pb2 import ImageFormat
from mammoganesis.v1.latents_pb2 import Recipe
from services.bulk import manifest
from services.bulk.document import archive_name
from services.bulk.plan import Drawn, Plan


@dataclass(frozen=True)
class Made:
    """An image that is there.

    Attributes:
        index: of the job, 0 to n - 1.
        drawn: what it was to be.
        data: its file.
        latent_id: of its recipe and the job's bundle.
        recipe_json: the recipe as it leaves the program, with its bundle: canonical JSON.
        measures: by name, where the job asks for them.
        refused: seeds whose images were too near to a training image, and which this one replaces.
    """

    index: int
    drawn: Drawn
    data: bytes
    latent_id: str
    recipe_json: str
    measures: Mapping[str, float] = field(default_factory=dict)
    refused: Sequence[int] = ()


def objects(plan: Plan, shard: int, made: Sequence[Made]) -> dict[str, bytes]:
    """All objects of a shard but its manifest, by name: the same bytes for the same images."""
    if plan.job.layout != BULK_LAYOUT_WEBDATASET:
        return {plan.file_name(image.index): image.data for image in made}
    return {archive_name(shard): _archive(plan, made)}


def rows(plan: Plan, shard: int, made: Sequence[Made]) -> list[manifest.Row]:
    """The lines of a shard's manifest."""
    archived = plan.job.layout == BULK_LAYOUT_WEBDATASET
    return [
        manifest.Row(
            index=image.index,
            seed=image.drawn.recipe.seed,
            file=archive_name(shard) if archived else plan.file_name(image.index),
            member=plan.file_name(image.index) if archived else "",
            sha256=hashlib.sha256(image.data).hexdigest(),
            latent_id=image.latent_id,
            bundle_digest=plan.catalogue.bundle_digest,
            recipe=image.recipe_json,
            row=image.drawn.row,
            edits=image.drawn.edits,
            labels=dict(image.drawn.recipe.labels),
            measures=image.measures,
            refused=image.refused,
        )
        for image in made
    ]


def commit(plan: Plan, shard: int, made: Sequence[Made], written: Mapping[str, bytes]) -> bytes:
    """The manifest of a shard whose objects have been written."""
    columns = manifest.schema(plan.limits.label_fields, list(made[0].measures))
    told = rows(plan, shard, made)
    known = {row.file: row.sha256 for row in told if not row.member}
    objects = {name: (len(data), known.get(name) or hashlib.sha256(data).hexdigest()) for name, data in written.items()}
    return manifest.write(plan.identity, shard, objects, told, columns)


def carries(data: bytes, recipe: Recipe, picture: ImageFormat, bundle_digest: str) -> bool:
    """Whether a file is the image of a recipe by what it carries: recipe, bundle, format, checksum of its pixels."""
    try:
        content = decode(data)
    except MammoganesisError:
        return False
    return (
        content.recipe == recipe
        and content.bundle_digest == bundle_digest
        and _told(content.image_format) == _told(picture)
        and content.pixels_sha256 == pixels_sha256(content.pixels)
    )


def _told(picture: ImageFormat) -> tuple[int, bool, int, int, int]:
    return chosen_encoding(picture), burns_in(picture), picture.resolution, picture.side, picture.view


def _archive(plan: Plan, made: Sequence[Made]) -> bytes:
    """A WebDataset: beside each image a JSON file of the same name. No moments, no owners."""
    parts: list[bytes] = []
    for image in made:
        told = {
            "index": image.index,
            "seed": image.drawn.recipe.seed,
            "row": image.drawn.row,
            "edits": dict(image.drawn.edits),
            "labels": dict(image.drawn.recipe.labels),
            "measures": dict(image.measures),
            "recipe": json.loads(image.recipe_json),
        }
        if image.refused:
            told["refused"] = list(image.refused)
        name = plan.file_name(image.index)
        parts += _member(name, image.data)
        parts += _member(f"{name.partition('.')[0]}.json", json.dumps(told, sort_keys=True).encode())
    parts.append(bytes(2 * tarfile.BLOCKSIZE))
    parts.append(bytes(-sum(map(len, parts)) % tarfile.RECORDSIZE))
    return b"".join(parts)


def _member(name: str, data: bytes) -> tuple[bytes, bytes, bytes]:
    """What stands in an archive of one file: header, content, and zeros up to a whole block."""
    return _tar_header(name, len(data)), data, bytes(-len(data) % tarfile.BLOCKSIZE)


def _tar_header(name: str, size: int) -> bytes:
    """As `TarInfo.tobuf` makes it (POSIX.1-1988, ustar), at a tenth of the time: of files that differ in name and size
    alone.

    Args:
        name: ASCII, 1 to 100 characters.
        size: bytes, below 8 GiB.
    """
    header, field, told = bytearray(_EMPTY_HEADER), name.encode("ascii"), b"%011o" % size
    header[: len(field)] = field
    header[124:135] = told
    header[148:154] = b"%06o" % (_EMPTY_SUM + sum(field) + sum(told))
    return bytes(header)


def _empty_header() -> bytes:
    entry = tarfile.TarInfo()
    entry.mode = 0o644
    return entry.tobuf(tarfile.USTAR_FORMAT, "utf-8")


_EMPTY_HEADER = _empty_header()
_EMPTY_SUM = sum(_EMPTY_HEADER[:124]) + sum(_EMPTY_HEADER[135:148]) + 8 * ord(" ") + sum(_EMPTY_HEADER[156:])
