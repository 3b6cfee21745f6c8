"""Whether a destination holds its job: every image once, whole, and with the recipe that it is to have."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from mammoganesis import files
from mammoganesis.errors import FailedPrecondition, MammoganesisError
from mammoganesis.json_text import read_json
from mammoganesis.recipe.canonical import from_json
from mammoganesis.recipe.identity import is_complete, latent_id, without_bundle
from mammoganesis.v1 import bulk_pb2 as pb
from mammoganesis.v1.latents_pb2 import Recipe
from services.bulk import document, manifest
from services.bulk.destination import PATIENCE_SECONDS, Destination
from services.bulk.found import JOB
from services.bulk.plan import Plan

READS_AT_ONCE = 8
MOST_FAULTS = 50
"""That are told; all are counted."""
_OF_JOB = {JOB, "finished.json", "manifest.parquet", "manifest.jsonl"}


@dataclass(frozen=True)
class Verdict:
    """What was found.

    Attributes:
        images: asked for by the job.
        there: those of shards that are whole and right.
        faults: in words, the first MOST_FAULTS of them.
        count: of all faults.
    """

    images: int
    there: int
    faults: tuple[str, ...]
    count: int


@dataclass(frozen=True)
class _Shard:
    """What was found of one: the latent ids of its rows, what is wrong."""

    latent_ids: Sequence[str]
    faults: tuple[str, ...]


@dataclass(frozen=True)
class _Looked:
    """Where is looked, and for what."""

    destination: Destination
    job: pb.BulkJob
    identity: str
    plan: Plan | None
    sizes: Mapping[str, int]


class _Faults:
    """In words, the first MOST_FAULTS of them; all are counted."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.count = 0

    def add(self, faults: Iterable[str]) -> None:
        """Some more."""
        for fault in faults:
            self.count += 1
            if len(self.told) < MOST_FAULTS:
                self.told.append(fault)


def verify(
    out: str | files.Location,
    plan_of: Callable[[pb.BulkJob], Plan] | None = None,
    progress: Callable[[int], object] = lambda count: None,
    patience_seconds: float = PATIENCE_SECONDS,
) -> Verdict:
    """Reads everything that a destination holds, and changes nothing.

    Args:
        out: the destination.
        plan_of: binds the job to its bundle, to compare every recipe with what the document asks for; None: recipes are
            only held against themselves.
        progress: told how many images have been looked at.

    Raises:
        FailedPrecondition: there is no job.
        Unavailable: the store stays away.
    """
    destination = Destination(out, patience_seconds)
    job = job_at(destination)
    cut = document.shards(job)
    sizes = destination.sizes()
    where = _Looked(destination, job, document.identity(job), plan_of(job) if plan_of else None, sizes)
    unknown = sizes.keys() - _OF_JOB
    faults, there = _Faults(), 0
    latents: Counter[str] = Counter()

    def look(shard: int) -> _Shard:
        return _shard(where, shard, cut[shard])

    with ThreadPoolExecutor(READS_AT_ONCE, thread_name_prefix="reading") as threads:
        for shard, found in enumerate(_in_order(threads, look, range(len(cut)))):
            faults.add(found.faults)
            latents.update(found.latent_ids)
            there += len(found.latent_ids) if not found.faults else 0
            unknown -= {manifest.name_of(shard), *document.object_names(job, shard, cut[shard])}
            progress(len(cut[shard]))
    if job.WhichOneof("images") != "seeds":  # who names a seed twice gets its image twice
        faults.add(f"{name}: the latent of {count} images" for name, count in latents.items() if count > 1)
    faults.add(f"{name}: of no image of the job" for name in sorted(unknown))
    faults.add(_whole(destination, len(cut) and cut[-1].stop))
    return Verdict(document.image_count(job), there, tuple(faults.told), faults.count)


def _in_order(threads: ThreadPoolExecutor, look: Callable[[int], _Shard], shards: Iterable[int]) -> Iterator[_Shard]:
    """What each look has found; few are ahead of it, however many shards a document asks for."""
    ahead: deque[Future[_Shard]] = deque()
    for shard in shards:
        ahead.append(threads.submit(look, shard))
        if len(ahead) > 2 * READS_AT_ONCE:
            yield ahead.popleft().result()
    while ahead:
        yield ahead.popleft().result()


def job_at(destination: Destination) -> pb.BulkJob:
    """The job that a destination holds.

    Raises:
        FailedPrecondition: it holds none, or one of an earlier version that no run has taken up since.
    """
    data = destination.read(JOB, document.MAX_DOCUMENT_BYTES)
    if data is None:
        raise FailedPrecondition(f"{destination} holds no bulk job: it has no {JOB}")
    try:
        job = document.read_job(data.decode(errors="replace"), JOB)
        document.check(job, JOB)
    except MammoganesisError as error:
        text = f"{destination}: {error.message}; a folder of an earlier version is taken up by its own command first"
        raise FailedPrecondition(text) from None
    return job


