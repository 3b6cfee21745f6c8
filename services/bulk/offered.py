"""What a bundle has to have for a bulk job: directions, components, regions and labels that the document names."""

from __future__ import annotations

from collections.abc import Iterator

from mammoganesis.errors import InvalidArgument
from mammoganesis.recipe.drawing import Catalogue, check_labels, check_names
from mammoganesis.recipe.fields import within
from mammoganesis.v1 import bulk_pb2 as pb


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


def _all_edits(job: pb.BulkJob, field: str) -> Iterator[tuple[str, pb.BulkEdit]]:
    for i, edit in enumerate(job.edits):
        yield _in(field, f"edits[{i}]"), edit
    if job.WhichOneof("images") == "prevalence":
        for i, row in enumerate(job.prevalence.rows):
            for k, edit in enumerate(row.edits):
                yield _in(field, f"prevalence.rows[{i}].edits[{k}]"), edit


def _in(field: str, name: str) -> str:
    return f"{field}.{name}" if field else name
