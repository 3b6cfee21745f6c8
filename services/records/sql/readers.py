"""Readers of studies, and their answers, which are only ever added to."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from mammoganesis.errors import FailedPrecondition, NotFound, ResourceExhausted
from mammoganesis.v1.studies_pb2 import STUDY_STATE_CLOSED, STUDY_STATE_OPEN
from services.records.sql.database import Database, now
from services.records.sql.studies import StudyRow, check_state
from services.records.sql.tables import READER_PERSONS, READERS, READING_ANSWERS, READING_EVENTS, STUDIES

MAX_READERS = 1000
MAX_ANSWERS = 50_000
"""Of one reader, corrections included."""
MAX_CORRECTIONS = 20
"""Of one trial."""
MAX_EVENT_BYTES = 2**26
"""Of one reader: with the most answers, they bound what a reader can fill the disk with. An answer beyond is kept
without its events."""
TOKEN_BYTES = 32


@dataclass(frozen=True)
class ReaderRow:
    """A reader; times in microseconds since 1970."""

    reader_id: str
    study_id: str
    number: int
    """From 0, in the order of invitation."""
    invited_at: int
    ends_at: int | None
    revoked_at: int | None
    begun_at: int | None
    finished_at: int | None
    screen: bytes
    """A ReadingScreen; empty before the reader has begun."""

    @property
    def pseudonym(self) -> str:
        """In every table."""
        return f"R{self.number + 1}"


@dataclass(frozen=True)
class Person:
    """What is personal of a reader; empty when it was deleted."""

    name: str = ""
    years: float | None = None
    specialty: str = ""


@dataclass(frozen=True)
class Given:
    """An answer as it arrives."""

    answer_id: str
    trial_id: str
    visible_milliseconds: float
    body: bytes
    """A ReadingAnswer."""
    events: bytes
    """A RecordAnswerRequest of events alone."""


@dataclass(frozen=True)
class AnswerRow:
    """An answer as it is kept."""

    number: int
    """From 1: what came later has the larger one."""
    answer_id: str
    trial_id: str
    recorded_at: int
    """Microseconds since 1970."""
    visible_milliseconds: float
    body: bytes


_READER = [READERS.c[field.name] for field in fields(ReaderRow)]
_ANSWER = [READING_ANSWERS.c[field.name] for field in fields(AnswerRow)]


class Readers:
    """Readers of all studies."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def invite(self, study_id: str, name: str, ends_at: int | None) -> tuple[ReaderRow, str]:
        """A new reader, and the secret of their link, of which only a hash is kept.

        Raises:
            FailedPrecondition: the study is closed.
            ResourceExhausted: it has MAX_READERS.
        """
        token = secrets.token_urlsafe(TOKEN_BYTES)
        with self._database.writing() as connection:
            study = _study(connection, study_id, lock=True)
            if study.state == STUDY_STATE_CLOSED:
                raise FailedPrecondition("the study is closed: nobody is invited any more")
            mine = select(func.count()).select_from(READERS).where(READERS.c.study_id == study_id)
            number = connection.execute(mine).scalar_one()
            if number >= MAX_READERS:
                raise ResourceExhausted(f"a study has at most {MAX_READERS} readers")
            reader_id = f"reader_{secrets.token_hex(16)}"
            reader = ReaderRow(reader_id, study_id, number, now(), ends_at, None, None, None, b"")
            connection.execute(insert(READERS).values(**vars(reader), token_hash=_hash(token)))
            connection.execute(insert(READER_PERSONS).values(reader_id=reader_id, name=name, specialty=""))
        return reader, token

    def by_token(self, token: str) -> tuple[StudyRow, ReaderRow]:
        """Whom a link leads to. Raises NotFound where it leads nowhere, whatever the reason."""
        lives = (
            READERS.c.token_hash == _hash(token),
            READERS.c.revoked_at.is_(None),
            or_(READERS.c.ends_at.is_(None), READERS.c.ends_at > now()),
        )
        query = select(STUDIES, *_READER).join(STUDIES, STUDIES.c.study_id == READERS.c.study_id).where(*lives)
        with self._database.reading() as connection:
            found = connection.execute(query).first()
        if found is None:
            raise NotFound("there is no reader with this link, or it was revoked or has ended")
        columns = len(STUDIES.c)
        return StudyRow(*found[:columns]), ReaderRow(*found[columns:])

    def one(self, study_id: str, reader_id: str) -> ReaderRow:
        """Raises NotFound where the study has no such reader."""
        query = select(*_READER).where(READERS.c.reader_id == reader_id, READERS.c.study_id == study_id)
        with self._database.reading() as connection:
            found = connection.execute(query).first()
        if found is None:
            raise NotFound(f"there is no reader {reader_id} in this study")
        return ReaderRow(*found)

    def listed(self, study_id: str) -> list[tuple[ReaderRow, Person]]:
        """All of a study, in the order of invitation."""
        person = (READER_PERSONS.c.name, READER_PERSONS.c.years, READER_PERSONS.c.specialty)
        query = select(*_READER, *person).outerjoin(READER_PERSONS, READER_PERSONS.c.reader_id == READERS.c.reader_id)
        query = query.where(READERS.c.study_id == study_id).order_by(READERS.c.number)
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return [
            (ReaderRow(*reader), Person(name or "", years, specialty or ""))
            for *reader, name, years, specialty in map(tuple, rows)
        ]

    def counts(self, study_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
        """Readers who were not revoked, and those of them who have finished, by study."""
        kept = (READERS.c.study_id.in_(study_ids), READERS.c.revoked_at.is_(None))
        query = select(READERS.c.study_id, func.count(), func.count(READERS.c.finished_at)).where(*kept)
        with self._database.reading() as connection:
            rows = connection.execute(query.group_by(READERS.c.study_id)).all()
        return {study_id: (readers, finished) for study_id, readers, finished in rows}

    def person(self, reader_id: str) -> Person:
        """What is personal of a reader."""
        columns = (READER_PERSONS.c.name, READER_PERSONS.c.years, READER_PERSONS.c.specialty)
        with self._database.reading() as connection:
            found = connection.execute(select(*columns).where(READER_PERSONS.c.reader_id == reader_id)).first()
        return Person(*found) if found else Person()

    def revoke(self, reader: ReaderRow) -> None:
        """The link leads nowhere from now on."""
        mine = update(READERS).where(READERS.c.reader_id == reader.reader_id, READERS.c.revoked_at.is_(None))
        with self._database.writing() as connection:
            connection.execute(mine.values(revoked_at=now()))

    def forget(self, reader: ReaderRow) -> None:
        """What is personal is deleted, for good."""
        with self._database.writing() as connection:
            connection.execute(delete(READER_PERSONS).where(READER_PERSONS.c.reader_id == reader.reader_id))

    def begin(self, reader: ReaderRow, years: float | None, specialty: str, screen: bytes) -> None:
        """Once; with the same words again it changes nothing. Raises FailedPrecondition for other words."""
        with self._database.writing() as connection:
            there = _reader(connection, reader.reader_id)
            if there.begun_at is None:
                mine = update(READERS).where(READERS.c.reader_id == reader.reader_id)
                connection.execute(mine.values(begun_at=now(), screen=screen))
                own = update(READER_PERSONS).where(READER_PERSONS.c.reader_id == reader.reader_id)
                connection.execute(own.values(years=years, specialty=specialty))
                return
        person = self.person(reader.reader_id)
        if (person.years, person.specialty) not in ((years, specialty), (None, "")):
            raise FailedPrecondition("the reader has begun before, and said something else of themselves")

    def record(
        self, reader: ReaderRow, given: Given, admitted: Callable[[Sequence[AnswerRow]], bool]
    ) -> tuple[AnswerRow, list[AnswerRow]]:
        """Writes an answer down; the same one again changes nothing.

        Args:
            admitted: of the answers before this one: raises where it cannot be one more, and says whether with it
                everything has been answered.

        Returns:
            The answer as it is kept, and all of the reader's, in order.

        Raises:
            FailedPrecondition: the study takes no answers, another answer has this id, or the trial's answer was
                corrected MAX_CORRECTIONS times.
            ResourceExhausted: the reader has MAX_ANSWERS.
        """
        with self._database.writing() as connection:
            there = _reader(connection, reader.reader_id)
            before = _answers(connection, reader.reader_id)
            for row in before:
                if row.answer_id == given.answer_id:
                    if (row.trial_id, row.body) != (given.trial_id, given.body):
                        raise FailedPrecondition("another answer has this answer_id; an answer stays as it is")
                    return row, before
            check_state(_study(connection, reader.study_id), STUDY_STATE_OPEN)
            if len(before) >= MAX_ANSWERS:
                raise ResourceExhausted(f"a reader gives at most {MAX_ANSWERS} answers")
            if sum(row.trial_id == given.trial_id for row in before) > MAX_CORRECTIONS:
                times = f"was corrected {MAX_CORRECTIONS} times, which is the most; its last answer counts"
                raise FailedPrecondition(f"trial {given.trial_id} {times}")
            finished = admitted(before)
            row = AnswerRow(
                len(before) + 1, given.answer_id, given.trial_id, now(), given.visible_milliseconds, given.body
            )
            connection.execute(insert(READING_ANSWERS).values(reader_id=reader.reader_id, **vars(row)))
            if given.events and _held_events(connection, reader.reader_id) + len(given.events) <= MAX_EVENT_BYTES:
                values = {"reader_id": reader.reader_id, "answer_id": given.answer_id, "body": given.events}
                connection.execute(insert(READING_EVENTS).values(**values))
            if finished and there.finished_at is None:
                mine = update(READERS).where(READERS.c.reader_id == reader.reader_id)
                connection.execute(mine.values(finished_at=row.recorded_at))
        return row, [*before, row]

    def answers(self, reader_id: str) -> list[AnswerRow]:
        """All of a reader, in order."""
        with self._database.reading() as connection:
            return _answers(connection, reader_id)

    def events(self, reader_id: str) -> dict[str, bytes]:
        """What a reader did, by answer."""
        query = select(READING_EVENTS.c.answer_id, READING_EVENTS.c.body)
        with self._database.reading() as connection:
            return dict(map(tuple, connection.execute(query.where(READING_EVENTS.c.reader_id == reader_id))))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _study(connection: Connection, study_id: str, lock: bool = False) -> StudyRow:
    query = select(STUDIES).where(STUDIES.c.study_id == study_id)
    found = connection.execute(query.with_for_update(read=not lock)).first()
    if found is None:
        raise NotFound(f"there is no study {study_id}")
    return StudyRow(*found)


def _reader(connection: Connection, reader_id: str) -> ReaderRow:
    """Whom nobody else changes until the transaction ends."""
    found = connection.execute(select(*_READER).where(READERS.c.reader_id == reader_id).with_for_update()).first()
    if found is None or found.revoked_at is not None:
        raise NotFound("there is no reader with this link, or it was revoked or has ended")
    return ReaderRow(*found)


def _held_events(connection: Connection, reader_id: str) -> int:
    """Bytes of a reader's events."""
    held = select(func.coalesce(func.sum(func.length(READING_EVENTS.c.body)), 0))
    return int(connection.execute(held.where(READING_EVENTS.c.reader_id == reader_id)).scalar_one())


def _answers(connection: Connection, reader_id: str) -> list[AnswerRow]:
    query = select(*_ANSWER).where(READING_ANSWERS.c.reader_id == reader_id).order_by(READING_ANSWERS.c.number)
    return [AnswerRow(*row) for row in connection.execute(query)]
