"""Published quizzes, attempts and answers. Answers are only ever added."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from mammoganesis.errors import FailedPrecondition, NotFound, ResourceExhausted
from services.records.rules.scoring import Judged
from services.records.sql.database import Database, now, token
from services.records.sql.documents import after, page_token
from services.records.sql.tables import ANSWER_VALUES, ANSWERS, ATTEMPTS, QUIZ_CASES, QUIZ_PICTURES, QUIZZES

MAX_ATTEMPTS = 10_000
MAX_GROUP_PLACES = 1000
MAX_GROUP_TEXTS = 200


@dataclass(frozen=True)
class QuizRow:
    """A quiz; times in microseconds since 1970."""

    quiz_id: str
    token: str
    title: str
    published_at: int
    ends_at: int | None
    closed_at: int | None
    group_hidden: bool
    questions: int

    @property
    def ended(self) -> bool:
        """Whether it takes answers no more."""
        return self.closed_at is not None or (self.ends_at is not None and self.ends_at <= now())


@dataclass(frozen=True)
class PictureRow:
    """A drawn picture; `encoding` is an ImageEncoding."""

    picture_id: str
    encoding: int
    width: int
    height: int
    data: bytes


@dataclass(frozen=True)
class AnswerRow:
    """An answer."""

    question_id: str
    answered_at: int  # microseconds since 1970
    body: bytes
    score: float | None


@dataclass(frozen=True)
class Counts:
    """What a group has answered to a question."""

    answers: int
    right: int
    values: Mapping[int, int]
    bodies: Sequence[bytes]  # the last first


class Quizzes:
    """All quizzes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def publish(
        self,
        title: str,
        ends_at: int | None,
        group_hidden: bool,
        cases: Sequence[tuple[str, int, bytes, int]],
        pictures: Sequence[PictureRow],
    ) -> QuizRow:
        """A new quiz. `cases`: id, version, body, number of questions of each."""
        quiz = QuizRow(
            quiz_id=f"quiz_{secrets.token_hex(16)}",
            token=token(),
            title=title,
            published_at=now(),
            ends_at=ends_at,
            closed_at=None,
            group_hidden=group_hidden,
            questions=sum(questions for *_, questions in cases),
        )
        rows = [
            {"quiz_id": quiz.quiz_id, "number": number, "case_id": case_id, "version": version, "body": body}
            for number, (case_id, version, body, _) in enumerate(cases, 1)
        ]
        with self._database.writing() as connection:
            connection.execute(insert(QUIZZES).values(**vars(quiz)))
            connection.execute(insert(QUIZ_CASES), rows)
            connection.execute(insert(QUIZ_PICTURES), [{"quiz_id": quiz.quiz_id} | vars(each) for each in pictures])
        return quiz

    def listed(self, case_id: str, size: int, page: str) -> tuple[list[QuizRow], str]:
        """Up to `size` with this case in them ("": all), the newest first, and the token of the next page."""
        query = select(QUIZZES)
        if case_id:
            with_it = select(QUIZ_CASES.c.quiz_id).where(QUIZ_CASES.c.case_id == case_id)
            query = query.where(QUIZZES.c.quiz_id.in_(with_it))
        query = after(query, page, QUIZZES.c.published_at, QUIZZES.c.quiz_id).limit(size + 1)
        with self._database.reading() as connection:
            rows = [QuizRow(*row) for row in connection.execute(query)]
        return rows[:size], page_token(rows[size - 1].published_at, rows[size - 1].quiz_id) if len(rows) > size else ""

    def sources(self, quiz_ids: Sequence[str]) -> dict[str, list[Row[Any]]]:
        """Rows of number, case_id, version and body by quiz, in order."""
        query = select(QUIZ_CASES).where(QUIZ_CASES.c.quiz_id.in_(quiz_ids)).order_by(QUIZ_CASES.c.number)
        found: dict[str, list[Row[Any]]] = {quiz_id: [] for quiz_id in quiz_ids}
        with self._database.reading() as connection:
            for row in connection.execute(query):
                found[row.quiz_id].append(row)
        return found

    def attempts(self, quiz_ids: Sequence[str]) -> dict[str, int]:
        """How many were started, by quiz."""
        query = select(ATTEMPTS.c.quiz_id, func.count()).where(ATTEMPTS.c.quiz_id.in_(quiz_ids))
        with self._database.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query.group_by(ATTEMPTS.c.quiz_id))}

    def by_id(self, quiz_id: str) -> QuizRow:
        """Raises NotFound where there is none."""
        return self._one(QUIZZES.c.quiz_id == quiz_id, f"there is no quiz {quiz_id}")

    def by_token(self, token: str) -> QuizRow:
        """Raises NotFound where there is none."""
        return self._one(QUIZZES.c.token == token, "there is no quiz with this token")

    def _one(self, condition: Any, otherwise: str) -> QuizRow:
        with self._database.reading() as connection:
            found = connection.execute(select(QUIZZES).where(condition)).first()
        if found is None:
            raise NotFound(otherwise)
        return QuizRow(*found)

    def close(self, quiz_id: str) -> QuizRow:
        """It takes no answers from now on. Raises NotFound where there is none."""
        still_open = update(QUIZZES).where(QUIZZES.c.quiz_id == quiz_id, QUIZZES.c.closed_at.is_(None))
        with self._database.writing() as connection:
            connection.execute(still_open.values(closed_at=now()))
        return self.by_id(quiz_id)

    def picture(self, quiz_id: str, picture_id: str) -> PictureRow:
        """Raises NotFound where there is none."""
        query = select(QUIZ_PICTURES).where(
            QUIZ_PICTURES.c.quiz_id == quiz_id, QUIZ_PICTURES.c.picture_id == picture_id
        )
        with self._database.reading() as connection:
            found = connection.execute(query).first()
        if found is None:
            raise NotFound("there is no such picture in this quiz")
        return PictureRow(*found[1:])

    def sizes(self, quiz_id: str) -> dict[str, tuple[int, int]]:
        """Width and height of all pictures, by name."""
        columns = (QUIZ_PICTURES.c.picture_id, QUIZ_PICTURES.c.width, QUIZ_PICTURES.c.height)
        with self._database.reading() as connection:
            rows = connection.execute(select(*columns).where(QUIZ_PICTURES.c.quiz_id == quiz_id))
            return {name: (width, height) for name, width, height in rows}

    def start(self, quiz: QuizRow) -> str:
        """A new attempt's id. Raises ResourceExhausted where there are MAX_ATTEMPTS."""
        attempt_id = f"attempt_{token()}"
        mine = select(func.count()).select_from(ATTEMPTS).where(ATTEMPTS.c.quiz_id == quiz.quiz_id)
        with self._database.writing() as connection:
            if connection.execute(mine).scalar_one() >= MAX_ATTEMPTS:
                raise ResourceExhausted(f"this quiz has {MAX_ATTEMPTS} attempts, and takes no more; publish it again")
            row = {"attempt_id": attempt_id, "quiz_id": quiz.quiz_id, "started_at": now()}
            connection.execute(insert(ATTEMPTS).values(**row))
        return attempt_id

    def attempt(self, attempt_id: str) -> tuple[QuizRow, int]:
        """Its quiz, and when it was started. Raises NotFound where there is none."""
        query = select(ATTEMPTS.c.quiz_id, ATTEMPTS.c.started_at).where(ATTEMPTS.c.attempt_id == attempt_id)
        with self._database.reading() as connection:
            found = connection.execute(query).first()
        if found is None:
            raise NotFound("there is no such attempt")
        return self.by_id(found.quiz_id), found.started_at

    def answers(self, attempt_id: str) -> dict[str, AnswerRow]:
        """Of an attempt, by question."""
        with self._database.reading() as connection:
            return _answers(connection, attempt_id)

    def answer(self, quiz: QuizRow, attempt_id: str, question_id: str, body: bytes, judged: Judged) -> None:
        """Writes an answer down; the same again changes nothing.

        Raises:
            FailedPrecondition: another answer stands there, or the quiz takes none any more.
        """
        own = {"attempt_id": attempt_id, "question_id": question_id, "quiz_id": quiz.quiz_id}
        try:
            with self._database.writing() as connection:
                if self._stands(connection, attempt_id, question_id, body):
                    return
                if quiz.ended:
                    raise FailedPrecondition("the quiz has ended: it takes no answers any more")
                connection.execute(insert(ANSWERS).values(**own, answered_at=now(), body=body, score=judged.score))
                if judged.values:
                    connection.execute(insert(ANSWER_VALUES), [own | {"value": value} for value in judged.values])
        except IntegrityError:  # the same question twice at the same moment, on PostgreSQL
            with self._database.reading() as connection:
                self._stands(connection, attempt_id, question_id, body)

    @staticmethod
    def _stands(connection: Connection, attempt_id: str, question_id: str, body: bytes) -> bool:
        found = _answers(connection, attempt_id).get(question_id)
        if found is not None and found.body != body:
            raise FailedPrecondition(f"question {question_id} was answered otherwise before; an answer stays as it is")
        return found is not None

    def group(self, quiz_id: str, question_id: str, bodies: int) -> Counts:
        """What all have answered, with the last `bodies` answers themselves."""
        mine = (ANSWERS.c.quiz_id == quiz_id, ANSWERS.c.question_id == question_id)
        right = func.count().filter(ANSWERS.c.score >= 1.0)
        counted = select(ANSWER_VALUES.c.value, func.count()).where(
            ANSWER_VALUES.c.quiz_id == quiz_id, ANSWER_VALUES.c.question_id == question_id
        )
        last = select(ANSWERS.c.body).where(*mine).order_by(ANSWERS.c.answered_at.desc(), ANSWERS.c.attempt_id)
        with self._database.reading() as connection:
            total = connection.execute(select(func.count(), right).where(*mine)).one()
            values = connection.execute(counted.group_by(ANSWER_VALUES.c.value)).all()
            found = connection.execute(last.limit(bodies)).scalars().all() if bodies else []
        return Counts(total[0], total[1], {row[0]: row[1] for row in values}, found)

    def scores(self, quiz_id: str) -> list[dict[str, float | None]]:
        """Of each attempt with an answer, the scores by question."""
        query = select(ANSWERS.c.attempt_id, ANSWERS.c.question_id, ANSWERS.c.score).where(ANSWERS.c.quiz_id == quiz_id)
        found: dict[str, dict[str, float | None]] = {}
        with self._database.reading() as connection:
            for attempt_id, question_id, value in connection.execute(query):
                found.setdefault(attempt_id, {})[question_id] = value
        return list(found.values())


def _answers(connection: Connection, attempt_id: str) -> dict[str, AnswerRow]:
    columns = (ANSWERS.c.question_id, ANSWERS.c.answered_at, ANSWERS.c.body, ANSWERS.c.score)
    rows = connection.execute(select(*columns).where(ANSWERS.c.attempt_id == attempt_id))
    return {row.question_id: AnswerRow(*row) for row in rows}
