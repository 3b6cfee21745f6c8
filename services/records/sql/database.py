"""The database: SQLite in a file by default, PostgreSQL by URL. The one door to both, and to the migrations."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic.config import Config as AlembicConfig
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from mammoganesis.errors import Unavailable
from services.observability import logs, metrics, table, traces

logger = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"
FILE_NAME = "records.sqlite3"
LOCK_SECONDS = 30.0
"""For SQLite's one writer to be done."""
_CONNECTIONS = 8
_MIGRATION_LOCK = 0x6D616D6D6F  # of PostgreSQL's advisory locks


class Database:
    """Connections to one database.

    Args:
        url: of SQLAlchemy's form, "postgresql://..." taken for its driver psycopg.
    """

    def __init__(self, url: str) -> None:
        address = make_url(url)
        if address.drivername in ("postgresql", "postgres"):
            address = address.set(drivername="postgresql+psycopg")
        self._is_sqlite = address.get_backend_name() == "sqlite"
        options: dict[str, Any] = {"pool_size": _CONNECTIONS, "max_overflow": 0, "pool_timeout": LOCK_SECONDS}
        options["hide_parameters"] = True  # errors are logged, and what people write is not
        if self._is_sqlite:
            options["connect_args"] = {"timeout": LOCK_SECONDS}
        else:
            options |= {"pool_pre_ping": True, "connect_args": {"connect_timeout": 10}}
        self.engine: Engine = create_engine(address, **options)
        if self._is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)

    @classmethod
    def of(cls, url: str | None, folder: Path) -> Database:
        """The database at a URL, or the file in a folder, which is made where it is missing.

        Raises:
            Unavailable: there is no room for the folder, or no right.
        """
        if url is not None:
            return cls(url)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise Unavailable(f"{folder}: no folder for the records can be made there: {error.strerror}") from error
        return cls(f"sqlite:///{folder.resolve() / FILE_NAME}")

    def migrate(self) -> None:
        """Brings the schema to the newest version, one process at a time.

        Raises:
            Unavailable: the database cannot be reached, or is of a later version of this program.
        """
        config, script = _migrations()
        steps = EnvironmentContext(config, script, fn=lambda revision, _: script._upgrade_revs("head", revision))
        try:
            with self.engine.connect().execution_options(writes=True) as connection, connection.begin(), steps:
                if not self._is_sqlite:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
                steps.configure(connection=connection)
                steps.run_migrations()
        except SQLAlchemyError as error:
            raise Unavailable(f"the records' database cannot be opened: {_reason(error)}") from error
        except CommandError as error:
            raise _later(error) from error

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that changes nothing."""
        with _told("reading"), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self, alone: int | None = None) -> Iterator[Connection]:
        """A transaction that is on the disk when the block ends without an error, and has not been otherwise.

        Args:
            alone: a number, for one beside which no other of this number runs; SQLite has one writer anyway.
        """
        with _told("writing"), self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            if alone is not None and not self._is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": alone})
            yield connection

    def ping(self) -> None:
        """Raises Unavailable where the database does not answer."""
        with self.reading() as connection:
            connection.execute(text("SELECT 1"))

    def is_filled(self) -> bool:
        """Whether there is a schema of ours."""
        with _told("reading"):
            return inspect(self.engine).has_table("alembic_version")

    def close(self) -> None:
        """Closes all connections."""
        self.engine.dispose()


def check_version(version: str) -> None:
    """Raises Unavailable where a schema is of a later version of this program."""
    _, script = _migrations()
    try:
        script.get_revision(version)
    except CommandError as error:
        raise _later(error) from error


def _migrations() -> tuple[AlembicConfig, ScriptDirectory]:
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config, ScriptDirectory.from_config(config)


def _later(error: CommandError) -> Unavailable:
    return Unavailable(f"the records' database is of a later version of this program ({error})")


def now() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1000


def token() -> str:
    """32 letters, digits, "-" and "_" that nobody guesses."""
    return secrets.token_urlsafe(24)


@contextmanager
def _told(kind: str) -> Iterator[None]:
    """A database that is not there now, or is busy for too long, is no fault of the program. What it takes is measured,
    `kind` being what it is for."""
    started = time.perf_counter()
    try:
        with traces.span("database", "client", work=kind):
            yield
        metrics.observe(table.DATABASE_SECONDS, time.perf_counter() - started, kind=kind)
    except (OperationalError, PoolTimeoutError) as error:
        metrics.count(table.DATABASE_FAULTS)
        logs.event(logger, logging.ERROR, "database", {"reason": _reason(error)})
        raise Unavailable("the records' database does not answer at the moment; try again") from error


def _reason(error: SQLAlchemyError) -> str:
    """In one line, without the statement."""
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # transactions begin where `_begin_sqlite` says so
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes its turn at the beginning: one that has read first could be refused instead of waiting."""
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")
