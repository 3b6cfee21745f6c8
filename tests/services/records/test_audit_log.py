"""The audit log in SQLite and PostgreSQL: appended by many at once, never changed, shortened at its beginning alone."""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from mammoganesis.errors import Aborted
from mammoganesis.pictures.signature import Signer, by_id
from services.access.audit_chain import CHECKPOINT_EVERY, Chain
from services.access.audit_entries import LOST, PRUNED, Entry, moment
from services.access.audit_file import check_lines, checkpoint_line, entry_line
from services.records.sql import pruning
from services.records.sql.audit import BATCH, AuditLog, Condition, Row
from services.records.sql.database import Database
from tests.support.audit_chain import broken_at
from tests.support.keys import new_key


def entries(count: int, who: str = "issuer|one") -> list[Entry]:
    return [Entry(uuid.uuid4().hex, i, who, "CaseService/SaveCase", targets=(f"case_id:{i}",)) for i in range(count)]


def checked(log: AuditLog, chain: Chain | None = None) -> Chain:
    chain = chain or Chain()
    log.check(chain)
    return chain


def exported(log: AuditLog, **times: int) -> bytes:
    items = [item for batch in log.stretch(**times) for item in batch]
    lines = [entry_line(i.body, i.hash) if isinstance(i, Row) else checkpoint_line(i) for i in items]
    return "".join(lines).encode()


def numbers(log: AuditLog, **condition: object) -> list[int]:
    return [row.number for row in log.listed(Condition(**condition), 200, "")[0]]  # type: ignore[arg-type]


def test_many_who_write_at_once_make_one_chain(database: Database) -> None:
    log = AuditLog(database)

    def write(number: int) -> None:
        for batch in range(5):
            log.add(entries(3 + batch, f"issuer|{number}"))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))
    chain = checked(log)
    assert chain.problems == []
    assert (chain.first, chain.entries) == (1, 6 * (3 + 4 + 5 + 6 + 7))
    assert broken_at(exported(log)) is None
    assert len(log.listed(Condition(who="issuer|3"), 200, "")[0]) == 25


def test_an_entry_is_added_once_and_losses_are_told(database: Database) -> None:
    log = AuditLog(database)
    three = entries(3)
    assert log.add(three)[0] == 3
    assert log.add([*three, *entries(1)], {"a" * 32: 17})[0] == 2
    assert log.add(three, {"a" * 32: 17})[0] == 0
    assert checked(log).lost == 17
    assert numbers(log, action=LOST) == [4]


def test_entries_are_found_by_all_that_they_say(database: Database) -> None:
    log = AuditLog(database)
    log.add([*entries(4), Entry("b" * 32, 1, "a|b", "login", "PERMISSION_DENIED", request_id="r_%")])
    assert numbers(log) == [5, 4, 3, 2, 1]
    assert numbers(log, who="a|b") == numbers(log, action="login") == numbers(log, outcome="PERMISSION_DENIED") == [5]
    assert numbers(log, about="case_id:2") == [3]
    assert numbers(log, about="r_%") == [5]
    assert numbers(log, about="r__") == []
    found, page = log.listed(Condition(), 2, "")
    assert [row.number for row in found] == [5, 4]
    assert [row.number for row in log.listed(Condition(), 5, page)[0]] == [3, 2, 1]
    assert numbers(log, since=found[0].recorded_at + 1) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET who = 'x'",
        "DELETE FROM audit_entries WHERE number = 2",
        "DELETE FROM audit_entries",
        "UPDATE audit_checkpoints SET number = 1",
        "DELETE FROM audit_checkpoints",
    ],
)
def test_the_database_itself_refuses_to_change_the_log(database: Database, statement: str) -> None:
    log = AuditLog(database)
    log.add(entries(CHECKPOINT_EVERY + 1))
    with pytest.raises(DatabaseError, match="only added"), database.writing() as connection:
        connection.execute(text(statement))
    assert checked(log).entries == CHECKPOINT_EVERY + 1


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            "UPDATE audit_entries SET body = replace(body, 'SaveCase', 'GetCases') WHERE number = 3",
            "entry 3 was changed",
        ),
        ("UPDATE audit_entries SET who = 'issuer|another' WHERE number = 3", "entry 3: what is searched of it"),
        ("DELETE FROM audit_entries WHERE number = 3", "entry 3 is gone"),
        ("DELETE FROM audit_entries WHERE number > 3", f"the entries 4 to {CHECKPOINT_EVERY} are gone"),
        ("DELETE FROM audit_entries WHERE number < 3", "the entries 1 to 2 are gone"),
        ("UPDATE audit_entries SET number = -number WHERE number < 3", "-1"),
        ("UPDATE audit_entries SET body = 'no entry' WHERE number = 3", "what follows entry 2 is no entry"),
    ],
)
def test_what_who_owns_the_database_changes_is_found(database: Database, change: str, problem: str) -> None:
    log = AuditLog(database)
    log.add(entries(CHECKPOINT_EVERY + 5))
    with database.writing() as connection:
        if connection.dialect.name == "sqlite":
            for name in ("audit_entries_no_update", "audit_entries_no_delete"):
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER ALL"))
        connection.execute(text(change))
    problems = checked(log).problems
    if problem == "-1":
        assert problems
    else:
        assert any(each.startswith(problem) for each in problems), problems


