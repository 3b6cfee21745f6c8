"""What is saved in versions: cases and collections, as bytes with a title. And the links that lead to them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from mammoganesis.errors import Aborted, FailedPrecondition, InvalidArgument, NotFound
from services.records.rules.texts import folded
from services.records.sql.database import Database, now
from services.records.sql.tables import DOCUMENTS, VERSIONS

MAX_LISTED = 1000  # versions, or links
_PAGE = re.compile(r"([0-9]{1,18})\.([a-z_0-9]{1,48})")
_FOLDED_CHARACTERS = 1024


@dataclass(frozen=True)
class Saved:
    """A version."""

    document_id: str
    version: int
    title: str
    saved_at: int  # microseconds since 1970
    body: bytes


class Documents:
    """All of one kind.

    Args:
        kind: "case" or "collection"; ids begin with it.
    """

    def __init__(self, database: Database, kind: str) -> None:
        self._database, self._kind = database, kind

    def create(self, document_id: str, title: str, body: bytes) -> Saved:
        """A new one, as version 1; "" draws an id. The same again gives what is there.

        Raises:
            Aborted: there is another of this id.
        """
        return self.create_all([(document_id, title, body)])[0]

    def create_all(self, items: Sequence[tuple[str, str, bytes]]) -> list[Saved]:
        """Several at once: id, title and body each; all or none. Raises as `create`."""
        try:
            with self._database.writing() as connection:
                return [self._create(connection, *item) for item in items]
        except IntegrityError:  # two at the same moment
            raise Aborted(f"{items[0][0]}: there is another {self._kind} of this id") from None

    def _create(self, connection: Connection, document_id: str, title: str, body: bytes) -> Saved:
        if document_id and (found := connection.execute(_newest(document_id)).first()):
            there = _saved(found)
            if (there.version, there.body) == (1, body) and found.kind == self._kind:
                return there
            raise Aborted(f"{document_id}: there is another {self._kind} of this id, at version {there.version}")
        document_id = document_id or f"{self._kind}_{secrets.token_hex(16)}"
        saved = Saved(document_id, 1, title, now(), body)
        connection.execute(insert(DOCUMENTS).values(kind=self._kind, document_id=document_id, **_head(saved)))
        connection.execute(insert(VERSIONS).values(**_row(saved)))
        return saved

    def save(self, document_id: str, version: int, title: str, body: bytes) -> Saved:
        """The version after `version`; the same again gives what is there.

        Raises:
            NotFound: there is none of this id.
            FailedPrecondition: it is deleted.
            Aborted: `version` is not the newest.
        """
        with self._database.writing() as connection:
            newest = self._there(connection, document_id)
            if newest.version == version + 1 and newest.body == body:
                return newest
            if newest.version != version:
                raise Aborted(
                    f"{self._kind}.version: version {version} was changed, but version {newest.version} has been saved "
                    "since; nothing is lost: look at that one, then save again"
                )
            saved = Saved(document_id, version + 1, title, max(now(), newest.saved_at + 1), body)
            connection.execute(update(DOCUMENTS).where(DOCUMENTS.c.document_id == document_id).values(**_head(saved)))
            connection.execute(insert(VERSIONS).values(**_row(saved)))
            return saved

    def get(self, document_id: str, version: int = 0) -> Saved:
        """A version; 0: the newest, of one that is not deleted.

        Raises:
            NotFound: it is not there.
        """
        with self._database.reading() as connection:
            query = _newest(document_id).where(DOCUMENTS.c.kind == self._kind)
            if version:
                query = _version(document_id, version).where(DOCUMENTS.c.kind == self._kind)
            found = connection.execute(query).first()
        if found is None:
            raise NotFound(f"there is no {self._kind} {document_id}{f' with a version {version}' if version else ''}")
        if not version and found.deleted_at is not None:
            raise NotFound(f"the {self._kind} {document_id} is deleted; it can be restored")
        return _saved(found)

    def several(self, document_ids: Sequence[str]) -> list[Saved]:
        """The newest versions of those that are there and not deleted, in this order."""
        with self._database.reading() as connection:
            query = _joined().where(
                DOCUMENTS.c.document_id.in_(document_ids),
                DOCUMENTS.c.kind == self._kind,
                DOCUMENTS.c.deleted_at.is_(None),
            )
            found = {row.document_id: _saved(row) for row in connection.execute(query)}
        return [found[document_id] for document_id in document_ids if document_id in found]

    def listed(self, words: Sequence[str], deleted: bool, size: int, page: str) -> tuple[list[Saved], str]:
        """Up to `size` of those whose titles hold all words, saved last first, and the token of the next page."""
        query = _joined().where(DOCUMENTS.c.kind == self._kind)
        query = query.where(DOCUMENTS.c.deleted_at.is_not(None) if deleted else DOCUMENTS.c.deleted_at.is_(None))
        for word in words:
            query = query.where(DOCUMENTS.c.folded_title.contains(word, autoescape=True))
        query = after(query, page, DOCUMENTS.c.saved_at, DOCUMENTS.c.document_id).limit(size + 1)
        with self._database.reading() as connection:
            rows = [_saved(row) for row in connection.execute(query)]
        return rows[:size], page_token(rows[size - 1].saved_at, rows[size - 1].document_id) if len(rows) > size else ""

    def versions(self, document_id: str) -> list[Saved]:
        """All but for their bodies, the newest first, the last MAX_LISTED. Raises NotFound where there is none."""
        columns = (VERSIONS.c.document_id, VERSIONS.c.version, VERSIONS.c.title, VERSIONS.c.saved_at)
        query = select(*columns).join(DOCUMENTS, DOCUMENTS.c.document_id == VERSIONS.c.document_id)
        query = query.where(VERSIONS.c.document_id == document_id, DOCUMENTS.c.kind == self._kind)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(VERSIONS.c.version.desc()).limit(MAX_LISTED)).all()
        if not rows:
            raise NotFound(f"there is no {self._kind} {document_id}")
        return [Saved(row.document_id, row.version, row.title, row.saved_at, b"") for row in rows]

    def delete(self, document_id: str) -> None:
        """Until it is restored. Raises NotFound where there is none."""
        self._mark(document_id, now())

    def restore(self, document_id: str) -> Saved:
        """One that was deleted, or not. Raises NotFound where there is none."""
        self._mark(document_id, None)
        return self.get(document_id)

    def _mark(self, document_id: str, deleted_at: int | None) -> None:
        is_ours = and_(DOCUMENTS.c.document_id == document_id, DOCUMENTS.c.kind == self._kind)
        with self._database.writing() as connection:
            changed = connection.execute(update(DOCUMENTS).where(is_ours).values(deleted_at=deleted_at))
            if not changed.rowcount:
                raise NotFound(f"there is no {self._kind} {document_id}")

    def _there(self, connection: Connection, document_id: str) -> Saved:
        """The newest version, which nobody else changes until the transaction ends."""
        lock = select(DOCUMENTS.c.kind).where(DOCUMENTS.c.document_id == document_id).with_for_update()
        kind = connection.execute(lock).scalar()
        found = connection.execute(_newest(document_id)).first() if kind == self._kind else None
        if found is None:
            raise NotFound(f"there is no {self._kind} {document_id}")
        if found.deleted_at is not None:
            raise FailedPrecondition(f"the {self._kind} {document_id} is deleted; restore it first")
        return _saved(found)


def page_token(moment: int, name: str) -> str:
    """Names the last item of a page."""
    return f"{moment}.{name}"


def after(query: Select[Any], page: str, moment: Any, name: Any) -> Select[Any]:
    """The latest first, after the item that a page token names ("": from the first on)."""
    if page:
        found = _PAGE.fullmatch(page)
        if not found:
            raise InvalidArgument("page_token", page, "one from an earlier answer")
        last = int(found[1])
        query = query.where(or_(moment < last, and_(moment == last, name < found[2])))
    return query.order_by(moment.desc(), name.desc())


def _joined() -> Select[Any]:
    """The newest versions."""
    same = and_(VERSIONS.c.document_id == DOCUMENTS.c.document_id, VERSIONS.c.version == DOCUMENTS.c.version)
    return select(DOCUMENTS.c.kind, DOCUMENTS.c.deleted_at, VERSIONS).join(VERSIONS, same)


def _newest(document_id: str) -> Select[Any]:
    return _joined().where(DOCUMENTS.c.document_id == document_id)


def _version(document_id: str, version: int) -> Select[Any]:
    query = select(DOCUMENTS.c.kind, DOCUMENTS.c.deleted_at, VERSIONS)
    query = query.join(VERSIONS, VERSIONS.c.document_id == DOCUMENTS.c.document_id)
    # No column holds a larger number.
    return query.where(VERSIONS.c.document_id == document_id, VERSIONS.c.version == min(version, 2**31 - 1))


def _saved(row: Row[Any]) -> Saved:
    return Saved(row.document_id, row.version, row.title, row.saved_at, row.body)


def _head(saved: Saved) -> dict[str, Any]:
    title = folded(saved.title)[:_FOLDED_CHARACTERS]
    return {"version": saved.version, "folded_title": title, "saved_at": saved.saved_at}


def _row(saved: Saved) -> dict[str, Any]:
    return vars(saved).copy()
