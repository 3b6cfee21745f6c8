"""Links to cases and collections, and files that arrive in pieces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update

from mammoganesis.errors import InvalidArgument, NotFound, ResourceExhausted
from services.records.sql.database import Database, now, token
from services.records.sql.documents import MAX_LISTED
from services.records.sql.tables import LINKS, UPLOAD_PARTS, UPLOADS

MAX_UPLOAD_BYTES = 2**27
MAX_UPLOADS_BYTES = 2**29
"""Of all files that are not imported yet."""
UPLOAD_SECONDS = 3600


@dataclass(frozen=True)
class LinkRow:
    """A link; times in microseconds since 1970."""

    token: str
    document_id: str
    created_at: int
    ends_at: int | None
    revoked_at: int | None


class Links:
    """All links."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, document_id: str, ends_at: int | None) -> LinkRow:
        """A new one."""
        link = LinkRow(token(), document_id, now(), ends_at, None)
        with self._database.writing() as connection:
            connection.execute(insert(LINKS).values(**vars(link)))
        return link

    def listed(self, document_id: str) -> list[LinkRow]:
        """Those to one target, the newest first, the last MAX_LISTED."""
        query = select(LINKS).where(LINKS.c.document_id == document_id).order_by(LINKS.c.created_at.desc())
        with self._database.reading() as connection:
            return [LinkRow(*row) for row in connection.execute(query.limit(MAX_LISTED))]

    def revoke(self, token: str) -> LinkRow:
        """The link that ends now, or has ended before. Raises NotFound where there is none."""
        unrevoked = update(LINKS).where(LINKS.c.token == token, LINKS.c.revoked_at.is_(None))
        with self._database.writing() as connection:
            connection.execute(unrevoked.values(revoked_at=now()))
            found = connection.execute(select(LINKS).where(LINKS.c.token == token)).first()
        if found is None:
            raise NotFound("there is no link with this token")
        return LinkRow(*found)

    def target(self, token: str) -> str:
        """The id that a link leads to. Raises NotFound where it leads nowhere, whatever the reason."""
        lives = (LINKS.c.token == token, LINKS.c.revoked_at.is_(None))
        query = select(LINKS.c.document_id).where(*lives, or_(LINKS.c.ends_at.is_(None), LINKS.c.ends_at > now()))
        with self._database.reading() as connection:
            found = connection.execute(query).scalar()
        if found is None:
            raise NotFound("there is no link with this token, or it has ended")
        return found


class Uploads:
    """Files that arrive in pieces."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, upload_id: str, offset: int, data: bytes) -> tuple[str, int]:
        """The next piece; the last one again changes nothing. "" begins a file.

        Returns:
            The file's id, and its bytes so far.

        Raises:
            NotFound: there is no such file (any more).
            InvalidArgument: the piece does not follow the last one.
            ResourceExhausted: the file, or all of them, would be too large.
        """
        with self._database.writing() as connection:
            connection.execute(delete(UPLOADS).where(UPLOADS.c.begun_at < now() - UPLOAD_SECONDS * 1_000_000))
            if not upload_id:
                upload_id = token()
                connection.execute(insert(UPLOADS).values(upload_id=upload_id, size=0, begun_at=now()))
            size = self._size(connection, upload_id, lock=True)
            there = select(UPLOAD_PARTS.c.data).where(
                UPLOAD_PARTS.c.upload_id == upload_id, UPLOAD_PARTS.c.start == min(offset, 2**31 - 1)
            )
            if offset != size:
                if connection.execute(there).scalar() == data:
                    return upload_id, size
                raise InvalidArgument("offset", offset, f"{size}, where the bytes that have come end")
            if size + len(data) > MAX_UPLOAD_BYTES:
                raise ResourceExhausted(f"a file may have {MAX_UPLOAD_BYTES} bytes, and this one has more")
            held = connection.execute(select(func.coalesce(func.sum(UPLOADS.c.size), 0))).scalar_one()
            if held + len(data) > MAX_UPLOADS_BYTES:
                raise ResourceExhausted("too many files are on their way in; try again in an hour, or a smaller one")
            connection.execute(insert(UPLOAD_PARTS).values(upload_id=upload_id, start=size, data=data))
            size += len(data)
            connection.execute(update(UPLOADS).where(UPLOADS.c.upload_id == upload_id).values(size=size))
            return upload_id, size

    def whole(self, upload_id: str) -> bytes:
        """The file, in its order. Raises NotFound where there is none."""
        query = select(UPLOAD_PARTS.c.data).where(UPLOAD_PARTS.c.upload_id == upload_id).order_by(UPLOAD_PARTS.c.start)
        with self._database.reading() as connection:
            self._size(connection, upload_id)
            return b"".join(connection.execute(query).scalars())

    def forget(self, upload_id: str) -> None:
        """After it was imported."""
        with self._database.writing() as connection:
            connection.execute(delete(UPLOADS).where(UPLOADS.c.upload_id == upload_id))

    @staticmethod
    def _size(connection: Any, upload_id: str, lock: bool = False) -> int:
        query = select(UPLOADS.c.size).where(UPLOADS.c.upload_id == upload_id)
        size = connection.execute(query.with_for_update() if lock else query).scalar()
        if size is None:
            raise NotFound("there is no upload of this id, or an hour has passed since it began")
        return size
