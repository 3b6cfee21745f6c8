"""What is to be sent to platforms and stores: kept until it has arrived, or is given up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, func, insert, or_, select, update

from mammoganesis.errors import Aborted
from services.records.sql.database import Database, now
from services.records.sql.lti import TAKING, TakingRow
from services.records.sql.lti_tables import LTI_DELIVERIES, LTI_PLATFORMS, LTI_TAKINGS
from services.records.sql.tables import ANSWERS, QUIZZES

AT_ONCE = 20
LEASE_SECONDS = 120.0
MAX_TROUBLE = 500
SCORE, STATEMENT = "score", "statement"
_LOCK = 0x6C7469  # of PostgreSQL's advisory locks
_REMOVED = "the platform was removed"
_WAITS = and_(LTI_DELIVERIES.c.arrived_at.is_(None), LTI_DELIVERIES.c.given_up_at.is_(None))


@dataclass(frozen=True)
class Sent:
    """What is to be sent: its name for ever, its kind, its JSON."""

    delivery_id: str
    kind: str
    body: str


@dataclass(frozen=True)
class Taken:
    """What a sender is to send."""

    delivery_id: str
    kind: str
    body: str
    tries: int
    taking: TakingRow


@dataclass(frozen=True)
class Reported:
    """What came of it."""

    arrived: bool = False
    refused: bool = False
    pause_seconds: float = 0.0
    trouble: str = ""
    line_item: str = ""


class Deliveries:
    """All of them.

    Args:
        give_up_seconds: after which what has not arrived is given up.
    """

    def __init__(self, database: Database, give_up_seconds: float) -> None:
        self._database, self._give_up = database, int(give_up_seconds * 1_000_000)

    def unfinished(self) -> list[tuple[TakingRow, int, int | None]]:
        """Attempts by launches with something new: the taking, its answers, and when its quiz ended (None: it has
        not). New is an answer that was not told, the last answer, or the quiz's end."""
        answers = select(func.count()).where(ANSWERS.c.attempt_id == LTI_TAKINGS.c.secret).scalar_subquery()
        ended = or_(QUIZZES.c.closed_at.is_not(None), QUIZZES.c.ends_at <= now())
        query = (
            select(*TAKING, answers, QUIZZES.c.closed_at, QUIZZES.c.ends_at)
            .join(QUIZZES, QUIZZES.c.quiz_id == LTI_TAKINGS.c.resource_id)
            .where(LTI_TAKINGS.c.ended_at.is_(None), or_(answers > LTI_TAKINGS.c.told, ended))
        )
        with self._database.reading() as connection:
            rows: list[tuple[Any, ...]] = [tuple(row) for row in connection.execute(query)]
        found = []
        for *taking, count, closed_at, ends_at in rows:
            over = [moment for moment in (closed_at, ends_at) if moment is not None and moment <= now()]
            found.append((TakingRow(*taking), count, min(over, default=None)))
        return found

    def add(self, taking: TakingRow, told: int, ended_at: int | None, sent: Sequence[Sent]) -> None:
        """Writes down what is to be sent of a taking, and how far it is told; again it changes nothing."""
        with self._alone() as connection:
            for one in sent:
                there = select(LTI_DELIVERIES.c.delivery_id).where(LTI_DELIVERIES.c.delivery_id == one.delivery_id)
                if connection.execute(there).first() is None:
                    row = {"taking_id": taking.taking_id, "created_at": now(), "due_at": now(), "tries": 0}
                    unsent = {"trouble": "", "sender": "", "lease_ends_at": 0}
                    connection.execute(insert(LTI_DELIVERIES).values(**vars(one), **row, **unsent))
            mine = update(LTI_TAKINGS).where(LTI_TAKINGS.c.taking_id == taking.taking_id)
            connection.execute(mine.values(told=told, ended_at=ended_at))

    def take(self, sender: str, kinds: Sequence[str]) -> list[Taken]:
        """What is due and nobody sends, for this sender; what waits for too long is given up instead."""
        moment = now()
        columns = [LTI_DELIVERIES.c[name] for name in ("delivery_id", "kind", "body", "tries")]
        with self._alone() as connection:
            old = update(LTI_DELIVERIES).where(_WAITS, LTI_DELIVERIES.c.lease_ends_at <= moment)
            removed = (
                select(LTI_TAKINGS.c.taking_id)
                .join(LTI_PLATFORMS, LTI_PLATFORMS.c.platform_id == LTI_TAKINGS.c.platform_id)
                .where(LTI_PLATFORMS.c.removed_at.is_not(None))
            )
            gone = old.where(LTI_DELIVERIES.c.kind == SCORE, LTI_DELIVERIES.c.taking_id.in_(removed))
            connection.execute(gone.values(given_up_at=moment, trouble=_REMOVED))
            late = LTI_DELIVERIES.c.created_at < moment - self._give_up
            connection.execute(old.where(late, LTI_DELIVERIES.c.tries > 0).values(given_up_at=moment))
            due = and_(_WAITS, LTI_DELIVERIES.c.due_at <= moment, LTI_DELIVERIES.c.lease_ends_at <= moment)
            query = select(*columns, *TAKING).join(LTI_TAKINGS, LTI_TAKINGS.c.taking_id == LTI_DELIVERIES.c.taking_id)
            query = query.where(due, LTI_DELIVERIES.c.kind.in_(kinds))
            due_first = query.order_by(LTI_DELIVERIES.c.due_at).limit(AT_ONCE)
            rows: list[tuple[Any, ...]] = [tuple(row) for row in connection.execute(due_first)]
            found = [Taken(row[0], row[1], row[2], row[3], TakingRow(*row[4:])) for row in rows]
            lease = {"sender": sender, "lease_ends_at": moment + int(LEASE_SECONDS * 1_000_000)}
            names = [one.delivery_id for one in found]
            connection.execute(update(LTI_DELIVERIES).where(LTI_DELIVERIES.c.delivery_id.in_(names)).values(**lease))
        return found

    def report(self, delivery_id: str, sender: str, told: Reported) -> None:
        """What came of one. Raises Aborted where another sender has it by now."""
        mine = and_(LTI_DELIVERIES.c.delivery_id == delivery_id, LTI_DELIVERIES.c.sender == sender)
        moment = now()
        values: dict[str, Any] = {"lease_ends_at": 0, "tries": LTI_DELIVERIES.c.tries + 1, "trouble": told.trouble}
        if told.arrived:
            values |= {"arrived_at": moment, "trouble": ""}
        elif told.refused:
            values |= {"given_up_at": moment}
        else:
            values |= {"due_at": moment + int(told.pause_seconds * 1_000_000)}
        with self._alone() as connection:
            taking = connection.execute(select(LTI_DELIVERIES.c.taking_id).where(mine)).scalar()
            if taking is None:
                raise Aborted("delivery_id: another sender has it by now, or there is none")
            connection.execute(update(LTI_DELIVERIES).where(mine, _WAITS).values(**values))
            if told.line_item:
                _remember_column(connection, taking, told.line_item)

    def of_takings(self, takings: Sequence[TakingRow]) -> Mapping[str, tuple[int | None, int | None, str]]:
        """Of grades, by taking: when one arrived, when it was given up, and what the trouble is."""
        columns = [LTI_DELIVERIES.c[name] for name in ("taking_id", "arrived_at", "given_up_at", "trouble")]
        names = [one.taking_id for one in takings]
        query = select(*columns).where(LTI_DELIVERIES.c.kind == SCORE, LTI_DELIVERIES.c.taking_id.in_(names))
        with self._database.reading() as connection:
            rows: list[tuple[Any, ...]] = [tuple(row) for row in connection.execute(query)]
        return {name: (arrived_at, given_up_at, trouble) for name, arrived_at, given_up_at, trouble in rows}

    def standing(self, platform_id: str) -> tuple[int, int, str]:
        """Of a platform: how many wait, how many were given up, and why one did not arrive."""
        mine = LTI_DELIVERIES.c.taking_id.in_(
            select(LTI_TAKINGS.c.taking_id).where(LTI_TAKINGS.c.platform_id == platform_id)
        )
        counts = select(func.count().filter(_WAITS), func.count().filter(LTI_DELIVERIES.c.given_up_at.is_not(None)))
        trouble = select(LTI_DELIVERIES.c.trouble).where(mine, LTI_DELIVERIES.c.trouble != "")
        trouble = trouble.order_by(LTI_DELIVERIES.c.due_at.desc()).limit(1)
        with self._database.reading() as connection:
            waiting, given_up = connection.execute(counts.where(mine)).one()
            return waiting, given_up, connection.execute(trouble).scalar() or ""

    def _alone(self) -> Any:
        return self._database.writing(alone=_LOCK)


def _remember_column(connection: Connection, taking_id: str, line_item: str) -> None:
    """For all learners of the same link: the next grade needs no column of its own."""
    taking = TakingRow(*connection.execute(select(*TAKING).where(LTI_TAKINGS.c.taking_id == taking_id)).one())
    same = [LTI_TAKINGS.c[name] == getattr(taking, name) for name in ("platform_id", "resource_link_id", "resource_id")]
    connection.execute(update(LTI_TAKINGS).where(*same, LTI_TAKINGS.c.line_item == "").values(line_item=line_item))
