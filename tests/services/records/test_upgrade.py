"""A database that the first version with records has written, taken over by this one; and the way back."""

from __future__ import annotations

import lzma
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from mammoganesis.errors import FailedPrecondition
from mammoganesis.v1 import cases_pb2 as pb
from mammoganesis.v1 import quizzes_pb2 as quizzes
from services.records.sql import backup
from services.records.sql.database import FILE_NAME
from tests.places import ROOT
from tests.support.recorded import recorded

FIRST = ROOT / "tests" / "data" / "records" / "first.sqlite3.xz"
CASE, ATTEMPT = "case_8e2ad25282cfacde6af141cf1df1255a", "attempt_3mMYLvstokiNAh-_4oTJQD_0ozgS4j_a"
QUIZ, LINK = "vz0rRwyiIXcL8jwQSHJdrYOILmeQ9HP8", "EQYv6ZUHkGvO1l2Cm5r1b7DNWYmaNiEr"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With the first version's database: a case, a link to it, and a quiz of it with one answer."""
    folder = tmp_path / "records"
    folder.mkdir()
    (folder / FILE_NAME).write_bytes(lzma.decompress(FIRST.read_bytes()))
    return folder


def _schema(file: Path) -> str:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]


def test_what_the_first_version_wrote_is_there(folder: Path, tmp_path: Path) -> None:
    before, saved = _schema(folder / FILE_NAME), tmp_path / "before.backup"
    backup.backup(None, folder, saved)
    with recorded(folder) as records:
        assert records.cases.GetCase(pb.GetCaseRequest(case_id=CASE)).case.title == "From the first version"
        assert records.cases.OpenLink(pb.OpenLinkRequest(token=LINK)).case.title == "From the first version"
        assert records.quizzes.OpenQuiz(quizzes.OpenQuizRequest(token=QUIZ)).title == "The first quiz"
        known = records.quizzes.GetAttempt(quizzes.GetAttemptRequest(attempt_id=ATTEMPT))
        assert [each.question_id for each in known.feedback] == ["1.1"]
        # And it goes on.
        answer = quizzes.AnswerQuestionRequest(
            attempt_id=ATTEMPT, question_id="1.2", answer=quizzes.Answer(choices=quizzes.ChoicesAnswer(choices=[0, 1]))
        )
        assert records.quizzes.AnswerQuestion(answer).score.points == known.score.points + 1
    after = _schema(folder / FILE_NAME)
    assert after != before
    # Back: a copy from before the upgrade, which the first version can read.
    with pytest.raises(FailedPrecondition, match="--replace"):
        backup.restore(None, folder, saved, replace=False)
    assert _schema(saved) == before
    backup.restore(None, folder, saved, replace=True)
    with recorded(folder) as records:
        assert len(records.quizzes.GetAttempt(quizzes.GetAttemptRequest(attempt_id=ATTEMPT)).feedback) == 1
