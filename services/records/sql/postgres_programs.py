"""PostgreSQL's own programs: a database as one file (pg_dump), and back (pg_restore, psql)."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import IO

from sqlalchemy.engine import URL, make_url

from mammoganesis.errors import FailedPrecondition, Unavailable

_EMPTIED = """
BEGIN;
DO $$
DECLARE
    ours oid := (SELECT relnamespace FROM pg_class WHERE oid = to_regclass('alembic_version'));
    each record;
BEGIN
    FOR each IN SELECT oid::regclass AS name FROM pg_class AS of
        WHERE relkind IN ('r', 'p') AND relnamespace = ours
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = of.oid AND deptype = 'e')
    LOOP EXECUTE format('DROP TABLE %s CASCADE', each.name); END LOOP;
    FOR each IN SELECT oid::regprocedure AS name FROM pg_proc AS of
        WHERE prokind = 'f' AND pronamespace = ours
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = of.oid AND deptype = 'e')
    LOOP EXECUTE format('DROP FUNCTION %s CASCADE', each.name); END LOOP;
END $$;
"""
"""Begins a transaction and lets go of all tables and functions beside ours, but for those of extensions. A later
version may have made some whose names this one does not know: they would hold on to what the backup replaces, and be in
the way of the next upgrade."""
_CHUNK_BYTES = 2**20
_REASON_CHARACTERS = 500


def dump(url: str, file: Path) -> None:
    """Writes a database into `file`, in the format of pg_restore.

    Raises:
        FailedPrecondition: there is no program of PostgreSQL.
        Unavailable: the database does not answer.
    """
    plain, environment = _address(url)
    _run([_found("pg_dump"), f"--dbname={plain}", "--format=custom", f"--file={file}"], environment)


def version_in(file: Path) -> str:
    """The version of the schema in a file of `dump`.

    Raises:
        FailedPrecondition: there is no program of PostgreSQL.
        Unavailable: the file is damaged, or of no database of records.
    """
    options = ("--data-only", "--table=alembic_version", "--file=-")
    rows = _run([_found("pg_restore"), *options, str(file)], dict(os.environ))
    found = re.search(r"^COPY \S+ \(version_num\) FROM stdin;\n(\S+)\n", rows, re.MULTILINE)
    if not found:
        raise Unavailable(f"{file}: there are no records in it")
    return found[1]


def replay(url: str, file: Path) -> None:
    """Brings a database to what a file of `dump` holds, whatever it held before, in one transaction.

    Raises:
        FailedPrecondition: there is no program of PostgreSQL.
        Unavailable: the database does not answer, or the file is damaged; nothing has changed then.
    """
    plain, environment = _address(url)
    options = ("--clean", "--if-exists", "--no-owner", "--file=-")
    reads = [_found("pg_restore"), *options, str(file)]
    writes = [
        _found("psql"),
        f"--dbname={plain}",
        "--no-psqlrc",
        "--quiet",
        "--set=ON_ERROR_STOP=1",
        "--output=/dev/null",
    ]
    pipe = subprocess.PIPE
    with (
        tempfile.TemporaryFile() as unread,
        tempfile.TemporaryFile() as unwritten,
        subprocess.Popen(reads, stdout=pipe, stderr=unread) as source,
        subprocess.Popen(writes, stdin=pipe, stdout=subprocess.DEVNULL, stderr=unwritten, env=environment) as target,
    ):
        assert source.stdout
        assert target.stdin
        try:
            with contextlib.closing(target.stdin) as into:
                into.write(_EMPTIED.encode())
                shutil.copyfileobj(source.stdout, into, _CHUNK_BYTES)
                if source.wait() == 0:
                    into.write(b"COMMIT;\n")
        except BrokenPipeError:  # psql has ended, and says why
            source.kill()
        if target.wait():
            raise _failed("psql", unwritten, target.returncode)
        if source.wait():
            raise _failed("pg_restore", unread, source.returncode)


def _address(url: str) -> tuple[str, dict[str, str]]:
    """Of a database for programs: without its password, which goes by the environment, where no list of processes shows
    it."""
    address: URL = make_url(url)
    environment = dict(os.environ) | ({"PGPASSWORD": str(address.password)} if address.password else {})
    return address.set(drivername="postgresql", password=None).render_as_string(hide_password=False), environment


def _found(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise FailedPrecondition(f"{program} is not installed (Debian: apt-get install postgresql-client)")
    return path


def _run(command: list[str], environment: dict[str, str]) -> str:
    """What a program has written."""
    with tempfile.TemporaryFile() as errors:
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=errors)
        if done.returncode:
            raise _failed(Path(command[0]).name, errors, done.returncode)
    return done.stdout.decode(errors="replace")


def _failed(program: str, errors: IO[bytes], code: int) -> Unavailable:
    errors.seek(0)
    reason = " ".join(errors.read(100_000).decode(errors="replace").split())[:_REASON_CHARACTERS]
    return Unavailable(f"{program} has failed: {reason or f'exit code {code}'}")
