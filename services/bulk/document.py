"""The document of a bulk job: read, judged, completed; no bundle and no Ray are needed for it.

What a bundle has of names and numbers, `services.bulk.plan` asks it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

from google.protobuf import json_format

from mammoganesis.errors import InvalidArgument
from mammoganesis.pictures.formats import DICOM
from mammoganesis.recipe import proto_json
from mammoganesis.recipe.fields import distinct, known, one_of, text, within
from mammoganesis.recipe.limits import MAX_EPSILON, MAX_SEED, MAX_SIGMAS, MAX_STYLE_TRANSFERS
from mammoganesis.v1 import bulk_pb2 as pb
from mammoganesis.v1.images_pb2 import IMAGE_ENCODING_PNG_8, IMAGE_ENCODING_RAW_FLOAT32, ImageEncoding
from mammoganesis.v1.latents_pb2 import EditMode
from services.bulk.cut import Cut

FORMAT, FORMAT_VERSION = "mammoganesis-bulk", 1
MAX_DOCUMENT_CHARACTERS = 32 * 2**20
MAX_DOCUMENT_BYTES = 4 * MAX_DOCUMENT_CHARACTERS  # in UTF-8
MAX_IMAGES = 10_000_000
MAX_RANGES, MAX_SINGLE_SEEDS, MAX_ROWS, MAX_REFERENCES, MAX_CHOICES = 10_000, 1_000_000, 1000, 10_000, 1000
MAX_EDITS, MAX_ROW_EDITS, MAX_NAMES, MAX_LABELS = 32, 8, 256, 64
MAX_SHARD, MAX_STUDY = 4096, 1000
DEFAULT_SHARD, DEFAULT_STUDY = 64, 1
UNTOLD = ("destination", "made")
"""Fields that do not tell one job from another."""


def read_job(document: str, field: str = "job") -> pb.BulkJob:
    """A job from its document, not checked yet.

    Raises:
        InvalidArgument: it is too long, or no proto JSON of a job; names the place.
    """
    if len(document) > MAX_DOCUMENT_CHARACTERS:
        allowed = f"at most {MAX_DOCUMENT_CHARACTERS} characters of JSON"
        raise InvalidArgument(field, f"{len(document)} characters", allowed)
    return proto_json.read(document, pb.BulkJob(), field)


def job_json(job: pb.BulkJob) -> str:
    """The document of a job; the same job gives the same text."""
    return json_format.MessageToJson(job, preserving_proto_field_name=True, sort_keys=True) + "\n"


def complete(job: pb.BulkJob) -> pb.BulkJob:
    """The job with every default written out that needs no bundle; idempotent. `made` and the bundle's digest are left
    to who runs it."""
    whole = pb.BulkJob()
    whole.CopyFrom(job)
    whole.picture.encoding = whole.picture.encoding or IMAGE_ENCODING_PNG_8
    whole.layout = whole.layout or pb.BULK_LAYOUT_FOLDER
    whole.shard_images = whole.shard_images or DEFAULT_SHARD
    whole.recipe.SetInParent()
    if whole.layout == pb.BULK_LAYOUT_DICOM_STUDIES:
        whole.images_per_study = whole.images_per_study or DEFAULT_STUDY
    if whole.WhichOneof("images") != "seeds" or whole.HasField("reserve"):
        whole.reserve.count = whole.reserve.count or MAX_SEED + 1 - whole.reserve.first
    return whole


def check(job: pb.BulkJob, field: str = "job") -> None:
    """Judges everything that can be judged without a bundle.

    Raises:
        InvalidArgument: the field's path, what was found and what is allowed.
    """
    if job.format != FORMAT:
        raise InvalidArgument(f"{field}.format", job.format, f'"{FORMAT}"')
    if job.format_version != FORMAT_VERSION:
        raise InvalidArgument(f"{field}.format_version", job.format_version, str(FORMAT_VERSION))
    text(f"{field}.title", job.title, 200, lines=False)
    within(f"{field}.seed", job.seed, 0, MAX_SEED)
    _check_images(job, field)
    if job.recipe.WhichOneof("origin") not in ("seed", None):
        origin = job.recipe.WhichOneof("origin")
        raise InvalidArgument(
            f"{field}.recipe", f"a recipe that begins with {origin}", "a seed, which others replace, or no origin"
        )
    within(f"{field}.edits", len(job.edits), 0, MAX_EDITS, "edits")
    _check_edits(job.edits, f"{field}.edits")
    transfers = len(job.transfers) + len(job.recipe.style_transfers)
    within(f"{field}.transfers", transfers, 0, MAX_STYLE_TRANSFERS, "transfers, those of the recipe included")
    for i, transfer in enumerate(job.transfers):
        _check_transfer(transfer, f"{field}.transfers[{i}]")
    _check_files(job, field)


def image_count(job: pb.BulkJob) -> int:
    """How many images a job asks for."""
    match job.WhichOneof("images"):
        case "seeds":
            return sum(part.count for part in job.seeds.ranges) + len(job.seeds.values)
        case "count":
            return job.count
        case "prevalence":
            return sum(row.images for row in job.prevalence.rows)
    return 0


def shards(job: pb.BulkJob) -> Cut:
    """The indices of each shard of a complete job."""
    return Cut(image_count(job), job.shard_images)


def file_name(job: pb.BulkJob, index: int) -> str:
    """Of an image of a complete job inside its destination, or inside its shard's archive: of its index alone."""
    name = f"{index:08d}{'.dcm' if job.picture.encoding in DICOM else '.png'}"
    if job.layout == pb.BULK_LAYOUT_FOLDER:
        return f"images/{name}"
    if job.layout == pb.BULK_LAYOUT_DICOM_STUDIES:
        return f"studies/{index // job.images_per_study:08d}/{name}"
    return name


