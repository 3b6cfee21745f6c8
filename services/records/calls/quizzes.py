"""QuizService: for who publishes, and for who takes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import lru_cache

from mammoganesis.errors import FailedPrecondition, InvalidArgument, NotFound, shown
from mammoganesis.v1 import quizzes_pb2 as pb
from mammoganesis.v1.cases_pb2 import Case
from mammoganesis.v1.images_pb2 import ImageEncoding
from services.records.calls.messages import body_of, stamp, times
from services.records.calls.shared import CaseCalls
from services.records.pictures import Pictures, place_of_mark, without_recipe
from services.records.rules import quizzes as rules
from services.records.rules import texts
from services.records.rules.cases import check_case_id
from services.records.rules.quizzes import QuizContent
from services.records.rules.scoring import check_answer, group_answers, judge
from services.records.sql.attempts import (
    MAX_GROUP_PLACES,
    MAX_GROUP_TEXTS,
    AnswerRow,
    PictureRow,
    QuizRow,
    Quizzes,
)
from services.records.sql.database import Database
from services.rendering.calls import CallContext

MAX_CASES = 40
MAX_SHOWN_BYTES = 3 * 2**20
"""Of what a taker gets when a quiz is opened: below what gRPC clients take unless they are told otherwise."""
_BINS = 10
_KEPT = 16  # quizzes in memory


class QuizServicer(CaseCalls):
    """Publishes cases, and takes answers."""

    def __init__(self, database: Database, pictures: Pictures) -> None:
        super().__init__(database, pictures)
        self._quizzes = Quizzes(database)
        self.content = lru_cache(_KEPT)(self._read_content)  # what was published never changes

    async def PublishQuiz(self, request: pb.PublishQuizRequest, call: CallContext) -> pb.PublishQuizResponse:  # noqa: N802
        """With its pictures drawn: however many take it, they are drawn once."""
        texts.title("title", request.title)
        ends_at = texts.future("ends_at", request.ends_at) if request.HasField("ends_at") else None
        cases, _ = await self.cases_of(request.case_ids, request.collection_id, MAX_CASES)
        for case in cases:
            if not case.questions:
                raise FailedPrecondition(f"the case {shown(case.title)} ({case.case_id}) has no question")
        content = QuizContent(cases)
        _check_shown_size(content)
        recipes = [image.latent.recipe for _, image in content.pictures()]
        images = await self._pictures.draw(recipes, call, registered=False)
        mark = not request.without_burned_in_mark
        pictures = []
        for (name, shown_as), image in zip(content.pictures(), images, strict=True):
            file = await asyncio.to_thread(without_recipe, image, mark, shown_as.mirrored)
            pictures.append(PictureRow(name, image.encoding, image.width, image.height, file))
        rows = [(case.case_id, case.version, body_of(case), len(case.questions)) for case in cases]
        publish = self._quizzes.publish
        quiz = await asyncio.to_thread(publish, request.title, ends_at, request.group_hidden, rows, pictures)
        return pb.PublishQuizResponse(quiz=(await self._messages([quiz]))[0])

    async def ListQuizzes(self, request: pb.ListQuizzesRequest, call: CallContext) -> pb.ListQuizzesResponse:  # noqa: N802
        """The newest first."""
        if request.case_id:
            check_case_id(request.case_id, "case_id")
        size = texts.page_size(request.page_size)
        found, page = await asyncio.to_thread(self._quizzes.listed, request.case_id, size, request.page_token)
        return pb.ListQuizzesResponse(quizzes=await self._messages(found), next_page_token=page)

    async def CloseQuiz(self, request: pb.CloseQuizRequest, call: CallContext) -> pb.CloseQuizResponse:  # noqa: N802
        """For good."""
        quiz = await asyncio.to_thread(self._quizzes.close, request.quiz_id)
        return pb.CloseQuizResponse(quiz=(await self._messages([quiz]))[0])

    async def GetQuizResults(  # noqa: N802
        self, request: pb.GetQuizResultsRequest, call: CallContext
    ) -> pb.GetQuizResultsResponse:
        """Of all takers."""
        quiz = await asyncio.to_thread(self._quizzes.by_id, request.quiz_id)
        content = await asyncio.to_thread(self.content, quiz.quiz_id)
        answer = pb.GetQuizResultsResponse(quiz=(await self._messages([quiz]))[0], score_counts=[0] * _BINS)
        for name, (_, question) in content.questions.items():
            result = answer.questions.add(question_id=name, question=question)
            group, texts_written = await asyncio.to_thread(self._group, content, quiz.quiz_id, name)
            result.group.CopyFrom(group)
            result.texts.extend(texts_written)
        for scores in await asyncio.to_thread(self._quizzes.scores, quiz.quiz_id):
            score = rules.score(content, scores)
            if score.answered == score.questions:
                answer.finished += 1
                if score.points_possible:
                    answer.score_counts[min(_BINS - 1, int(_BINS * score.points / score.points_possible))] += 1
        return answer

    async def OpenQuiz(self, request: pb.OpenQuizRequest, call: CallContext) -> pb.OpenQuizResponse:  # noqa: N802
        """As a taker sees it."""
        quiz = await self._open(request.token)
        content = await asyncio.to_thread(self.content, quiz.quiz_id)
        sizes = await asyncio.to_thread(self._quizzes.sizes, quiz.quiz_id)
        cases = [rules.shown_case(content, number, sizes) for number in range(1, len(content.cases) + 1)]
        return pb.OpenQuizResponse(title=quiz.title, cases=cases, **times(ends_at=quiz.ends_at))

    async def GetQuizPicture(  # noqa: N802
        self, request: pb.GetQuizPictureRequest, call: CallContext
    ) -> pb.GetQuizPictureResponse:
        """As it was drawn; also of a quiz that has ended, whose answers may still be looked at."""
        quiz = await asyncio.to_thread(self._quizzes.by_token, request.token)
        row = await asyncio.to_thread(self._quizzes.picture, quiz.quiz_id, request.picture_id)
        mark = await asyncio.to_thread(place_of_mark, row.data)
        return pb.GetQuizPictureResponse(
            data=row.data,
            encoding=ImageEncoding.Name(row.encoding),
            width=row.width,
            height=row.height,
            mark_place=mark,
        )

    async def StartAttempt(self, request: pb.StartAttemptRequest, call: CallContext) -> pb.StartAttemptResponse:  # noqa: N802
        """Of a taker without a name."""
        quiz = await self._open(request.token)
        return pb.StartAttemptResponse(attempt_id=await asyncio.to_thread(self._quizzes.start, quiz))

    async def AnswerQuestion(  # noqa: N802
        self, request: pb.AnswerQuestionRequest, call: CallContext
    ) -> pb.AnswerQuestionResponse:
        """Written down before anything is told."""
        quiz, _ = await asyncio.to_thread(self._quizzes.attempt, request.attempt_id)
        content = await asyncio.to_thread(self.content, quiz.quiz_id)
        if request.question_id not in content.questions:
            raise NotFound("there is no such question in this quiz")
        if not request.HasField("answer"):
            raise InvalidArgument("answer", None, "an answer")
        number, question = content.questions[request.question_id]
        images = content.images(number)
        check_answer(question, request.answer, images)
        judged = judge(content.case(number), question, request.answer, images)
        body = request.answer.SerializeToString(deterministic=True)
        own = (quiz, request.attempt_id, request.question_id)
        await asyncio.to_thread(self._quizzes.answer, *own, body, judged)
        answers = await asyncio.to_thread(self._quizzes.answers, request.attempt_id)
        return pb.AnswerQuestionResponse(
            feedback=await asyncio.to_thread(self._feedback, content, quiz, answers[request.question_id]),
            truth=rules.truth(content, number, answers),
            score=rules.score(content, {name: row.score for name, row in answers.items()}),
        )

    async def GetAttempt(self, request: pb.GetAttemptRequest, call: CallContext) -> pb.GetAttemptResponse:  # noqa: N802
        """So far."""
        quiz, started_at = await asyncio.to_thread(self._quizzes.attempt, request.attempt_id)
        content = await asyncio.to_thread(self.content, quiz.quiz_id)
        answers = await asyncio.to_thread(self._quizzes.answers, request.attempt_id)
        names = [name for name in content.questions if name in answers]
        numbers = sorted({content.questions[name][0] for name in names})
        return pb.GetAttemptResponse(
            feedback=[await asyncio.to_thread(self._feedback, content, quiz, answers[name]) for name in names],
            truths=[rules.truth(content, number, answers) for number in numbers],
            score=rules.score(content, {name: row.score for name, row in answers.items()}),
            started_at=stamp(started_at),
            ended=quiz.ended,
        )

    async def _open(self, token: str) -> QuizRow:
        """Raises NotFound where there is no such quiz, FailedPrecondition where it takes nobody any more."""
        quiz = await asyncio.to_thread(self._quizzes.by_token, token)
        if quiz.ended:
            raise FailedPrecondition("the quiz has ended: it takes no answers any more")
        return quiz

    def _read_content(self, quiz_id: str) -> QuizContent:
        return QuizContent([Case.FromString(row.body) for row in self._quizzes.sources([quiz_id])[quiz_id]])

    def _feedback(self, content: QuizContent, quiz: QuizRow, row: AnswerRow) -> pb.Feedback:
        number, question = content.questions[row.question_id]
        answer = pb.Answer.FromString(row.body)
        judged = judge(content.case(number), question, answer, content.images(number))
        told = rules.feedback(row.question_id, question, answer, judged)
        told.answered_at.FromMicroseconds(row.answered_at)
        if not quiz.group_hidden:
            told.group.CopyFrom(self._group(content, quiz.quiz_id, row.question_id)[0])
        return told

    def _group(self, content: QuizContent, quiz_id: str, name: str) -> tuple[pb.GroupAnswers, list[str]]:
        """What a group has answered, and what it has written, which takers are not told."""
        _, question = content.questions[name]
        wanted = {"mark": MAX_GROUP_PLACES, "free_text": MAX_GROUP_TEXTS}.get(str(question.WhichOneof("kind")), 0)
        counts = self._quizzes.group(quiz_id, name, wanted)
        last = [pb.Answer.FromString(body) for body in counts.bodies]
        places = [place for answer in last for place in answer.places.places][:MAX_GROUP_PLACES]
        group = group_answers(question, counts.answers, counts.right, counts.values, places)
        return group, [answer.text for answer in last if answer.text]

    async def _messages(self, quizzes: Sequence[QuizRow]) -> list[pb.Quiz]:
        """As they are sent to who publishes."""
        ids = [quiz.quiz_id for quiz in quizzes]
        sources = await asyncio.to_thread(self._quizzes.sources, ids)
        attempts = await asyncio.to_thread(self._quizzes.attempts, ids)
        return [
            pb.Quiz(
                quiz_id=quiz.quiz_id,
                token=quiz.token,
                title=quiz.title,
                published_at=stamp(quiz.published_at),
                **times(ends_at=quiz.ends_at, closed_at=quiz.closed_at),
                sources=[
                    pb.QuizSource(case_id=row.case_id, version=row.version, title=Case.FromString(row.body).title)
                    for row in sources[quiz.quiz_id]
                ],
                questions=quiz.questions,
                attempts=attempts.get(quiz.quiz_id, 0),
            )
            for quiz in quizzes
        ]


def _check_shown_size(content: QuizContent) -> None:
    sizes = {name: (4096, 4096) for name, _ in content.pictures()}
    numbers = range(1, len(content.cases) + 1)
    size = sum(rules.shown_case(content, number, sizes).ByteSize() for number in numbers)
    if size > MAX_SHOWN_BYTES:
        allowed = f"cases with at most {MAX_SHOWN_BYTES} bytes of histories, questions and choices together"
        raise InvalidArgument("cases", f"{size} bytes", allowed)
