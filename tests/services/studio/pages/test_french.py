"""Pages in French, with content that fails too: what of ours stands on them in English is marked as English."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from mammoganesis.v1 import bulk_service_pb2
from mammoganesis.v1 import cases_pb2 as pb
from mammoganesis.v1 import quizzes_pb2 as qb
from tests.services.studio.pages.test_jobs import asked
from tests.support.browser import LOST, Opened
from tests.support.recorded import case
from tests.support.site import Site, running_site
from tests.support.studied import created, design, rating

pytestmark = pytest.mark.browser

UNMARKED = """() => {
    const apart = "[lang=en], code, pre, kbd, textarea, script, style, select.language";
    const found = [document.title];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (!node.parentElement.closest(apart)) found.push(node.textContent);
    }
    for (const element of document.querySelectorAll("[aria-label], [title], [alt], [placeholder], [aria-valuetext]")) {
        if (element.closest(apart)) continue;
        for (const name of ["aria-label", "title", "alt", "placeholder", "aria-valuetext"]) {
            found.push(element.getAttribute(name) ?? "");
        }
    }
    return found;
}"""
ENGLISH = re.compile(
    r"\b(the|and|is|are|was|were|not|with|from|this|that|which|of|to|has|have|cannot|be|by|allowed|there|it)\b"
)
"""Words that French has not."""


def english(page: Opened) -> list[str]:
    """Texts with two different words of English in them."""
    texts: list[str] = page.page.evaluate(UNMARKED)
    return sorted({text.strip() for text in texts if len(set(ENGLISH.findall(text.lower()))) >= 2})


@pytest.fixture(scope="module")
def site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Of its own: what is made here stays."""
    with running_site(browser, tmp_path_factory.mktemp("french")) as site:
        yield site


def new_case(site: Site) -> str:
    one = case(title="Masse")
    for question in one.questions:
        question.text = "Quoi ?"
    return site.records.cases.CreateCase(pb.CreateCaseRequest(case=one)).case.case_id


def quiz_of(site: Site) -> qb.Quiz:
    request = qb.PublishQuizRequest(case_ids=[new_case(site)], title="Masses")
    return site.records.quizzes.PublishQuiz(request).quiz


def study_of(site: Site) -> str:
    made = design(rating(trials=30), title="Lecture", language="fr")
    return created(site.records, made, 0).study_id


def failed_job(site: Site) -> str:
    """With an error that has no code."""
    job, runner = asked(site, "Lot"), site.records.runner()
    runner.take()
    reason = "the engine is not of this world"
    runner.report(job.job_id, done=3, ended=bulk_service_pb2.JOB_STATE_FAILED, reason=reason)
    return job.job_id


def settled(page: Opened) -> None:
    page.page.locator("h1, h2").first.wait_for(state="attached")
    page.page.wait_for_load_state("networkidle")


def escaped(page: Opened) -> None:
    page.page.locator("dialog[open]").wait_for()
    assert english(page) == []
    page.page.keyboard.press("Escape")
    settled(page)


def given(name: str, data: bytes) -> Callable[[Opened], None]:
    """A file that is chosen on a page, and the page says what is wrong with it."""

    def gives(page: Opened) -> None:
        settled(page)
        file = {"name": name, "mimeType": "application/octet-stream", "buffer": data}
        page.page.locator("input[type=file]").first.set_input_files([file])  # type: ignore[list-item]
        page.page.locator("[role=alert]:visible, .finding, dialog[open]").first.wait_for()

    return gives


def job_elsewhere(page: Opened) -> None:
    page.page.get_by_role("textbox", name="Destination", exact=True).fill("/etc/cron.d/x")
    page.page.get_by_role("button", name=re.compile("^Commencer")).click()
    page.says("Cette valeur n’est pas admise")  # noqa: RUF001


def keys(page: Opened) -> None:
    page.drawn()
    page.page.keyboard.press("?")
    settled(page)


PAGES: dict[str, tuple[Callable[[Site], str], Callable[[Opened], object]]] = {
    "start": (lambda site: "", escaped),
    "edit": (lambda site: "#screen=edit&seed=7&mode=expert", keys),
    "regions": (lambda site: "#screen=edit&seed=7&mode=expert&tab=region", Opened.drawn),
    "a recipe that is none": (lambda site: "#screen=edit&seed=7", given("a.json", b'{"sede": 4}')),
    "another recipe": (lambda site: "#screen=edit&seed=7", given("a.json", b'{"seed": 4, "bundle_digest": "0"}')),
    "curation": (lambda site: "curate", lambda page: page.page.locator("#component-0 img").first.wait_for()),
    "cases": (lambda site: f"cases#query={new_case(site)}", settled),
    "case": (lambda site: f"cases#case={new_case(site)}", Opened.drawn),
    "no such case": (lambda site: f"cases#case=case_{'0' * 32}", settled),
    "results": (lambda site: f"cases#quiz={quiz_of(site).quiz_id}", settled),
    "quiz": (lambda site: f"quiz#{quiz_of(site).token}", settled),
    "no such quiz": (lambda site: f"quiz#{'x' * 43}", settled),
    "no such link": (lambda site: f"share#{'x' * 43}", settled),
    "no such reading": (lambda site: f"reading#{'x' * 43}", settled),
    "jobs": (lambda site: "jobs", settled),
    "new job": (lambda site: "jobs#new", job_elsewhere),
    "a document that is none": (lambda site: "jobs#new", given("a.json", b'{"cuont": 3}')),
    "a failed job": (lambda site: f"jobs#job={failed_job(site)}", settled),
    "no such job": (lambda site: f"jobs#job=job_{'0' * 32}", settled),
    "audit": (lambda site: "audit", settled),
    "verify": (lambda site: "verify", given("a.txt", b"hello" * 100)),
    "learning platforms": (lambda site: "lti", settled),
    "studies": (lambda site: "study", given("a.json", b'{"format": 3}')),
    "study": (lambda site: f"study#study={study_of(site)}", settled),
    "no such page": (lambda site: "nothing", settled),
}  # fmt: skip
"""By name: the address, and what is to be waited for or done there."""


@pytest.mark.parametrize("name", PAGES)
def test_english_is_marked_on_french_pages(site: Site, name: str) -> None:
    address, ready = PAGES[name]
    with site.opened(address(site), locale="fr-FR", expected=LOST) as page:
        ready(page)
        assert page.page.locator("html").get_attribute("lang") == "fr"
        assert english(page) == []
