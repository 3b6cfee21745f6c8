"""Bulk jobs: their states, who works on them, and what happened to them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields, replace

from sqlalchemy import Connection, and_, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from mammoganesis.errors import Aborted, FailedPrecondition, NotFound, ResourceExhausted
from mammoganesis.v1.bulk_service_pb2 import (
    JOB_STATE_CANCELLED,
    JOB_STATE_CANCELLING,
    JOB_STATE_QUEUED,
    JOB_STATE_RUNNING,
    JobReason,
    JobState,
)
from services.access.quotas import LONG_WAIT_SECONDS
from services.bulk.reasons import Code, coded_json
from services.records.rules.destinations import overlap
from services.records.sql.database import Database, now
from services.records.sql.documents import after, page_token
from services.records.sql.tables import BULK_EVENTS, BULK_JOBS

LEASE_SECONDS = 20.0
"""Within which a runner has to report."""
FORGOTTEN_AT_ONCE = 1000
_LOCK = 0x62756C6B  # of PostgreSQL's advisory locks
_WORKED_ON = (JOB_STATE_RUNNING, JOB_STATE_CANCELLING)
_ACTIVE = (JOB_STATE_QUEUED, *_WORKED_ON)
_TAKEN_OVER = "another runner goes on with it", coded_json(JobReason(code=Code.TAKEN_OVER))


@dataclass(frozen=True)
class JobRow:
    """A job without its document, which may have megabytes; times in microseconds since 1970."""

    job_id: str
    token: str
    title: str
    destination: str
    images: int
    created_at: int
    started_at: int | None
    ended_at: int | None
    state: JobState
    done: int
    images_per_second: float
    trouble: str
    runner: str
    lease_ends_at: int
    owner: str  # the key of a principal
    principal: str  # the same with roles and groups, as `Principal.to_metadata` writes it
    waits_until: int | None
    coded_trouble: str

    @property
    def is_active(self) -> bool:
        """Whether it has not ended."""
        return self.state in _ACTIVE

    def waits_longer_than(self, seconds: float) -> bool:
        """Whether it is known to wait: for a quota of its owner's, until the next day."""
        return self.waits_until is not None and self.waits_until > now() + int(seconds * 1_000_000)

    @property
    def is_left_alone(self) -> bool:
        """Whether nobody works on it."""
        return self.state == JOB_STATE_QUEUED or self.lease_ends_at <= now()


@dataclass(frozen=True)
class JobEventRow:
    """Something that happened to a job."""

    at: int
    state: JobState
    done: int
    note: str
    coded_note: str


@dataclass(frozen=True)
class Report:
    """What a runner tells of its job: as ReportJobRequest; coded reasons as JSON."""

    runner: str
    done: int
    images_per_second: float = 0.0
    trouble: str = ""
    waits_until: int | None = None
    ended: JobState | None = None  # where it has
    reason: str = ""
    released: bool = False
    coded_trouble: str = ""
    coded_reason: str = ""


@dataclass(frozen=True)
class NewJob:
    """What a job is asked for with.

    Attributes:
        token: of the caller's.
        title: of the document.
        images: how many.
        document: complete, without the destination.
        destination: by the job's id.
        owner: who asks for it, by the principal's key; "": nobody in particular.
        principal: the same with roles and groups, as `Principal.to_metadata` writes it.
    """

    token: str
    title: str
    images: int
    document: bytes
    destination: Callable[[str], str]
    owner: str = ""
    principal: str = ""


_SELECTED = select(*(BULK_JOBS.c[field.name] for field in fields(JobRow)))


