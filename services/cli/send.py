"""mammoganesis send."""

from pathlib import Path

import click

from mammoganesis.terminal.progress import progress


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE..."
)
@click.option("--stow", metavar="URL", help="Root of a DICOMweb server, such as http://127.0.0.1:8042/dicom-web.")
@click.option("--dimse", metavar="HOST:PORT:AET", help="A DICOM server: its address and the title of its entity.")
@click.option(
    "--register",
    metavar="ADDRESS",
    help="Write into the registry of the server there (host:port) what was found afterwards, and where.",
)
def send(files: tuple[Path, ...], stow: str | None, dimse: str | None, register: str | None) -> int:
    """Send DICOM files of ours to a server, by STOW-RS or by C-STORE, and ask it afterwards whether it has them.

    A file that does not say that it is synthetic is refused, before anything is sent. Our own title is MAMMOGANESIS.
    Name and password of a DICOMweb server are best kept in ~/.netrc.

    \b
    Exit codes: 0 the server lists every file; 1 it does not, or does not answer; 2 wrong usage

    \b
    Examples:
      mammoganesis send samples/*.dcm --stow http://127.0.0.1:8042/dicom-web
      mammoganesis send samples/*.dcm --dimse 127.0.0.1:4242:ORTHANC --register 127.0.0.1:50051
    """
    if (stow is None) == (dimse is None):
        raise click.UsageError("give exactly one of --stow, --dimse")
    from services.sending.delivery import deliver
    from services.sending.instances import instance_of
    from services.sending.servers import dimse_server, stow_server

    server = dimse_server(dimse) if dimse is not None else stow_server(stow or "")
    instances = [instance_of(str(file), file.read_bytes) for file in files]
    with progress(len(instances), "sending") as bar:
        delivery = deliver(server, instances, bar.update)
    for name, why in delivery.missing.items():
        click.echo(f"error: {name}: not there: {why}", err=True)
    click.echo(delivery.told)
    if register is not None and delivery.found:
        from services.client import Client

        with Client.connect(register) as client:
            pictures = [each for each in delivery.found if each.has_picture]
            added = client.register_images((Path(each.name).read_bytes() for each in pictures), delivery.place)
        click.echo(f"{added} of {len(pictures)} newly in the registry of {register}")
    return 1 if delivery.missing else 0
