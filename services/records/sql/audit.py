"""The audit log: entries are appended one after the other, each bound to the one before."""

from __future__ import annotations

import json
import uuid
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Connection, Select, delete, func, insert, select

from mammoganesis.errors import Aborted, InvalidArgument
from mammoganesis.json_text import NotJson, read_json
from mammoganesis.pictures.signature import Signer
from services.access.audit_chain import BEGINNING, CHECKPOINT_EVERY, Chain, Checkpoint, hash_of
from services.access.audit_entries import LOST, PRUNED, Entry, moment, numbered
from services.records.sql.database import Database, now
from services.records.sql.pruning import Told, end_of_piece, nobody, removed
from services.records.sql.tables import AUDIT_CHECKPOINTS, AUDIT_ENTRIES

BATCH = 500
RECORDS = "mammoganesis|records"
"""Who writes what the log says of itself."""
_ALONE = 0x6175646974  # of PostgreSQL's advisory locks
_SEARCHED = ("who", "action", "outcome")


@dataclass(frozen=True)
class Row:
    """An entry as it is stored."""

    number: int
    at: int
    recorded_at: int
    who: str
    action: str
    outcome: str
    body: str
    hash: str


@dataclass(frozen=True)
class Condition:
    """Which entries; None and "" let all through."""

    since: int | None = None  # recorded, microseconds since 1970
    until: int | None = None
    who: str = ""
    action: str = ""
    outcome: str = ""
    about: str = ""

    def on(self, query: Select) -> Select:
        """The query with it."""
        if self.since is not None:
            query = query.where(AUDIT_ENTRIES.c.recorded_at >= self.since)
        if self.until is not None:
            query = query.where(AUDIT_ENTRIES.c.recorded_at < self.until)
        for name in _SEARCHED:
            if value := getattr(self, name):
                query = query.where(AUDIT_ENTRIES.c[name] == value)
        if self.about:
            query = query.where(AUDIT_ENTRIES.c.body.contains(json.dumps(self.about), autoescape=True))
        return query


class AuditLog:
    """The log of one database.

    Args:
        signer: of checkpoints; None: they are not signed.
    """

    def __init__(self, database: Database, signer: Signer | None = None) -> None:
        self._database, self._signer = database, signer

    def add(self, entries: Sequence[Entry], lost: Mapping[str, int] | None = None) -> tuple[int, list[Checkpoint]]:
        """Appends entries, those that are there already left out, after entries that say how many were lost, by the id
        of each such count. All of it is on the disk afterwards.

        Returns:
            How many were added, and the checkpoints that were made.
        """
        gaps = [Entry(key, now(), RECORDS, LOST, count=count) for key, count in (lost or {}).items()]
        with self._database.writing(alone=_ALONE) as connection:
            return self._append(connection, [*gaps, *entries])

    def head(self) -> Checkpoint:
        """The newest entry, or what stood before the first."""
        with self._database.reading() as connection:
            return _head(connection)

    def listed(self, condition: Condition, size: int, page: str) -> tuple[list[Row], str]:
        """Up to `size` entries, the newest first, and the token of the next page."""
        query = condition.on(_SELECTED)
        if page:
            if not page.isdecimal() or len(page) > 18:
                raise InvalidArgument("page_token", page, "one from an earlier answer")
            query = query.where(AUDIT_ENTRIES.c.number < int(page))
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(AUDIT_ENTRIES.c.number.desc()).limit(size + 1))
            found = [Row(**row._mapping) for row in rows]
        return found[:size], str(found[size - 1].number) if len(found) > size else ""

    def stretch(self, since: int | None = None, until: int | None = None) -> Iterator[list[Row | Checkpoint]]:
        """Entries that were recorded in a time with the checkpoints among them, in order, in batches: between a
        checkpoint of what stood before and one of the last.

        Raises:
            Aborted: entries of it were removed meanwhile.
        """
        with self._database.reading() as connection:
            before, last = _bounds(connection, since, until)
            noted = _checkpoints(connection)
        yield [before if before.pruned else _now_noted(before, self._signer)]
        at = before
        for rows in self._rows(before.number, last):
            batch: list[Row | Checkpoint] = []
            for row in rows:
                at = Checkpoint(row.number, row.hash)
                batch += [row, *noted.get(row.number, ())]
            yield batch
        yield [_now_noted(at, self._signer)]

    def check(self, chain: Chain) -> None:
        """Tells `chain` of the whole log; the columns beside the entries' texts too must be as the texts say. Raises as
        `stretch`."""
        with self._database.reading() as connection:
            before, last = _bounds(connection, None, None)
            noted = _checkpoints(connection)
        waiting = deque(each for number in sorted(noted) if number > before.number for each in noted[number])
        chain.checkpoint(before)
        for rows in self._rows(before.number, last):
            for row in rows:
                while waiting and waiting[0].number < row.number:
                    chain.checkpoint(waiting.popleft())
                if not _columns_fit(row):
                    chain.wrong(f"entry {row.number}: what is searched of it is not what it says")
                chain.entry(row.body, row.hash)
                while waiting and waiting[0].number == row.number:
                    chain.checkpoint(waiting.popleft())
        for checkpoint in waiting:
            chain.checkpoint(checkpoint)
        chain.end()

    def prune(self, before: int, who: str, told: Told = nobody) -> int:
        """Removes the entries that were recorded before a time (microseconds since 1970); returns how many. In pieces,
        `told` of each: each leaves a checkpoint of the last of its entries, and an entry that says so."""
        with self._database.reading() as connection:
            _, last = _bounds(connection, None, before)
        return removed(lambda: self._prune_piece(last, who), told)

    def _prune_piece(self, last: int, who: str) -> int:
        with self._database.writing(alone=_ALONE) as connection:
            end = end_of_piece(connection, AUDIT_ENTRIES, last)
            if end is None:
                return 0
            row = connection.execute(_SELECTED.where(AUDIT_ENTRIES.c.number == end)).one()
            checkpoint = Checkpoint(row.number, row.hash, now(), pruned=True).signed(self._signer)
            connection.execute(insert(AUDIT_CHECKPOINTS).values(**vars(checkpoint)))
            count = connection.execute(delete(AUDIT_ENTRIES).where(AUDIT_ENTRIES.c.number <= end)).rowcount
            entry = Entry(uuid.uuid4().hex, now(), who, PRUNED, targets=(f"entry:{end}",), count=count)
            self._append(connection, [entry])
        return count

    def _append(self, connection: Connection, entries: Sequence[Entry]) -> tuple[int, list[Checkpoint]]:
        ids = select(AUDIT_ENTRIES.c.entry_id).where(AUDIT_ENTRIES.c.entry_id.in_([each.entry_id for each in entries]))
        there = set(connection.execute(ids).scalars())
        head = _head(connection)
        recorded_at = max(now(), head.at)
        rows, checkpoints = [], []
        for entry in entries:
            if entry.entry_id in there:
                continue
            there.add(entry.entry_id)
            body = numbered(entry, head.number + 1, recorded_at, head.hash)
            head = Checkpoint(head.number + 1, hash_of(body), recorded_at)
            values = {name: getattr(entry, name) for name in ("entry_id", "at", *_SEARCHED)}
            values |= {"number": head.number, "recorded_at": recorded_at, "body": body, "hash": head.hash}
            rows.append(values)
            if head.number % CHECKPOINT_EVERY == 0:
                checkpoints.append(head.signed(self._signer))
        if rows:
            connection.execute(insert(AUDIT_ENTRIES), rows)
        if checkpoints:
            connection.execute(insert(AUDIT_CHECKPOINTS), [vars(each) for each in checkpoints])
        return len(rows), checkpoints

    def _rows(self, after: int, last: int) -> Iterator[list[Row]]:
        while True:
            query = _SELECTED.where(AUDIT_ENTRIES.c.number > after, AUDIT_ENTRIES.c.number <= last)
            with self._database.reading() as connection:
                rows = connection.execute(query.order_by(AUDIT_ENTRIES.c.number).limit(BATCH))
                found = [Row(**row._mapping) for row in rows]
                removed = _pruned(connection).number
            if removed > after and after < last:
                raise Aborted("entries of the audit log were removed while it was read; read it again")
            if not found:
                return
            yield found
            after = found[-1].number


