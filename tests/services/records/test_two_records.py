"""Two records side by side on one PostgreSQL, as a cluster runs them: what one writes the other knows, and both may do
the same at the same moment."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from mammoganesis.v1 import cases_pb2 as pb
from mammoganesis.v1 import quizzes_pb2
from mammoganesis.v1 import studies_pb2 as studies
from mammoganesis.v1.cases_pb2_grpc import CaseServiceStub
from mammoganesis.v1.quizzes_pb2_grpc import QuizServiceStub
from mammoganesis.v1.studies_pb2_grpc import ReaderStudyServiceStub
from services.process.ports import free_block
from services.wire.metadata import EDGE_SECRET
from tests.places import DEMO_BUNDLE, ROOT
from tests.support.edge_backend import SECRET
from tests.support.recorded import Recorded, case, recorded
from tests.support.studied import created, design

AS_THE_EDGE = ((EDGE_SECRET, SECRET),)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> Iterator[Recorded]:
    with recorded(tmp_path_factory.mktemp("two"), postgres_url, DEMO_BUNDLE) as running:
        yield running


@pytest.fixture(scope="module")
def second(first: Recorded) -> Iterator[grpc.Channel]:
    """Another process with the same database; called as the edge calls it."""
    port = free_block(1)
    environment = {**first.environment, "MAMMOGANESIS_RECORDS_PORT": str(port)}
    process = subprocess.Popen([sys.executable, "-m", "services.records"], cwd=ROOT, env=environment)
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub = CaseServiceStub(channel)
            while True:
                assert process.poll() is None, "the second records has ended"
                try:
                    stub.ListCases(pb.ListCasesRequest(page_size=1), metadata=AS_THE_EDGE, timeout=5)
                    break
                except grpc.RpcError:
                    time.sleep(0.1)  # the test's own time limit ends the wait
            yield channel
    finally:
        process.terminate()
        process.wait()


def test_a_quiz_is_taken_by_way_of_both(first: Recorded, second: grpc.Channel) -> None:
    made = first.cases.CreateCase(pb.CreateCaseRequest(case=case())).case
    other: Any = QuizServiceStub(second)
    request = quizzes_pb2.PublishQuizRequest(case_ids=[made.case_id], title="Both")
    quiz = other.PublishQuiz(request, metadata=AS_THE_EDGE, timeout=60).quiz
    attempt = first.quizzes.StartAttempt(quizzes_pb2.StartAttemptRequest(token=quiz.token)).attempt_id
    answering = quizzes_pb2.AnswerQuestionRequest(
        attempt_id=attempt, question_id="1.1", answer=quizzes_pb2.Answer(choice=0)
    )
    answered = other.AnswerQuestion(answering, metadata=AS_THE_EDGE, timeout=60)
    known = first.quizzes.GetAttempt(quizzes_pb2.GetAttemptRequest(attempt_id=attempt))
    assert list(known.feedback) == [answered.feedback]
    assert known.score == answered.score


def test_a_study_that_both_prepare_at_once_is_prepared_once(first: Recorded, second: grpc.Channel) -> None:
    study = created(first, design(), 8)
    request = studies.PrepareStudyRequest(study_id=study.study_id)
    stubs = [(first.studies, ()), (ReaderStudyServiceStub(second), AS_THE_EDGE)]

    def prepare(stub: Any, metadata: Any) -> str:
        try:
            return list(stub.PrepareStudy(request, metadata=metadata, timeout=240))[-1].study.protocol_hash
        except grpc.RpcError as error:
            return error.code().name  # type: ignore[attr-defined]

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda pair: prepare(*pair), stubs))
    again = [prepare(*pair) for pair in stubs]
    assert again[0] == again[1]
    assert {*found} <= {again[0], "ABORTED"}
    assert again[0] not in grpc.StatusCode.__members__
