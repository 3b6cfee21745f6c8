"""What a taker of a quiz sees: of each case, before and after its questions have been answered.

Cases, pictures and questions are named by their numbers, from 1: "2.1" is the first of the second case. Names of the
author's own, such as "malignant", could say too much.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mammoganesis.pictures.png import label_map_png
from mammoganesis.recipe.masked import values_of
from mammoganesis.recipe.structure import is_masked
from mammoganesis.v1.cases_pb2 import Case, CaseImage, Question
from mammoganesis.v1.quizzes_pb2 import (
    QUESTION_KIND_BI_RADS,
    QUESTION_KIND_DENSITY,
    QUESTION_KIND_FREE_TEXT,
    QUESTION_KIND_MARK,
    QUESTION_KIND_MULTIPLE_CHOICE,
    QUESTION_KIND_SINGLE_CHOICE,
    Answer,
    CaseTruth,
    EditMask,
    Feedback,
    QuizCase,
    QuizPicture,
    QuizQuestion,
    Score,
)
from services.records.rules.scoring import Judged, points_of

_KINDS = {
    "single_choice": QUESTION_KIND_SINGLE_CHOICE,
    "multiple_choice": QUESTION_KIND_MULTIPLE_CHOICE,
    "bi_rads": QUESTION_KIND_BI_RADS,
    "density": QUESTION_KIND_DENSITY,
    "mark": QUESTION_KIND_MARK,
    "free_text": QUESTION_KIND_FREE_TEXT,
}


@dataclass(frozen=True)
class QuizContent:
    """The cases of a quiz, in order."""

    cases: Sequence[Case]
    questions: Mapping[str, tuple[int, Question]] = field(init=False)
    """By name: the case's number and the question, in order."""

    def __post_init__(self) -> None:
        named = {
            f"{number}.{i}": (number, question)
            for number, case in enumerate(self.cases, 1)
            for i, question in enumerate(case.questions, 1)
        }
        object.__setattr__(self, "questions", named)

    def case(self, number: int) -> Case:
        """By its number."""
        return self.cases[number - 1]

    def images(self, number: int) -> dict[str, str]:
        """image_id of a case's images by their names in the quiz."""
        return {f"{number}.{i}": image.image_id for i, image in enumerate(self.case(number).images, 1)}

    def questions_of(self, number: int) -> dict[str, Question]:
        """Of a case, by name."""
        return {name: question for name, (owner, question) in self.questions.items() if owner == number}

    def pictures(self) -> Iterator[tuple[str, CaseImage]]:
        """All images, by name."""
        for number, case in enumerate(self.cases, 1):
            yield from zip(self.images(number), case.images, strict=True)


def shown_case(content: QuizContent, number: int, sizes: Mapping[str, tuple[int, int]]) -> QuizCase:
    """A case as a taker sees it.

    Args:
        sizes: width and height of the pictures, in pixels, by name.
    """
    case = content.case(number)
    pictures = [
        QuizPicture(
            picture_id=name,
            side=image.side,
            view=image.view,
            pixel_spacing_millimetres=image.pixel_spacing_millimetres,
            width=sizes[name][0],
            height=sizes[name][1],
            mirrored=image.mirrored,
        )
        for name, image in zip(content.images(number), case.images, strict=True)
    ]
    questions = [_shown_question(name, question) for name, question in content.questions_of(number).items()]
    return QuizCase(number=number, history=case.history, pictures=pictures, questions=questions)


def _shown_question(name: str, question: Question) -> QuizQuestion:
    kind = str(question.WhichOneof("kind"))
    choices = getattr(question, kind).choices if kind in ("single_choice", "multiple_choice") else ()
    return QuizQuestion(
        question_id=name,
        text=question.text,
        kind=_KINDS[kind],
        choices=[choice.text for choice in choices],
        points=points_of(question),
    )


def feedback(name: str, question: Question, answer: Answer, judged: Judged) -> Feedback:
    """What is right, for who has answered; without time and group."""
    kind = question.WhichOneof("kind")
    told = Feedback(
        question_id=name,
        answer=answer,
        score=judged.score,
        explanation=question.explanation,
        places_met=judged.places_met,
    )
    if kind in ("single_choice", "multiple_choice"):
        told.choices.extend(getattr(question, kind).choices)
    elif kind == "bi_rads":
        told.bi_rads.extend(question.bi_rads.accepted)
    elif kind == "density":
        told.densities.extend(question.density.accepted)
    elif kind == "free_text":
        told.texts.extend(question.free_text.accepted)
    return told


def truth(content: QuizContent, number: int, answered: Collection[str]) -> CaseTruth:
    """What a taker may see of a case who has answered these questions, by name."""
    case, questions = content.case(number), content.questions_of(number)
    done = all(name in answered for name in questions)
    shown, hidden = set(), set()
    for name, question in questions.items():
        (shown if name in answered else hidden).update(_about(question))
    names = {image_id: name for name, image_id in content.images(number).items()}
    told = CaseTruth(case_number=number)
    for finding in case.findings:
        if finding.finding_id not in hidden and (done or finding.finding_id in shown):
            told.findings.add().CopyFrom(finding)
            for mark in told.findings[-1].marks:
                mark.image_id = names[mark.image_id]
            if not done:  # its words would answer "What is it?"
                told.findings[-1].ClearField("name")
                told.findings[-1].ClearField("description")
    looking = [
        name for name, question in questions.items() if question.WhichOneof("kind") == "mark" or _about(question)
    ]
    if all(name in answered for name in looking or questions):
        told.masks.extend(_masks(names, case))
    if done:
        told.title, told.teaching_notes = case.title, case.teaching_notes
        for image in case.images:
            told.images.add().CopyFrom(image)
            told.images[-1].image_id = names[image.image_id]
    return told


def _about(question: Question) -> set[str]:
    """Findings that an answer to the question would give away."""
    return {*question.finding_ids, *question.mark.finding_ids}


def _masks(names: Mapping[str, str], case: Case) -> Iterator[EditMask]:
    for image in case.images:
        for transfer in image.latent.recipe.style_transfers:
            if is_masked(transfer):
                yield EditMask(picture_id=names[image.image_id], png=label_map_png(values_of(transfer.mask)))


def score(content: QuizContent, scores: Mapping[str, float | None]) -> Score:
    """Of an attempt.

    Args:
        scores: of the questions that were answered, by name; None for one that counts in no score.
    """
    points = {name: points_of(question) for name, (_, question) in content.questions.items()}
    return Score(
        points=sum(points[name] * (value or 0.0) for name, value in scores.items()),
        points_possible=sum(points.values()),
        answered=len(scores),
        questions=len(points),
    )
