"""mammoganesis case list | show | export | import."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mammoganesis.terminal.commands import LazyGroup
from services.cli.connection import takes_server
from services.cli.lines import each

if TYPE_CHECKING:
    from services.client import Client


@click.group(cls=LazyGroup)
def case() -> None:
    """List, show, export and import the teaching cases of a server."""


@case.command("list")
@click.argument("words", nargs=-1)
@takes_server
def list_(client: "Client", words: tuple[str, ...]) -> None:
    """List the cases whose titles hold all WORDS, saved last first."""
    for item in each(
        client.cases(" ".join(words)), "no case" if not words else "no case has all these words in its title"
    ):
        click.echo(f"{item.case_id}  version {item.version}, {item.images} image(s), {item.questions} question(s)")
        click.echo(f"  {item.title}")


@case.command()
@click.argument("case_id", metavar="CASE")
@click.option("--version", type=click.IntRange(1), metavar="N", help="An earlier version.  [default: the newest]")
@takes_server
def show(client: "Client", case_id: str, version: int | None) -> None:
    """Print a case as JSON, as `case export --no-pictures` writes it."""
    from google.protobuf import json_format

    found = client.case(case_id, version or 0)
    click.echo(json_format.MessageToJson(found, preserving_proto_field_name=True))


@case.command()
@click.argument("case_ids", metavar="CASE...", nargs=-1)
@click.option("--collection", "collection_id", default="", metavar="ID", help="All cases of a collection instead.")
@click.option("--pictures/--no-pictures", default=True, show_default=True, help="A ZIP with PNG files, or JSON alone.")
@click.option("--dicom", is_flag=True, help="A ZIP of DICOM studies instead, which cannot be imported again.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The file, or a folder for it.  [default: its own name, here]",
)
@takes_server
def export(
    client: "Client", case_ids: tuple[str, ...], collection_id: str, pictures: bool, dicom: bool, out: Path | None
) -> None:
    """Write cases into one file, for another server or for keeping.

    \b
    Example:
      mammoganesis case export --collection collection_0123456789abcdef0123456789abcdef
    """
    from mammoganesis import files

    if bool(case_ids) == bool(collection_id):
        raise click.UsageError("give the cases, or --collection")
    if dicom and not pictures:
        raise click.UsageError("--dicom and --no-pictures exclude each other")
    found = client.export_cases(case_ids, collection_id, "dicom" if dicom else "zip" if pictures else "json")
    target = Path(found.name) if out is None else out / found.name if out.is_dir() else out
    files.write(target, found.data)
    click.echo(target)


@case.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@takes_server
def import_(client: "Client", file: Path) -> None:
    """Add the cases of an exported FILE, ZIP or JSON, to those of the server."""
    for item in each(client.import_cases(file.read_bytes()), f"{file}: no case is in it"):
        click.echo(f"{item.case_id}  {item.title}")
