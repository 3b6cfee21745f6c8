"""What the databases hold of bulk jobs when several ask at the same moment, and when a runner has gone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.event import listen

from mammoganesis.errors import Aborted, ResourceExhausted
from mammoganesis.v1 import bulk_service_pb2 as pb
from services.records.sql import jobs
from services.records.sql.database import Database
from services.records.sql.jobs import Jobs, NewJob, Report


def new(token: str, place: str = "") -> NewJob:
    return NewJob(token, "A job", 100, b"document", lambda job_id: f"/srv/{place or job_id}")


def test_no_more_wait_and_run_than_may(database: Database) -> None:
    held = Jobs(database)

    def ask(number: int) -> bool:
        try:
            held.create(new(f"token-{number:04}"), 5)
        except ResourceExhausted:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(12))) == 5
        taken = [job for job in pool.map(lambda number: held.take(f"{number:032}", 2), range(8)) if job]
    assert len(taken) == len({job.job_id for job in taken}) == 2
    oldest = sorted(held.listed(10, "")[0], key=lambda job: job.created_at)[:2]
    assert {job.job_id for job in taken} == {job.job_id for job in oldest}


def test_documents_are_read_for_whoever_asks_for_one_alone(database: Database) -> None:
    """They may have megabytes each, and runners ask after work every second."""
    held = Jobs(database)
    for number in range(3):
        held.create(new(f"token-{number:04}"), 5)
    asked: list[str] = []
    listen(database.engine, "before_cursor_execute", lambda *event: asked.append(event[2]))
    taken = held.take("a" * 32, 5)
    assert taken is not None
    held.listed(10, "")
    held.by_id(taken.job_id)
    held.report(taken.job_id, Report("a" * 32, 1))
    held.cancel(taken.job_id)
    assert not [statement for statement in asked if "document" in statement]
    assert held.document(taken.job_id) == b"document"


def test_a_job_whose_runner_has_gone_goes_to_another(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    held = Jobs(database)
    made = held.create(new("token-0001"), 5)
    monkeypatch.setattr(jobs, "LEASE_SECONDS", 0.0)
    held.take("a" * 32, 1)
    monkeypatch.setattr(jobs, "LEASE_SECONDS", 60.0)
    taken = held.take("b" * 32, 1)
    assert taken is not None
    assert (taken.job_id, taken.runner) == (made.job_id, "b" * 32)
    with pytest.raises(Aborted):
        held.report(made.job_id, Report("a" * 32, 100, ended=pb.JOB_STATE_DONE))
    last = held.events(made.job_id)[-1]
    assert (last.note, last.coded_note) == ("another runner goes on with it", '{"code": "taken_over"}')
    assert held.take("c" * 32, 1) is None
    held.report(made.job_id, Report("b" * 32, 7, released=True))
    # Nobody works on it, so nobody has to be waited for.
    assert held.cancel(made.job_id).state == pb.JOB_STATE_CANCELLED
    assert [event.state for event in held.events(made.job_id)] == [1, 2, 2, 4]


def test_jobs_that_have_ended_are_kept_up_to_a_number(database: Database) -> None:
    held = Jobs(database)
    made = [held.create(new(f"token-{number:04}"), 9).job_id for number in range(6)]
    for _ in range(4):
        taken = held.take("a" * 32, 1)
        assert taken is not None
        held.report(taken.job_id, Report("a" * 32, 100, ended=pb.JOB_STATE_DONE))
    running = held.take("a" * 32, 1)
    assert running is not None
    assert held.forget(9) == 0
    assert held.forget(2) == 2
    assert {job.job_id for job in held.listed(10, "")[0]} == set(made[2:])
    assert held.forget(0) == 2
    assert {job.job_id for job in held.listed(10, "")[0]} == set(made[4:]), "those that have not ended stay"
    assert held.events(made[0]) == []
    assert held.create(new("token-0000"), 9).job_id not in made


def test_a_job_that_waits_until_later_lets_others_go_first(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    held, runner = Jobs(database), "a" * 32
    first = held.create(new("token-0001"), 5)
    assert held.take(runner, 1) is not None
    tomorrow = jobs.now() + 3600 * 1_000_000
    waits = held.report(first.job_id, Report(runner, 8, trouble="a quota", waits_until=tomorrow))
    assert not held.goes_last(waits)  # nobody else is there
    second, third = held.create(new("token-0002"), 5), held.create(new("token-0003"), 5)
    assert held.goes_last(waits)
    soon = held.report(first.job_id, Report(runner, 8, trouble="busy", waits_until=jobs.now() + 5_000_000))
    assert not held.goes_last(soon)
    rests = held.report(first.job_id, Report(runner, 8, trouble="a quota", waits_until=tomorrow, released=True))
    assert (rests.state, rests.trouble, rests.is_left_alone) == (pb.JOB_STATE_RUNNING, "a quota", True)
    for job in (second, third):
        taken = held.take(runner, 1)
        assert taken is not None
        assert taken.job_id == job.job_id
        assert held.take("b" * 32, 1) is None  # no more at a time than may
        held.report(job.job_id, Report(runner, 100, ended=pb.JOB_STATE_DONE))
    tried = held.take(runner, 1)  # nothing else is to be done, and its wait may be over
    assert tried is not None
    assert tried.job_id == first.job_id
    held.report(first.job_id, Report(runner, 8, trouble="a quota", waits_until=tomorrow, released=True))
    held.create(new("token-0004"), 5)
    monkeypatch.setattr(jobs, "now", lambda: tomorrow + 1)
    again = held.take("c" * 32, 1)  # its time has come: before those that have not begun
    assert again is not None
    assert again.job_id == first.job_id
