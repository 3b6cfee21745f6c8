"""A quiz in the running system: published, taken, and still there when records has been killed."""

from __future__ import annotations

import os
import signal

import grpc
import pytest
from grpc import StatusCode

from mammoganesis.v1 import cases_pb2 as pb
from mammoganesis.v1 import quizzes_pb2 as qb
from mammoganesis.v1.cases_pb2_grpc import CaseServiceStub
from mammoganesis.v1.quizzes_pb2_grpc import QuizServiceStub
from tests.e2e.system import System
from tests.support.recorded import case

pytestmark = pytest.mark.cluster


def test_a_quiz_outlives_the_process_that_keeps_it(system: System, channel: grpc.Channel) -> None:
    cases, quizzes = CaseServiceStub(channel), QuizServiceStub(channel)
    made = cases.CreateCase(pb.CreateCaseRequest(case=case())).case
    quiz = quizzes.PublishQuiz(qb.PublishQuizRequest(case_ids=[made.case_id], title="Quiz")).quiz
    attempt_id = quizzes.StartAttempt(qb.StartAttemptRequest(token=quiz.token)).attempt_id
    answer = qb.AnswerQuestionRequest(attempt_id=attempt_id, question_id="1.1", answer=qb.Answer(choice=0))
    told = quizzes.AnswerQuestion(answer)
    os.kill(system.pid("services.records"), signal.SIGKILL)
    assert quizzes.AnswerQuestion(answer, timeout=60) == told  # the edge asks again until it is back
    picture = qb.GetQuizPictureRequest(token=quiz.token, picture_id="1.1")
    assert quizzes.GetQuizPicture(picture).data.startswith(b"\x89PNG")


def test_records_own_port_refuses_calls_without_the_secret(system: System) -> None:
    with grpc.insecure_channel(system.records_address) as channel, pytest.raises(grpc.RpcError) as caught:
        CaseServiceStub(channel).ListCases(pb.ListCasesRequest(), timeout=20)
    assert caught.value.code() is StatusCode.UNAUTHENTICATED  # type: ignore[attr-defined]
