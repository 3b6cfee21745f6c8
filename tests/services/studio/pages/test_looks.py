"""Every page on paper, in forced colours, from right to left and on a phone; the viewer's tools beside the controls."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from mammoganesis.v1 import cases_pb2 as pb
from mammoganesis.v1 import quizzes_pb2 as qb
from tests.support.browser import Opened
from tests.support.recorded import case
from tests.support.site import Site

pytestmark = pytest.mark.browser

EDIT = "#screen=edit&seed=7&mode=expert"


def new_case(site: Site) -> pb.Case:
    return site.records.cases.CreateCase(pb.CreateCaseRequest(case=case(title="On paper"))).case


def quiz_of(site: Site) -> qb.Quiz:
    request = qb.PublishQuizRequest(case_ids=[new_case(site).case_id], title="Masses")
    return site.records.quizzes.PublishQuiz(request).quiz


def shared(site: Site) -> str:
    request = pb.CreateLinkRequest(case_id=new_case(site).case_id)
    return site.records.cases.CreateLink(request).link.token


def answered(page: Opened) -> None:
    page.press("Start")
    page.page.get_by_role("radio", name="Nothing").check()
    page.press("Answer")
    page.says("secret-explanation")


def introduced(page: Opened) -> None:
    page.page.locator(".seeds img").first.wait_for()
    page.page.locator("dialog[open]").wait_for()
    page.page.keyboard.press("Escape")
    page.page.locator("dialog[open]").wait_for(state="detached")


PAGES: dict[str, tuple[Callable[[Site], str], Callable[[Opened], object]]] = {
    "start": (lambda site: "", introduced),
    "directions": (lambda site: f"{EDIT}&strip=name:coarseness", Opened.drawn),
    "region": (lambda site: f"{EDIT}&tab=region", Opened.drawn),
    "curation": (lambda site: "curate", lambda page: page.page.locator("#component-0 img").first.wait_for()),
    "cases": (lambda site: f"cases#query={new_case(site).title}", lambda page: page.says("On paper")),
    "case": (lambda site: f"cases#case={new_case(site).case_id}", Opened.drawn),
    "results": (lambda site: f"cases#quiz={quiz_of(site).quiz_id}", lambda page: page.says("Attempts: 0")),
    "quiz": (lambda site: f"quiz#{quiz_of(site).token}", answered),
    "link": (lambda site: f"share#{shared(site)}", Opened.drawn),
    "jobs": (lambda site: "jobs", lambda page: page.says("All jobs")),
    "new job": (lambda site: "jobs#new", lambda page: page.page.get_by_label("Truncation").wait_for()),
    "audit": (lambda site: "audit", lambda page: page.says("Unbroken, up to the newest entry")),
    "verify": (lambda site: "verify", lambda page: page.page.locator("main h1").first.wait_for()),
    "learning platforms": (lambda site: "lti", lambda page: page.says("no tool of learning platforms yet")),
    "studies": (lambda site: "study", lambda page: page.page.locator("main h1").first.wait_for()),
}
"""By name: the address, and what is to be waited for or done there."""


@pytest.fixture(scope="module", params=PAGES)
def page(request: pytest.FixtureRequest, site: Site) -> Iterator[Opened]:
    """A page of each kind, the same for all tests."""
    address, ready = PAGES[request.param]
    with site.opened(address(site)) as page:
        ready(page)
        yield page


BRIGHT = """e => {
    const [r, g, b, a = 1] = getComputedStyle(e).backgroundColor.match(/[\\d.]+/g).map(Number);
    return a > 0 ? Math.min(r, g, b) : null;
}"""
CONTROLS = "button:not(:has(img)), nav, [role=tab], input:is([type=range], [type=file], [type=search]), .viewer-bar"
FIELDS = "select, textarea, input:not([type=checkbox], [type=radio])"


def test_paper_is_light_and_has_no_controls(page: Opened) -> None:
    """What is written in fields is there, without their frames."""
    page.page.emulate_media(media="print")
    try:
        assert page.page.locator("html").evaluate(BRIGHT) > 240
        grounds = page.page.locator("body, main, section, .bench, .controls, .card, .asked, .parts").evaluate_all(
            f"all => all.map((e) => [e.tagName, e.className, ({BRIGHT})(e)])"
        )
        assert [one for one in grounds if one[2] is not None and one[2] < 230] == []
        controls = page.page.locator(CONTROLS).locator("visible=true")
        assert controls.evaluate_all("all => all.map((e) => e.outerHTML)") == []
        fields = page.page.locator(FIELDS).locator("visible=true")
        assert set(fields.evaluate_all("all => all.map((e) => getComputedStyle(e).borderStyle)")) <= {"none"}
        assert page.axe(color_contrast=True) == []
    finally:
        page.page.emulate_media(media="screen")


CHOSEN = "[aria-selected=true], [aria-pressed=true], [aria-current]:not([aria-current=false])"
FRAMED = "dialog[open], .viewer-stage, .card, .tabs, input[type=text], input[type=search], select, textarea, .button"
UNMARKED = """all => all.filter((e) => {
    const { outlineStyle, outlineWidth, forcedColorAdjust } = getComputedStyle(e);
    return (outlineStyle === 'none' || parseFloat(outlineWidth) < 2) && forcedColorAdjust !== 'none';
}).map((e) => e.outerHTML.slice(0, 200))"""
FRAMELESS = """all => all.filter((e) => {
    const { borderTopStyle, borderTopWidth } = getComputedStyle(e);
    return borderTopStyle === 'none' || parseFloat(borderTopWidth) === 0;
}).map((e) => e.outerHTML.slice(0, 200))"""


def test_forced_colours_keep_choice_frames_and_focus_in_sight(page: Opened) -> None:
    """Backgrounds and shadows are gone then: a line has to say it."""
    page.page.emulate_media(forced_colors="active")
    try:
        assert page.page.locator(CHOSEN).locator("visible=true").evaluate_all(UNMARKED) == []
        assert page.page.locator(FRAMED).locator("visible=true").evaluate_all(FRAMELESS) == []
        page.page.evaluate("document.activeElement.blur()")
        page.page.keyboard.press("Tab")
        if page.page.evaluate("document.activeElement === document.body"):  # that was after the last
            page.page.keyboard.press("Tab")
        focused = page.page.evaluate(
            "[document.activeElement.outerHTML.slice(0, 200), getComputedStyle(document.activeElement).outlineStyle]"
        )
        assert focused[1] != "none", focused
        assert page.axe(color_contrast=False) == []  # it reads the page's own colours, which are not shown
    finally:
        page.page.emulate_media(forced_colors="none")


CONTROL_BOXES = """() => {
    const all = [...document.querySelectorAll('a, button, input, select, textarea, summary, h1, h2, h3')].filter(
        (e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest('.spoken, .unseen, .skip'));
    const named = (e) => `${e.tagName} ${e.id || e.getAttribute('aria-label') || e.textContent.trim().slice(0, 40)}`;
    const boxes = all.map((e) => [e, e.getBoundingClientRect()]).filter(([, box]) => box.width > 1 && box.height > 1);
    const slides = (e) => { for (let up = e; up; up = up.parentElement)
        if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(up).overflowX)) return true; return false; };
    const { clientWidth: width } = document.documentElement; // innerWidth grows on a phone with what is too wide
    const outside = boxes.filter(([e, box]) => (box.left < -1 || box.right > width + 1) && !slides(e));
    const pairs = [];
    for (const [n, [a, one]] of boxes.entries()) for (const [b, other] of boxes.slice(n + 1)) {
        const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
        const along = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
        if (across > 2 && along > 2 && !a.contains(b) && !b.contains(a)) pairs.push(`${named(a)} | ${named(b)}`);
    }
    return [outside.map(([e]) => named(e)), pairs];
}"""


@pytest.mark.parametrize("width", [1440, 390])
def test_from_right_to_left_nothing_overflows_or_overlaps(page: Opened, width: int) -> None:
    page.page.set_viewport_size({"width": width, "height": 900})
    try:
        _, before = page.settled().page.evaluate(CONTROL_BOXES)
        page.page.evaluate("document.documentElement.dir = 'rtl'")
        page.settled().fits()
        outside, overlapping = page.page.evaluate(CONTROL_BOXES)
        assert outside == []
        assert sorted(set(overlapping) - set(before)) == []
    finally:
        page.page.evaluate("document.documentElement.dir = 'ltr'")
        page.page.set_viewport_size({"width": 1440, "height": 1000})


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_phones_bar_has_two_lines_at_most(page: Opened, language: str) -> None:
    """More would push the picture out of sight."""
    chosen = page.page.locator(".bar select.language")
    page.page.set_viewport_size({"width": 390, "height": 844})
    try:
        chosen.select_option(language)
        page.settled().fits()
        assert page.lines(".bar") <= 2
    finally:
        chosen.select_option("en")
        page.page.set_viewport_size({"width": 1440, "height": 1000})


WITH_VIEWERS = {
    "studio": lambda site: EDIT,
    "region": lambda site: f"{EDIT}&tab=region",
    "findings": lambda site: f"cases#case={new_case(site).case_id}&tab=findings",
}
BRUSH = {"en": "Brush", "fr": "Pinceau"}
ONE_LINE = {("studio", 1280), ("studio", 1440)}


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", WITH_VIEWERS)
def test_the_viewers_tools_stand_in_one_line_where_they_fit_and_else_in_two(
    site: Site, name: str, language: str
) -> None:
    page_name, _, place = WITH_VIEWERS[name](site).rpartition("#")
    with site.opened(f"{page_name}?lang={language}#{place}") as page:
        page.drawn()
        for width in (1000, 1200, 1280, 1440):
            page.page.set_viewport_size({"width": width, "height": 900})
            page.settled().fits()
            assert page.lines(".viewer-bar") <= (1 if (name, width) in ONE_LINE else 2), width
            tools = page.page.locator(".viewer-bar")
            assert tools.evaluate("bar => bar.scrollWidth <= bar.clientWidth && bar.scrollHeight <= bar.clientHeight")
        if name == "region":  # a tool that is taken up moves nothing above the images
            before = page.page.locator(".viewer-stage").bounding_box()
            page.page.locator(".viewer-bar").get_by_role("button", name=BRUSH[language]).click()
            page.page.locator(".viewer-paint").wait_for()
            assert page.page.locator(".viewer-stage").bounding_box() == before
