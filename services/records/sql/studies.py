"""Reader studies: designs, real images, pictures and states."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from mammoganesis.errors import Aborted, FailedPrecondition, NotFound, ResourceExhausted
from mammoganesis.v1.studies_pb2 import (
    STUDY_STATE_CLOSED,
    STUDY_STATE_DRAFT,
    STUDY_STATE_OPEN,
    STUDY_STATE_READY,
    StudyState,
)
from services.records.sql.database import Database, now
from services.records.sql.documents import after, page_token
from services.records.sql.tables import STUDIES, STUDY_PICTURES, STUDY_REALS

MAX_REALS = 5000
MAX_REALS_BYTES = 2**33
"""Of one study."""


@dataclass(frozen=True)
class StudyRow:
    """A study; times in microseconds since 1970."""

    study_id: str
    title: str
    state: StudyState
    design: bytes
    secret: bytes
    created_at: int
    opened_at: int | None
    closed_at: int | None
    protocol_hash: str
    look_alikes: int


@dataclass(frozen=True)
class PictureRow:
    """An image of a study, without its file."""

    number: int
    origin: str
    image_set: int
    practice: str
    real: str
    patient: str
    sample: int
    recipe: bytes
    """Complete; empty for real images."""
    sentence: str
    """What the recipe does."""
    edit_types: str
    """Named directions, and "transfer", with spaces between."""
    look_alike: str
    """What it looks like; "" for nothing."""
    size: int
    """Width and height, in pixels; 0: not written yet."""
    sha256: str
    place: bytes | None = None
    """Where it was changed: PNG, 8 bits greyscale, of the picture's size, 255 inside; None: nowhere or everywhere."""


_WITHOUT_FILE = [STUDY_PICTURES.c[field.name] for field in fields(PictureRow)]


