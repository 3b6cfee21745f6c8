"""A course of a learning platform in Chromium, the studio in its frame: registration, deep linking, a quiz, a grade;
and all kinds at once in French."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Frame, FrameLocator, expect

from mammoganesis.v1 import cases_pb2 as pb
from mammoganesis.v1.quizzes_pb2 import PublishQuizRequest
from services.lti import sending
from services.studio.lti import sender
from tests.support import studied
from tests.support.browser import LOST, SCREENS, Opened, opened
from tests.support.lti_browser import claims_with
from tests.support.lti_studio import Launched, running_tool
from tests.support.lti_tokens import LTI
from tests.support.recorded import case

pytestmark = pytest.mark.browser

TITLE = "Masses in dense breasts"
PAUSE_SECONDS = 0.1
LATE_MS = 4000
"""More than PATIENCE_MS of lti/storage.ts."""


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launched]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sender, "LOOK_SECONDS", PAUSE_SECONDS)
        patch.setattr(sending, "FIRST_PAUSE_SECONDS", PAUSE_SECONDS)
        with running_tool(tmp_path_factory.mktemp("lti")) as running:
            one = case(TITLE)
            del one.questions[1:]
            made = running.records.cases.CreateCase(pb.CreateCaseRequest(case=one)).case
            running.records.quizzes.PublishQuiz(PublishQuizRequest(case_ids=[made.case_id], title=TITLE))
            yield running


@contextmanager
def course(browser: Browser, tool: Launched, person: str, link: str = "", **look: object) -> Iterator[Opened]:
    """The course's page, with the tool in its frame."""
    with opened(browser, Opened, tool.platform.url, **look) as page:  # type: ignore[arg-type]
        page.page.goto(f"{tool.platform.url}/course?person={person}&link={link}")
        yield page


def frame(page: Opened) -> FrameLocator:
    return page.page.frame_locator("iframe[name=tool]")


def inner(page: Opened) -> Frame:
    found = page.page.frame(name="tool")
    assert found
    return found


def linked(browser: Browser, tool: Launched) -> str:
    """A link of the course to the quiz, made by an instructor who chooses it."""
    before = set(tool.platform.links)
    with course(browser, tool, "anna") as page:
        inside = frame(page)
        inside.get_by_role("heading", name="Choose for your course").wait_for()
        assert inside.get_by_role("button", name="Take into the course").is_disabled()
        inside.get_by_label("Title").fill("dense")
        inside.get_by_role("group", name="Quizzes").get_by_role("checkbox").first.check()
        inside.get_by_role("button", name="Take into the course").click()
        inside.get_by_text("Linked").wait_for()
    [link] = set(tool.platform.links) - before
    return link


def test_a_platform_registers_links_a_quiz_and_gets_a_grade(whole_browser: Browser, tool: Launched) -> None:
    platform = tool.platform
    with opened(whole_browser, Opened, tool.base) as operator:
        operator.page.goto(f"{tool.base}/lti")
        operator.page.get_by_label("Name of the platform").fill("Faculty")
        operator.press("Make an address")
        address = operator.page.get_by_label("Registration address").input_value()
        operator.is_fine()
        query = f"&openid_configuration={platform.url}/openid-configuration&registration_token=platforms-own"
        operator.page.goto(address + query)
        operator.says("The platform is registered")
        operator.is_fine()
        operator.page.goto(f"{tool.base}/lti")
        operator.page.get_by_role("heading", name="Faculty").wait_for()
    link = linked(whole_browser, tool)
    assert platform.links[link][1]
    with course(whole_browser, tool, "ben", link) as page:
        inside = frame(page)
        inside.get_by_text("Your course remembers where you are").wait_for()
        inside.get_by_role("button", name="Start").click()
        inside.get_by_role("radio", name="A mass").check()
        platform.down["scores"] = 1
        inside.get_by_role("button", name="Answer").press("Enter")  # the frame may still grow under a pointer
        inside.get_by_text("secret-explanation").wait_for()
        page.until(lambda: platform.scores)
        assert [(score["userId"], score["scoreGiven"]) for _, score in platform.scores] == [("user-ben", 1)]
    with course(whole_browser, tool, "ben", link) as page:  # another browser, the same attempt
        frame(page).get_by_text("secret-explanation").or_(frame(page).get_by_text("Points: 1 of 1")).first.wait_for()
    with course(whole_browser, tool, "anna", link) as page:
        row = frame(page).get_by_role("row", name="Ben Bär")
        row.get_by_text("in the course").wait_for()
        expect(row.get_by_text("1 / 1", exact=True)).to_have_count(2)  # answered, and points
        frame(page).get_by_role("link", name="Look at the quiz").click()
        frame(page).get_by_role("button", name="Start").wait_for()


