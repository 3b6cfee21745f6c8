"""Learning platforms, their launches, and what learners do by them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from mammoganesis.errors import Aborted, FailedPrecondition, NotFound, PermissionDenied
from services.records.sql.database import Database, now, token
from services.records.sql.lti_tables import (
    LTI_ENROLMENTS,
    LTI_LAUNCHES,
    LTI_LINKS,
    LTI_NONCES,
    LTI_PLATFORMS,
    LTI_TAKINGS,
)

ENROLMENT_SECONDS = 7 * 86_400
LAUNCH_SECONDS = 8 * 3600
NONCE_SECONDS = 2 * 3600
"""Longer than a token of a platform is taken."""


@dataclass(frozen=True)
class PlatformRow:
    """A platform; `body` is an LtiPlatform without id and time."""

    platform_id: str
    name: str
    issuer: str
    client_id: str
    body: bytes
    created_at: int
    removed_at: int | None


@dataclass(frozen=True)
class Link:
    """A link of a course to a resource."""

    platform_id: str
    resource_link_id: str
    resource_id: str


@dataclass(frozen=True)
class Column:
    """Where a platform takes the grades of a link, and what it allows."""

    line_item: str
    line_items: str
    scopes: str


@dataclass(frozen=True)
class TakingRow:
    """What one learner does by one link of a course; times in microseconds since 1970."""

    taking_id: str
    platform_id: str
    resource_link_id: str
    resource_id: str
    subject: str
    secret: str
    line_item: str
    line_items: str
    scopes: str
    created_at: int
    told: int
    ended_at: int | None


TAKING = [LTI_TAKINGS.c[field.name] for field in fields(TakingRow)]


class Platforms:
    """All platforms, and who may become one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, name: str, issuer: str, client_id: str, body: bytes) -> PlatformRow:
        """A new one, or the one of this issuer and client id as it is from now on."""
        with self._saving() as connection:
            return _saved(connection, name, issuer, client_id, body)

    def enrol(self, token: str, name: str, issuer: str, client_id: str, body: bytes) -> PlatformRow:
        """Likewise by a token of `invite`, which is used up. Raises NotFound where the token is none (any more)."""
        with self._saving() as connection:
            _enrolment(connection, token)
            used = update(LTI_ENROLMENTS).where(LTI_ENROLMENTS.c.token_hash == hashed(token))
            unused = used.where(LTI_ENROLMENTS.c.used_at.is_(None))
            if connection.execute(unused.values(used_at=now())).rowcount != 1:
                raise NotFound(_NO_ENROLMENT)
            return _saved(connection, name, issuer, client_id, body)

    @contextmanager
    def _saving(self) -> Iterator[Connection]:
        try:
            with self._database.writing() as connection:
                yield connection
        except IntegrityError:  # twice at the same moment
            raise Aborted("platform: another was registered for this issuer and client id at this moment") from None

    def invite(self, name: str, issuer: str) -> tuple[str, int]:
        """A token by which one platform may register itself, and when it ends."""
        made, ends_at = token(), now() + ENROLMENT_SECONDS * 1_000_000
        row = {"token_hash": hashed(made), "name": name, "issuer": issuer, "ends_at": ends_at}
        with self._database.writing() as connection:
            connection.execute(insert(LTI_ENROLMENTS).values(**row))
        return made, ends_at

    def invitation(self, token: str) -> tuple[str, str]:
        """Name and issuer of such a token. Raises NotFound where it is none (any more)."""
        with self._database.reading() as connection:
            return _enrolment(connection, token)

    def listed(self) -> list[PlatformRow]:
        """Those that may launch, by name."""
        query = select(LTI_PLATFORMS).where(LTI_PLATFORMS.c.removed_at.is_(None))
        with self._database.reading() as connection:
            rows = [PlatformRow(*row) for row in connection.execute(query)]
        return sorted(rows, key=lambda row: (row.name.casefold(), row.issuer, row.client_id))

    def by_id(self, platform_id: str, removed: bool = False) -> PlatformRow:
        """Raises NotFound where there is none (any more); `removed`: those that were there count too."""
        query = select(LTI_PLATFORMS).where(LTI_PLATFORMS.c.platform_id == platform_id)
        with self._database.reading() as connection:
            found = connection.execute(query).first()
        if found is None or (found.removed_at is not None and not removed):
            raise NotFound("there is no such platform, or it was removed")
        return PlatformRow(*found)

    def of_issuer(self, issuer: str, client_id: str) -> PlatformRow:
        """The one of an issuer; `client_id`: "" where it was not said.

        Raises:
            NotFound: there is none.
            FailedPrecondition: there are several, and nothing says which.
        """
        found = [row for row in self.listed() if row.issuer == issuer and client_id in ("", row.client_id)]
        if not found:
            raise NotFound(
                "this platform is not registered here, or not under this client id; ask who keeps the server"
            )
        if len(found) > 1:
            raise FailedPrecondition("client_id: the platform has several here, and does not say which")
        return found[0]

    def remove(self, platform_id: str) -> None:
        """It launches no more. Raises NotFound where there is none."""
        self.by_id(platform_id)
        query = update(LTI_PLATFORMS).where(LTI_PLATFORMS.c.platform_id == platform_id)
        with self._database.writing() as connection:
            connection.execute(query.values(removed_at=now()))