def test_what_is_pruned_leaves_a_checkpoint_and_an_entry(database: Database, tmp_path: Path) -> None:
    signer = Signer(new_key(tmp_path, "key")[0])
    log = AuditLog(database, signer)
    log.add(entries(30))
    before = log.head()
    log.add(entries(CHECKPOINT_EVERY))
    later = log.listed(Condition(), 1, "")[0][0].recorded_at
    assert log.prune(later, "command|root") == 30
    assert log.prune(later, "command|root") == 0
    chain = checked(log, Chain(by_id([signer.public_key])))
    assert chain.problems == []
    assert (chain.first, chain.entries) == (31, CHECKPOINT_EVERY + 1)
    assert chain.signed == 2  # what was pruned, and the one in the log
    newest = log.listed(Condition(), 1, "")[0][0]
    assert (newest.action, newest.who) == (PRUNED, "command|root")
    file = exported(log)
    assert broken_at(file, signer.public_key) is None
    with pytest.raises(DatabaseError, match="only added"), database.writing() as connection:
        connection.execute(text("DELETE FROM audit_entries WHERE number = 31"))
    assert checked(log, Chain(known=[before])).unbroken  # the very place where the log begins now
    everything = log.prune(newest.recorded_at + 10**9, "command|root")
    assert everything == CHECKPOINT_EVERY + 1
    assert numbers(log) == [CHECKPOINT_EVERY + 32]
    assert checked(log).unbroken


def test_who_reads_while_entries_are_removed_is_told_so_and_not_that_the_log_is_broken(database: Database) -> None:
    log, other = AuditLog(database), AuditLog(database)
    log.add(entries(3 * BATCH))
    later = log.head().at
    log.add(entries(1))
    reading = log.stretch()
    assert [len(next(reading)) for _ in range(2)] == [1, BATCH]
    assert other.prune(later + 1, "command|root") == 3 * BATCH
    with pytest.raises(Aborted, match="entries of the audit log were removed while it was read; read it again"):
        list(reading)
    assert checked(log).unbroken


def test_the_log_is_pruned_in_pieces_that_prove_themselves(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others write between them, and what is stopped on the way is whole: the same call goes on."""
    monkeypatch.setattr(pruning, "AT_ONCE", 7)
    signer = Signer(new_key(tmp_path, "key")[0])
    log, other, pieces = AuditLog(database, signer), AuditLog(database, signer), []
    log.add(entries(30))
    later = log.head().at + 1

    def stopped(count: int) -> None:
        pieces.append(count)
        assert other.add(entries(1))[0] == 1
        assert checked(other, Chain(by_id([signer.public_key]))).problems == []
        if len(pieces) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        log.prune(later, "command|root", stopped)
    assert numbers(log) == list(range(34, 14, -1))
    assert log.prune(later, "command|root", pieces.append) == 16
    assert pieces == [7, 7, 7, 7, 2]
    chain = checked(log, Chain(by_id([signer.public_key])))
    assert (chain.problems, chain.first, chain.entries) == ([], 31, 7)
    told = [row for row in log.listed(Condition(), 100, "")[0] if row.action == PRUNED]
    assert [json.loads(row.body)["count"] for row in reversed(told)] == pieces


def test_a_stretch_of_the_log_proves_itself(database: Database) -> None:
    log = AuditLog(database)
    moments = []
    for _ in range(3):
        log.add(entries(5))
        moments.append(log.listed(Condition(), 1, "")[0][0].recorded_at)
    file = exported(log, since=moments[1], until=moments[2])
    assert broken_at(file) is None
    chain = Chain()
    check_lines(file.splitlines(), chain)
    assert chain.problems == []
    assert (chain.first, chain.entries) == (6, 5)
    assert moment(moments[1]) in file.decode()
    nothing = exported(log, since=moments[2] + 10**9)
    assert broken_at(nothing) is None
    assert nothing.count(b"\n") == 2
