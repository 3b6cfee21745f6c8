"""The page of the audit log in Chromium, before real records: entries, filters, the chain, the file; and what is left
of quotas behind somebody's name."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from mammoganesis.v1 import cases_pb2 as pb
from services.client import Client
from services.client.audit import WhichEntries
from tests.support.audit_chain import broken_at
from tests.support.browser import Opened
from tests.support.login_site import login_site
from tests.support.recorded import case
from tests.support.site import Site, running_site

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """With 60 cases that were made, and as many entries."""
    with running_site(browser, tmp_path_factory.mktemp("audited")) as site:
        for _ in range(60):
            site.records.cases.CreateCase(pb.CreateCaseRequest(case=case(title="Audited")))
        with Client.connect(site.records.address) as client:  # the edge tells records a moment later
            while len(list(client.audit(WhichEntries(action="CaseService/CreateCase")))) < 60:
                time.sleep(0.05)
        yield site


def entries(page: Opened) -> Locator:
    return page.page.locator(".entry")


@pytest.mark.parametrize("width", [1280, 390])
def test_entries_are_listed_chosen_and_proved(server: Site, width: int, tmp_path: Path) -> None:
    with server.opened("audit#action=CaseService%2FCreateCase", width=width) as page:
        page.says("Unbroken, up to the newest entry")
        expect(entries(page)).to_have_count(50)
        page.press("Older entries")
        expect(entries(page)).to_have_count(60)
        first = entries(page).first
        expect(first).to_contain_text("done")
        deed = first.locator(".deed button")
        expect(deed).to_have_text("Case created")
        expect(deed).to_have_attribute("title", "Only entries with CaseService/CreateCase")
        target = first.locator(".targets button").first.inner_text()
        assert target.startswith("case_id:case_")
        first.locator(".targets button").first.click()
        expect(entries(page)).to_have_count(1)
        page.page.get_by_label("Outcome").select_option("PERMISSION_DENIED")
        page.says("No entry is like this")
        page.page.go_back()
        expect(entries(page)).to_have_count(1)
        page.page.reload()  # the address has it all
        expect(entries(page)).to_have_count(1)
        entries(page).first.get_by_text("Details").click()
        expect(entries(page).first.locator(".facts dd", has_text=re.compile(r"^127\.0\.0\.1$"))).to_be_visible()
        expect(entries(page).first.locator(".facts")).to_contain_text("CaseService/CreateCase")
        assert page.axe() == []
        assert page.page.evaluate("document.documentElement.scrollWidth") <= width
        page.press("All entries")
        with page.page.expect_download() as saving:
            page.press("Save the whole log")
        saving.value.save_as(tmp_path / "audit.jsonl")
        assert saving.value.suggested_filename == "audit.jsonl"
        written = (tmp_path / "audit.jsonl").read_bytes()
        assert broken_at(written) is None
        assert written.count(b"CaseService/CreateCase") >= 60


def test_a_place_that_was_noted_must_still_be_there(server: Site) -> None:
    with server.opened("audit") as page:
        noted = page.page.get_by_label("The newest entry and its hash")
        number, _, digest = noted.input_value().partition(":")
        page.page.get_by_text("Compare with a place").click()
        field = page.page.get_by_label("Place that was noted")
        field.fill("12:zz")
        page.says("64 hexadecimal digits")
        expect(page.button("Check")).to_be_disabled()
        field.fill(f"{number}:{digest}")
        page.press("Check")
        page.says("Unbroken")
        field.fill(f"{number}:{64 * '0'}")
        page.press("Check")
        page.says("The log was changed")
        page.says("another than the one that was noted")


def test_the_page_speaks_french(server: Site) -> None:
    with server.opened("audit?lang=fr#action=CaseService%2FCreateCase", width=390) as page:
        page.says("Intact, jusqu")
        expect(entries(page).first).to_contain_text("fait")
        expect(entries(page).locator(".deed").first).to_have_text("Cas créé")
        page.page.get_by_label("Quoi", exact=True).fill("CaseService/DeleteCase")
        page.page.keyboard.press("Enter")
        page.says("Aucune entrée ne correspond")
        assert page.axe() == []


def test_what_is_left_stands_behind_a_name_and_who_audits_sees_who_did_what(browser: Browser, tmp_path: Path) -> None:
    quotas = tmp_path / "quotas.toml"
    quotas.write_text(
        "[default]\nimages_per_day = 200\nbytes_per_day = 5_000_000_000\nqueued_images = 40\n"
        "[groups.radiology]\nimages_per_day = 20_000\n"
    )
    with login_site(browser, tmp_path / "records", quotas_file=quotas) as place:
        with place.opened("verify?lang=en") as page:
            page.log_in("educator")
            page.page.wait_for_url(f"{place.url}verify?lang=en")
            page.page.locator(".account summary").click()
            page.says("Images left today: 200 of 200")
            page.says("Data left today: 5 GB of 5 GB")
            page.says("Images at a time, free now: 40 of 40")
            assert page.axe() == []
        with place.opened("audit?lang=en") as page:
            page.log_in("auditor")
            page.page.wait_for_url(f"{place.url}audit?lang=en")
            page.page.get_by_label("What").fill("login")
            page.page.keyboard.press("Enter")
            entries(page).first.wait_for()

            def both() -> bool:
                page.page.keyboard.press("Enter")  # of a search that has not changed
                page.settled()
                return entries(page).count() == 2

            page.until(both)  # an entry is written a moment later
            expect(entries(page).nth(1)).to_contain_text("educator")
            entries(page).nth(1).locator(".person button").click()
            expect(entries(page)).to_have_count(1)
