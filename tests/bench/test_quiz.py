"""A class takes a quiz by the protocol of the pages: every answer arrives, every picture is whole."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import pytest

from mammoganesis.pictures.png import read_png
from mammoganesis.v1 import cases_pb2 as pb
from mammoganesis.v1 import quizzes_pb2 as qb
from tests.places import ROOT
from tests.support.recorded import case, recorded
from tests.support.studio_server import running_studio

TAKERS = 24


@pytest.fixture
def quiz(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "bench")
    return importlib.import_module("quiz")


def test_every_answer_of_a_class_arrives(quiz: ModuleType, tmp_path: Path) -> None:
    with recorded(tmp_path) as records, running_studio(records.address) as port:
        made = records.cases.CreateCase(pb.CreateCaseRequest(case=case())).case
        request = qb.PublishQuizRequest(case_ids=[made.case_id], title="A class")
        published = records.quizzes.PublishQuiz(request).quiz
        taken = quiz.a_class(f"127.0.0.1:{port}", published.token, TAKERS)
        sizes = []
        for picture_id in ("1.1", "1.2"):
            wanted = qb.GetQuizPictureRequest(token=published.token, picture_id=picture_id)
            data = records.quizzes.GetQuizPicture(wanted).data
            assert read_png(data).pixels.any()
            sizes.append(len(data))
        results = records.quizzes.GetQuizResults(qb.GetQuizResultsRequest(quiz_id=published.quiz_id))
    assert {one.pictures for one in taken} == {sum(sizes)}
    assert {one.score.answered for one in taken} == {6}
    assert (results.quiz.attempts, results.finished) == (TAKERS, TAKERS)
    groups = {each.question_id: each.group for each in results.questions}
    assert list(groups["1.1"].choice_counts) == [TAKERS // 2] * 2
    assert list(groups["1.4"].density_counts) == [TAKERS // 4] * 4
    assert {round(100 * place.point.x) for place in groups["1.5"].places} == set(range(TAKERS))
    assert set(results.questions[5].texts) == {f"words of {number}" for number in range(TAKERS)}
    calls = {name: sum(len(one.seconds[name]) for one in taken) for name in taken[0].seconds}
    assert calls == {
        "OpenQuiz": TAKERS,
        "StartAttempt": TAKERS,
        "GetQuizPicture": 2 * TAKERS,
        "AnswerQuestion": 6 * TAKERS,
    }
    lines = quiz.report(taken)
    assert lines[-1].split()[:2] == ["AnswerQuestion", str(6 * TAKERS)]
