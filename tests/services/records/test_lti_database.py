"""Launches and deliveries on SQLite and PostgreSQL: what comes once, what waits, what two senders at once get."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from mammoganesis.errors import Aborted, FailedPrecondition, NotFound, PermissionDenied
from services.records.rules.scoring import Judged
from services.records.sql import lti_deliveries
from services.records.sql.attempts import PictureRow, Quizzes
from services.records.sql.database import Database
from services.records.sql.lti import Column, Launches, Link, Platforms, TakingRow
from services.records.sql.lti_deliveries import SCORE, STATEMENT, Deliveries, Reported, Sent
from services.records.sql.lti_tables import LTI_LAUNCHES, METADATA

DAY = 86_400.0
KINDS = (SCORE, STATEMENT)
_PICTURE = PictureRow("1.1", 1, 4, 4, b"file")


def _platform(database: Database, client_id: str = "c-1") -> str:
    return Platforms(database).save("Moodle", "https://lms.example.org", client_id, b"body").platform_id


def _attempt(database: Database) -> tuple[str, Callable[[], str]]:
    quizzes = Quizzes(database)
    quiz = quizzes.publish("Masses", None, False, [("case_" + "1" * 32, 1, b"case", 2)], [_PICTURE])
    return quiz.quiz_id, lambda: quizzes.start(quiz)


def _taking(database: Database, subject: str = "ben", line_item: str = "https://lms.example.org/i") -> TakingRow:
    quiz_id, begin = _attempt(database)
    link = Link(_platform(database), "link-1", quiz_id)
    return Launches(database).taking(link, subject, Column(line_item, "", "scope"), begin)


def test_the_migration_makes_the_schema(database: Database) -> None:
    assert LTI_LAUNCHES.metadata is METADATA
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_a_nonce_comes_once_however_many_bring_it(database: Database) -> None:
    launches = Launches(database)

    def record(_: int) -> str:
        try:
            return launches.record("nonce", b"launch")
        except PermissionDenied:
            return ""

    with ThreadPoolExecutor(8) as pool:
        [secret] = [found for found in pool.map(record, range(8)) if found]
    assert launches.launch(secret) == b"launch"
    with pytest.raises(NotFound):
        launches.launch("x" * 32)
    with database.reading() as connection:  # what would open it is not written down
        assert secret not in str(connection.execute(text("SELECT secret_hash FROM lti_launches")).all())


def test_a_registration_address_is_used_once(database: Database) -> None:
    platforms = Platforms(database)
    token, _ = platforms.invite("Moodle", "https://lms.example.org")
    assert platforms.invitation(token) == ("Moodle", "https://lms.example.org")

    def enrol(number: int) -> int:
        try:
            platforms.enrol(token, "Moodle", "https://lms.example.org", f"c-{number}", b"")
        except NotFound:
            return 0
        return 1

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(enrol, range(8))) == 1
    with pytest.raises(NotFound):
        platforms.invitation(token)


def test_two_addresses_that_register_one_platform_at_the_same_moment_make_one(database: Database) -> None:
    platforms = Platforms(database)
    for client_id in "abcd":
        tokens = [platforms.invite("Moodle", "https://lms.example.org")[0] for _ in range(4)]

        def enrol(token: str, client_id: str = client_id) -> str:
            try:
                return platforms.enrol(token, "Moodle", "https://lms.example.org", client_id, b"body").platform_id
            except Aborted:  # the address is not used up
                assert platforms.invitation(token)
                return ""

        with ThreadPoolExecutor(4) as pool:
            assert len({*pool.map(enrol, tokens)} - {""}) == 1


def test_a_platform_is_one_issuer_and_client(database: Database) -> None:
    platforms = Platforms(database)
    first, second = _platform(database), _platform(database, "c-2")
    assert _platform(database) == first
    assert platforms.of_issuer("https://lms.example.org", "c-2").platform_id == second
    with pytest.raises(FailedPrecondition, match="client_id"):
        platforms.of_issuer("https://lms.example.org", "")
    platforms.remove(second)
    assert platforms.of_issuer("https://lms.example.org", "").platform_id == first
    for call in (platforms.remove, platforms.by_id):
        with pytest.raises(NotFound):
            call(second)
    assert _platform(database, "c-2") == second  # it may come back


def test_a_learner_has_one_attempt_however_often_they_launch(database: Database) -> None:
    quiz_id, begin = _attempt(database)
    link, launches = Link(_platform(database), "link-1", quiz_id), Launches(database)

    def launch(_: int) -> str:
        return launches.taking(link, "ben", Column("", "https://lms.example.org/items", ""), begin).secret

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(launch, range(8)))) == 1
    changed = launches.taking(link, "ben", Column("https://lms.example.org/i", "", "scope"), begin)
    assert (changed.line_item, changed.line_items, changed.scopes) == (
        "https://lms.example.org/i",
        "https://lms.example.org/items",
        "scope",
    )
    assert launches.taking(link, "cem", Column("", "", ""), begin).secret != changed.secret
    assert [one.subject for one in launches.takings(link)] == ["ben", "cem"]


def test_what_is_new_of_an_attempt_is_found_until_it_is_told(database: Database) -> None:
    taking, deliveries, quizzes = _taking(database), Deliveries(database, DAY), Quizzes(database)
    assert [(one[0].taking_id, one[1]) for one in deliveries.unfinished()] == [(taking.taking_id, 0)]
    deliveries.add(taking, 0, None, [])
    assert deliveries.unfinished() == []
    quiz = quizzes.by_id(taking.resource_id)
    quizzes.answer(quiz, taking.secret, "1.1", b"", Judged(1.0, []))
    assert [one[1] for one in deliveries.unfinished()] == [1]
    deliveries.add(taking, 1, None, [])
    quizzes.close(quiz.quiz_id)
    [(_, answers, over)] = deliveries.unfinished()
    assert answers == 1
    assert over is not None
    deliveries.add(taking, 1, over, [])
    assert deliveries.unfinished() == []


def test_a_delivery_is_one_senders_until_its_lease_ends(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    taking, deliveries = _taking(database), Deliveries(database, DAY)
    for _ in range(2):  # told again it is there once
        deliveries.add(taking, 0, None, [Sent(f"d-{i}", SCORE, "{}") for i in range(30)])

    def take(number: int) -> list[str]:
        return [one.delivery_id for one in deliveries.take(f"sender-{number}", KINDS)]

    with ThreadPoolExecutor(4) as pool:
        taken = [name for names in pool.map(take, range(4)) for name in names]
    assert sorted(taken) == sorted(f"d-{i}" for i in range(30))
    assert take(9) == []
    monkeypatch.setattr(lti_deliveries, "LEASE_SECONDS", -1.0)
    with database.writing() as connection:
        connection.execute(text("UPDATE lti_deliveries SET lease_ends_at = 0"))
    [first, *_] = deliveries.take("sender-9", KINDS)
    with pytest.raises(Aborted):
        deliveries.report(first.delivery_id, "sender-0", Reported(arrived=True))
    deliveries.report(first.delivery_id, "sender-9", Reported(arrived=True))
    deliveries.report(first.delivery_id, "sender-9", Reported(arrived=True))  # told again


def test_what_does_not_arrive_is_tried_again_and_at_last_given_up(database: Database) -> None:
    taking, deliveries = _taking(database), Deliveries(database, DAY)
    deliveries.add(taking, 0, None, [Sent("d", SCORE, "{}"), Sent("s", STATEMENT, "{}")])
    assert {one.delivery_id for one in deliveries.take("a", (SCORE,))} == {"d"}
    deliveries.report("d", "a", Reported(pause_seconds=3600, trouble="HTTP 503"))
    assert deliveries.take("a", (SCORE,)) == []
    assert deliveries.standing(taking.platform_id) == (2, 0, "HTTP 503")
    assert deliveries.of_takings([taking]) == {taking.taking_id: (None, None, "HTTP 503")}
    assert Deliveries(database, -1.0).take("a", (SCORE,)) == []
    assert deliveries.standing(taking.platform_id)[:2] == (1, 1)
    arrived_at, given_up_at, trouble = deliveries.of_takings([taking])[taking.taking_id]
    assert (arrived_at, trouble) == (None, "HTTP 503")
    assert given_up_at is not None
    [statement] = deliveries.take("a", KINDS)  # never tried: it is not given up
    deliveries.report(statement.delivery_id, "a", Reported(refused=True, trouble="HTTP 400"))
    assert deliveries.standing(taking.platform_id)[:2] == (0, 2)


def test_grades_of_a_platform_that_was_removed_are_given_up(database: Database) -> None:
    taking, deliveries = _taking(database), Deliveries(database, DAY)
    deliveries.add(taking, 0, None, [Sent("d", SCORE, "{}")])
    Platforms(database).remove(taking.platform_id)
    assert deliveries.take("a", KINDS) == []
    assert deliveries.standing(taking.platform_id) == (0, 1, "the platform was removed")


def test_a_column_that_was_made_serves_all_learners_of_the_link(database: Database) -> None:
    quiz_id, begin = _attempt(database)
    link, launches = Link(_platform(database), "link-1", quiz_id), Launches(database)
    takings = [launches.taking(link, name, Column("", "https://lms.example.org/items", ""), begin) for name in "ab"]
    deliveries = Deliveries(database, DAY)
    deliveries.add(takings[0], 0, None, [Sent("d", SCORE, "{}")])
    [one] = deliveries.take("s", KINDS)
    deliveries.report(one.delivery_id, "s", Reported(arrived=True, line_item="https://lms.example.org/items/3"))
    assert {each.line_item for each in launches.takings(link)} == {"https://lms.example.org/items/3"}
