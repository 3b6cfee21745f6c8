"""What may be answered to a question, how right it is, and what a group's answers come to."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from mammoganesis.errors import InvalidArgument
from mammoganesis.recipe.fields import one_of, text, within
from mammoganesis.recipe.limits import DEFAULT_TOLERANCE
from mammoganesis.v1.cases_pb2 import (
    BI_RADS_4,
    BI_RADS_4A,
    BI_RADS_4B,
    BI_RADS_4C,
    BI_RADS_UNSPECIFIED,
    DENSITY_UNSPECIFIED,
    BiRads,
    Case,
    Density,
    Question,
)
from mammoganesis.v1.quizzes_pb2 import Answer, GroupAnswers, Place, PlacesAnswer
from services.records.rules.marks import check_point, meets
from services.records.rules.texts import folded

MAX_PLACES = 16
MAX_ANSWER = 4_000  # characters

_ANSWERED_BY = {
    "single_choice": "choice",
    "multiple_choice": "choices",
    "bi_rads": "bi_rads",
    "density": "density",
    "mark": "places",
    "free_text": "text",
}
_FOURS = {BI_RADS_4, BI_RADS_4A, BI_RADS_4B, BI_RADS_4C}
_WORDS = re.compile(r"\w+")


@dataclass(frozen=True)
class Judged:
    """An answer that has been held against the question.

    Attributes:
        score: 0 to 1; None where the question counts in no score.
        values: what is counted of it in a group: indices of choices, or numbers of categories.
        places_met: with places, whether each met a finding.
    """

    score: float | None
    values: tuple[int, ...] = ()
    places_met: tuple[bool, ...] = ()


def check_answer(question: Question, answer: Answer, pictures: Collection[str]) -> None:
    """Raises InvalidArgument for an answer of another kind, or one that the question does not offer.

    Args:
        pictures: names of the pictures of the question's case.
    """
    kind = one_of(answer, "kind", "answer.kind")
    wanted = _ANSWERED_BY[str(question.WhichOneof("kind"))]
    if kind != wanted:
        raise InvalidArgument("answer.kind", kind, f"{wanted}, as the question asks for it")
    if kind == "choice":
        within("answer.choice", answer.choice, 0, len(question.single_choice.choices) - 1)
    elif kind == "choices":
        chosen = answer.choices.choices
        for i, choice in enumerate(chosen):
            within(f"answer.choices.choices[{i}]", choice, 0, len(question.multiple_choice.choices) - 1)
            if choice in chosen[:i]:
                raise InvalidArgument(f"answer.choices.choices[{i}]", choice, "each choice once")
    elif kind == "bi_rads":
        _check_category("answer.bi_rads", answer.bi_rads, BiRads, BI_RADS_UNSPECIFIED)
    elif kind == "density":
        _check_category("answer.density", answer.density, Density, DENSITY_UNSPECIFIED)
    elif kind == "places":
        _check_places(answer.places, pictures)
    else:
        text("answer.text", answer.text, MAX_ANSWER, least=1)


def _check_category(field: str, value: int, enum, unspecified: int) -> None:
    if value == unspecified or value not in enum.values():
        named = [name for name, number in enum.items() if number != unspecified]
        raise InvalidArgument(field, value, ", ".join(named))


def _check_places(answer: PlacesAnswer, pictures: Collection[str]) -> None:
    within("answer.places.places", len(answer.places), 0, MAX_PLACES, "places")
    for i, place in enumerate(answer.places):
        field = f"answer.places.places[{i}]"
        if place.picture_id not in pictures:
            raise InvalidArgument(f"{field}.picture_id", place.picture_id, ", ".join(sorted(pictures)))
        if not place.HasField("point"):
            raise InvalidArgument(f"{field}.point", None, "a point")
        check_point(place.point, f"{field}.point")


def judge(case: Case, question: Question, answer: Answer, images: Mapping[str, str]) -> Judged:
    """How right an answer is that `check_answer` has let pass.

    Args:
        case: of the question.
        images: image_id of the case by the name that the picture has in the quiz.
    """
    kind = question.WhichOneof("kind")
    if kind == "single_choice":
        return Judged(float(question.single_choice.choices[answer.choice].correct), (answer.choice,))
    if kind == "multiple_choice":
        chosen = set(answer.choices.choices)
        right = {i for i, choice in enumerate(question.multiple_choice.choices) if choice.correct}
        return Judged(_overlap(len(chosen & right), len(chosen | right)), tuple(sorted(chosen)))
    if kind == "bi_rads":
        accepted = set(question.bi_rads.accepted)
        accepted |= _FOURS if BI_RADS_4 in accepted else set()
        return Judged(float(answer.bi_rads in accepted), (answer.bi_rads,))
    if kind == "density":
        return Judged(float(answer.density in question.density.accepted), (answer.density,))
    if kind == "mark":
        return _judge_places(case, question, answer.places, images)
    accepted = {_plain(value) for value in question.free_text.accepted}
    return Judged(float(_plain(answer.text) in accepted) if accepted else None)


def _judge_places(case: Case, question: Question, answer: PlacesAnswer, images: Mapping[str, str]) -> Judged:
    asked = question.mark
    tolerance = asked.tolerance if asked.HasField("tolerance") else DEFAULT_TOLERANCE
    targets = [finding for finding in case.findings if finding.finding_id in asked.finding_ids]
    met = [
        {target.finding_id for target in targets if meets(images[place.picture_id], place.point, target, tolerance)}
        for place in answer.places
    ]
    found = len(set().union(*met))
    misses = sum(not each for each in met)
    return Judged(_overlap(found, len(targets) + misses), places_met=tuple(map(bool, met)))


def _overlap(common: int, together: int) -> float:
    return common / together if together else 1.0


def _plain(value: str) -> str:
    return " ".join(_WORDS.findall(folded(value)))


def points_of(question: Question) -> int:
    """What a question counts; 0 where it counts in no score."""
    if question.WhichOneof("kind") == "free_text" and not question.free_text.accepted:
        return 0
    return question.points if question.HasField("points") else 1


def group_answers(
    question: Question, answers: int, right: int, counts: Mapping[int, int], places: Iterable[Place]
) -> GroupAnswers:
    """What a group has answered.

    Args:
        answers, right: how many there are, and how many have a score of 1.
        counts: how often each of `Judged.values` was answered.
        places: with places only.
    """
    group = GroupAnswers(answers=answers, right=right if points_of(question) else None)
    kind = question.WhichOneof("kind")
    if kind in ("single_choice", "multiple_choice"):
        group.choice_counts.extend(counts.get(i, 0) for i in range(len(getattr(question, kind).choices)))
    elif kind == "bi_rads":
        group.bi_rads_counts.extend(counts.get(number, 0) for number in BiRads.values()[1:])
    elif kind == "density":
        group.density_counts.extend(counts.get(number, 0) for number in Density.values()[1:])
    group.places.extend(places)
    return group