class Jobs:
    """All jobs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, asked: NewJob, max_queued: int) -> JobRow:
        """A new one at the end of the queue, or the one of this token where it is the same.

        Raises:
            Aborted: there is another one of this token.
            FailedPrecondition: a job that has not ended writes to its destination.
            ResourceExhausted: `max_queued` jobs wait.
        """
        try:
            with self._alone() as connection:
                return self._create(connection, asked, max_queued)
        except IntegrityError:  # two at the same moment
            raise Aborted("token: another job was made of it at this moment") from None

    def _create(self, connection: Connection, asked: NewJob, max_queued: int) -> JobRow:
        there = connection.execute(_SELECTED.where(BULK_JOBS.c.token == asked.token)).first()
        if there is not None:
            job = JobRow(*there)
            document = _document(connection, job.job_id)
            same = (document, job.destination, job.owner) == (
                asked.document,
                asked.destination(job.job_id),
                asked.owner,
            )
            if not same:
                raise Aborted("token: there is another job of this token")
            return job
        job_id = f"job_{secrets.token_hex(16)}"
        destination = asked.destination(job_id)
        active = [JobRow(*row) for row in connection.execute(_SELECTED.where(BULK_JOBS.c.state.in_(_ACTIVE)))]
        for other in active:
            if overlap(other.destination, destination):
                raise FailedPrecondition(f"job.destination: {other.job_id}, which has not ended, writes there")
        if sum(other.state == JOB_STATE_QUEUED for other in active) >= max_queued:
            raise ResourceExhausted(f"{max_queued} jobs wait, and no more may; try again when one has ended")
        job = JobRow(
            job_id=job_id,
            token=asked.token,
            title=asked.title,
            destination=destination,
            images=asked.images,
            created_at=now(),
            started_at=None,
            ended_at=None,
            state=JOB_STATE_QUEUED,
            done=0,
            images_per_second=0.0,
            trouble="",
            runner="",
            lease_ends_at=0,
            owner=asked.owner,
            principal=asked.principal,
            waits_until=None,
            coded_trouble="",
        )
        connection.execute(insert(BULK_JOBS).values(**vars(job), document=asked.document))
        _happened(connection, job, "")
        return job

    def forget(self, kept: int) -> int:
        """Takes away all jobs that have ended but the last `kept`, with what happened to them; how many, up to
        FORGOTTEN_AT_ONCE a call. What they have written stays, and says itself what it is."""
        ended = select(BULK_JOBS.c.job_id).where(BULK_JOBS.c.state.not_in(_ACTIVE))
        oldest = ended.order_by(BULK_JOBS.c.ended_at.desc(), BULK_JOBS.c.job_id).offset(kept).limit(FORGOTTEN_AT_ONCE)
        with self._alone() as connection:
            found = list(connection.execute(oldest).scalars())
            for table in (BULK_EVENTS, BULK_JOBS):
                connection.execute(delete(table).where(table.c.job_id.in_(found)))
        return len(found)

    def by_id(self, job_id: str, owner: str | None = None) -> JobRow:
        """Of an owner, or None: of anybody. Raises NotFound where there is none."""
        with self._database.reading() as connection:
            return _there(connection, job_id, owner)

    def missing(self, asked: NewJob) -> int:
        """Images that are not there yet of what is asked for: all, but of a job of the same document and destination
        that has ended those that it has left, and of one of the same token none, which is that job."""
        with self._database.reading() as connection:
            if connection.execute(_SELECTED.where(BULK_JOBS.c.token == asked.token)).first() is not None:
                return 0
            same = and_(BULK_JOBS.c.destination == asked.destination(""), BULK_JOBS.c.document == asked.document)
            done = connection.execute(select(func.max(BULK_JOBS.c.done)).where(same)).scalar()
        return asked.images - (done or 0)

    def document(self, job_id: str) -> bytes:
        """The complete BulkJob, without its destination. Raises NotFound where there is none."""
        with self._database.reading() as connection:
            return _document(connection, job_id)

    def events(self, job_id: str) -> list[JobEventRow]:
        """What happened to a job, in order."""
        columns = [BULK_EVENTS.c[field.name] for field in fields(JobEventRow)]
        query = select(*columns).where(BULK_EVENTS.c.job_id == job_id).order_by(BULK_EVENTS.c.number)
        with self._database.reading() as connection:
            return [JobEventRow(*row) for row in connection.execute(query)]

    def listed(self, size: int, page: str, owner: str | None = None) -> tuple[list[JobRow], str]:
        """Up to `size` of an owner, or None: of all, the newest first, and the token of the next page."""
        mine = _SELECTED if owner is None else _SELECTED.where(BULK_JOBS.c.owner == owner)
        query = after(mine, page, BULK_JOBS.c.created_at, BULK_JOBS.c.job_id).limit(size + 1)
        with self._database.reading() as connection:
            rows = [JobRow(*row) for row in connection.execute(query)]
        return rows[:size], page_token(rows[size - 1].created_at, rows[size - 1].job_id) if len(rows) > size else ""

    def queued_before(self, job: JobRow) -> int:
        """Jobs that come before one that waits."""
        earlier = and_(BULK_JOBS.c.state == JOB_STATE_QUEUED, BULK_JOBS.c.created_at < job.created_at)
        query = select(func.count()).where(or_(earlier, BULK_JOBS.c.state.in_(_WORKED_ON)))
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one()

    def cancel(self, job_id: str) -> JobRow:
        """At once where nobody works on it, else as soon as who does hears of it; one that has ended stays as it is."""
        with self._alone() as connection:
            job = _there(connection, job_id)
            if job.is_active and job.is_left_alone:
                return _changed(connection, replace(job, state=JOB_STATE_CANCELLED, ended_at=now()))
            if job.state == JOB_STATE_RUNNING:
                return _changed(connection, replace(job, state=JOB_STATE_CANCELLING))
            return job

    def take(self, runner: str, max_running: int) -> JobRow | None:
        """What a runner is to work on: what it has or another one has left, the oldest first, else the job that has
        waited longest, where fewer than `max_running` are worked on, else one that rests until a later time, whose wait
        may be over before. None: nothing."""
        with self._alone() as connection:
            query = _SELECTED.where(BULK_JOBS.c.state.in_(_ACTIVE)).order_by(BULK_JOBS.c.created_at)
            active = [JobRow(*row) for row in connection.execute(query)]
            begun = [job for job in active if job.state in _WORKED_ON]
            resting = [job for job in begun if job.is_left_alone and job.waits_longer_than(0)]
            going = [job for job in begun if job not in resting]
            left = [job for job in going if job.runner == runner or job.is_left_alone]
            waiting = [job for job in active if job.state == JOB_STATE_QUEUED]
            may_begin = len(going) < max_running
            if not left and may_begin and waiting:
                first = replace(waiting[0], state=JOB_STATE_RUNNING, started_at=now())
                return _changed(connection, _leased(first, runner))
            for job in left or (resting if may_begin else []):
                note = ("", "") if job.runner == runner else _TAKEN_OVER
                return _changed(connection, _leased(job, runner), *note)
            return None

    def goes_last(self, job: JobRow) -> bool:
        """Whether a job that is worked on is to be given back: it waits for long, and another one could go on."""
        if not job.waits_longer_than(LONG_WAIT_SECONDS):
            return False
        query = _SELECTED.where(BULK_JOBS.c.state.in_(_ACTIVE), BULK_JOBS.c.job_id != job.job_id)
        with self._database.reading() as connection:
            others = [JobRow(*row) for row in connection.execute(query)]
        return any(other.is_left_alone and not other.waits_longer_than(0) for other in others)

    def report(self, job_id: str, told: Report) -> JobRow:
        """Writes down how far a runner is, and whether the job has ended.

        Raises:
            Aborted: the job is another runner's by now, or has ended otherwise.
        """
        with self._alone() as connection:
            job = _there(connection, job_id)
            if job.runner != told.runner or not job.is_active:
                if job.runner == told.runner and job.state == told.ended:
                    return job  # told again
                raise Aborted(f"{job_id} is not worked on by this runner any more")
            heard = replace(_leased(job, told.runner), done=told.done)
            heard = replace(heard, images_per_second=told.images_per_second, trouble=told.trouble)
            heard = replace(heard, waits_until=told.waits_until, coded_trouble=told.coded_trouble)
            if told.ended or told.released:
                heard = replace(heard, images_per_second=0.0, lease_ends_at=0)
            if told.ended or (told.released and told.waits_until is None):
                heard = replace(heard, trouble="", coded_trouble="", waits_until=None)
            if told.ended:
                heard = replace(heard, state=told.ended, ended_at=now())
            return _changed(connection, heard, told.reason, told.coded_reason)

    def _alone(self) -> AbstractContextManager[Connection]:
        """A transaction that no other one of jobs runs beside."""
        return self._database.writing(alone=_LOCK)


def _leased(job: JobRow, runner: str) -> JobRow:
    return replace(job, runner=runner, lease_ends_at=now() + int(LEASE_SECONDS * 1_000_000))


def _there(connection: Connection, job_id: str, owner: str | None = None) -> JobRow:
    found = connection.execute(_SELECTED.where(BULK_JOBS.c.job_id == job_id)).first()
    if found is None or owner not in (None, found.owner):
        raise NotFound(f"there is no job {job_id}")
    return JobRow(*found)


def _document(connection: Connection, job_id: str) -> bytes:
    found = connection.execute(select(BULK_JOBS.c.document).where(BULK_JOBS.c.job_id == job_id)).scalar()
    if found is None:
        raise NotFound(f"there is no job {job_id}")
    return bytes(found)


def _changed(connection: Connection, job: JobRow, note: str = "", coded_note: str = "") -> JobRow:
    """Writes a job; an event with it where its state is another or there is something to say."""
    before = _there(connection, job.job_id)
    connection.execute(update(BULK_JOBS).where(BULK_JOBS.c.job_id == job.job_id).values(**vars(job)))
    if before.state != job.state or note:
        _happened(connection, job, note, coded_note)
    return job


def _happened(connection: Connection, job: JobRow, note: str, coded_note: str = "") -> None:
    mine = select(func.count()).where(BULK_EVENTS.c.job_id == job.job_id)
    event = JobEventRow(now(), job.state, job.done, note, coded_note)
    number = connection.execute(mine).scalar_one() + 1
    connection.execute(insert(BULK_EVENTS).values(job_id=job.job_id, number=number, **vars(event)))
