"""What a bundle has to have for a bulk job: directions, components, regions and labels that the document names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mammoganesis.errors import InvalidArgument
from mammoganesis.pictures.formats import positioned
from mammoganesis.recipe.drawing import Catalogue, check_labels, check_names
from mammoganesis.recipe.fields import within
from mammoganesis.v1 import bulk_pb2 as pb
from mammoganesis.v1.latents_pb2 import Recipe


def check_offered(job: pb.BulkJob, catalogue: Catalogue, components: int, field: str = "job") -> None:
    """Judges the names and numbers of a job that has been checked by itself.

    Args:
        components: principal components of the bundle.
        field: what the job is called in messages; "" for nothing.

    Raises:
        InvalidArgument: the bundle has no such direction, component, region or label.
    """
    directions = [direction.name for direction in catalogue.directions]
    for path, edit in _all_edits(job, field):
        check_names(f"{path}.directions", edit.directions, directions)
        if edit.HasField("index"):
            within(f"{path}.index", edit.index, 0, components - 1)
        elif not directions:
            raise InvalidArgument(f"{path}.directions", None, "none: this bundle has none; `index` takes components")
    for i, transfer in enumerate(job.transfers):
        path = _in(field, f"transfers[{i}]")
        check_names(f"{path}.regions", transfer.regions, catalogue.regions)
        if not catalogue.regions:
            raise InvalidArgument(path, "a transfer", "none: this bundle has no named regions")
    if job.WhichOneof("images") == "prevalence":
        for i, row in enumerate(job.prevalence.rows):
            check_labels(_in(field, f"prevalence.rows[{i}].labels"), row.labels, catalogue)


def label_combinations(job: pb.BulkJob, catalogue: Catalogue) -> Iterator[Mapping[str, str]]:
    """All labels that images of a complete job can have; one that is not known is "" or missing."""
    table = job.WhichOneof("images") == "prevalence"
    for row in job.prevalence.rows if table else [pb.BulkStratum()]:
        given = dict(job.recipe.labels) | dict(row.labels)
        if catalogue.mixture is None or not job.labels_drawn:
            yield given
        else:
            mixture = catalogue.mixture.within(given)
            yield from (dict(zip(mixture.fields, values, strict=True)) for values, _ in mixture.counts)


def check_positions(job: pb.BulkJob, catalogue: Catalogue, field: str = "job") -> None:
    """Judges whether every mammogram of a complete job can state its side and view.

    Raises:
        InvalidArgument: neither the picture nor the labels of some images say it.
    """
    for labels in label_combinations(job, catalogue):
        positioned(job.picture, Recipe(labels=labels), _in(field, "picture"))


def _all_edits(job: pb.BulkJob, field: str) -> Iterator[tuple[str, pb.BulkEdit]]:
    for i, edit in enumerate(job.edits):
        yield _in(field, f"edits[{i}]"), edit
    if job.WhichOneof("images") == "prevalence":
        for i, row in enumerate(job.prevalence.rows):
            for k, edit in enumerate(row.edits):
                yield _in(field, f"prevalence.rows[{i}].edits[{k}]"), edit


def _in(field: str, name: str) -> str:
    return f"{field}.{name}" if field else name