@pytest.fixture(scope="module")
def link(whole_browser: Browser, tool: Launched) -> str:
    """One that nobody has followed but those who take it."""
    tool.register()
    return linked(whole_browser, tool)


@pytest.mark.parametrize(("storage", "late_ms"), [(True, 0), (True, LATE_MS), (False, 0)])
def test_a_browser_that_keeps_nothing_in_frames_arrives_all_the_same(
    whole_browser: Browser, tool: Launched, link: str, storage: bool, late_ms: int
) -> None:
    """It has lost its cookie when it comes back from the platform."""
    platform = tool.platform
    platform.storage, platform.late_ms = storage, late_ms
    platform.open.clear()
    platform.asked.clear()
    try:
        with opened(whole_browser, Opened, platform.url) as page:
            page.page.goto(f"{platform.url}/course?person=cem&link={link}", wait_until="commit")
            page.until(lambda: "auth" in platform.asked)
            page.page.context.clear_cookies()
            platform.open.set()
            inside = frame(page)
            if storage:  # the platform has kept it
                inside.get_by_role("button", name="Start").wait_for()
                return
            inside.get_by_role("heading", name="This opens in a window of its own").wait_for()
            with page.page.context.expect_page() as waiting:
                inside.get_by_role("link", name="Open in a new window").click()
            waiting.value.get_by_role("button", name="Start").wait_for()
    finally:
        platform.storage, platform.late_ms = False, 0
        platform.open.set()


@pytest.fixture(scope="module")
def fragments(whole_browser: Browser, tool: Launched, link: str) -> dict[str, str]:
    """Fragments of addresses: a quiz' standing and a choice for the course, as who teaches it has launched them."""
    with course(whole_browser, tool, "ben", link) as page:
        frame(page).get_by_role("button", name="Start").wait_for()
    with course(whole_browser, tool, "anna", link) as page:
        frame(page).get_by_role("table").wait_for()
        standing = urlsplit(inner(page).url).fragment
    with course(whole_browser, tool, "anna") as page:
        frame(page).get_by_role("group").first.wait_for()
        return {"standing": standing, "choice": urlsplit(inner(page).url).fragment}


@pytest.mark.parametrize("width", SCREENS)
@pytest.mark.parametrize(("language", "words"), [("en-GB", "Who has taken it"), ("fr-FR", "Qui y a répondu")])
def test_its_pages_are_fine_in_both_languages(
    browser: Browser, tool: Launched, fragments: dict[str, str], width: int, language: str, words: str
) -> None:
    with opened(browser, Opened, tool.base, width=width, locale=language) as page:
        for address, ready in ((fragments["standing"], words), (fragments["choice"], TITLE), ("", "Moodle")):
            page.page.goto("about:blank")
            page.page.goto(f"{tool.base}/lti#{address}")
            page.says(ready)
            page.is_fine()


def test_enter_in_the_search_asks_again_and_sends_nothing(
    browser: Browser, tool: Launched, fragments: dict[str, str]
) -> None:
    with opened(browser, Opened, tool.base) as page:
        page.page.goto(f"{tool.base}/lti#{fragments['choice']}")
        page.page.get_by_role("checkbox").first.check()
        search = page.page.get_by_role("searchbox")
        search.fill("written meanwhile")
        page.says("Nothing has these words in its title")
        tool.records.cases.CreateCase(pb.CreateCaseRequest(case=case("Written meanwhile")))
        search.press("Enter")
        page.page.get_by_role("group", name="Cases").get_by_text("Written meanwhile").wait_for()
        assert page.page.url == f"{tool.base}/lti#{fragments['choice']}"


