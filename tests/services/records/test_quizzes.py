"""QuizService through a real edge: what takers see, when, and that no answer is lost."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from google.protobuf.message import Message
from grpc import StatusCode

from mammoganesis.pictures.chunks import split
from mammoganesis.pictures.pixels import burn_in_mark
from mammoganesis.pictures.png import read_png
from mammoganesis.v1 import cases_pb2 as pb
from mammoganesis.v1 import quizzes_pb2 as qb
from mammoganesis.v1.images_pb2 import IMAGE_ENCODING_PNG_16
from mammoganesis.v1.style_transfer_pb2 import Point
from tests.support.recorded import Recorded, case, recorded

RIGHT = {
    "1.1": qb.Answer(choice=0),
    "1.2": qb.Answer(choices=qb.ChoicesAnswer(choices=[0, 1])),
    "1.3": qb.Answer(bi_rads=pb.BI_RADS_4A),
    "1.4": qb.Answer(density=pb.DENSITY_C),
    "1.5": qb.Answer(places=qb.PlacesAnswer(places=[qb.Place(picture_id="1.1", point=Point(x=0.5, y=0.5))])),
    "1.6": qb.Answer(text="Secret answer"),
}


def _publish(records: Recorded, title: str = "A quiz", made: pb.Case | None = None, **settings: Any) -> qb.Quiz:
    created = records.cases.CreateCase(pb.CreateCaseRequest(case=made or case())).case
    request = qb.PublishQuizRequest(case_ids=[created.case_id], title=title, **settings)
    return records.quizzes.PublishQuiz(request).quiz


def _attempt(records: Recorded, quiz: qb.Quiz) -> str:
    return records.quizzes.StartAttempt(qb.StartAttemptRequest(token=quiz.token)).attempt_id


def _answer(records: Recorded, attempt_id: str, question_id: str, answer: qb.Answer) -> qb.AnswerQuestionResponse:
    request = qb.AnswerQuestionRequest(attempt_id=attempt_id, question_id=question_id, answer=answer)
    return records.quizzes.AnswerQuestion(request, timeout=60)


def _code(call: Any, *arguments: Any) -> StatusCode:
    with pytest.raises(grpc.RpcError) as caught:
        call(*arguments)
    return caught.value.code()  # type: ignore[attr-defined]


def _fields(message: Message) -> Iterator[str]:
    for field, value in message.ListFields():
        yield field.full_name
        for item in value if field.is_repeated else [value]:
            if isinstance(item, Message):
                yield from _fields(item)


def test_the_mark_can_be_read_in_a_picture_that_is_shown_mirrored(records: Recorded) -> None:
    made = case()
    made.images[1].mirrored = True

    def pictures(**settings: Any) -> list[np.ndarray]:
        quiz = _publish(records, made=made, **settings)
        shown = records.quizzes.OpenQuiz(qb.OpenQuizRequest(token=quiz.token)).cases[0].pictures
        assert [picture.mirrored for picture in shown] == [False, True]
        requests = [qb.GetQuizPictureRequest(token=quiz.token, picture_id=picture.picture_id) for picture in shown]
        return [read_png(records.quizzes.GetQuizPicture(request).data).pixels for request in requests]

    bare, marked = pictures(without_burned_in_mark=True), pictures()
    np.testing.assert_array_equal(marked[0], burn_in_mark(bare[0]))
    strokes = [burn_in_mark(np.zeros_like(bare[1])) > 0, marked[1] != bare[1]]
    rows, columns = np.nonzero(strokes[0])
    box = np.s_[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]  # the same place
    assert not np.delete(strokes[1], np.s_[: box[1].stop], axis=1).any()
    assert (strokes[1][box] <= strokes[0][box][:, ::-1]).all()  # no ink but that of the mark, the other way round
    assert strokes[1].sum() > 0.5 * strokes[0].sum()


def test_a_taker_gets_nothing_that_tells_before_the_answer(records: Recorded) -> None:
    quiz = _publish(records)
    shown = records.quizzes.OpenQuiz(qb.OpenQuizRequest(token=quiz.token))
    assert b"secret" not in shown.SerializeToString()
    assert not [name for name in _fields(shown) if "Recipe" in name or "v1.Case" in name or "Finding" in name]
    recipe = records.cases.GetCase(pb.GetCaseRequest(case_id=quiz.sources[0].case_id)).case.images[0].latent.recipe
    for picture in shown.cases[0].pictures:
        request = qb.GetQuizPictureRequest(token=quiz.token, picture_id=picture.picture_id)
        answer = records.quizzes.GetQuizPicture(request)
        content = read_png(answer.data)
        assert (answer.encoding, content.pixels.shape) == (IMAGE_ENCODING_PNG_16, (picture.height, picture.width))
        assert content.is_marked
        assert content.image_format.burn_in_mark
        assert (content.recipe, content.latent_id, content.bundle_digest) == (None, "", "")
        texts = b"".join(chunk.body for chunk in split(answer.data)[0] if chunk.kind != b"IDAT")
        assert not [secret for secret in (b"seed", b"lat_", recipe.bundle_digest.encode()) if secret in texts]
    missing = qb.GetQuizPictureRequest(token=quiz.token, picture_id="1.9")
    assert _code(records.quizzes.GetQuizPicture, missing) is StatusCode.NOT_FOUND


def test_an_attempt_from_the_first_answer_to_the_truth(records: Recorded) -> None:
    quiz = _publish(records)
    attempt_id = _attempt(records, quiz)
    first = _answer(records, attempt_id, "1.1", RIGHT["1.1"])
    assert (first.feedback.score, first.feedback.explanation) == (1, "secret-explanation")
    assert first.feedback.choices[0].correct
    assert first.truth == qb.CaseTruth(case_number=1)  # where the finding is, is asked later
    assert _answer(records, attempt_id, "1.1", RIGHT["1.1"]) == first
    assert _code(_answer, records, attempt_id, "1.1", qb.Answer(choice=1)) is StatusCode.FAILED_PRECONDITION
    assert _code(_answer, records, attempt_id, "1.2", qb.Answer(choice=1)) is StatusCode.INVALID_ARGUMENT
    assert _code(_answer, records, attempt_id, "1.7", qb.Answer(choice=1)) is StatusCode.NOT_FOUND
    assert _code(_answer, records, "attempt_x", "1.1", RIGHT["1.1"]) is StatusCode.NOT_FOUND
    last = first
    for question_id in ("1.2", "1.3", "1.4", "1.5", "1.6"):
        last = _answer(records, attempt_id, question_id, RIGHT[question_id])
        assert last.feedback.score == 1
    assert (last.score.points, last.score.points_possible, last.score.answered) == (7, 7, 6)
    assert (last.truth.title, last.truth.findings[0].name) == ("Mass in a dense breast", "secret-finding")
    assert last.truth.images[1].latent.recipe.seed == 12
    again = records.quizzes.GetAttempt(qb.GetAttemptRequest(attempt_id=attempt_id))
    assert [each.question_id for each in again.feedback] == list(RIGHT)
    assert (again.feedback[0], again.truths[0], again.score) == (first.feedback, last.truth, last.score)
    assert not again.ended


def test_a_published_quiz_stays_as_it_was(records: Recorded) -> None:
    quiz = _publish(records)
    before = records.quizzes.OpenQuiz(qb.OpenQuizRequest(token=quiz.token))
    changed = records.cases.GetCase(pb.GetCaseRequest(case_id=quiz.sources[0].case_id)).case
    changed.questions[0].text = "Something else?"
    records.cases.SaveCase(pb.SaveCaseRequest(case=changed))
    records.cases.DeleteCase(pb.DeleteCaseRequest(case_id=changed.case_id))
    assert records.quizzes.OpenQuiz(qb.OpenQuizRequest(token=quiz.token)) == before
    listed = records.quizzes.ListQuizzes(qb.ListQuizzesRequest(case_id=changed.case_id)).quizzes
    assert [(each.quiz_id, each.sources[0].version) for each in listed] == [(quiz.quiz_id, 1)]


def test_a_closed_quiz_takes_no_answers_and_keeps_those_it_has(records: Recorded) -> None:
    quiz = _publish(records)
    attempt_id = _attempt(records, quiz)
    first = _answer(records, attempt_id, "1.1", RIGHT["1.1"])
    assert records.quizzes.CloseQuiz(qb.CloseQuizRequest(quiz_id=quiz.quiz_id)).quiz.HasField("closed_at")
    assert _code(_attempt, records, quiz) is StatusCode.FAILED_PRECONDITION
    assert _code(_answer, records, attempt_id, "1.2", RIGHT["1.2"]) is StatusCode.FAILED_PRECONDITION
    assert _answer(records, attempt_id, "1.1", RIGHT["1.1"]) == first
    attempt = records.quizzes.GetAttempt(qb.GetAttemptRequest(attempt_id=attempt_id))
    assert (attempt.feedback[0], attempt.ended) == (first.feedback, True)
    assert _code(records.quizzes.OpenQuiz, qb.OpenQuizRequest(token="nothing")) is StatusCode.NOT_FOUND


def test_a_quiz_needs_questions_and_may_hide_the_group(records: Recorded) -> None:
    bare = case()
    bare.ClearField("questions")
    assert _code(_publish, records, "No questions", bare) is StatusCode.FAILED_PRECONDITION
    assert _code(_publish, records, "") is StatusCode.INVALID_ARGUMENT
    quiz = _publish(records, group_hidden=True, without_burned_in_mark=True)
    assert not _answer(records, _attempt(records, quiz), "1.1", RIGHT["1.1"]).feedback.HasField("group")
    request = qb.GetQuizPictureRequest(token=quiz.token, picture_id="1.1")
    assert not read_png(records.quizzes.GetQuizPicture(request).data).image_format.burn_in_mark


def test_a_class_of_100_at_once(records: Recorded) -> None:
    quiz = _publish(records, "A class")

    def take(number: int) -> qb.Score:
        attempt_id = _attempt(records, quiz)
        request = qb.GetQuizPictureRequest(token=quiz.token, picture_id="1.1")
        assert records.quizzes.GetQuizPicture(request, timeout=60).data
        _answer(records, attempt_id, "1.1", qb.Answer(choice=number % 2))
        _answer(records, attempt_id, "1.3", qb.Answer(bi_rads=pb.BiRads.Name(1 + number % 10)))
        place = qb.Place(picture_id="1.2", point=Point(x=number / 100, y=0.5))
        _answer(records, attempt_id, "1.5", qb.Answer(places=qb.PlacesAnswer(places=[place])))
        return _answer(records, attempt_id, "1.6", qb.Answer(text=f"words of {number}")).score

    with ThreadPoolExecutor(100) as threads:
        scores = list(threads.map(take, range(100)))
    assert {score.answered for score in scores} == {4}
    results = records.quizzes.GetQuizResults(qb.GetQuizResultsRequest(quiz_id=quiz.quiz_id))
    groups = {each.question_id: each.group for each in results.questions}
    assert (results.quiz.attempts, results.finished) == (100, 0)
    assert list(groups["1.1"].choice_counts) == [50, 50]
    assert (groups["1.1"].answers, groups["1.1"].right) == (100, 50)
    assert list(groups["1.3"].bi_rads_counts) == [10] * 10
    assert sorted(round(100 * place.point.x) for place in groups["1.5"].places) == list(range(100))
    assert set(results.questions[5].texts) == {f"words of {number}" for number in range(100)}
    assert not results.questions[1].group.answers


def test_results_count_scores_of_whole_attempts(records: Recorded) -> None:
    quiz = _publish(records)
    for wrong in (set(), {"1.4"}, set(RIGHT)):
        attempt_id = _attempt(records, quiz)
        for question_id, answer in RIGHT.items():
            worse = {"1.1": qb.Answer(choice=1), "1.2": qb.Answer(choices=qb.ChoicesAnswer(choices=[2]))}
            worse |= {"1.3": qb.Answer(bi_rads=pb.BI_RADS_1), "1.4": qb.Answer(density=pb.DENSITY_A)}
            worse |= {"1.5": qb.Answer(places=qb.PlacesAnswer()), "1.6": qb.Answer(text="no")}
            _answer(records, attempt_id, question_id, worse[question_id] if question_id in wrong else answer)
    results = records.quizzes.GetQuizResults(qb.GetQuizResultsRequest(quiz_id=quiz.quiz_id))
    assert results.finished == 3
    assert list(results.score_counts) == [1, 0, 0, 0, 0, 0, 0, 1, 0, 1]  # 0, 5 of 7, 7 of 7


def test_no_answer_that_was_told_is_lost_when_records_is_killed(tmp_path: Path) -> None:
    with recorded(tmp_path) as records:
        quiz = _publish(records)
        told: Counter[str] = Counter()
        enough = threading.Event()

        def take() -> None:
            while not enough.is_set():
                try:
                    attempt_id = _attempt(records, quiz)
                    _answer(records, attempt_id, "1.1", RIGHT["1.1"])
                except grpc.RpcError:
                    return
                told[attempt_id] += 1

        with ThreadPoolExecutor(4) as threads:
            for _ in range(4):
                threads.submit(take)
            while sum(told.values()) < 20:
                enough.wait(0.01)
            records.kill()
            enough.set()
        records.start_again()
        for attempt_id in told:
            attempt = records.quizzes.GetAttempt(qb.GetAttemptRequest(attempt_id=attempt_id), wait_for_ready=True)
            assert attempt.feedback[0].answer == RIGHT["1.1"]
            again = _answer(records, attempt_id, "1.1", RIGHT["1.1"])
            assert again.feedback.answered_at == attempt.feedback[0].answered_at