def archive_name(shard: int) -> str:
    """Of a shard that is one object."""
    return f"shards/{shard:06d}.tar"


def object_names(job: pb.BulkJob, shard: int, indices: range) -> frozenset[str]:
    """The names of all objects of a shard of a complete job, but for its manifest."""
    if job.layout == pb.BULK_LAYOUT_WEBDATASET:
        return frozenset({archive_name(shard)})
    return frozenset(file_name(job, index) for index in indices)


def identity(job: pb.BulkJob) -> str:
    """SHA-256 of what tells the job from others, 64 hexadecimal digits."""
    return hashlib.sha256(job_json(_told(job)).encode()).hexdigest()


def differences(job: pb.BulkJob, other: pb.BulkJob) -> list[str]:
    """The fields that tell two complete jobs apart, in order of the proto."""
    one, another = _told(job), _told(other)
    fields = pb.BulkJob.DESCRIPTOR.fields
    return [each.name for each in fields if getattr(one, each.name) != getattr(another, each.name)]


def _told(job: pb.BulkJob) -> pb.BulkJob:
    told = pb.BulkJob()
    told.CopyFrom(job)
    for name in UNTOLD:
        told.ClearField(name)
    return told


def _check_images(job: pb.BulkJob, field: str) -> None:
    kind = one_of(job, "images", field)
    if kind == "seeds":
        _check_seeds(job.seeds, f"{field}.seeds")
        if job.HasField("reserve"):
            _check_reserve(job, f"{field}.reserve")
            _check_apart(job, f"{field}.reserve")
        return
    if kind == "count":
        within(f"{field}.count", job.count, 1, MAX_IMAGES, "images")
    else:
        rows, place = job.prevalence.rows, f"{field}.prevalence.rows"
        within(place, len(rows), 1, MAX_ROWS, "rows")
        for i, row in enumerate(rows):
            _check_row(row, f"{place}[{i}]")
        within(place, image_count(job), 1, MAX_IMAGES, "images")
    _check_reserve(job, f"{field}.reserve")