COLLECTION, CASE, STUDY = "Collection of the course", "Case of the course", "Study of the course"
KINDS = {TITLE: "Questionnaires", CASE: "Cas", COLLECTION: "Collections de cas", STUDY: "Études de lecture"}


@contextmanager
def in_french(tool: Launched) -> Iterator[None]:
    """As the course is shown to everybody."""
    unchanged = tool.platform.change
    tool.platform.change = claims_with(**{f"{LTI}launch_presentation": {"locale": "fr_FR"}})
    try:
        yield
    finally:
        tool.platform.change = unchanged


@pytest.fixture(scope="module")
def french(whole_browser: Browser, tool: Launched) -> dict[str, str]:
    """Links of a course that is in French, by title, as who teaches it has chosen them there."""
    tool.register()
    made = tool.records.cases.CreateCase(pb.CreateCaseRequest(case=case(CASE))).case
    one = pb.Collection(title=COLLECTION, description="To begin with.", case_ids=[made.case_id])
    tool.records.cases.CreateCollection(pb.CreateCollectionRequest(collection=one))
    studied.opened(tool.records, studied.design(real=2, synthesised=1, edited=0, title=STUDY), reals=3)
    before = list(tool.platform.links)
    with in_french(tool), course(whole_browser, tool, "anna") as page:
        inside = frame(page)
        inside.get_by_role("heading", name="Choisir pour votre cours").wait_for()
        for title, kind in KINDS.items():
            inside.get_by_label("Titre").fill(title[:9])  # what the search hides stays chosen
            inside.get_by_role("group", name=kind, exact=True).get_by_role("checkbox", name=title).check()
        tool.platform.open.clear()
        try:
            inside.get_by_role("button", name="Mettre dans le cours").click(no_wait_after=True)
            inner(page).wait_for_url("**/lti/return?lang=fr", wait_until="commit")
        finally:
            tool.platform.open.set()
        inside.get_by_text("Linked").wait_for()
    links = [name for name in tool.platform.links if name not in before]
    return dict(zip([item["title"] for item in tool.platform.chosen], links, strict=True))


@pytest.mark.parametrize("width", [1280, 390])
def test_all_kinds_are_put_into_a_course_at_once_and_open_in_its_language(
    whole_browser: Browser, tool: Launched, french: dict[str, str], width: int
) -> None:
    """Whatever the browser asks for, which is English here. A study that a phone is too small for says so."""
    assert list(french) == list(KINDS)
    reading = "Avant de commencer" if width > 700 else "Pas sur un téléphone"
    shown = {TITLE: "Commencer", CASE: "Montrer les réponses", COLLECTION: CASE, STUDY: reading}
    taught = {**shown, TITLE: "Qui y a répondu", STUDY: "pas montré pendant l"}
    with in_french(tool):
        for title, words in shown.items():
            with course(whole_browser, tool, "ben", french[title], width=width) as page:
                speaks_french(page, words)
                if title == COLLECTION:
                    frame(page).get_by_role("link", name=CASE).click()
                    speaks_french(page, "Tous les cas")
            with course(whole_browser, tool, "anna", french[title], width=width) as page:
                speaks_french(page, taught[title])
                if title == TITLE:
                    frame(page).get_by_role("link", name="Voir le questionnaire").click()
                    speaks_french(page, "Commencer")


def speaks_french(page: Opened, words: str) -> None:
    """The tool says these words, in French and within the frame's width."""
    frame(page).get_by_text(words).first.wait_for()
    assert inner(page).evaluate("document.documentElement.lang") == "fr"
    assert inner(page).evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_launch_that_is_refused_says_why_in_the_course_s_language(whole_browser: Browser, tool: Launched) -> None:
    tool.register()
    tool.platform.links["gone"] = f"{tool.base}/lti/quiz_{'0' * 32}", ""
    with course(whole_browser, tool, "ben", "gone", expected=LOST) as page:
        frame(page).get_by_role("alert").get_by_text("there is no quiz").wait_for()
    with in_french(tool), course(whole_browser, tool, "ben", "gone", expected=LOST) as page:
        speaks_french(page, "pas fonctionné")
    with in_french(tool), course(whole_browser, tool, "ben") as page:  # a learner who is asked to choose
        speaks_french(page, "Ce lien ne mène encore nulle part")
