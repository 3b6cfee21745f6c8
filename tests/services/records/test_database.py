"""SQLite and PostgreSQL: the schema that the migrations make, and what is written at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import grpc
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from google.protobuf.json_format import ParseDict
from google.protobuf.message_factory import GetMessageClass
from sqlalchemy import Connection, event, insert, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from mammoganesis.errors import Aborted, FailedPrecondition, NotFound, Unavailable
from mammoganesis.v1 import cases_pb2 as pb
from mammoganesis.v1 import quizzes_pb2, studies_pb2
from mammoganesis.v1.studies_pb2 import STUDY_STATE_DRAFT, STUDY_STATE_READY
from services.records.rules.scoring import Judged
from services.records.sql import lti_tables, pruning
from services.records.sql.attempts import PictureRow, Quizzes
from services.records.sql.counts import Counts
from services.records.sql.database import Database
from services.records.sql.documents import Documents
from services.records.sql.links import Links, Uploads
from services.records.sql.registry import Condition, NewRow, Registry
from services.records.sql.studies import PictureRow as StudyPicture
from services.records.sql.studies import Studies, StudyRow
from services.records.sql.tables import LINKS, METADATA
from tests.support.recorded import Recorded, case, recorded


def test_the_migrations_make_the_schema(database: Database) -> None:
    database.migrate()  # nothing is left to do
    assert lti_tables.METADATA is METADATA  # they stand in a file of their own
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_a_database_of_a_later_version_is_refused(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Unavailable, match="later version"):
        database.migrate()


def test_a_database_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="no folder"):
        Database.of(None, tmp_path / "file" / "records")
    (tmp_path / "records.sqlite3").write_bytes(b"no database" * 100)
    with pytest.raises(Unavailable, match="not a database"):
        Database.of(None, tmp_path).migrate()
    with pytest.raises(Unavailable) as caught:
        Database("postgresql://user:pass-word@127.0.0.1:1/database").migrate()
    assert "pass-word" not in caught.value.message
    assert "\n" not in caught.value.message


def test_what_begins_and_fails_leaves_nothing(database: Database) -> None:
    documents = Documents(database, "case")
    documents.create("case_" + "1" * 32, "There", b"a")
    with pytest.raises(Aborted):
        documents.create_all([("", "New", b"b"), ("case_" + "1" * 32, "Other", b"c")])
    assert [each.title for each in documents.listed([], False, 10, "")[0]] == ["There"]


def _generated(number: int, **changed: object) -> NewRow:
    values: dict[str, object] = {
        "answer_id": f"{number:032x}",
        "place": 0,
        "answered_at": number,
        "caller": "ipv4:10.0.0.7",
        "request_id": f"r{number}",
        "rpc": "SamplingService/Sample",
        "encoding": 1,
        "width": 8,
        "height": 8,
        "latent_id": f"lat_{number:032x}",
        "bundle_digest": "d" * 64,
        "pixels_sha256": "p" * 64,
        "recipe": b"",
        "texture": bytes(1024),
        "code": number.to_bytes(32, "big"),
        "host": "ipv4:10.0.0.7",
        "destination": "",
    }
    return NewRow(**(values | changed))  # type: ignore[arg-type]


def test_the_registry_takes_an_answer_once_and_pages_through_all(database: Database) -> None:
    registry = Registry(database)
    rows = [_generated(number) for number in range(1, 1206)]
    assert registry.add(rows[:600], {}) == 600
    assert registry.add(rows[:600], {"m1": 4}) == 0
    assert registry.add(rows[600:], {"m1": 4, "m2": 1}) == 605
    assert registry.missed() == 5
    found, page = registry.listed(Condition(since=1000, until=1204), 200, "")
    assert [row.answered_at for row in found] == list(range(1203, 1003, -1))
    assert [row.answered_at for row in registry.listed(Condition(since=1000), 200, page)[0]] == [1003, 1002, 1001, 1000]
    assert [row.answered_at for batch in registry.exported(Condition()) for row in batch] == list(range(1, 1206))
    assert next(row.answered_at for row in registry.near([(7).to_bytes(32, "big")])) == 7
    assert registry.add([_generated(5000)], {}) == 1
    assert next(row.answered_at for row in registry.near([(5000).to_bytes(32, "big")])) == 5000


@pytest.mark.parametrize("statement", ["UPDATE generated SET caller = 'x'", "DELETE FROM generated"])
def test_the_database_itself_refuses_to_change_the_registry(database: Database, statement: str) -> None:
    registry = Registry(database)
    registry.add([_generated(1)], {"m": 1})
    for each in (
        statement,
        statement.replace("generated SET caller", "registry_gaps SET missed_id").replace(
            "FROM generated", "FROM registry_gaps"
        ),
    ):
        with pytest.raises(DatabaseError, match="only added"), database.writing() as connection:
            connection.execute(text(each))
    assert len(registry.listed(Condition(), 10, "")[0]) == 1


def test_the_registry_loses_its_oldest_entries_alone(database: Database) -> None:
    registry, other = Registry(database), Registry(database)  # the second is another process that prunes
    times = [1, 2, 9, 3, 10, 11]  # one was registered late
    registry.add([_generated(number, answered_at=at) for number, at in enumerate(times, 1)], {"m": 1})
    assert next(row.number for row in registry.near([(2).to_bytes(32, "big")])) == 2
    assert other.prune(1) == 0
    assert other.prune(9) == 2
    assert [row.number for row in registry.listed(Condition(), 10, "")[0]] == [6, 5, 4, 3]
    assert {row.number for row in registry.near([(2).to_bytes(32, "big")])} == {3, 4, 5, 6}
    assert (registry.removed(), registry.missed()) == (2, 1)
    for statement in ("DELETE FROM generated WHERE number = 3", "DELETE FROM registry_prunes", "DELETE FROM generated"):
        with pytest.raises(DatabaseError, match="only added"), database.writing() as connection:
            connection.execute(text(statement))
    assert other.prune(1000) == 4
    assert other.prune(1000) == 0
    assert registry.near([(6).to_bytes(32, "big")]) == []
    assert (registry.removed(), Counts.of(database).registered) == (6, 6)
    registry.add([_generated(1)], {})  # as an image of before that is registered again
    assert [row.number for row in registry.listed(Condition(), 10, "")[0]] == [7]
    assert [row.number for row in registry.near([(1).to_bytes(32, "big")])] == [7]
    assert Counts.of(database).registered == 7


def test_no_search_passes_over_what_another_registers_meanwhile(database: Database) -> None:
    """One that began first and ends last has lower numbers than what was found before."""
    registry, held, going_on = Registry(database), threading.Event(), threading.Event()

    def before_it_is_written(_: Connection) -> None:
        if threading.current_thread() is slow:
            held.set()
            assert going_on.wait(60)

    event.listen(database.engine, "commit", before_it_is_written)
    slow = threading.Thread(target=registry.add, args=([_generated(1)], {}))
    slow.start()
    assert held.wait(60)
    quick = threading.Thread(target=registry.add, args=([_generated(2)], {}))
    quick.start()
    quick.join(0.5)  # it waits, or has been written
    registry.near([_generated(1).code])
    going_on.set()
    slow.join()
    quick.join()
    assert sorted(row.answer_id for row in registry.near([_generated(1).code])) == [
        row.answer_id for row in (_generated(1), _generated(2))
    ]


def test_a_piece_that_comes_again_before_it_is_answered_is_taken_once(database: Database) -> None:
    """As from a client that has waited for too long."""
    uploads = Uploads(database)
    for _ in range(5):
        upload_id, _ = uploads.add("", 0, b"a")
        with ThreadPoolExecutor(6) as threads:
            found = list(threads.map(lambda _: uploads.add(upload_id, 1, b"bc"), range(6)))  # noqa: B023
        assert {*found} == {(upload_id, 3)}
        assert uploads.whole(upload_id) == b"abc"


def test_the_registry_loses_its_entries_in_pieces(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others write between them, and what is stopped on the way is whole: the same call goes on."""
    monkeypatch.setattr(pruning, "AT_ONCE", 7)
    registry, other = Registry(database), Registry(database)
    registry.add([_generated(number, answered_at=number) for number in range(1, 31)], {})
    assert len(registry.near([bytes(32)])) == 30  # the codes are in memory

    def stopped(count: int) -> None:
        assert count == 7
        assert other.add([_generated(100 + other.removed(), answered_at=100)], {}) == 1
        if other.removed() == 14:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        registry.prune(26, stopped)
    assert [row.number for row in registry.listed(Condition(), 100, "")[0]] == list(range(32, 14, -1))
    assert {row.number for row in registry.near([bytes(32)])} == set(range(15, 33))
    pieces: list[int] = []
    assert registry.prune(26, pieces.append) == 11
    assert (pieces, registry.removed()) == ([7, 4], 25)
    assert [row.number for row in registry.listed(Condition(), 100, "")[0]] == [32, 31, 30, 29, 28, 27, 26]
    assert {row.number for row in registry.near([bytes(32)])} == set(range(26, 33))


