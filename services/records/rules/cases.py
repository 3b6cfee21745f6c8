"""What a case and a collection may be, as the comments in `cases.proto` promise it; InvalidArgument says what is not.

Recipes are left to the services that draw them.
"""

from __future__ import annotations

import re

from mammoganesis.errors import InvalidArgument
from mammoganesis.recipe.fields import known, one_of, text, within
from mammoganesis.recipe.limits import MAX_TOLERANCE
from mammoganesis.v1.cases_pb2 import (
    BI_RADS_UNSPECIFIED,
    DENSITY_UNSPECIFIED,
    BiRads,
    Case,
    CaseImage,
    ChoiceQuestion,
    Collection,
    Density,
    Finding,
    Question,
)
from mammoganesis.v1.images_pb2 import Side, View
from services.records.rules.marks import MAX_MARKS, check_mark
from services.records.rules.texts import known_names, names, title

MAX_CASE_BYTES = 2**21
MAX_IMAGES = 4
MAX_FINDINGS = MAX_QUESTIONS = 32
MAX_CHOICES = 12
MAX_COLLECTION = 500  # cases
MAX_POINTS = 100
MAX_SPACING_MILLIMETRES = 10.0

_HISTORY, _NOTES, _EXPLANATION, _REMARK, _CHOICE = 5_000, 20_000, 5_000, 2_000, 500  # characters
_ACCEPTED_TEXTS, _ACCEPTED_CHARACTERS = 20, 200
_CASE_ID = re.compile(r"case_[0-9a-f]{32}")
_COLLECTION_ID = re.compile(r"collection_[0-9a-f]{32}")


def check_case_id(value: str, field: str) -> None:
    """As cases are named."""
    if not _CASE_ID.fullmatch(value):
        raise InvalidArgument(field, value, '"case_" and 32 hexadecimal digits')


def check_collection_id(value: str, field: str) -> None:
    """As collections are named."""
    if not _COLLECTION_ID.fullmatch(value):
        raise InvalidArgument(field, value, '"collection_" and 32 hexadecimal digits')


def check_case(case: Case, field: str = "case") -> None:
    """Everything but its id, its version and its recipes."""
    if case.ByteSize() > MAX_CASE_BYTES:
        raise InvalidArgument(field, f"{case.ByteSize()} bytes", f"at most {MAX_CASE_BYTES} bytes as a message")
    title(f"{field}.title", case.title)
    text(f"{field}.history", case.history, _HISTORY)
    text(f"{field}.teaching_notes", case.teaching_notes, _NOTES)
    within(f"{field}.images", len(case.images), 1, MAX_IMAGES, "images")
    names(f"{field}.images[{{}}].image_id", [image.image_id for image in case.images], "image")
    for i, image in enumerate(case.images):
        _check_image(image, f"{field}.images[{i}]")
    within(f"{field}.findings", len(case.findings), 0, MAX_FINDINGS, "findings")
    names(f"{field}.findings[{{}}].finding_id", [finding.finding_id for finding in case.findings], "finding")
    images = [image.image_id for image in case.images]
    for i, finding in enumerate(case.findings):
        _check_finding(finding, images, f"{field}.findings[{i}]")
    within(f"{field}.questions", len(case.questions), 0, MAX_QUESTIONS, "questions")
    names(f"{field}.questions[{{}}].question_id", [question.question_id for question in case.questions], "question")
    findings = [finding.finding_id for finding in case.findings]
    for i, question in enumerate(case.questions):
        _check_question(question, findings, f"{field}.questions[{i}]")


def check_collection(collection: Collection, field: str = "collection") -> None:
    """Everything but its id and its version; whether its cases are there is for who knows them."""
    title(f"{field}.title", collection.title)
    text(f"{field}.description", collection.description, _HISTORY)
    within(f"{field}.case_ids", len(collection.case_ids), 0, MAX_COLLECTION, "cases")
    for i, case_id in enumerate(collection.case_ids):
        check_case_id(case_id, f"{field}.case_ids[{i}]")
        if case_id in collection.case_ids[:i]:
            raise InvalidArgument(f"{field}.case_ids[{i}]", case_id, "each case once")


def _check_image(image: CaseImage, field: str) -> None:
    if not image.HasField("latent"):
        raise InvalidArgument(f"{field}.latent", None, "a latent")
    one_of(image.latent, "kind", f"{field}.latent")
    known(f"{field}.side", image.side, Side)
    known(f"{field}.view", image.view, View)
    within(
        f"{field}.pixel_spacing_millimetres",
        image.pixel_spacing_millimetres,
        0.0,
        MAX_SPACING_MILLIMETRES,
        "millimetres",
    )


def _check_finding(finding: Finding, images: list[str], field: str) -> None:
    title(f"{field}.name", finding.name)
    text(f"{field}.description", finding.description, _REMARK)
    within(f"{field}.marks", len(finding.marks), 1, MAX_MARKS, "marks")
    for i, mark in enumerate(finding.marks):
        check_mark(mark, images, f"{field}.marks[{i}]")


def _check_question(question: Question, findings: list[str], field: str) -> None:
    text(f"{field}.text", question.text, _REMARK, least=1)
    text(f"{field}.explanation", question.explanation, _EXPLANATION)
    known_names(f"{field}.finding_ids", question.finding_ids, findings, "finding")
    if question.HasField("points"):
        within(f"{field}.points", question.points, 1, MAX_POINTS)
    kind = one_of(question, "kind", f"{field}.kind")
    path = f"{field}.{kind}"
    if kind in ("single_choice", "multiple_choice"):
        _check_choices(getattr(question, kind), kind == "single_choice", path)
    elif kind == "bi_rads":
        _check_accepted(question.bi_rads.accepted, BiRads, BI_RADS_UNSPECIFIED, path)
    elif kind == "density":
        _check_accepted(question.density.accepted, Density, DENSITY_UNSPECIFIED, path)
    elif kind == "mark":
        known_names(f"{path}.finding_ids", question.mark.finding_ids, findings, "finding")
        if question.mark.HasField("tolerance"):
            within(f"{path}.tolerance", question.mark.tolerance, 0.0, MAX_TOLERANCE, "of the picture's width")
    else:
        accepted = question.free_text.accepted
        within(f"{path}.accepted", len(accepted), 0, _ACCEPTED_TEXTS, "texts")
        for i, value in enumerate(accepted):
            text(f"{path}.accepted[{i}]", value, _ACCEPTED_CHARACTERS, least=1)


def _check_choices(question: ChoiceQuestion, single: bool, field: str) -> None:
    within(f"{field}.choices", len(question.choices), 2, MAX_CHOICES, "choices")
    for i, choice in enumerate(question.choices):
        text(f"{field}.choices[{i}].text", choice.text, _CHOICE, least=1)
        text(f"{field}.choices[{i}].explanation", choice.explanation, _REMARK)
    correct = sum(choice.correct for choice in question.choices)
    if single and correct != 1:
        raise InvalidArgument(f"{field}.choices", f"{correct} correct choices", "exactly one, with single choice")


def _check_accepted(accepted, enum, unspecified: int, field: str) -> None:
    if not accepted:
        raise InvalidArgument(f"{field}.accepted", None, "one category or more")
    for i, value in enumerate(accepted):
        if value == unspecified or value not in enum.values():
            named = [name for name, number in enum.items() if number != unspecified]
            raise InvalidArgument(f"{field}.accepted[{i}]", value, ", ".join(named))
        if value in accepted[:i]:
            raise InvalidArgument(f"{field}.accepted[{i}]", value, "each category once")
