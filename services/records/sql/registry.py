"""The registry of what was generated: rows are only ever added, and removed from the oldest on."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, delete, func, insert, select

from mammoganesis.errors import InvalidArgument
from mammoganesis.pictures.likeness import CODE_BITS, CODE_BITS_APART, bits_apart
from services.records.sql.database import Database, now
from services.records.sql.pruning import Told, end_of_piece, nobody, removed
from services.records.sql.tables import GENERATED, REGISTRY_GAPS, REGISTRY_PRUNES

BATCH = 500
MAX_NEAR = 100
"""Entries whose textures are compared in one search."""
_CODES_AT_ONCE = 50_000
_ALONE = 0x7265676973  # of PostgreSQL's advisory locks: numbers are on the disk in their order


@dataclass(frozen=True)
class NewRow:
    """An image to be registered."""

    answer_id: str
    place: int  # within the answer
    answered_at: int  # microseconds since 1970
    caller: str
    request_id: str
    rpc: str
    encoding: int  # an ImageEncoding
    width: int
    height: int
    latent_id: str
    bundle_digest: str
    pixels_sha256: str
    recipe: bytes  # a Recipe
    texture: bytes  # `likeness.packed`
    code: bytes  # `likeness.code`
    destination: str  # "": with the caller, as an answer
    host: str  # from which it was asked for


@dataclass(frozen=True)
class GeneratedRow(NewRow):
    """A registered one."""

    number: int


@dataclass(frozen=True)
class Condition:
    """Which entries; None and "" let all through."""

    since: int | None = None  # microseconds since 1970
    until: int | None = None
    caller: str = ""
    latent_id: str = ""
    bundle_digest: str = ""

    def on(self, query: Select) -> Select:
        """The query with it."""
        if self.since is not None:
            query = query.where(GENERATED.c.answered_at >= self.since)
        if self.until is not None:
            query = query.where(GENERATED.c.answered_at < self.until)
        for name in ("caller", "latent_id", "bundle_digest"):
            if value := getattr(self, name):
                query = query.where(GENERATED.c[name] == value)
        return query


class Registry:
    """All entries. The codes, 32 bytes an entry, are kept in memory once a search has been made."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._codes: NDArray[np.uint8] = np.zeros((0, CODE_BITS // 8), np.uint8)
        self._numbers: NDArray[np.int64] = np.zeros(0, np.int64)
        self._reading = threading.Lock()

    def add(self, rows: Sequence[NewRow], missed: Mapping[str, int]) -> int:
        """Adds images, those of an answer that is there already left out, and how many answers were missed, by the id
        of each such count; how many images were added."""
        answers = {row.answer_id for row in rows}
        with self._database.writing(alone=_ALONE) as connection:
            there = select(GENERATED.c.answer_id).where(GENERATED.c.answer_id.in_(answers))
            known = set(connection.execute(there).scalars())
            new = [vars(row) for row in rows if row.answer_id not in known]
            if new:
                connection.execute(insert(GENERATED), new)
            for missed_id, answers_missed in missed.items():
                counted = select(REGISTRY_GAPS.c.missed_id).where(REGISTRY_GAPS.c.missed_id == missed_id)
                if connection.execute(counted).first() is None:
                    values = {"missed_id": missed_id, "noted_at": now(), "answers": answers_missed}
                    connection.execute(insert(REGISTRY_GAPS).values(**values))
        return len(new)

    def missed(self) -> int:
        """Answers that could not be registered, in all."""
        with self._database.reading() as connection:
            return int(connection.execute(select(func.coalesce(func.sum(REGISTRY_GAPS.c.answers), 0))).scalar_one())

    def removed(self) -> int:
        """Entries that were removed, in all."""
        with self._database.reading() as connection:
            return int(connection.execute(select(func.coalesce(func.sum(REGISTRY_PRUNES.c.entries), 0))).scalar_one())

    def prune(self, before: int, told: Told = nobody) -> int:
        """Removes the oldest entries, up to the first that was answered at `before` (microseconds since 1970) or later,
        and writes down that they are gone; returns how many. In pieces, each of them whole: `told` of each."""
        with self._database.reading() as connection:
            numbers = select(func.min(GENERATED.c.number), func.max(GENERATED.c.number))
            kept, _ = connection.execute(numbers.where(GENERATED.c.answered_at >= before)).one()
            _, last = connection.execute(numbers if kept is None else numbers.where(GENERATED.c.number < kept)).one()
        return 0 if last is None else removed(lambda: self._prune_piece(last), told)

    def _prune_piece(self, last: int) -> int:
        with self._database.writing(alone=_ALONE) as connection:
            end = end_of_piece(connection, GENERATED, last)
            if end is None:
                return 0
            old = GENERATED.c.number <= end
            entries = connection.execute(select(func.count()).select_from(GENERATED).where(old)).scalar_one()
            connection.execute(insert(REGISTRY_PRUNES).values(number=end, pruned_at=now(), entries=entries))
            connection.execute(delete(GENERATED).where(old))
        return int(entries)

    def listed(self, condition: Condition, size: int, page: str) -> tuple[list[GeneratedRow], str]:
        """Up to `size` entries, the newest first, and the token of the next page."""
        query = condition.on(_SELECTED)
        if page:
            if not page.isdecimal() or len(page) > 18:
                raise InvalidArgument("page_token", page, "one from an earlier answer")
            query = query.where(GENERATED.c.number < int(page))
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(GENERATED.c.number.desc()).limit(size + 1))
            found = [GeneratedRow(**row._mapping) for row in rows]
        return found[:size], str(found[size - 1].number) if len(found) > size else ""

    def exported(self, condition: Condition) -> Iterator[list[GeneratedRow]]:
        """All entries in batches, the oldest first; none that is added meanwhile."""
        with self._database.reading() as connection:
            last = int(connection.execute(select(func.coalesce(func.max(GENERATED.c.number), 0))).scalar_one())
        at = 0
        while True:
            query = condition.on(_SELECTED).where(GENERATED.c.number > at, GENERATED.c.number <= last)
            with self._database.reading() as connection:
                rows = connection.execute(query.order_by(GENERATED.c.number).limit(BATCH))
                found = [GeneratedRow(**row._mapping) for row in rows]
            if not found:
                return
            yield found
            at = found[-1].number

    def with_pixels(self, pixels_sha256: str, most: int) -> list[GeneratedRow]:
        """Entries with these very pixels, the oldest first."""
        query = _SELECTED.where(GENERATED.c.pixels_sha256 == pixels_sha256).order_by(GENERATED.c.number).limit(most)
        with self._database.reading() as connection:
            return [GeneratedRow(**row._mapping) for row in connection.execute(query)]

    def near(self, codes: Sequence[bytes]) -> list[GeneratedRow]:
        """Entries whose code differs little from one of `codes`: up to MAX_NEAR, the nearest first."""
        numbers, kept = self._all_codes()
        if not len(numbers):
            return []
        apart = np.min([bits_apart(kept, code) for code in codes], axis=0)
        nearest = np.argsort(apart, kind="stable")[:MAX_NEAR]
        wanted = [int(numbers[at]) for at in nearest if apart[at] <= CODE_BITS_APART]
        with self._database.reading() as connection:
            rows = connection.execute(_SELECTED.where(GENERATED.c.number.in_(wanted)))
            found = {row.number: GeneratedRow(**row._mapping) for row in rows}
        return [found[number] for number in wanted if number in found]

    def _all_codes(self) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """Numbers and codes of all entries, read as far as they are not yet known."""
        with self._reading:
            with self._database.reading() as connection:
                gone = _pruned_up_to(connection)
            first = int(np.searchsorted(self._numbers, gone, side="right"))
            if first:  # copied: a view would keep what it was cut from
                self._numbers, self._codes = self._numbers[first:].copy(), self._codes[first:].copy()
            while True:
                last = int(self._numbers[-1]) if len(self._numbers) else gone
                query = select(GENERATED.c.number, GENERATED.c.code).where(GENERATED.c.number > last)
                with self._database.reading() as connection:
                    rows = connection.execute(query.order_by(GENERATED.c.number).limit(_CODES_AT_ONCE)).all()
                if not rows:
                    return self._numbers, self._codes
                new = np.frombuffer(b"".join(row.code for row in rows), np.uint8).reshape(len(rows), -1)
                self._codes = np.concatenate([self._codes, new])
                self._numbers = np.concatenate([self._numbers, np.array([row.number for row in rows], np.int64)])


def _pruned_up_to(connection: Connection) -> int:
    """The highest number of those that were removed."""
    return connection.execute(select(func.max(REGISTRY_PRUNES.c.number))).scalar() or 0


_SELECTED = select(*(GENERATED.c[field.name] for field in fields(GeneratedRow)))