class Studies:
    """All studies."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, title: str, design: bytes) -> StudyRow:
        """A new one, a draft."""
        study_id = f"study_{secrets.token_hex(16)}"
        study = StudyRow(study_id, title, STUDY_STATE_DRAFT, design, secrets.token_bytes(32), now(), None, None, "", 0)
        with self._database.writing() as connection:
            connection.execute(insert(STUDIES).values(**vars(study)))
        return study

    def save(self, study_id: str, title: str, design: bytes) -> StudyRow:
        """Another design; a pool that was drawn for the one before goes. Raises FailedPrecondition where it is no draft
        any more."""
        with self._database.writing() as connection:
            self._in_state(connection, study_id, STUDY_STATE_DRAFT)
            _discard_plan(connection, study_id)
            _change(connection, study_id, title=title, design=design)
        return self.by_id(study_id)

    def by_id(self, study_id: str) -> StudyRow:
        """Raises NotFound where there is none."""
        with self._database.reading() as connection:
            return _there(connection, study_id)

    def listed(self, size: int, page: str) -> tuple[list[StudyRow], str]:
        """Up to `size`, the newest first, and the token of the next page."""
        query = after(select(STUDIES), page, STUDIES.c.created_at, STUDIES.c.study_id).limit(size + 1)
        with self._database.reading() as connection:
            rows = [StudyRow(*row) for row in connection.execute(query)]
        return rows[:size], page_token(rows[size - 1].created_at, rows[size - 1].study_id) if len(rows) > size else ""

    def add_real(self, study_id: str, name: str, body: bytes, sha256: str, data: bytes) -> int:
        """Adds a real image, or replaces the one of that name; how many there are. A pool that was drawn goes."""
        row = {"study_id": study_id, "name": name, "body": body, "sha256": sha256, "data": data}
        with self._database.writing() as connection:
            self._in_state(connection, study_id, STUDY_STATE_DRAFT)
            _discard_plan(connection, study_id)
            self._take_out(connection, study_id, name)
            held = select(func.coalesce(func.sum(func.length(STUDY_REALS.c.data)), 0))
            held = held.where(STUDY_REALS.c.study_id == study_id)
            count = _count(connection, study_id)
            if count >= MAX_REALS or connection.execute(held).scalar_one() + len(data) > MAX_REALS_BYTES:
                most = f"{MAX_REALS} real images and {MAX_REALS_BYTES} bytes of them"
                raise ResourceExhausted(f"a study has at most {most}")
            connection.execute(insert(STUDY_REALS).values(**row))
            return count + 1

    def remove_real(self, study_id: str, name: str) -> int:
        """Raises NotFound where there is none; how many are left. A pool that was drawn goes."""
        with self._database.writing() as connection:
            self._in_state(connection, study_id, STUDY_STATE_DRAFT)
            _discard_plan(connection, study_id)
            if not self._take_out(connection, study_id, name):
                raise NotFound(f"there is no real image {name!a} in this study")
            return _count(connection, study_id)

    def reals(self, study_id: str) -> list[bytes]:
        """Messages of the real images, by name."""
        with self._database.reading() as connection:
            return _reals(connection, study_id)

    def real_counts(self, study_ids: Sequence[str]) -> dict[str, int]:
        """How many real images, by study."""
        query = select(STUDY_REALS.c.study_id, func.count()).where(STUDY_REALS.c.study_id.in_(study_ids))
        with self._database.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query.group_by(STUDY_REALS.c.study_id))}

    def real_file(self, study_id: str, name: str) -> bytes:
        """As it was given. Raises NotFound where there is none."""
        query = select(STUDY_REALS.c.data).where(STUDY_REALS.c.study_id == study_id, STUDY_REALS.c.name == name)
        with self._database.reading() as connection:
            found = connection.execute(query).scalar()
        if found is None:
            raise NotFound(f"there is no real image {name!a} in this study")
        return found

    def plan(self, study: StudyRow, reals: Sequence[bytes], design: bytes, pictures: Sequence[PictureRow]) -> StudyRow:
        """Writes the drawn pool of a draft down, in place of one before.

        Args:
            study: as the pool was drawn for it.
            reals: messages of the real images that it was drawn from, by name.
            design: with what the pool says of it.

        Raises:
            Aborted: the draft has another design by now, or other real images.
        """
        rows = [{"study_id": study.study_id} | vars(picture) for picture in pictures]
        with self._database.writing() as connection:
            self._unchanged(connection, study)
            if _reals(connection, study.study_id) != list(reals):
                raise changed_meanwhile()
            _discard_plan(connection, study.study_id)
            connection.execute(insert(STUDY_PICTURES), rows)
            _change(connection, study.study_id, design=design)
        return replace(study, design=design)

    def pictures(self, study_id: str) -> list[PictureRow]:
        """All images of a study, in order."""
        query = select(*_WITHOUT_FILE).where(STUDY_PICTURES.c.study_id == study_id).order_by(STUDY_PICTURES.c.number)
        with self._database.reading() as connection:
            return [PictureRow(*row) for row in connection.execute(query)]

    def write_picture(self, study: StudyRow, picture: PictureRow, thumbnail: bytes, data: bytes) -> None:
        """The file of an image of a draft. Raises Aborted where its pool was drawn for another draft than there is."""
        mine = (STUDY_PICTURES.c.study_id == study.study_id, STUDY_PICTURES.c.number == picture.number)
        with self._database.writing() as connection:
            self._unchanged(connection, study)
            values = vars(picture) | {"thumbnail": thumbnail, "data": data}
            if connection.execute(update(STUDY_PICTURES).where(*mine).values(**values)).rowcount != 1:
                raise changed_meanwhile()

    def thumbnails(self, study_id: str) -> list[bytes]:
        """Of all images, in order."""
        query = select(STUDY_PICTURES.c.thumbnail).where(STUDY_PICTURES.c.study_id == study_id)
        with self._database.reading() as connection:
            return list(connection.execute(query.order_by(STUDY_PICTURES.c.number)).scalars())

    def picture_file(self, study_id: str, number: int) -> bytes:
        """Raises NotFound where there is none."""
        query = select(STUDY_PICTURES.c.data)
        query = query.where(STUDY_PICTURES.c.study_id == study_id, STUDY_PICTURES.c.number == number)
        with self._database.reading() as connection:
            found = connection.execute(query).scalar()
        if found is None:
            raise NotFound("there is no such picture in this study")
        return found

    def ready(self, study: StudyRow, digests: Sequence[str], protocol_hash: str, alike: Mapping[int, str]) -> StudyRow:
        """A draft whose pictures are all there.

        Args:
            digests: of the pictures that the protocol is of, in order.

        Raises:
            Aborted: the draft has another design by now, or other pictures.
        """
        study_id = study.study_id
        with self._database.writing() as connection:
            self._unchanged(connection, study)
            there = select(STUDY_PICTURES.c.sha256).where(STUDY_PICTURES.c.study_id == study_id)
            found = list(connection.execute(there.order_by(STUDY_PICTURES.c.number)).scalars())
            if found != list(digests) or not all(found):
                raise changed_meanwhile()
            for number, what in alike.items():
                mine = (STUDY_PICTURES.c.study_id == study_id, STUDY_PICTURES.c.number == number)
                connection.execute(update(STUDY_PICTURES).where(*mine).values(look_alike=what))
            given = {"protocol_hash": protocol_hash, "look_alikes": len(alike), "state": STUDY_STATE_READY}
            _change(connection, study_id, **given)
        return self.by_id(study_id)

    def open(self, study_id: str, protocol_hash: str) -> StudyRow:
        """Freezes the protocol; open it stays open.

        Raises:
            Aborted: the study has another protocol.
            FailedPrecondition: it is not prepared, or closed.
        """
        with self._database.writing() as connection:
            study = self._in_state(connection, study_id, STUDY_STATE_READY, STUDY_STATE_OPEN)
            if study.protocol_hash != protocol_hash:
                raise Aborted("protocol_hash: the study has another protocol; look at it again")
            if study.state == STUDY_STATE_READY:
                _change(connection, study_id, state=STUDY_STATE_OPEN, opened_at=now())
        return self.by_id(study_id)

    def close(self, study_id: str) -> StudyRow:
        """For good; closed it stays closed. Raises FailedPrecondition where it was never open."""
        with self._database.writing() as connection:
            study = self._in_state(connection, study_id, STUDY_STATE_OPEN, STUDY_STATE_CLOSED)
            if study.state == STUDY_STATE_OPEN:
                _change(connection, study_id, state=STUDY_STATE_CLOSED, closed_at=now())
        return self.by_id(study_id)

    @staticmethod
    def _in_state(connection: Connection, study_id: str, *states: StudyState) -> StudyRow:
        """The study, which nobody else changes until the transaction ends."""
        study = _there(connection, study_id, lock=True)
        check_state(study, *states)
        return study

    def _unchanged(self, connection: Connection, study: StudyRow) -> None:
        """Raises Aborted where it is a draft no more, or one with another design than it had."""
        now = _there(connection, study.study_id, lock=True)
        if now.state != STUDY_STATE_DRAFT or now.design != study.design:
            raise changed_meanwhile()

    @staticmethod
    def _take_out(connection: Connection, study_id: str, name: str) -> int:
        mine = delete(STUDY_REALS).where(STUDY_REALS.c.study_id == study_id, STUDY_REALS.c.name == name)
        return connection.execute(mine).rowcount


def check_state(study: StudyRow, *states: StudyState) -> None:
    """Raises FailedPrecondition where a study is in none of these."""
    if study.state not in states:
        wanted = " or ".join(_word(state) for state in states)
        raise FailedPrecondition(f"the study {study.study_id} is {_word(study.state)}, and has to be {wanted}")


def _word(state: int) -> str:
    return StudyState.Name(StudyState.ValueType(state)).removeprefix("STUDY_STATE_")


def _there(connection: Connection, study_id: str, lock: bool = False) -> StudyRow:
    query = select(STUDIES).where(STUDIES.c.study_id == study_id)
    found = connection.execute(query.with_for_update() if lock else query).first()
    if found is None:
        raise NotFound(f"there is no study {study_id}")
    return StudyRow(*found)


def _change(connection: Connection, study_id: str, **values: Any) -> None:
    connection.execute(update(STUDIES).where(STUDIES.c.study_id == study_id).values(**values))


def changed_meanwhile() -> Aborted:
    """What ends the preparation of a draft that another call has changed."""
    return Aborted("the study was changed while it was being prepared; prepare it again")


def _discard_plan(connection: Connection, study_id: str) -> None:
    connection.execute(delete(STUDY_PICTURES).where(STUDY_PICTURES.c.study_id == study_id))


def _reals(connection: Connection, study_id: str) -> list[bytes]:
    query = select(STUDY_REALS.c.body).where(STUDY_REALS.c.study_id == study_id).order_by(STUDY_REALS.c.name)
    return list(connection.execute(query).scalars())


def _count(connection: Connection, study_id: str) -> int:
    query = select(func.count()).select_from(STUDY_REALS).where(STUDY_REALS.c.study_id == study_id)
    return connection.execute(query).scalar_one()
