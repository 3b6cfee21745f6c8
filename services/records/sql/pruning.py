"""Removing the oldest entries of a table in pieces: each is a transaction of its own, so that nobody else waits for
long, and what was removed before a kill is written down; who asks again goes on from there."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, Table, select

AT_ONCE = 10_000
"""Entries of one transaction: half a second of SQLite's one writer, or less."""

Told = Callable[[int], object]
"""Of how many entries a piece had, when it is gone."""


def nobody(count: int) -> None:
    """Tells nobody."""


def end_of_piece(connection: Connection, table: Table, last: int) -> int | None:
    """The number of the last of the oldest AT_ONCE entries of a table that has a column `number`; None where there is
    none up to `last`."""
    oldest = select(table.c.number).where(table.c.number <= last).order_by(table.c.number).limit(AT_ONCE)
    return max(connection.execute(oldest).scalars(), default=None)


def removed(piece: Callable[[], int], told: Told) -> int:
    """Entries that were removed in all, by as many calls of `piece` as there is something for."""
    entries = 0
    while count := piece():
        told(count)
        entries += count
    return entries
