"""How many readers and cases a question takes: a request checked, and answered by `mammoganesis.statistics`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from mammoganesis.recipe.fields import known, within
from mammoganesis.statistics.sizing import GOALS, LIMITS, Design, Size, cases_for, expect
from mammoganesis.v1.studies_pb2 import (
    STUDY_QUESTION_DIFFERENCE,
    STUDY_QUESTION_EQUIVALENCE,
    STUDY_QUESTION_WIDTH,
    SizeStudyRequest,
    StudyQuestion,
    StudySize,
)

READERS = (2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50)
"""For which an answer is given where a request names no number."""


def sizes(request: SizeStudyRequest) -> Iterator[StudySize]:
    """For a number of readers each: how many cases they need, or what they show with those that are named.

    Raises:
        InvalidArgument: a number is out of its range.
    """
    known("question", request.question, StudyQuestion)
    question = request.question or STUDY_QUESTION_DIFFERENCE
    width, power = request.width or 0.2, request.power or 0.8
    within("width", width, *GOALS["width"])
    within("power", power, *GOALS["power"])
    design, cases = _design(request), request.real_cases or request.generated_cases

    def enough(size: Size) -> bool:
        return 2 * size.half_width <= width if question == STUDY_QUESTION_WIDTH else _power(size, question) >= power

    for readers in [request.readers] if request.readers else READERS:
        asked = dataclasses.replace(design, readers=readers)
        needed = (asked.positives, asked.negatives) if cases else cases_for(asked, enough)
        if needed is None:
            yield StudySize(readers=readers)
            continue
        found = expect(dataclasses.replace(asked, positives=needed[0], negatives=needed[1]))
        yield StudySize(
            readers=readers,
            generated_cases=needed[0],
            real_cases=needed[1],
            power=0.0 if question == STUDY_QUESTION_WIDTH else _power(found, question),
            width=2 * found.half_width,
        )


def _power(size: Size, question: StudyQuestion) -> float:
    return size.power_difference if question == STUDY_QUESTION_DIFFERENCE else size.power_equivalence or 0.0


def _design(request: SizeStudyRequest) -> Design:
    auc = request.auc if request.HasField("auc") else 0.5
    deviation = request.reader_deviation if request.HasField("reader_deviation") else Design.reader_sd
    correlation = request.correlation if request.HasField("correlation") else Design.correlation
    margin, confidence = request.margin or 0.1, request.confidence or 0.95
    within("auc", auc, *LIMITS["auc"])
    within("margin", margin, *LIMITS["margin"])
    within("reader_deviation", deviation, *LIMITS["reader_sd"])
    within("correlation", correlation, *LIMITS["correlation"])
    within("confidence", confidence, *LIMITS["level"])
    if request.readers:
        within("readers", request.readers, 2, LIMITS["readers"][1], "readers")
    for name, (low, high) in (("real_cases", LIMITS["negatives"]), ("generated_cases", LIMITS["positives"])):
        if getattr(request, name):
            within(name, getattr(request, name), low, high, "images")
    generated = request.generated_cases or request.real_cases or 2
    return Design(
        auc=auc,
        readers=request.readers or READERS[0],
        positives=generated,
        negatives=request.real_cases or generated,
        reader_sd=deviation,
        correlation=correlation,
        margin=margin if request.question == STUDY_QUESTION_EQUIVALENCE else None,
        level=confidence,
    )