def _shard(where: _Looked, shard: int, indices: range) -> _Shard:
    name = manifest.name_of(shard)
    data = where.destination.read(name) if name in where.sizes else None
    if data is None:
        return _Shard((), (f"{name}: missing, and with it images {indices.start} to {indices.stop - 1}",))
    try:
        found = manifest.read(data, name)
    except FailedPrecondition as error:
        return _Shard((), (error.message,))
    if found.objects.keys() != document.object_names(where.job, shard, indices):
        return _Shard((), (f"{name}: names other objects than those of its shard",))
    rows = list(found.rows())
    faults = []
    if (found.job, found.shard) != (where.identity, shard):
        faults.append(f"{name}: of another job or shard")
    if [row["index"] for row in rows] != list(indices):
        faults.append(f"{name}: {len(rows)} rows; expected indices {indices.start} to {indices.stop - 1}, each once")
    else:
        for row in rows:
            faults += _row_faults(row, where.job, where.plan, name)
        faults += _object_faults(where, found, rows)
    return _Shard([row["latent_id"] for row in rows], tuple(faults))


def _row_faults(row: Mapping[str, Any], job: pb.BulkJob, plan: Plan | None, name: str) -> Iterator[str]:
    place = f"{name}, image {row['index']}"
    try:
        recipe = without_bundle(from_json(row["recipe"]))
    except MammoganesisError as error:
        yield f"{place}: {error.message}"
        return
    if not is_complete(recipe):
        yield f"{place}: the recipe is not complete"
    elif latent_id(recipe, row["bundle_digest"]) != row["latent_id"]:
        yield f"{place}: the latent id is not the recipe's"
    if recipe.seed != row["seed"]:
        yield f"{place}: seed {row['seed']} is not the recipe's, {recipe.seed}"
    if row["bundle_digest"] != job.bundle_digest:
        yield f"{place}: of another bundle"
    if plan is not None and not _is_asked_for(plan, row, recipe):
        yield f"{place}: the recipe is not what the document asks for"


def _is_asked_for(plan: Plan, row: Mapping[str, Any], recipe: Recipe) -> bool:
    """Whether a recipe is the document's, or what replaces it after the seeds that were refused."""
    index, refused = row["index"], row["refused"]
    try:
        tried = [plan.seed(index, before) for before in range(len(refused))]
        return refused == tried and recipe == plan.drawn(index, len(refused)).recipe
    except FailedPrecondition:  # there is no such replacement
        return False


def _object_faults(where: _Looked, found: manifest.Manifest, rows: list[dict[str, Any]]) -> Iterator[str]:
    """Of the objects of a shard, each read once, and of the images in them. What has another size is not read."""
    digests: dict[tuple[str, str], str] = {}
    for name, (size, digest) in found.objects.items():
        data = where.destination.read(name) if where.sizes.get(name) == size else None
        if name not in where.sizes:
            yield f"{name}: missing"
            continue
        if data is None or hashlib.sha256(data).hexdigest() != digest:
            yield f"{name}: {where.sizes[name]} bytes that are not those which were written"
            continue
        digests[name, ""] = digest
        if name.endswith(".tar"):
            try:
                digests |= {(name, member): told for member, told in _members(data)}
            except (tarfile.TarError, OSError, ValueError, EOFError):
                yield f"{name}: no archive, or not the whole of one"
    for row in rows:
        told = digests.get((row["file"], row["member"]))
        if row["file"] not in found.objects or (told is not None and told != row["sha256"]):
            yield f"{row['file']} {row['member']}".rstrip() + ": not the image of its row"
        elif told is None and (row["file"], "") in digests:
            yield f"{row['file']}: {row['member']} is not in it"


def _members(data: bytes) -> Iterator[tuple[str, str]]:
    """Name and SHA-256 of each file of an archive; what is no plain file has none."""
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        for entry in archive:
            if entry.type in (tarfile.REGTYPE, tarfile.AREGTYPE):  # a sparse file could state any size
                member = archive.extractfile(entry)
                yield entry.name, hashlib.sha256(member.read() if member else b"").hexdigest()


def _whole(destination: Destination, images: int) -> Iterator[str]:
    """Of what is written when all images are there."""
    marker = destination.read("finished.json")
    if marker is None:
        yield "finished.json: missing; the job has not come to its end"
        return
    try:
        told = read_json(marker)
        wanted = {"manifest.jsonl": told["manifest_sha256"], "manifest.parquet": told["parquet_sha256"]}
        count = told["images"]
    except (ValueError, KeyError, TypeError):
        yield "finished.json: damaged"
        return
    for name, digest in wanted.items():
        data = destination.read(name)
        if data is None or hashlib.sha256(data).hexdigest() != digest:
            yield f"{name}: {'missing' if data is None else 'not what was written'}"
        elif name.endswith(".parquet") and manifest.count(data) != images:
            yield f"{name}: not as many rows as images"
    if count != images:
        yield f"finished.json: {count} images; the job has {images}"
