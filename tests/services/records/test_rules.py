"""What a case may be, how right an answer is, and what a taker may see: without a database."""

from __future__ import annotations

import contextlib
import math
import zlib

import numpy as np
import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st

from mammoganesis.errors import InvalidArgument
from mammoganesis.pictures.masks import mask_of_polygon
from mammoganesis.pictures.png import read_png
from mammoganesis.v1 import cases_pb2 as pb
from mammoganesis.v1 import quizzes_pb2 as qb
from mammoganesis.v1.latents_pb2 import LOCALITY_MASKED, Mask, Recipe, StyleTransfer
from mammoganesis.v1.style_transfer_pb2 import Point, Polygon
from services.records.rules import quizzes, scoring
from services.records.rules.cases import check_case
from services.records.rules.marks import meets
from services.records.rules.quizzes import QuizContent
from tests.support.recorded import case

SHARES = st.floats(0, 1, width=32)


def _finding(**shape) -> pb.Finding:
    return pb.Finding(finding_id="f", name="f", marks=[pb.Mark(image_id="a", **shape)])


def _place(picture: str, x: float, y: float) -> qb.Place:
    return qb.Place(picture_id=picture, point=Point(x=x, y=y))


def _refused(changed: pb.Case) -> str:
    with pytest.raises(InvalidArgument) as caught:
        check_case(changed)
    return caught.value.field


def test_a_case_of_all_kinds_is_allowed() -> None:
    check_case(case())


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("case.title", lambda c: c.ClearField("title")),
        ("case.title", lambda c: setattr(c, "title", "   ")),
        ("case.title", lambda c: setattr(c, "title", "two\nlines")),
        ("case.history", lambda c: setattr(c, "history", "a\0b")),
        ("case.history", lambda c: setattr(c, "history", "x" * 5001)),
        ("case.images", lambda c: c.ClearField("images")),
        ("case.images[1].image_id", lambda c: setattr(c.images[1], "image_id", "rcc")),
        ("case.images[0].image_id", lambda c: setattr(c.images[0], "image_id", "../rcc")),
        ("case.images[0].latent", lambda c: c.images[0].ClearField("latent")),
        ("case.images[0].latent", lambda c: c.images[0].latent.ClearField("recipe")),
        ("case.images[0].side", lambda c: setattr(c.images[0], "side", 7)),
        (
            "case.images[0].pixel_spacing_millimetres",
            lambda c: setattr(c.images[0], "pixel_spacing_millimetres", math.nan),
        ),
        ("case.findings[0].marks", lambda c: c.findings[0].ClearField("marks")),
        ("case.findings[0].marks[0].image_id", lambda c: setattr(c.findings[0].marks[0], "image_id", "lcc")),
        ("case.findings[0].marks[0].shape", lambda c: c.findings[0].marks[0].ClearField("ellipse")),
        (
            "case.findings[0].marks[0].ellipse.radius_x",
            lambda c: setattr(c.findings[0].marks[0].ellipse, "radius_x", 0.0),
        ),
        (
            "case.findings[0].marks[0].ellipse.centre.x",
            lambda c: setattr(c.findings[0].marks[0].ellipse.centre, "x", 1.5),
        ),
        (
            "case.findings[0].marks[0].polygon.points",
            lambda c: c.findings[0].marks[0].polygon.CopyFrom(Polygon(points=[Point(), Point()])),
        ),
        ("case.questions[0].kind", lambda c: c.questions[0].ClearField("single_choice")),
        (
            "case.questions[0].single_choice.choices",
            lambda c: setattr(c.questions[0].single_choice.choices[1], "correct", True),
        ),
        ("case.questions[0].finding_ids[0]", lambda c: c.questions[0].finding_ids.__setitem__(0, "other")),
        ("case.questions[0].points", lambda c: setattr(c.questions[0], "points", 0)),
        ("case.questions[2].bi_rads.accepted", lambda c: c.questions[2].bi_rads.ClearField("accepted")),
        ("case.questions[3].density.accepted[0]", lambda c: c.questions[3].density.accepted.__setitem__(0, 0)),
        ("case.questions[4].mark.finding_ids[0]", lambda c: c.questions[4].mark.finding_ids.__setitem__(0, "other")),
        ("case.questions[4].mark.tolerance", lambda c: setattr(c.questions[4].mark, "tolerance", 0.3)),
        ("case.questions[5].free_text.accepted[0]", lambda c: c.questions[5].free_text.accepted.__setitem__(0, " ")),
        ("case", lambda c: c.images[0].latent.w.values.extend([0.0] * 600_000)),
    ],
)
def test_what_is_not_allowed_is_named(field: str, change) -> None:
    changed = case()
    change(changed)
    assert _refused(changed) == field