class Launches:
    """Launches, and what learners do by them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, nonce: str, body: bytes) -> str:
        """A launch's secret.

        Raises:
            PermissionDenied: the nonce was there before.
        """
        secret, moment = token(), now()
        row = {"secret_hash": hashed(secret), "ends_at": moment + LAUNCH_SECONDS * 1_000_000, "body": body}
        once = {"nonce_hash": hashed(nonce), "ends_at": moment + NONCE_SECONDS * 1_000_000}
        try:
            with self._database.writing() as connection:
                for table in (LTI_NONCES, LTI_LAUNCHES):
                    connection.execute(delete(table).where(table.c.ends_at < moment))
                connection.execute(insert(LTI_NONCES).values(**once))
                connection.execute(insert(LTI_LAUNCHES).values(**row))
        except IntegrityError:
            raise PermissionDenied("nonce: this launch was there before; launch again from the course") from None
        return secret

    def launch(self, secret: str) -> bytes:
        """An LtiLaunch. Raises NotFound where there is none (any more)."""
        query = select(LTI_LAUNCHES.c.body).where(LTI_LAUNCHES.c.secret_hash == hashed(secret))
        with self._database.reading() as connection:
            found = connection.execute(query.where(LTI_LAUNCHES.c.ends_at > now())).scalar()
        if found is None:
            raise NotFound("there is no such launch, or it has ended; launch again from the course")
        return bytes(found)

    def taking(self, link: Link, subject: str, column: Column, begin: Callable[[], str]) -> TakingRow:
        """What a learner does by a link: what is there, its column brought up to date, or a new one whose secret
        `begin` gives."""
        mine = (*_of(link), LTI_TAKINGS.c.subject == subject)
        kept = {name: value for name, value in vars(column).items() if value}
        with self._database.reading() as connection:
            there = connection.execute(select(LTI_TAKINGS.c.taking_id).where(*mine)).first()
        if there is None:
            row = TakingRow(
                taking_id=f"taking_{secrets.token_hex(16)}",
                **vars(link),
                subject=subject,
                secret=begin(),
                **vars(column),
                created_at=now(),
                told=-1,  # that it has begun is something to tell too
                ended_at=None,
            )
            try:
                with self._database.writing() as connection:
                    connection.execute(insert(LTI_TAKINGS).values(**vars(row)))
                return row
            except IntegrityError:  # the same learner twice at the same moment: the first one counts
                pass
        with self._database.writing() as connection:
            if kept:
                connection.execute(update(LTI_TAKINGS).where(*mine).values(**kept))
            return TakingRow(*connection.execute(select(*TAKING).where(*mine)).one())

    def takings(self, link: Link) -> list[TakingRow]:
        """Of all learners, in the order of their first launch."""
        query = select(*TAKING).where(*_of(link)).order_by(LTI_TAKINGS.c.created_at, LTI_TAKINGS.c.taking_id)
        with self._database.reading() as connection:
            return [TakingRow(*row) for row in connection.execute(query)]

    def shared(self, link: Link, is_live: Callable[[str], bool], share: Callable[[], str]) -> str:
        """The token of the link to a case or a collection: the one that is there while it is live, or what `share`
        makes."""
        mine = [LTI_LINKS.c[name] == value for name, value in vars(link).items()]
        with self._database.reading() as connection:
            found = connection.execute(select(LTI_LINKS.c.token).where(*mine)).scalar()
        if found is not None and is_live(found):
            return found
        made = share()
        with self._database.writing() as connection:
            connection.execute(delete(LTI_LINKS).where(*mine))
            connection.execute(insert(LTI_LINKS).values(**vars(link), token=made))
        return made


def hashed(secret: str) -> str:
    """What is kept of a secret that only has to be known again."""
    return hashlib.sha256(secret.encode()).hexdigest()


_NO_ENROLMENT = "this registration address was used before, has ended, or is none; ask who keeps the server for another"


def _enrolment(connection: Connection, token: str) -> tuple[str, str]:
    table = LTI_ENROLMENTS.c
    valid = (table.token_hash == hashed(token), table.used_at.is_(None), table.ends_at > now())
    found = connection.execute(select(table.name, table.issuer).where(*valid)).first()
    if found is None:
        raise NotFound(_NO_ENROLMENT)
    return found.name, found.issuer


def _saved(connection: Connection, name: str, issuer: str, client_id: str, body: bytes) -> PlatformRow:
    mine = (LTI_PLATFORMS.c.issuer == issuer, LTI_PLATFORMS.c.client_id == client_id)
    found = connection.execute(select(LTI_PLATFORMS).where(*mine)).first()
    if found is None:
        row = PlatformRow(f"platform_{secrets.token_hex(16)}", name, issuer, client_id, body, now(), None)
        connection.execute(insert(LTI_PLATFORMS).values(**vars(row)))
        return row
    connection.execute(update(LTI_PLATFORMS).where(*mine).values(name=name, body=body, removed_at=None))
    return PlatformRow(*connection.execute(select(LTI_PLATFORMS).where(*mine)).one())


def _of(link: Link) -> list[Any]:
    return [LTI_TAKINGS.c[name] == value for name, value in vars(link).items()]
