"""mammoganesis study create | list | show | prepare | open | invite | close."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from services.cli.connection import takes_server
from services.cli.lines import each

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mammoganesis.v1.studies_pb2 import Study, StudyRemark
    from services.client import Client

STUDIO = "http://127.0.0.1:8080"


@click.command()
@click.argument("document", metavar="STUDY.json", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--reals",
    type=click.Path(exists=True, path_type=Path),
    metavar="PATH",
    help="Folder of image files (PNG, JPEG, TIFF, DICOM), or a CSV manifest.  [default: pool.reals of the document]",
)
@takes_server
def create(client: "Client", document: Path, reals: Path | None) -> None:
    """Create a study from its document, and send its real images.

    Every file of the manifest is read and checked before the study is made. docs/study-design.schema.json describes the
    document.

    \b
    Example:
      mammoganesis study create turing_test.json --reals reals/manifest.csv
    """
    from mammoganesis.errors import InvalidArgument
    from mammoganesis.terminal.progress import progress
    from services.study.design import check
    from services.study.manifest import reals_at
    from services.study.protocol import MAX_DOCUMENT_CHARACTERS, read_design

    if document.stat().st_size > MAX_DOCUMENT_CHARACTERS:
        raise InvalidArgument(document.name, f"{document.stat().st_size} bytes", f"at most {MAX_DOCUMENT_CHARACTERS}")
    design = read_design(document.read_text(encoding="utf-8-sig"), document.name)
    check(design, document.name)
    place = reals or (document.parent / design.pool.reals if design.pool.reals else None)
    images = reals_at(place) if place is not None else []
    for _, path in images:
        path.stat()  # a file that is missing is told before anything is made
    study_id = client.create_study(design).study.study_id
    with progress(len(images), "sending") as bar:
        for real, path in images:
            try:
                client.add_real(study_id, real, path.read_bytes())
            except InvalidArgument as error:
                raise error.in_file(path) from None
            bar.update()
    found = client.study(study_id)
    _tell(found.study)
    _remark(found.remarks)


@click.command("list")
@takes_server
def list_(client: "Client") -> None:
    """List all studies, the newest first."""
    for study in each(client.studies(), "no study"):
        _tell(study)


@click.command()
@click.argument("study_id", metavar="ID")
@takes_server
def show(client: "Client", study_id: str) -> None:
    """Say where a study stands, what should be known about it, and how far its readers are."""
    found = client.study(study_id)
    _tell(found.study)
    if found.study.protocol_hash:
        made = found.composition
        click.echo(f"  protocol {found.study.protocol_hash}")
        click.echo(f"  {made.real} real, {made.synthesised} synthesised, {made.edited} edited images")
        click.echo(f"  {found.look_alikes} look-alike(s)")
    _remark(found.remarks)
    for reader in found.readers:
        ended = "  revoked" if reader.HasField("revoked_at") else "  finished" if reader.HasField("finished_at") else ""
        click.echo(f"  {reader.pseudonym}  {reader.answered} of {reader.trials}{ended}  {reader.name}".rstrip())


@click.command()
@click.argument("study_id", metavar="ID")
@takes_server
def prepare(client: "Client", study_id: str) -> None:
    """Make the synthetic images, draw the pool and write all pictures. Called again, it goes on where it was."""
    from mammoganesis.terminal.progress import progress
    from mammoganesis.v1.studies_pb2 import STUDY_PREPARATION_DONE

    study = None
    with progress(None, "preparing", "step") as bar:
        for told in client.prepare_study(study_id):
            bar.update()
            study = told.study if told.doing == STUDY_PREPARATION_DONE else study
    if study is not None:
        _tell(study)
        click.echo(f"  protocol {study.protocol_hash}")


@click.command("open")
@click.argument("study_id", metavar="ID")
@click.option(
    "--protocol",
    "protocol_hash",
    metavar="HASH",
    help="The protocol that you have looked at.  [default: the one that the study has]",
)
@takes_server
def open_(client: "Client", study_id: str, protocol_hash: str | None) -> None:
    """Freeze the protocol and let readers begin."""
    _tell(client.open_study(study_id, protocol_hash or client.study(study_id).study.protocol_hash))


@click.command()
@click.argument("study_id", metavar="ID")
@click.option(
    "--reader", "name", required=True, metavar="NAME", help="For you only: readers are R1, R2, ... elsewhere."
)
@click.option("--ends", type=click.DateTime(), help="When the link ends, in UTC.  [default: with the study]")
@click.option("--studio", default=STUDIO, show_default=True, metavar="URL", help="Where readers reach the studio.")
@takes_server
def invite(client: "Client", study_id: str, name: str, ends: datetime | None, studio: str) -> None:
    """Make a personal link for a reader. It is told this once: who knows it reads as this reader.

    \b
    Example:
      mammoganesis study invite study_0123456789abcdef0123456789abcdef --reader "Dr A"
    """
    ends_at = None if ends is None else ends.replace(tzinfo=UTC)
    pseudonym, token = client.invite_reader(study_id, name, ends_at)
    click.echo(f"{pseudonym}  {studio.rstrip('/')}/reading#{token}")


@click.command()
@click.argument("study_id", metavar="ID")
@click.confirmation_option("--yes", prompt="No answer is taken from then on. Close the study for good?")
@takes_server
def close(client: "Client", study_id: str) -> None:
    """Take no more answers, for good: results and truth can be seen from then on."""
    _tell(client.close_study(study_id))


def _tell(study: "Study") -> None:
    from mammoganesis.v1.studies_pb2 import StudyState

    state = StudyState.Name(study.state).removeprefix("STUDY_STATE_")
    click.echo(f"{study.study_id}  {state}, {study.reals} real image(s), {study.finished} of {study.readers} reader(s)")
    click.echo(f"  {study.title}")


def _remark(remarks: "Iterable[StudyRemark]") -> None:
    for remark in remarks:
        click.echo(f"  {'must be mended' if remark.blocking else 'note'}: {remark.field}: {remark.text}")
