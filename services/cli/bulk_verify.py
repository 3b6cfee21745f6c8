"""mammoganesis bulk verify."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mammoganesis.terminal.progress import progress

if TYPE_CHECKING:
    from mammoganesis.v1.bulk_pb2 import BulkJob
    from services.bulk.plan import Plan

WRONG = 3
"""Exit code where something is missing or wrong."""


@click.command()
@click.argument("out", metavar="URL|DIR")
@click.option(
    "--bundle",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Draw every recipe again from the document, too, with this bundle.  [default: recipes are not drawn again]",
)
def verify(out: str, bundle: Path | None) -> int:
    """Read everything that a bulk job has made, and change nothing.

    Every shard has its manifest; every image is there once, with the checksum of its row; every recipe is complete, and
    its latent id and seed are the row's; nothing is there that belongs to no image; manifest.parquet and
    manifest.jsonl are those that were written last.

    Exit codes: 0 all is there and right; 3 something is missing or wrong, each told in a line; 1 there is no job.

    \b
    Example:
      mammoganesis bulk verify s3://bucket/job --bundle deploy/bundles/demo
    """
    from services.bulk.destination import Destination
    from services.bulk.document import image_count
    from services.bulk.verification import job_at
    from services.bulk.verification import verify as verify_job

    def plan_of(job: "BulkJob") -> "Plan":
        from mammoganesis.bundle.loading import load_bundle
        from services.bulk.plan import Plan, catalogue_of

        assert bundle is not None
        opened = load_bundle(bundle)
        return Plan.of(job, catalogue_of(opened), opened.limits())

    count = image_count(job_at(Destination(out)))
    with progress(count, "reading") as bar:
        verdict = verify_job(out, plan_of if bundle else None, bar.update)
    for fault in verdict.faults:
        click.echo(fault)
    if verdict.count > len(verdict.faults):
        click.echo(f"... and {verdict.count - len(verdict.faults)} more")
    faults = f"{verdict.count} fault{'s' * (verdict.count != 1)}"
    click.echo(f"{out}: {verdict.there} of {verdict.images} images are there and right, by whole shards; {faults}")
    return WRONG if verdict.count else 0
