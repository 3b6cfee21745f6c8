"""How long a class waits that takes a quiz at once, by the protocol of the pages.

Every taker has a connection of their own to the studio, as a browser has, and does what the page does: opens the quiz,
fetches its pictures, begins, and answers every question, the next one as soon as the last one is told. Times are of
single calls, from the request to the last byte of the answer. The takers share the machine with the system.

    python bench/quiz.py --bundle deploy/bundles/demo
"""

from __future__ import annotations

import http.client
import time
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import click
import grpc
import numpy as np
from google.protobuf.message import Message
from serving import running_system

from mammoganesis.v1 import cases_pb2 as pb
from mammoganesis.v1 import quizzes_pb2 as qb
from mammoganesis.v1.cases_pb2_grpc import CaseServiceStub
from mammoganesis.v1.images_pb2 import SIDE_LEFT, SIDE_RIGHT, VIEW_CC, VIEW_MLO
from mammoganesis.v1.latents_pb2 import Latent, Recipe
from mammoganesis.v1.quizzes_pb2_grpc import QuizServiceStub
from mammoganesis.v1.style_transfer_pb2 import Point

TAKERS = 100
PATIENCE = 300  # seconds for one answer

Answered = TypeVar("Answered", bound=Message)


@dataclass
class Taken:
    """What one taker did."""

    score: qb.Score
    pictures: int  # bytes
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))  # of its calls, by their names


class Taker:
    """One connection to a studio, host:port."""

    def __init__(self, studio: str) -> None:
        host, _, port = studio.rpartition(":")
        self._connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE)
        self.seconds: dict[str, list[float]] = defaultdict(list)

    def close(self) -> None:
        """The connection."""
        self._connection.close()

    def call(self, name: str, request: Message, response: type[Answered]) -> Answered:
        """One call of QuizService. Raises RuntimeError with what was said where it is refused."""
        begin = time.monotonic()
        headers = {"content-type": "application/proto", "connect-protocol-version": "1"}
        path = f"/mammoganesis.v1.QuizService/{name}"
        self._connection.request("POST", path, request.SerializeToString(), headers)
        answer = self._connection.getresponse()
        body = answer.read()
        self.seconds[name].append(time.monotonic() - begin)
        if answer.status != 200:
            raise RuntimeError(f"{name}: {answer.status} {body[:300]!r}")
        return response.FromString(body)


def answer_to(question: qb.QuizQuestion, case: qb.QuizCase, number: int) -> qb.Answer:
    """What taker `number` answers; others answer something else."""
    match question.kind:
        case qb.QUESTION_KIND_SINGLE_CHOICE:
            return qb.Answer(choice=number % len(question.choices))
        case qb.QUESTION_KIND_MULTIPLE_CHOICE:
            return qb.Answer(choices=qb.ChoicesAnswer(choices=[number % len(question.choices)]))
        case qb.QUESTION_KIND_BI_RADS:
            return qb.Answer(bi_rads=pb.BiRads.Name(1 + number % 10))
        case qb.QUESTION_KIND_DENSITY:
            return qb.Answer(density=pb.Density.Name(1 + number % 4))
        case qb.QUESTION_KIND_MARK:
            place = qb.Place(picture_id=case.pictures[0].picture_id, point=Point(x=number % 100 / 100, y=0.5))
            return qb.Answer(places=qb.PlacesAnswer(places=[place]))
        case _:
            return qb.Answer(text=f"words of {number}")


def take(studio: str, token: str, number: int) -> Taken:
    """One taker's whole quiz."""
    taker = Taker(studio)
    try:
        return answered(taker, token, number)
    finally:
        taker.close()


def answered(taker: Taker, token: str, number: int) -> Taken:
    """The quiz from its opening to its last answer."""
    quiz = taker.call("OpenQuiz", qb.OpenQuizRequest(token=token), qb.OpenQuizResponse)
    attempt_id = taker.call("StartAttempt", qb.StartAttemptRequest(token=token), qb.StartAttemptResponse).attempt_id
    taken = Taken(qb.Score(), 0, taker.seconds)
    for case in quiz.cases:
        for picture in case.pictures:
            wanted = qb.GetQuizPictureRequest(token=token, picture_id=picture.picture_id)
            taken.pictures += len(taker.call("GetQuizPicture", wanted, qb.GetQuizPictureResponse).data)
        for question in case.questions:
            answer = answer_to(question, case, number)
            said = qb.AnswerQuestionRequest(attempt_id=attempt_id, question_id=question.question_id, answer=answer)
            taken.score = taker.call("AnswerQuestion", said, qb.AnswerQuestionResponse).score
    return taken


def a_class(studio: str, token: str, takers: int) -> list[Taken]:
    """So many takers at once."""
    with ThreadPoolExecutor(takers) as threads:
        return list(threads.map(lambda number: take(studio, token, number), range(takers)))


def published(edge: str) -> str:
    """The token of a quiz of one case, four images and four questions."""
    case = pb.Case(
        title="A class",
        images=[
            pb.CaseImage(image_id=f"image-{i}", latent=Latent(recipe=Recipe(seed=i)), side=side, view=view)
            for i, (side, view) in enumerate(
                (side, view) for view in (VIEW_CC, VIEW_MLO) for side in (SIDE_RIGHT, SIDE_LEFT)
            )
        ],
        questions=[
            pb.Question(
                question_id="kind",
                text="What is it?",
                single_choice=pb.ChoiceQuestion(choices=[pb.Choice(text="A mass", correct=True), pb.Choice(text="-")]),
            ),
            pb.Question(question_id="birads", text="Category?", bi_rads=pb.BiRadsQuestion(accepted=[pb.BI_RADS_2])),
            pb.Question(question_id="density", text="Density?", density=pb.DensityQuestion(accepted=[pb.DENSITY_B])),
            pb.Question(question_id="name", text="Name it.", free_text=pb.FreeTextQuestion(accepted=["cyst"])),
        ],
    )
    with grpc.insecure_channel(edge) as channel:
        made = CaseServiceStub(channel).CreateCase(pb.CreateCaseRequest(case=case)).case
        request = qb.PublishQuizRequest(case_ids=[made.case_id], title="A class")
        return QuizServiceStub(channel).PublishQuiz(request).quiz.token


def report(taken: Iterable[Taken]) -> list[str]:
    """Lines for people: milliseconds of calls, by their names."""
    calls: dict[str, list[float]] = defaultdict(list)
    for one in taken:
        for name, seconds in one.seconds.items():
            calls[name] += seconds
    lines = ["call              calls    p50    p95    max"]
    for name, seconds in calls.items():
        p50, p95, most = np.percentile(np.multiply(seconds, 1000), (50, 95, 100), method="inverted_cdf")
        lines.append(f"{name:15} {len(seconds):7} {p50:6.0f} {p95:6.0f} {most:6.0f}")
    return lines


@click.command()
@click.option("--bundle", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True)
@click.option("--takers", default=TAKERS, show_default=True, type=click.IntRange(1, 1000), help="At once.")
def main(bundle: Path, takers: int) -> None:
    """A class that takes a quiz at once."""
    with running_system(bundle) as system:
        token = published(system.edge)
        begin = time.monotonic()
        taken = a_class(system.studio, token, takers)
        seconds = time.monotonic() - begin
    print(f"quiz: {takers} takers at once, {seconds:.1f} s until the last one was told the last answer; milliseconds")
    for line in report(taken):
        print(line)


if __name__ == "__main__":
    main()
