"""How much there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Table, func, select

from services.records.sql.database import Database
from services.records.sql.tables import BULK_JOBS, GENERATED, READERS, READING_ANSWERS, REGISTRY_PRUNES, STUDIES


@dataclass(frozen=True)
class Counts:
    """Numbers of rows; states as their protos number them."""

    registered: int
    jobs: Mapping[int, int]
    studies: Mapping[int, int]
    readers_begun: int
    answers: int

    @classmethod
    def of(cls, database: Database) -> Counts:
        """Now. Raises Unavailable where the database does not answer."""
        with database.reading() as connection:
            begun = select(func.count()).select_from(READERS).where(READERS.c.begun_at.is_not(None))
            return cls(
                registered=max(_last(connection, GENERATED), _last(connection, REGISTRY_PRUNES)),
                jobs=_by(connection, BULK_JOBS, BULK_JOBS.c.state),
                studies=_by(connection, STUDIES, STUDIES.c.state),
                readers_begun=connection.execute(begun).scalar_one(),
                answers=connection.execute(select(func.count()).select_from(READING_ANSWERS)).scalar_one(),
            )


def _last(connection: Connection, table: Table) -> int:
    """The highest number, which is found without counting millions: numbers grow, and only the lowest are removed."""
    return connection.execute(select(func.max(table.c.number))).scalar() or 0


def _by(connection: Connection, table: Table, column: Column[Any]) -> dict[int, int]:
    rows = connection.execute(select(column, func.count()).select_from(table).group_by(column))
    return {row[0]: row[1] for row in rows}