@given(st.binary(max_size=300))
def test_whatever_a_message_holds_is_allowed_or_named(data: bytes) -> None:
    changed = case()
    with contextlib.suppress(DecodeError):
        changed.MergeFromString(data)
    fields = []
    try:
        check_case(changed)
    except InvalidArgument as error:
        fields.append(error.field)
    assert all(field.startswith("case") for field in fields)


@given(st.lists(st.tuples(SHARES, SHARES), min_size=3, max_size=8), SHARES, SHARES)
def test_an_outline_holds_what_a_drawing_of_it_covers(corners: list[tuple[float, float]], x: float, y: float) -> None:
    drawn = mask_of_polygon(corners, 512)
    column, row = (min(511, int(share * 512)) for share in (x, y))
    around = drawn[max(0, row - 2) : row + 3, max(0, column - 2) : column + 3]
    finding = _finding(polygon=Polygon(points=[Point(x=a, y=b) for a, b in corners]))
    if around.shape == (5, 5) and around.min() == around.max():  # not at an edge
        assert meets("a", Point(x=x, y=y), finding, 0.0) == (around.max() == 255)


def test_an_ellipse_is_turned_clockwise() -> None:
    lying = pb.Ellipse(centre=Point(x=0.5, y=0.5), radius_x=0.3, radius_y=0.05)
    falling = pb.Ellipse(centre=Point(x=0.5, y=0.5), radius_x=0.3, radius_y=0.05, degrees=45)
    right, lower_right = Point(x=0.75, y=0.5), Point(x=0.68, y=0.68)
    assert [meets("a", p, _finding(ellipse=lying), 0) for p in (right, lower_right)] == [True, False]
    assert [meets("a", p, _finding(ellipse=falling), 0) for p in (right, lower_right)] == [False, True]


@given(SHARES, SHARES, st.floats(0, 0.25))
def test_a_point_is_met_within_its_tolerance_alone(x: float, y: float, tolerance: float) -> None:
    met = meets("a", Point(x=x, y=y), _finding(point=Point(x=0.5, y=0.5)), tolerance)
    assert met == (math.dist((x, y), (0.5, 0.5)) <= tolerance)
    assert not meets("b", Point(x=0.5, y=0.5), _finding(point=Point(x=0.5, y=0.5)), tolerance)


@pytest.mark.parametrize(
    ("number", "answer", "score"),
    [
        (0, qb.Answer(choice=0), 1),
        (0, qb.Answer(choice=1), 0),
        (1, qb.Answer(choices=qb.ChoicesAnswer(choices=[1, 0])), 1),
        (1, qb.Answer(choices=qb.ChoicesAnswer(choices=[0])), 1 / 2),
        (1, qb.Answer(choices=qb.ChoicesAnswer(choices=[0, 1, 2])), 2 / 3),
        (1, qb.Answer(choices=qb.ChoicesAnswer()), 0),
        (2, qb.Answer(bi_rads=pb.BI_RADS_4), 1),
        (2, qb.Answer(bi_rads=pb.BI_RADS_4C), 1),
        (2, qb.Answer(bi_rads=pb.BI_RADS_5), 0),
        (3, qb.Answer(density=pb.DENSITY_C), 1),
        (3, qb.Answer(density=pb.DENSITY_A), 0),
        (4, qb.Answer(places=qb.PlacesAnswer(places=[_place("1.1", 0.5, 0.5)])), 1),
        (4, qb.Answer(places=qb.PlacesAnswer(places=[_place("1.2", 0.5, 0.5)])), 0),
        (4, qb.Answer(places=qb.PlacesAnswer(places=[_place("1.1", 0.5, 0.5), _place("1.1", 0.9, 0.9)])), 1 / 2),
        (4, qb.Answer(places=qb.PlacesAnswer(places=[_place("1.1", 0.5, 0.5)] * 3)), 1),
        (4, qb.Answer(places=qb.PlacesAnswer()), 0),
        (5, qb.Answer(text="  SECRET - Answér! "), 1),
        (5, qb.Answer(text="another"), 0),
    ],
)
def test_scores(number: int, answer: qb.Answer, score: float) -> None:
    made = case()
    images = QuizContent([made]).images(1)
    scoring.check_answer(made.questions[number], answer, images)
    assert scoring.judge(made, made.questions[number], answer, images).score == pytest.approx(score)


