"""The whole database as one file, and back: SQLite's own copy while it is in use, or PostgreSQL's own programs."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from mammoganesis.errors import FailedPrecondition, InvalidArgument, Unavailable
from services.records.sql import postgres_programs
from services.records.sql.database import FILE_NAME, Database, check_version

_SQLITE, _POSTGRES = b"SQLite format 3\0", b"PGDMP"


def backup(url: str | None, folder: Path, file: Path) -> None:
    """Writes all that records knows into `file`, which must not exist; records may be at work meanwhile. Only its owner
    reads it.

    Args:
        url: of the database; None: the file in `folder`.

    Raises:
        FailedPrecondition: there is a file, no database, or no program of PostgreSQL.
        Unavailable: the database does not answer.
    """
    if file.exists():
        raise FailedPrecondition(f"{file}: is there already; a backup replaces nothing")
    with _replaced(file) as part:
        if _is_postgres(url):
            postgres_programs.dump(str(url), part)
        else:
            source = _sqlite_file(url, folder)
            if not source.is_file():
                raise FailedPrecondition(f"{source}: there is no database of records")
            _copy(source, part)


def restore(url: str | None, folder: Path, file: Path, replace: bool) -> None:
    """Brings a database to what a backup holds; records must not be running. A backup that is damaged, or of a later
    version of this program, changes nothing.

    Args:
        replace: whether what the database holds may be lost.

    Raises:
        InvalidArgument: the file is no backup of this kind of database.
        FailedPrecondition: the database holds something, and `replace` is False.
        Unavailable: the database does not answer, or the file is damaged or of a later version of this program.
    """
    kind = _POSTGRES if _is_postgres(url) else _SQLITE
    with file.open("rb") as opened:
        if opened.read(len(kind)) != kind:
            words = "a backup of PostgreSQL, as the database is" if kind == _POSTGRES else "a backup of SQLite"
            raise InvalidArgument("file", file, words)
    if not replace and _holds_something(url, folder):
        raise FailedPrecondition("the database of records holds something already; --replace lets that go")
    if kind == _POSTGRES:
        check_version(postgres_programs.version_in(file))
        postgres_programs.replay(str(url), file)
        _migrate(Database.of(url, folder))
    else:
        target = _sqlite_file(url, folder)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _replaced(target) as part:
            _copy(file, part)
            _migrate(Database(f"sqlite:///{part.resolve()}"))
            for beside in _beside(target):  # of the database that goes: nothing of theirs belongs to the one that comes
                beside.unlink(missing_ok=True)


def _holds_something(url: str | None, folder: Path) -> bool:
    if not _is_postgres(url):
        return _sqlite_file(url, folder).exists()
    database = Database.of(url, folder)
    try:
        return database.is_filled()
    finally:
        database.close()


def _is_postgres(url: str | None) -> bool:
    return url is not None and make_url(url).get_backend_name().startswith("postgres")


def _sqlite_file(url: str | None, folder: Path) -> Path:
    return folder / FILE_NAME if url is None else Path(str(make_url(url).database))


@contextmanager
def _replaced(file: Path) -> Iterator[Path]:
    """A new file that only its owner reads; it takes the place of `file` when the block ends without an error."""
    part = file.with_name(f"{file.name}.part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield part
        part.replace(file)
    finally:
        for left in (part, *_beside(part)):
            left.unlink(missing_ok=True)


def _beside(file: Path) -> list[Path]:
    """What SQLite keeps beside a database that is in use."""
    return [file.with_name(f"{file.name}{end}") for end in ("-wal", "-shm")]


def _migrate(database: Database) -> None:
    try:
        database.migrate()
    finally:
        database.close()


def _copy(source: Path, target: Path) -> None:
    """SQLite's own copy: as of one moment, and checked."""
    try:
        with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target)) as written:
            read.backup(written)
            (state,) = written.execute("PRAGMA quick_check").fetchone()
    except sqlite3.Error as error:
        raise Unavailable(f"{source}: cannot be copied to {target}: {error}") from error
    if state != "ok":
        raise Unavailable(f"{source}: is damaged: {state}")
