"""mammoganesis study report | export."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from services.cli.connection import takes_server
from services.cli.options import takes_language, takes_out_folder

if TYPE_CHECKING:
    from services.client import Client


@click.command()
@click.argument("study_id", metavar="ID")
@takes_language
@takes_out_folder("Folder for report.html and report.pdf.")
@takes_server
def report(client: "Client", study_id: str, language: str, out: Path) -> None:
    """Write the report of a closed study: report.html, which needs nothing else, and report.pdf.

    \b
    Example:
      mammoganesis study report study_0123456789abcdef0123456789abcdef --out report
    """
    from mammoganesis import files
    from mammoganesis.errors import FailedPrecondition
    from mammoganesis.v1.studies_pb2 import STUDY_FILE_FORMAT_HTML, STUDY_FILE_FORMAT_PDF

    files.write(out / "report.html", client.export_study(study_id, STUDY_FILE_FORMAT_HTML, language).data)
    click.echo(out / "report.html")
    try:
        pages = client.export_study(study_id, STUDY_FILE_FORMAT_PDF, language).data
    except FailedPrecondition as error:
        raise FailedPrecondition(f"report.html is written, report.pdf is not: {error.message}") from None
    files.write(out / "report.pdf", pages)
    click.echo(out / "report.pdf")


@click.command()
@click.argument("study_id", metavar="ID")
@takes_language
@takes_out_folder("Folder for the files.")
@takes_server
def export(client: "Client", study_id: str, language: str, out: Path) -> None:
    """Write everything that there is of a closed study.

    \b
      report.html, report.pdf     the report
      answers.csv, events.csv     every answer a row, corrections included; everything that readers did
      pictures.csv, pictures/     the pictures as readers saw them, and the truth
      design.json                 the document of the study
      study.json, results.json    the whole study; its results
      ratings.imrmc               for iMRMC
      statements.jsonl            xAPI statements
    """
    import io
    import zipfile
    from pathlib import PurePosixPath

    from mammoganesis import files
    from mammoganesis.errors import InvalidArgument
    from mammoganesis.v1.studies_pb2 import STUDY_FILE_FORMAT_ZIP

    with zipfile.ZipFile(io.BytesIO(client.export_study(study_id, STUDY_FILE_FORMAT_ZIP, language).data)) as found:
        names = found.namelist()
        for name in names:
            place = PurePosixPath(name)
            if place.is_absolute() or ".." in place.parts:
                raise InvalidArgument("file", name, "names of files below a folder")
        for name in names:
            files.write(out / name, found.read(name))
            if not name.startswith("pictures/"):
                click.echo(out / name)
    pictures = sum(name.startswith("pictures/") for name in names)
    click.echo(f"{out / 'pictures'}  {pictures} pictures")
