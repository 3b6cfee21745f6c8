"""mammoganesis records backup | restore."""

from pathlib import Path

import click

from mammoganesis.terminal.commands import LazyGroup


@click.group(cls=LazyGroup)
def records() -> None:
    """Cases, quizzes and reader studies of a server, as one file."""


@records.command()
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write everything that records knows into FILE. The server may be running.

    The database is the one of the settings: MAMMOGANESIS_RECORDS_URL, or MAMMOGANESIS_RECORDS_FOLDER. Of PostgreSQL it
    is what pg_dump writes, with the links' secrets as hashes; keep the file as you keep the database.
    """
    from services.records.sql import backup as copies

    config = _config()
    copies.backup(config.records_url, config.records_folder, file)
    click.echo(f"{file}  {file.stat().st_size} bytes")


@records.command()
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Let go all that the database holds, whoever made it.")
def restore(file: Path, replace: bool) -> None:
    """Bring the database to what FILE holds. Stop the server first."""
    from services.records.sql import backup as copies

    config = _config()
    copies.restore(config.records_url, config.records_folder, file, replace)
    click.echo(f"restored from {file}")


def _config():
    import os

    from services.process.config import Config

    return Config.from_environment(os.environ)
