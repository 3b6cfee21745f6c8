"""Manifests of a bulk job: a row an image, as Parquet; the door of pyarrow.

A shard's manifest is written after its files, as one object: where it is, the shard is done. In its metadata stand the
job's identity and the size and SHA-256 of every object that the shard has made.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from mammoganesis.errors import FailedPrecondition
from mammoganesis.json_text import NotJson, read_json
from services.bulk.document import MAX_SHARD

FOLDER = "manifest"
_SEEDS = pa.list_(pa.int64())
_EDITS = pa.list_(pa.struct([("direction", pa.string()), ("sigmas", pa.float64())]))


@dataclass(frozen=True)
class Row:
    """What a manifest says of one image."""

    index: int
    seed: int
    file: str  # the object that holds it
    member: str  # its name in an archive; "" where the object is the image itself
    sha256: str  # of the image's file, 64 hexadecimal digits
    latent_id: str
    bundle_digest: str
    recipe: str  # canonical JSON, with its bundle
    row: str  # of the prevalence table; "" where there is none
    edits: Sequence[tuple[str, float]]  # drawn for it: direction or number of a component, standard deviations
    labels: Mapping[str, str]
    measures: Mapping[str, float] = field(default_factory=dict)
    refused: Sequence[int] = ()  # seeds that were too near to a training image, and that `seed` replaces


@dataclass(frozen=True)
class Manifest:
    """Of one shard."""

    job: str  # identity
    shard: int
    objects: Mapping[str, tuple[int, str]]  # bytes and SHA-256 of each, by name
    table: pa.Table

    @property
    def images(self) -> int:
        """How many it lists."""
        return self.table.num_rows

    def rows(self) -> Iterator[dict[str, Any]]:
        """Its rows, by column."""
        return iter(self.table.to_pylist())


def name_of(shard: int) -> str:
    """Of a shard's manifest at the destination."""
    return f"{FOLDER}/{shard:06d}.parquet"


def write(
    job: str, shard: int, objects: Mapping[str, tuple[int, str]], rows: Sequence[Row], columns: pa.Schema
) -> bytes:
    """The manifest of a shard as Parquet; arguments as the fields of `Manifest`."""
    told = {"job": job, "shard": str(shard), "objects": json.dumps(objects, sort_keys=True)}
    table = pa.Table.from_pydict(_by_column(rows, columns), schema=columns.with_metadata(told))
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def read(data: bytes, name: str) -> Manifest:
    """What `write` has written.

    Raises:
        FailedPrecondition: it is something else, or is not whole.
    """
    try:
        # In this thread alone: a process that ends while Arrow's own are being born is aborted.
        file = pq.ParquetFile(pa.BufferReader(data), pre_buffer=False)
        if file.metadata.num_rows > MAX_SHARD:  # a file of some kilobytes can state any number of rows
            raise ValueError
        table = _with_refused(file.read(use_threads=False))
        for column in schema((), ()):
            if table.schema.field(column.name).type != column.type or table.column(column.name).null_count:
                raise ValueError
        told = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
        objects = {key: (int(size), str(digest)) for key, (size, digest) in read_json(told["objects"]).items()}
        return Manifest(told["job"], int(told["shard"]), objects, table)
    except (pa.ArrowException, OSError, KeyError, ValueError, TypeError, AttributeError):
        raise FailedPrecondition(f"{name}: no manifest of a shard, or not the whole of one") from None


def schema(label_fields: Iterable[str], measures: Iterable[str]) -> pa.Schema:
    """Columns of a job's manifests: those of all jobs, and one for each label and measure."""
    texts = ("file", "member", "sha256", "latent_id", "bundle_digest", "recipe", "row")
    return pa.schema([
        ("index", pa.int64()),
        ("seed", pa.int64()),
        *((name, pa.string()) for name in texts),
        ("edits", _EDITS),
        ("refused", _SEEDS),
        *((f"label.{name}", pa.string()) for name in label_fields),
        *((f"measure.{name}", pa.float64()) for name in measures),
    ])  # fmt: skip


def _with_refused(table: pa.Table) -> pa.Table:
    """A manifest of a version that refused nothing, as one of this version."""
    if "refused" in table.schema.names:
        return table
    nothing = pa.array([[]] * table.num_rows, _SEEDS)
    return table.add_column(table.schema.get_field_index("edits") + 1, pa.field("refused", _SEEDS), nothing)


def write_whole(manifests: Iterable[Manifest], table: Path, lines: Path) -> int:
    """All manifests one after the other: as Parquet, a row group a shard, and as JSON lines. The number of images."""
    images, writer = 0, None
    try:
        with lines.open("w", encoding="ascii", newline="\n") as text:
            for manifest in manifests:
                rows = manifest.table.replace_schema_metadata({"job": manifest.job})
                writer = writer or pq.ParquetWriter(table, rows.schema, compression="zstd")
                writer.write_table(rows)
                for row in manifest.rows():
                    text.write(_json_line(row))
                images += manifest.images
    finally:
        if writer is not None:
            writer.close()
    return images


def count(data: bytes) -> int:
    """Rows that a manifest states; -1 for what is none."""
    try:
        return pq.read_metadata(io.BytesIO(data)).num_rows
    except (pa.ArrowException, OSError):
        return -1


def _json_line(row: Mapping[str, Any]) -> str:
    """A line of manifest.jsonl, with the keys that it always had; `file` is the member's name in an archive."""
    told = {name: row[name] for name in ("index", "seed", "sha256", "latent_id", "bundle_digest")}
    try:
        recipe = read_json(row["recipe"])
    except NotJson as error:
        raise FailedPrecondition(f"{row['file']}: its recipe in the manifest is damaged: {error}") from None
    told |= {"file": row["member"] or row["file"], "recipe": recipe}
    if row["refused"]:
        told["refused"] = row["refused"]
    if row["member"]:
        told["archive"] = row["file"]
    return json.dumps(told, sort_keys=True, separators=(",", ":")) + "\n"


def _by_column(rows: Sequence[Row], columns: pa.Schema) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for column in columns.names:
        field_name, _, key = column.partition(".")
        if key:
            of_all = attrgetter(f"{field_name}s")  # labels or measures
            found[column] = [of_all(row).get(key) for row in rows]
        else:
            found[column] = list(map(attrgetter(column), rows))
    found["edits"] = [[{"direction": name, "sigmas": sigmas} for name, sigmas in edits] for edits in found["edits"]]
    return found
