"""mammoganesis registry list | search | export | import | prune."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mammoganesis.terminal.commands import LazyGroup
from mammoganesis.terminal.progress import progress
from services.cli.connection import takes_server
from services.cli.lines import each
from services.cli.pruning import MOMENT, removing

if TYPE_CHECKING:
    from services.client import Client

NOTHING_FOUND = 3


def _takes_filter(command: Any) -> Any:
    options = (
        click.option("--since", type=MOMENT, help="Answered then or later (UTC)."),
        click.option("--until", type=MOMENT, help="Answered before (UTC)."),
        click.option("--caller", default="", metavar="HOST", help="Asked for by this host, such as ipv4:10.0.0.7."),
        click.option("--latent", "latent_id", default="", metavar="ID", help="Of this latent id."),
        click.option("--digest", "bundle_digest", default="", metavar="SHA256", help="Of this bundle."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.group(cls=LazyGroup)
def registry() -> None:
    """What a server has handed out: who asked, when, the recipe, the checksum of the pixels. It keeps no pixels."""


@registry.command("list")
@_takes_filter
@click.option("--count", default=20, show_default=True, type=click.IntRange(1), help="How many at most.")
@takes_server
def list_(client: "Client", count: int, **which: Any) -> None:
    """List entries, the newest first."""
    from itertools import islice

    for entry in each(islice(client.registry(_which(**which)), count), "no entry"):
        click.echo(_line(entry))
    if missed := client.missed_answers():
        click.echo(f"{missed} answers could not be registered", err=True)
    if removed := client.removed_entries():
        click.echo(f"{removed} entries were removed by the operator", err=True)


@registry.command(short_help="Find the entries that a picture may be a copy of.")
@click.argument("image", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@takes_server
def search(client: "Client", image: Path) -> int:
    """Find the entries that IMAGE (PNG, JPEG, TIFF or DICOM) may be a copy of: with the same pixels, or alike after it
    was compressed, resized, mirrored or converted.

    \b
    Exit codes:
      0  found
      3  nothing in the registry looks like it
    """
    from mammoganesis.texts.said import Likeness

    matches = client.search_registry(image.read_bytes())
    for match in each(matches, f"{image}: nothing in the registry looks like it"):
        how = "the same pixels" if match.same_pixels else f"likeness {Likeness(match.likeness)}"
        click.echo(f"{how}{', mirrored' if match.mirrored else ''}  {_line(match.entry)}")
    return 0 if matches else NOTHING_FOUND


@registry.command("import", short_help="Register images that were made without the server, or sent elsewhere.")
@click.argument("places", metavar="FILE|DIR|URL...", nargs=-1, required=True)
@click.option(
    "--destination",
    metavar="TEXT",
    help="Where they are now, up to 1000 characters.  [default: the place as a whole path or address]",
)
@takes_server
def import_(client: "Client", places: tuple[str, ...], destination: str | None) -> None:
    """Register PNG and DICOM files of ours that did not pass the server, or that are at another place now: files, and
    all images of what `bulk` has made, in a folder or an object store. Done again, it adds nothing.

    \b
    Examples:
      mammoganesis registry import out/samples/*.png
      mammoganesis registry import s3://bucket/job
      mammoganesis registry import out/*.dcm --destination http://pacs:8042/dicom-web
    """
    from services.bulk.contents import images_at

    added = 0
    with progress(None, "registering") as bar:
        for place in places:
            found = images_at(place, lambda: bar.update(1))
            added += client.register_images(found.images, destination or found.place)
    click.echo(f"{added} entr{'y' if added == 1 else 'ies'} added")


@registry.command()
@_takes_filter
@click.option(
    "--format", "form", type=click.Choice(["jsonl", "csv"]), help="JSON lines or CSV.  [default: by the suffix of FILE]"
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The file, which is replaced.  [default: standard output]",
)
@takes_server
def export(client: "Client", form: str | None, out: Path | None, **which: Any) -> None:
    """Write all entries as JSON lines or CSV, the oldest first.

    \b
    Example:
      mammoganesis registry export --since 2026-01-01 --out registry.csv
    """
    from mammoganesis import files

    form = form or ("csv" if out is not None and out.suffix.lower() == ".csv" else "jsonl")
    pieces = client.export_registry(_which(**which), form)
    if out is None:
        for piece in pieces:
            click.echo(piece, nl=False)
        return
    data = b"".join(pieces)
    files.write(out, data)
    click.echo(out)


@registry.command()
@click.option("--before", required=True, type=MOMENT, help="Remove what was answered before this time (UTC).")
@click.option("--yes", is_flag=True, help="Do not ask.")
def prune(before: datetime, yes: bool) -> None:
    """Remove the oldest entries, up to the first that is younger. What they tell of is not found any more, by `verify`
    or `search`. Export them first. `registry list` says how many were removed, the audit log also by whom. Removed in
    pieces of 10,000, so that the server goes on; stopped on the way, the same command goes on.

    The database is the one of the settings: MAMMOGANESIS_RECORDS_URL, or MAMMOGANESIS_RECORDS_FOLDER. The server may be
    running.
    """
    from services.cli.noting import noted
    from services.records.sql.registry import Registry

    with removing(before, yes) as (_, database, moment), progress(None, "removed", "entry") as bar:

        def gone(count: int) -> None:
            bar.update(count)
            noted("registry prune", [f"before:{before:%Y-%m-%dT%H:%M:%S}Z", f"entries:{count}"])

        removed = Registry(database).prune(moment, gone)
    click.echo(f"{removed} entries were removed")


def _which(since: datetime | None, until: datetime | None, **names: str):
    from services.client.registry import Which

    return Which(since=since, until=until, **names)


def _line(entry) -> str:
    from mammoganesis.v1.images_pb2 import ImageEncoding

    form = ImageEncoding.Name(entry.encoding).removeprefix("IMAGE_ENCODING_").lower()
    moment = entry.answered_at.ToJsonString()
    where = f"  -> {entry.destination}" if entry.destination else ""
    return f"{entry.number}  {moment}  {entry.caller or '-'}  {entry.rpc}  {form}  {entry.latent_id}{where}"