def _check_reserve(job: pb.BulkJob, place: str) -> None:
    """Seeds for all images, whether from the beginning or where an image is refused."""
    first = job.reserve.first
    within(f"{place}.first", first, 0, MAX_SEED)
    if job.reserve.count:
        unit = "seeds, one for each image at least"
        within(f"{place}.count", job.reserve.count, image_count(job), MAX_SEED + 1 - first, unit)
    elif MAX_SEED + 1 - first < image_count(job):
        most = MAX_SEED + 1 - image_count(job)
        raise InvalidArgument(f"{place}.first", first, f"0 to {most}: each image takes a seed of its own")


def _check_apart(job: pb.BulkJob, place: str) -> None:
    """A reserve beside named seeds holds none of them."""
    first = job.reserve.first
    end = first + (job.reserve.count or MAX_SEED + 1 - first)
    ranges = [(part.first, part.first + part.count) for part in job.seeds.ranges]
    ranges += [(value, value + 1) for value in job.seeds.values]
    for start, stop in ranges:
        if start < end and first < stop:
            allowed = f"none of the seeds that are named; {max(start, first)} is one"
            raise InvalidArgument(place, f"{first} to {end - 1}", allowed)


def _check_seeds(seeds: pb.BulkSeeds, field: str) -> None:
    within(f"{field}.ranges", len(seeds.ranges), 0, MAX_RANGES, "ranges")
    within(f"{field}.values", len(seeds.values), 0, MAX_SINGLE_SEEDS, "seeds")
    for i, part in enumerate(seeds.ranges):
        place = f"{field}.ranges[{i}]"
        within(f"{place}.first", part.first, 0, MAX_SEED)
        within(f"{place}.count", part.count, 1, min(MAX_IMAGES, MAX_SEED + 1 - part.first), "seeds")
    for i, value in enumerate(seeds.values):
        within(f"{field}.values[{i}]", value, 0, MAX_SEED)
    count = sum(part.count for part in seeds.ranges) + len(seeds.values)
    within(field, count, 1, MAX_IMAGES, "seeds")


def _check_row(row: pb.BulkStratum, field: str) -> None:
    within(f"{field}.images", row.images, 1, MAX_IMAGES, "images")
    text(f"{field}.name", row.name, 100, lines=False)
    within(f"{field}.labels", len(row.labels), 0, MAX_LABELS, "labels")
    within(f"{field}.edits", len(row.edits), 0, MAX_ROW_EDITS, "edits")
    _check_edits(row.edits, f"{field}.edits")


def _check_edits(edits: Sequence[pb.BulkEdit], field: str) -> None:
    for i, edit in enumerate(edits):
        place = f"{field}[{i}]"
        _check_names(edit.directions, f"{place}.directions", "direction")
        if edit.HasField("index") and edit.directions:
            raise InvalidArgument(f"{place}.index", edit.index, "no index beside directions")
        if edit.HasField("index") and not edit.HasField("sigmas"):
            raise InvalidArgument(f"{place}.sigmas", None, "a distribution, which a component by its number needs")
        if edit.HasField("sigmas"):
            _check_distribution(edit.sigmas, f"{place}.sigmas", -MAX_SIGMAS, MAX_SIGMAS)
        _check_probability(edit, place)
        known(f"{place}.mode", edit.mode, EditMode)


def _check_transfer(transfer: pb.BulkTransfer, field: str) -> None:
    _check_names(transfer.regions, f"{field}.regions", "region")
    within(f"{field}.reference_seeds", len(transfer.reference_seeds), 0, MAX_REFERENCES, "seeds")
    for i, seed in enumerate(transfer.reference_seeds):
        within(f"{field}.reference_seeds[{i}]", seed, 0, MAX_SEED)
    _check_probability(transfer, field)
    if transfer.HasField("strength"):
        _check_distribution(transfer.strength, f"{field}.strength", 0, 1)
    if transfer.HasField("rho"):
        within(f"{field}.rho", transfer.rho, 0, 1)
    if transfer.HasField("epsilon"):
        within(f"{field}.epsilon", transfer.epsilon, 0, MAX_EPSILON)


