"""Pictures with the mark in them, for roles that get no others: it is read from left to right however they hang."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator

from mammoganesis.pictures.pixels import found_mark
from mammoganesis.v1 import cases_pb2 as pb
from mammoganesis.v1 import quizzes_pb2 as qb
from mammoganesis.v1.images_pb2 import SIDE_LEFT, SIDE_RIGHT, VIEW_CC
from mammoganesis.v1.latents_pb2 import Latent, Recipe
from services.access.principals import Role
from tests.places import DEMO_BUNDLE, DEMO_SIZE
from tests.support.browser import NOTHING
from tests.support.login_site import Login, LoginSite, logged_in, login_site

pytestmark = pytest.mark.browser

ANCHORS = {"left": 0.0, "middle": 0.5, "right": 1.0}


@pytest.fixture(scope="module")
def place(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoginSite]:
    with login_site(browser, tmp_path_factory.mktemp("marked"), DEMO_BUNDLE) as site:
        yield site


@pytest.fixture(scope="module")
def made(place: LoginSite) -> pb.Case:
    """Both breasts from above."""
    images = [
        pb.CaseImage(
            image_id=name,
            latent=Latent(recipe=Recipe(seed=5, labels={"view": "CC"})),
            side=side,  # type: ignore[arg-type]
            view=VIEW_CC,
            mirrored=side == SIDE_LEFT,
        )
        for name, side in (("r", SIDE_RIGHT), ("l", SIDE_LEFT))
    ]
    question = pb.Question(question_id="q", text="Is it dense?", free_text=pb.FreeTextQuestion(accepted=["yes"]))
    wanted = pb.CreateCaseRequest(case=pb.Case(title="Both", images=images, questions=[question]))
    return place.records.cases.CreateCase(wanted, metadata=place.records.word).case


def _picture(page: Login, canvas: Locator, hung: str) -> np.ndarray:
    """[DEMO_SIZE, DEMO_SIZE] uint8: the middles of the pixels of a picture that fits its canvas and was not panned."""
    found = page.pixels_of(canvas)[..., 0]
    height, width = found.shape
    scale = min(height, width) / DEMO_SIZE
    left, top = (width - DEMO_SIZE * scale) * ANCHORS[hung], (height - DEMO_SIZE * scale) / 2
    middles = (np.arange(DEMO_SIZE) + 0.5) * scale
    return found[np.ix_((middles + top).astype(int), (middles + left).astype(int))]


Seen = tuple[bool, bool | None]
"""Whether a picture is drawn mirrored, its wall at the left; whether its mark is, None where it has none."""


def _seen(page: Login) -> list[Seen]:
    """Of each canvas, in the order of the panes."""
    found: list[Seen] = []
    for pane in page.page.locator(".pane").all():
        for canvas in pane.locator(".cornerstone-canvas").all():
            picture = _picture(page, canvas, pane.get_attribute("data-hung") or "")
            mark = found_mark(picture)
            wall_is_left = bool(picture[:, : DEMO_SIZE // 8].sum() > picture[:, -DEMO_SIZE // 8 :].sum())
            found.append((wall_is_left, mark and mark.mirrored))
    return found


def _hangs_in_all_ways(page: Login, marked: bool = True) -> None:
    """Right and left back to back, then each by itself, compared, side by side."""
    page.drawn()
    for keys, mirrored in (
        ("", [False, True]),
        ("l", [False]),
        ("]", [False]),
        ("s", [False, False]),
        ("sl", [False, False]),
    ):
        page.page.locator(".viewer-stage").focus()
        for key in keys:
            page.page.keyboard.press(key)
        page.drawn().settled()
        wanted = [(turned, False if marked else None) for turned in mirrored]
        page.until(lambda wanted=wanted: _seen(page) == wanted)


@pytest.mark.parametrize("role", [Role.EDUCATOR, Role.LEARNER, Role.RESEARCHER])
def test_the_mark_of_a_case_reads_right_however_its_pictures_hang(place: LoginSite, made: pb.Case, role: Role) -> None:
    share = pb.CreateLinkRequest(case_id=made.case_id)
    link = place.records.cases.CreateLink(share, metadata=place.records.word).link
    with place.opened("login", expected=NOTHING) as page:
        logged_in(place, page.page.context, role)
        page.go(f"cases#case={made.case_id}" if role is Role.EDUCATOR else f"share#{link.token}")
        _hangs_in_all_ways(page, marked=role is not Role.RESEARCHER)


def test_the_mark_of_a_quiz_reads_right_however_its_pictures_hang(place: LoginSite, made: pb.Case) -> None:
    wanted = qb.PublishQuizRequest(case_ids=[made.case_id], title="Both")
    quiz = place.records.quizzes.PublishQuiz(wanted, metadata=place.records.word).quiz
    with place.opened(f"quiz#{quiz.token}", expected=NOTHING) as page:
        page.press("Start")
        _hangs_in_all_ways(page)