_SELECTED = select(*(AUDIT_ENTRIES.c[name] for name in Row.__dataclass_fields__))


def _head(connection: Connection) -> Checkpoint:
    newest = select(AUDIT_ENTRIES.c.number, AUDIT_ENTRIES.c.hash, AUDIT_ENTRIES.c.recorded_at)
    row = connection.execute(newest.order_by(AUDIT_ENTRIES.c.number.desc()).limit(1)).first()
    return _pruned(connection) if row is None else Checkpoint(*row)


def _pruned(connection: Connection) -> Checkpoint:
    """What stood before the first entry that is kept."""
    query = _NOTED.where(AUDIT_CHECKPOINTS.c.pruned).order_by(AUDIT_CHECKPOINTS.c.number.desc()).limit(1)
    row = connection.execute(query).first()
    return BEGINNING if row is None else Checkpoint(**row._mapping)


def _bounds(connection: Connection, since: int | None, until: int | None) -> tuple[Checkpoint, int]:
    """What stands before the entries of a time, and the number of the last of them."""
    before = _pruned(connection)
    if since is not None:
        earlier = select(AUDIT_ENTRIES.c.number, AUDIT_ENTRIES.c.hash).where(AUDIT_ENTRIES.c.recorded_at < since)
        row = connection.execute(earlier.order_by(AUDIT_ENTRIES.c.number.desc()).limit(1)).first()
        before = before if row is None else Checkpoint(*row)
    last = select(func.max(AUDIT_ENTRIES.c.number))
    if until is not None:
        last = last.where(AUDIT_ENTRIES.c.recorded_at < until)
    return before, connection.execute(last).scalar_one() or 0


_NOTED = select(*(AUDIT_CHECKPOINTS.c[name] for name in Checkpoint.__dataclass_fields__))


def _checkpoints(connection: Connection) -> dict[int, list[Checkpoint]]:
    """Those that are not of pruned entries, by their numbers."""
    rows = connection.execute(_NOTED.where(~AUDIT_CHECKPOINTS.c.pruned).order_by(AUDIT_CHECKPOINTS.c.number))
    found = [Checkpoint(**row._mapping) for row in rows]
    return {number: list(group) for number, group in groupby(found, key=lambda each: each.number)}


def _now_noted(place: Checkpoint, signer: Signer | None) -> Checkpoint:
    return Checkpoint(place.number, place.hash, now()).signed(signer)


def _columns_fit(row: Row) -> bool:
    try:
        values = read_json(row.body)
        times = values["at"] == moment(row.at) and values["recorded_at"] == moment(row.recorded_at)
        return times and values["number"] == row.number and all(values[key] == getattr(row, key) for key in _SEARCHED)
    except (NotJson, KeyError, TypeError):
        return False