def test_nothing_to_find_is_found_by_who_marks_nothing() -> None:
    made = case()
    made.questions[4].mark.ClearField("finding_ids")
    images = QuizContent([made]).images(1)
    judged = [
        scoring.judge(made, made.questions[4], qb.Answer(places=places), images).score
        for places in (qb.PlacesAnswer(), qb.PlacesAnswer(places=[_place("1.1", 0.5, 0.5)]))
    ]
    assert judged == [1.0, 0.0]


@pytest.mark.parametrize(
    ("number", "answer", "field"),
    [
        (0, qb.Answer(), "answer.kind"),
        (0, qb.Answer(text="a"), "answer.kind"),
        (0, qb.Answer(choice=2), "answer.choice"),
        (1, qb.Answer(choices=qb.ChoicesAnswer(choices=[0, 0])), "answer.choices.choices[1]"),
        (2, qb.Answer(bi_rads=pb.BI_RADS_UNSPECIFIED), "answer.bi_rads"),
        (3, qb.Answer(density=9), "answer.density"),  # type: ignore[arg-type]
        (4, qb.Answer(places=qb.PlacesAnswer(places=[_place("2.1", 0, 0)])), "answer.places.places[0].picture_id"),
        (4, qb.Answer(places=qb.PlacesAnswer(places=[_place("1.1", 2, 0)])), "answer.places.places[0].point.x"),
        (5, qb.Answer(text=""), "answer.text"),
    ],
)
def test_answers_that_a_question_does_not_offer_are_named(number: int, answer: qb.Answer, field: str) -> None:
    made = case()
    with pytest.raises(InvalidArgument) as caught:
        scoring.check_answer(made.questions[number], answer, QuizContent([made]).images(1))
    assert caught.value.field == field


def test_a_taker_sees_no_secret_before_and_the_truth_after() -> None:
    made = case()
    mask = np.zeros((8, 8), np.uint8)
    mask[2:4, 2:4] = 255
    transfer = StyleTransfer(locality=LOCALITY_MASKED, mask=Mask(size=8, deflated=zlib.compress(mask.tobytes())))
    made.images[0].latent.recipe.CopyFrom(Recipe(seed=11, style_transfers=[transfer]))
    content = QuizContent([made])
    shown = quizzes.shown_case(content, 1, {"1.1": (64, 64), "1.2": (64, 64)})
    assert b"secret" not in shown.SerializeToString()

    def truth(*numbers: int) -> qb.CaseTruth:
        return quizzes.truth(content, 1, [f"1.{number}" for number in numbers])

    # The first question and the fifth are about the finding; the fifth asks where it is.
    assert truth(1, 2, 3, 4, 6) == qb.CaseTruth(case_number=1)
    seen = truth(1, 5)
    assert [(each.marks[0].image_id, each.name, each.description) for each in seen.findings] == [("1.1", "", "")]
    assert [(each.picture_id, read_png(each.png).pixels.tolist()) for each in seen.masks] == [("1.1", mask.tolist())]
    assert (seen.title, seen.teaching_notes, len(seen.images)) == ("", "", 0)
    whole = truth(1, 2, 3, 4, 5, 6)
    assert (whole.title, whole.teaching_notes) == (made.title, made.teaching_notes)
    assert [image.image_id for image in whole.images] == ["1.1", "1.2"]
    assert whole.images[0].latent == made.images[0].latent


@given(st.sets(st.sampled_from(["1.1", "1.2", "1.3", "1.4", "1.5", "1.6"])))
def test_no_order_of_answers_shows_a_finding_that_is_still_asked_for(answered: set[str]) -> None:
    told = quizzes.truth(QuizContent([case()]), 1, answered)
    assert bool(told.findings) == ({"1.1", "1.5"} <= answered)
    assert (b"secret" in told.SerializeToString()) == (len(answered) == 6)  # a name is an answer to other questions
    assert bool(told.title) == (len(answered) == 6)
