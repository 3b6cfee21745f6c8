"""Logging in and out in Chromium, with a certified provider; what a page shows whom; nothing lost when a login ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import grpc
import pytest
from playwright.sync_api import Browser, expect

from mammoganesis.v1 import audit_pb2
from mammoganesis.v1 import cases_pb2 as pb
from mammoganesis.v1.audit_pb2_grpc import AuditServiceStub
from services.access.permissions import ACTIONS, ROUTES, Action
from services.access.principals import Role
from services.studio.links import HEADER
from tests.support.browser import LOST, NOTHING, SCREENS
from tests.support.http_servers import another_site
from tests.support.login_site import Login, LoginSite, logged_in, login_site
from tests.support.recorded import case
from tests.support.studio_server import send

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def place(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoginSite]:
    with login_site(browser, tmp_path_factory.mktemp("login")) as site:
        yield site


def test_somebody_logs_in_comes_to_the_page_asked_for_and_logs_out(place: LoginSite) -> None:
    with place.opened("verify?lang=en#x=1") as page:
        page.says("You log in with your account")
        page.log_in("educator")
        page.page.wait_for_url(f"{place.url}verify?lang=en#x=1")
        menu = page.page.locator(".account summary")
        expect(menu).to_have_text("Robin Educator")
        assert page.pages() == ["Studio", "Cases", "Verify"]
        menu.focus()
        page.page.keyboard.press("Enter")
        page.says("educator (writes cases and quizzes)")
        page.page.keyboard.press("Escape")
        expect(page.button("Log out")).to_be_hidden()
        expect(menu).to_be_focused()
        menu.click()
        page.press("Log out", "Yes, end it")
        page.page.wait_for_url(f"{place.url}login*")
        page.says("Log in")
        page.page.evaluate("history.go(-2)")  # over the provider's page
        page.says("You log in with your account")
        page.go("verify")
        page.says("You log in with your account")
        page.log_in("learner")  # the provider asks again: its own session has ended too
        page.page.wait_for_url(f"{place.url}verify")


ALL_BUT_SAVING = re.compile(r"/mammoganesis\.v1\.(?!CaseService/CreateCase)")


def test_what_somebody_was_doing_goes_on_after_a_login_in_a_second_window(place: LoginSite) -> None:
    with place.opened("cases") as page:
        page.log_in("educator")
        page.page.locator(".template").last.click()
        page.page.wait_for_url(f"{place.url}cases#case=*")
        page.page.get_by_label("Title").first.fill("A case that is not lost")
        page.page.route(ALL_BUT_SAVING, lambda route: None)  # which would be refused, and tell of the login, sooner
        page.page.context.clear_cookies()  # as if the time of the login were over, here and at the provider
        page.press("Save")
        page.says("Nothing on this page is lost")
        page.page.unroute_all()
        assert page.axe() == []
        with page.page.expect_popup() as opening:
            page.page.get_by_role("link", name="Log in again").click()
        window = opening.value
        window.get_by_role("button", name="Log in").click()
        window.get_by_label("Name").fill("educator")
        with window.expect_event("close"):
            window.get_by_role("button", name="Continue").click()
        expect(page.page.get_by_text("Nothing on this page is lost")).to_be_hidden()
        page.says("Saved")
        page.go("cases")
        page.says("A case that is not lost")


@pytest.mark.parametrize(
    ("role", "pages"),
    [
        (Role.READER, ["Verify"]),
        (Role.LEARNER, ["Studio", "Verify"]),
        (Role.EDUCATOR, ["Studio", "Cases", "Verify"]),
        (Role.RESEARCHER, ["Studio", "Reader studies", "Jobs", "Verify"]),
        (Role.OPERATOR, ["Studio", "Cases", "Reader studies", "Jobs", "Audit", "Verify", "Curate"]),
        (Role.AUDITOR, ["Audit", "Verify"]),
    ],
)
def test_the_bar_shows_the_pages_that_a_role_may_use_and_each_of_them_works(
    place: LoginSite, role: Role, pages: list[str]
) -> None:
    with place.opened("login", expected=NOTHING) as page:
        logged_in(place, page.page.context, role)
        page.go("verify")
        expect(page.page.get_by_role("navigation").get_by_role("link")).to_have_text(pages)
        link = page.page.get_by_text("Reader studies open by the link that you were sent")
        expect(link).to_have_count(int(pages == ["Verify"]))
        for address in (
            page.page.get_by_role("navigation").get_by_role("link").evaluate_all("all => all.map(a => a.href)")
        ):
            page.page.goto(address)
            if not address.endswith("audit"):  # which asks for no image
                page.page.locator(".server[data-state=up]").wait_for()  # its calls are answered
            page.page.locator("h1").first.wait_for(state="attached")
            links = page.page.locator("a[href]").evaluate_all("all => all.map(a => a.href.split('#')[0])")
            for link in {link for link in links if link.startswith(place.url)}:  # to nothing of another role's
                assert page.page.evaluate("link => fetch(link).then((answer) => answer.status)", link) == 200, link
            if address == place.url:
                shows_what_may_be_done_with_an_image(page, role)


def shows_what_may_be_done_with_an_image(page: Login, role: Role) -> None:
    page.page.goto("about:blank")
    with page.page.expect_response(f"{page.url}dicom") as servers:
        page.go("#screen=edit&seed=5")
    assert servers.value.json() == {"servers": ["Archive"] if role in ACTIONS[Action.SEND] else []}
    page.button("Copy the link").wait_for()
    making = page.page.get_by_role("link", name="Make a case of it")
    expect(making).to_have_count(int(role in (ROUTES["GET /cases"] or ())))
    expect(page.button("Send")).to_have_count(int(role in ACTIONS[Action.SEND]))
    unmarked = page.page.get_by_label("without the mark")
    expect(unmarked).to_have_count(int(role in ACTIONS[Action.TAKE_UNMARKED]))


NEEDED = {"en": "It needs one of these roles", "fr": "Il faut l\N{RIGHT SINGLE QUOTATION MARK}un de ces rôles"}
NONE = {"en": "You have no role here yet", "fr": "pas encore de rôle ici"}


@pytest.mark.parametrize("language", list(NEEDED))
def test_a_page_of_another_role_says_which_it_needs(place: LoginSite, language: str) -> None:
    with place.opened("login") as page:
        logged_in(place, page.page.context, Role.LEARNER)
        page.go(f"study?lang={language}")
        page.says(NEEDED[language])
        logged_in(place, page.page.context)
        page.go(f"curate?lang={language}")
        page.says(NONE[language])


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "There is no such page"), ("fr", "Cette page n\N{RIGHT SINGLE QUOTATION MARK}existe pas")],
)
def test_an_address_without_anything_says_so_and_leads_on(place: LoginSite, language: str, said: str) -> None:
    with place.opened("login", width=390) as page:
        logged_in(place, page.page.context, Role.AUDITOR)
        page.go(f"not/here?lang={language}")
        page.says(said)
        assert page.axe() == []
        page.page.locator("main a").click()
        page.page.wait_for_url(f"{place.url}audit")


def test_who_asked_for_no_page_begins_at_one_of_their_roles(place: LoginSite) -> None:
    with place.opened("login", expected=NOTHING) as page:
        page.log_in("reader")
        page.page.wait_for_url(f"{place.url}verify")
        page.says("Whose image is this?")


def refusals(place: LoginSite, role: Role) -> list[str]:
    """What the studio has refused to somebody with this role alone, as the audit log has it."""
    which = {"who": f"{place.provider.issuer}|{role}", "outcome": "PERMISSION_DENIED"}
    with grpc.insecure_channel(place.records.address) as channel:
        request = audit_pb2.ListAuditRequest(filter=audit_pb2.AuditFilter(**which))
        found = AuditServiceStub(channel).ListAudit(request, metadata=place.records.word).entries
    return [target for entry in found for target in entry.targets]


def test_who_types_the_studios_address_begins_there_too_and_who_has_an_image_in_it_is_told(place: LoginSite) -> None:
    with place.opened("login", expected=NOTHING) as page:
        logged_in(place, page.page.context, Role.AUDITOR)
        page.go()
        page.page.wait_for_url(f"{place.url}audit")
        page.go("?lang=en#screen=edit&seed=5")
        page.says(NEEDED["en"])
        page.expected = LOST
        page.go("jobs?lang=en")  # which is refused, and the only thing that is
        page.says(NEEDED["en"])
        page.until(lambda: "address:GET /jobs" in refusals(place, Role.AUDITOR))
        assert "address:GET /" not in refusals(place, Role.AUDITOR)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("address", ["verify", ""])
def test_pages_person_and_language_stand_in_one_line_for_who_may_everything(
    place: LoginSite, language: str, address: str
) -> None:
    with place.opened("login", width=1280) as page:
        logged_in(place, page.page.context, *Role, name="Dr. Hélène Marchand-Villeneuve")
        page.go(f"{address}?lang={language}")
        page.page.locator(".server[data-state=up]").wait_for()
        tops = "all => all.map(e => { const b = e.getBoundingClientRect(); return (b.top + b.bottom) / 2; })"
        middles = page.page.locator(".bar :is(.brand, nav, .account, .language)").evaluate_all(tops)
        assert max(middles) - min(middles) < 8, middles


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("address", ["verify", "cases", "#screen=edit&seed=7&mode=expert"])
def test_a_phones_bar_has_two_lines_at_most_for_who_may_everything(
    place: LoginSite, language: str, address: str
) -> None:
    with place.opened("login", width=390) as page:
        logged_in(place, page.page.context, *Role, name="Dr. Hélène Marchand-Villeneuve")
        name, mark, rest = address.partition("#")
        page.go(f"{name}?lang={language}{mark}{rest}")
        page.page.locator(".server[data-state=up]").wait_for()
        page.page.locator(".account summary").wait_for()
        page.settled().fits()
        assert page.lines(".bar") <= 2


def test_learning_platforms_are_the_operators(place: LoginSite) -> None:
    with place.opened("login") as page:
        logged_in(place, page.page.context, Role.EDUCATOR)
        page.go("lti?lang=en")
        page.says(NEEDED["en"])
        assert page.pages() == ["Studio", "Cases", "Verify"]
        logged_in(place, page.page.context, Role.OPERATOR)
        page.go("curate?lang=en")
        page.page.locator(".account summary").click()
        page.page.get_by_role("link", name="Learning platforms").click()
        page.page.wait_for_url(f"{place.url}lti*")
        page.says("courses link to cases")


@pytest.mark.parametrize(
    "to",
    [
        "https://attacker.example/",
        "//attacker.example/",
        "/\\attacker.example/",
        "\\\\attacker.example",
        "javascript:document.title='taken'",
        "data:text/html,taken",
        "http:attacker.example",
        "/login/start",
        "login?to=login",
        "//",
    ],
)
def test_a_login_leads_to_pages_of_the_studio_alone(place: LoginSite, to: str) -> None:
    with place.opened("quiz", expected=".*") as page:
        logged_in(place, page.page.context, Role.OPERATOR)
        page.go(f"login?to={quote(to, safe='')}")
        page.page.wait_for_url(lambda url: "/login" not in url)
        assert page.page.url.startswith(place.url)
        assert page.page.title() != "taken"


ATTACK = """<!doctype html><title>Attack</title><link rel=icon href="data:,">
<form method=post enctype="text/plain"><input name=a></form>
<script>
const types = ["text/plain", "application/json", "application/proto"];
addEventListener("message", async ({data}) => {
  const tried = [];
  for (const credentials of ["include", "same-origin"])
    for (const type of types) {
      const wish = {method: "POST", credentials, headers: {"content-type": type}, body: "{}"};
      tried.push(await fetch(data, wish).then((answer) => answer.type, () => "failed"));
    }
  document.title = tried.join();
})</script>"""


def test_another_sites_page_changes_nothing(place: LoginSite) -> None:
    with another_site(ATTACK) as site, place.opened("login", expected=".*") as page:
        logged_in(place, page.page.context, *Role)
        page.page.goto(site)
        for address in ("logout", "curation", "mammoganesis.v1.CaseService/CreateCase"):
            page.page.evaluate("document.title = ''")
            page.page.evaluate("address => postMessage(address)", place.url + address)
            page.until(lambda: page.page.title())
            assert set(page.page.title().split(",")) == {"failed"}
        page.page.evaluate("address => { document.forms[0].action = address }", place.url + "logout")
        with page.page.expect_navigation():
            page.page.evaluate("document.forms[0].submit()")
        page.go("verify")
        expect(page.page.locator(".account summary")).to_have_text("Robin")  # still logged in


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("width", list(SCREENS))
def test_they_look_as_they_should(place: LoginSite, width: int, language: str) -> None:
    with place.opened("login", width=width) as page:
        page.go(f"login?lang={language}")
        page.page.locator(".door .button").wait_for()
        look(page)
        page.go(f"login?lang={language}&failed=setup")  # the longest
        expect(page.page.get_by_role("alert")).to_be_visible()
        look(page)
        logged_in(place, page.page.context, Role.LEARNER, Role.READER, name="Dr. Wilhelmina van den Berg-Rodríguez")
        page.go(f"cases?lang={language}")
        page.page.locator(".door .roles").wait_for()
        look(page)
        page.page.locator(".account summary").click()
        sheet = page.page.locator(".account .sheet")
        sheet.wait_for()
        box = sheet.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        look(page)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_failure_of_a_login_is_told(place: LoginSite, language: str) -> None:
    told = set()
    with place.opened("login") as page:
        for failure in ("provider", "denied", "answer", "begun", "often", "setup"):
            page.go(f"login?lang={language}&failed={failure}")
            alert = page.page.get_by_role("alert")
            expect(alert).to_be_visible()
            told.add(alert.inner_text())
    assert len(told) == 6


def look(page: Login) -> None:
    assert page.axe() == []
    page.fits()


def test_a_shared_link_shows_its_case_without_a_login_and_lets_nothing_else_be_done(place: LoginSite) -> None:
    records, word = place.records, place.records.word
    made = records.cases.CreateCase(pb.CreateCaseRequest(case=case(title="For all who hold it")), metadata=word).case
    link = records.cases.CreateLink(pb.CreateLinkRequest(case_id=made.case_id), metadata=word).link
    with place.opened(f"share#{link.token}", expected=NOTHING) as page:
        page.drawn()
    model, search = "ModelService/GetModel", "SamplingService/FindSeeds"
    headers = {"host": urlsplit(place.url).netloc, "content-type": "application/json", HEADER: link.token}
    found = {name: send(place.port, "POST", f"/mammoganesis.v1.{name}", "{}", headers) for name in (model, search)}
    assert found[model].status == 200
    assert found[search].error[:2] == (401, "UNAUTHENTICATED")
    guessed = send(place.port, "POST", f"/mammoganesis.v1.{model}", "{}", {**headers, HEADER: link.token[:-1] + "!"})
    assert guessed.error[:2] == (401, "UNAUTHENTICATED")