@pytest.mark.slow
def test_a_hundred_thousand_entries_go_while_others_write(database: Database) -> None:
    rows, values = 100_000, vars(_generated(1, answered_at=1)) | {"answer_id": ""}
    numbered = ["CAST(i AS varchar)" if name == "answer_id" else f":{name}" for name in values]
    series = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows)"
    fill = f"INSERT INTO generated ({', '.join(values)}) {series} SELECT {', '.join(numbered)} FROM n"
    with database.writing() as connection:
        connection.execute(text(fill), values | {"rows": rows})
    registry, other, pieces = Registry(database), Registry(database), []

    def told(count: int) -> None:
        pieces.append(count)
        other.add([_generated(rows + len(pieces), answered_at=2)], {})

    assert registry.prune(2, told) == rows
    assert pieces == [pruning.AT_ONCE] * (rows // pruning.AT_ONCE)
    assert len(registry.listed(Condition(), 100, "")[0]) == len(pieces)


def test_of_many_who_save_at_once_each_version_has_one_author(database: Database) -> None:
    documents = Documents(database, "case")
    first = documents.create("", "Raced for", b"0")

    def save(number: int) -> int:
        try:
            return documents.save(first.document_id, 1, f"Of {number}", b"%d" % number).version
        except Aborted:
            return 0

    with ThreadPoolExecutor(8) as threads:
        versions = list(threads.map(save, range(1, 17)))
    assert sorted(versions) == [0] * 15 + [2]
    assert documents.get(first.document_id).body == b"%d" % (versions.index(2) + 1)
    assert len(documents.versions(first.document_id)) == 2


def test_of_many_who_answer_at_once_in_one_attempt_one_answer_stands(database: Database) -> None:
    Documents(database, "case").create("case_" + "1" * 32, "Asked", b"")
    quizzes = Quizzes(database)
    cases = [("case_" + "1" * 32, 1, case().SerializeToString(), 6)]
    quiz = quizzes.publish("Quiz", None, False, cases, [PictureRow("1.1", 1, 8, 8, b"")])
    attempt_id = quizzes.start(quiz)

    def answer(number: int) -> bool:
        try:
            quizzes.answer(quiz, attempt_id, "1.1", b"%d" % (number % 2), Judged(1.0, (number % 2,)))
        except FailedPrecondition:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        stood = list(threads.map(answer, range(16)))
    kept = int(quizzes.answers(attempt_id)["1.1"].body)
    assert stood == [number % 2 == kept for number in range(16)]
    counts = quizzes.group(quiz.quiz_id, "1.1", 10)
    assert (counts.answers, counts.right, counts.values, counts.bodies) == (1, 1, {kept: 1}, [b"%d" % kept])


def test_links_and_uploads(database: Database) -> None:
    saved = Documents(database, "case").create("", "Linked", b"")
    links, uploads = Links(database), Uploads(database)
    link = links.create(saved.document_id, None)
    assert links.target(link.token) == saved.document_id
    assert links.revoke(link.token).revoked_at == links.revoke(link.token).revoked_at
    with pytest.raises(NotFound):
        links.target(link.token)
    upload_id, _ = uploads.add("", 0, b"ab")
    assert uploads.add(upload_id, 2, b"c") == uploads.add(upload_id, 2, b"c") == (upload_id, 3)
    assert uploads.whole(upload_id) == b"abc"
    uploads.forget(upload_id)
    with pytest.raises(NotFound):
        uploads.whole(upload_id)


def test_a_row_of_nothing_is_refused(database: Database) -> None:
    """Foreign keys hold, on SQLite too."""
    with pytest.raises(IntegrityError), database.writing() as connection:
        connection.execute(insert(LINKS).values(token="t", document_id="case_of_nobody", created_at=0))


def test_what_was_drawn_for_another_draft_is_not_written_down(database: Database) -> None:
    studies = Studies(database)
    study = studies.create("Drawn", b"design")
    drawn = [StudyPicture(number, "REAL", 0, "", "a.png", "a", 0, b"", "", "", "", 0, "") for number in range(2)]
    studies.add_real(study.study_id, "a.png", b"a", "", b"file")

    def planned() -> StudyRow:
        made = studies.plan(studies.by_id(study.study_id), studies.reals(study.study_id), b"complete", drawn)
        for each in drawn:
            studies.write_picture(made, replace(each, size=8, sha256=str(each.number)), b"small", b"large")
        return made

    changes: list[Callable[[], object]] = [
        lambda: studies.save(study.study_id, "Drawn", b"other"),
        lambda: studies.save(study.study_id, "Drawn", b"complete"),
        lambda: studies.add_real(study.study_id, "b.png", b"b", "", b"file"),
        lambda: studies.remove_real(study.study_id, "b.png"),
    ]
    for change in changes:
        made = planned()
        change()
        assert studies.pictures(study.study_id) == []
        with pytest.raises(Aborted, match="prepare it again"):
            studies.write_picture(made, drawn[0], b"small", b"large")
        with pytest.raises(Aborted, match="prepare it again"):
            studies.ready(made, ["0", "1"], "hash", {})
        assert studies.by_id(study.study_id).state == STUDY_STATE_DRAFT
    old = studies.by_id(study.study_id)
    with pytest.raises(Aborted):
        studies.plan(old, [b"a", b"b"], b"complete", drawn)
    studies.save(study.study_id, "Drawn", b"newer")
    with pytest.raises(Aborted):
        studies.plan(old, [b"a"], b"complete", drawn)
    assert studies.by_id(study.study_id).design == b"newer"
    made = studies.plan(studies.by_id(study.study_id), [b"a"], b"complete", drawn)
    with pytest.raises(Aborted):
        studies.ready(made, ["", ""], "hash", {})
    assert studies.ready(planned(), ["0", "1"], "hash", {}).state == STUDY_STATE_READY


def _refuses_nul(records: Recorded) -> None:
    """In every text of every request."""
    asked = []
    for module, stub in ((pb, records.cases), (quizzes_pb2, records.quizzes), (studies_pb2, records.studies)):
        (service,) = module.DESCRIPTOR.services_by_name.values()
        for method in service.methods:
            for field in method.input_type.fields:
                if field.type != field.TYPE_STRING:
                    continue
                request = GetMessageClass(method.input_type)()
                ParseDict({field.name: ["\0"] if field.is_repeated else "\0"}, request)
                ask = getattr(stub, method.name)
                with pytest.raises(grpc.RpcError) as caught:
                    list(ask(request)) if method.server_streaming else ask(request)
                assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT, (method.name, field.name)
                assert str(caught.value.details()).startswith(field.name)
                asked.append(f"{method.name}.{field.name}")
    assert {"RemoveReal.name", "GetStudyPicture.real", "RevokeReader.reader_id", "UploadPart.upload_id"} < set(asked)


def test_a_nul_is_refused_in_every_text(records: Recorded) -> None:
    _refuses_nul(records)


def test_records_serves_from_postgresql(postgres_url: str, tmp_path: Path) -> None:
    with recorded(tmp_path, postgres_url) as records:
        made = records.cases.CreateCase(pb.CreateCaseRequest(case=case())).case
        assert records.cases.GetCase(pb.GetCaseRequest(case_id=made.case_id)).case == made
        _refuses_nul(records)
    assert not list(tmp_path.iterdir())
