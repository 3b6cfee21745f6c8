"""Attempts by learning platforms become grades and statements: looked for, never hooked into an answer's way.

What is sent follows from what is written down already, so a crash between an answer and its grade loses nothing: the
next look finds it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mammoganesis.v1.quizzes_pb2 import Score
from services.lti import scores, xapi
from services.lti.launches import Grading
from services.records.rules import quizzes as rules
from services.records.rules.quizzes import QuizContent
from services.records.sql.attempts import AnswerRow, Quizzes
from services.records.sql.database import Database
from services.records.sql.lti import Platforms, TakingRow
from services.records.sql.lti_deliveries import SCORE, STATEMENT, Deliveries, Sent


@dataclass(frozen=True)
class Telling:
    """Writes down what is to be sent.

    Attributes:
        content: of a quiz.
        base: address of the studio, in statements; "" where there are none.
        states: whether a learning record store is told.
    """

    database: Database
    deliveries: Deliveries
    content: Callable[[str], QuizContent]
    base: str = ""
    states: bool = False

    def look(self) -> None:
        """All attempts with something new."""
        for taking, _, over in self.deliveries.unfinished():
            self._tell(taking, over)

    def _tell(self, taking: TakingRow, over: int | None) -> None:
        quizzes = Quizzes(self.database)
        answers = quizzes.answers(taking.secret)
        score = rules.score(self.content(taking.resource_id), {name: row.score for name, row in answers.items()})
        whole = score.answered == score.questions
        ended_at = max((row.answered_at for row in answers.values()), default=None) if whole else over
        sent = self._statements(taking, answers, score, ended_at if whole else None)
        if ended_at is not None and answers and self._takes_scores(taking):
            body = scores.score(taking.subject, score.points, score.points_possible, ended_at)
            sent.append(_sent(taking, SCORE, SCORE, body))
        self.deliveries.add(taking, len(answers), ended_at, sent)

    def _statements(
        self, taking: TakingRow, answers: dict[str, AnswerRow], score: Score, ended_at: int | None
    ) -> list[Sent]:
        if not self.states:
            return []
        platform = Platforms(self.database).by_id(taking.platform_id, removed=True)
        title = Quizzes(self.database).by_id(taking.resource_id).title
        told = xapi.Told(platform.issuer, taking.subject, self.base, taking.resource_id, title, taking.secret)
        said = [("attempted", xapi.attempted(told, taking.created_at))]
        for name, row in answers.items():
            said.append((f"answered-{name}", xapi.answered(told, name, row.score, row.answered_at)))
        if ended_at is not None:
            said.append(("completed", xapi.completed(told, ended_at)))
            if score.points_possible:
                said.append(("scored", xapi.scored(told, score.points, score.points_possible, ended_at)))
        return [_sent(taking, STATEMENT, name, body) for name, body in said]

    @staticmethod
    def _takes_scores(taking: TakingRow) -> bool:
        return Grading(taking.line_item, taking.line_items, tuple(taking.scopes.split())).takes_scores


def _sent(taking: TakingRow, kind: str, name: str, body: dict[str, Any]) -> Sent:
    return Sent(f"{taking.taking_id}-{name}", kind, json.dumps(body, ensure_ascii=False, separators=(",", ":")))