def _check_probability(drawn: pb.BulkEdit | pb.BulkTransfer, field: str) -> None:
    if drawn.HasField("probability"):
        within(f"{field}.probability", drawn.probability, 0, 1)


def _check_distribution(distribution: pb.BulkDistribution, field: str, low: float, high: float) -> None:
    """Its numbers lie from `low` to `high`; of a normal distribution the mean does."""
    kind = one_of(distribution, "kind", field)
    if kind == "fixed":
        within(f"{field}.fixed", distribution.fixed, low, high)
    elif kind == "normal":
        within(f"{field}.normal.mean", distribution.normal.mean, low, high)
        within(f"{field}.normal.deviation", distribution.normal.deviation, 0, high - low)
    elif kind == "uniform":
        within(f"{field}.uniform.least", distribution.uniform.least, low, high)
        within(f"{field}.uniform.most", distribution.uniform.most, distribution.uniform.least, high)
    else:
        within(f"{field}.choice.values", len(distribution.choice.values), 1, MAX_CHOICES, "numbers")
        for i, value in enumerate(distribution.choice.values):
            within(f"{field}.choice.values[{i}]", value, low, high)


def _check_files(job: pb.BulkJob, field: str) -> None:
    place = f"{field}.picture"
    known(f"{place}.encoding", job.picture.encoding, ImageEncoding)
    if job.picture.encoding == IMAGE_ENCODING_RAW_FLOAT32:
        raise InvalidArgument(f"{place}.encoding", "IMAGE_ENCODING_RAW_FLOAT32", "a PNG or a DICOM encoding")
    if job.picture.resolution:
        raise InvalidArgument(f"{place}.resolution", job.picture.resolution, "0: the model's own size")
    if job.picture.burn_in_mark and job.picture.unmarked:
        raise InvalidArgument(f"{place}.unmarked", True, "false beside burn_in_mark")
    for name in ("side", "view", "unmarked"):
        if getattr(job.picture, name) and job.picture.encoding not in DICOM:
            raise InvalidArgument(f"{place}.{name}", getattr(job.picture, name), "nothing but with a DICOM encoding")
    known(f"{field}.layout", job.layout, pb.BulkLayout)
    if job.layout == pb.BULK_LAYOUT_DICOM_STUDIES and job.picture.encoding not in DICOM:
        named = pb.BulkLayout.Name(job.layout)
        raise InvalidArgument(f"{field}.layout", named, "another one, or a DICOM encoding of the picture")
    if job.shard_images:
        within(f"{field}.shard_images", job.shard_images, 1, MAX_SHARD, "images")
    if job.images_per_study:
        if job.layout != pb.BULK_LAYOUT_DICOM_STUDIES:
            allowed = "0 but with BULK_LAYOUT_DICOM_STUDIES"
            raise InvalidArgument(f"{field}.images_per_study", job.images_per_study, allowed)
        within(f"{field}.images_per_study", job.images_per_study, 1, MAX_STUDY, "images")
    text(f"{field}.destination", job.destination, 1000, lines=False)
    digest = job.bundle_digest
    if digest and (len(digest) != 64 or set(digest) - set("0123456789abcdef")):
        raise InvalidArgument(f"{field}.bundle_digest", digest, "64 hexadecimal digits")
    if job.made:
        _check_moment(job.made, f"{field}.made")


def _check_moment(moment: str, field: str) -> None:
    try:
        stated = datetime.fromisoformat(moment)
    except ValueError:
        stated = None
    if stated is None or stated.tzinfo is None or stated.microsecond or stated.year < 1000:
        allowed = "ISO 8601 with a year of four digits and an offset, such as 2026-11-29T12:00:00+00:00"
        raise InvalidArgument(field, moment, allowed)


def _check_names(names: Iterable[str], field: str, what: str) -> None:
    names = list(names)
    within(field, len(names), 0, MAX_NAMES, "names")
    for i, name in enumerate(names):
        text(f"{field}[{i}]", name, 100, least=1, lines=False)
    distinct(field, names, what)
