"""The page of bulk jobs, from the form to the end of a job, as whoever works on it tells it."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from mammoganesis.v1 import bulk_pb2
from mammoganesis.v1 import bulk_service_pb2 as pb
from services.bulk.document import read_job
from tests.support.browser import LOST, SCREENS, Opened
from tests.support.site import Site

pytestmark = pytest.mark.browser


UNCOVERED = """(element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    const places = [[left + 2, top + 2], [right - 2, top + 2], [left + 2, bottom - 2], [right - 2, bottom - 2]];
    const at = [...places, [(left + right) / 2, (top + bottom) / 2]].map(([x, y]) => document.elementFromPoint(x, y));
    return at.filter((found) => !element.contains(found)).map((found) => found?.outerHTML.slice(0, 80) ?? "nothing");
}"""
"""What lies over an element's corners and its middle."""


@pytest.fixture
def server(site: Site) -> Iterator[Site]:
    """Every job of a test ends with it."""
    yield site
    bulk = site.records.bulk
    for job in bulk.ListJobs(pb.ListJobsRequest(page_size=200)).jobs:
        if bulk.CancelJob(pb.CancelJobRequest(job_id=job.job_id)).job.state == pb.JOB_STATE_CANCELLING:
            raise AssertionError(f"{job.job_id} is still worked on")


def asked(site: Site, title: str = "Teaching", **fields: Any) -> pb.Job:
    document = bulk_pb2.BulkJob(format="mammoganesis-bulk", format_version=1, title=title, **({"count": 40} | fields))
    return site.records.bulk.CreateJob(pb.CreateJobRequest(token=secrets.token_hex(16), job=document)).job


def fetched(site: Site, page: Opened, before: str = "") -> pb.GetJobResponse:
    """The job on show; `before`: the id of the one that was until now."""

    def shown() -> str:
        return "".join(re.findall(r"job_[0-9a-f]{32}", page.page.url)).replace(before, "")

    return site.records.bulk.GetJob(pb.GetJobRequest(job_id=page.until(shown)))


def field(page: Opened, name: str) -> Locator:
    return page.page.get_by_role("textbox", name=name, exact=True)


def choose(page: Opened, name: str, option: str) -> None:
    page.page.get_by_label(name, exact=True).select_option(label=option)


def test_a_form_becomes_a_job(server: Site) -> None:
    with server.opened("jobs") as page:
        page.says("No job here yet.")
        page.says("Nobody works on jobs at the moment")
        page.is_fine()
        page.press("New job")
        choose(page, "Images by", "table: so many of each kind")
        field(page, "Images").nth(0).fill("30")
        page.press("Remove: Kind 2")
        page.press("Add an edit")
        choose(page, "How far", "normal distribution")
        field(page, "Mean (SD)").fill("1.5")
        choose(page, "Format", "DICOM secondary capture, 12 bits")
        choose(page, "Files", "DICOM studies")
        field(page, "Images of one study").fill("4")
        field(page, "Title").fill("Dense breasts")
        field(page, "Destination").fill("teaching/dense")
        page.is_fine()
        page.press("Start: 30 images")
        page.says("It is the next one.")
        found = fetched(server, page)
        page.is_fine()
    document = found.document
    assert (found.job.title, found.job.images) == ("Dense breasts", 30)
    assert found.job.destination.endswith("/bulk/teaching/dense")
    assert document.edits[0].sigmas.normal.mean == 1.5
    assert document.edits[0].probability == 0.35
    assert (document.layout, document.images_per_study) == (bulk_pb2.BULK_LAYOUT_DICOM_STUDIES, 4)
    assert not document.picture.unmarked


def test_a_number_that_is_none_is_said_at_its_field_and_what_the_server_refuses_below(server: Site) -> None:
    with server.opened("jobs#new", expected=LOST) as page:
        field(page, "Truncation ψ").fill("7")
        page.says("A number from 0 to 2.")
        field(page, "Truncation ψ").fill("1")
        field(page, "Destination").fill("/etc/cron.d/x")
        page.press("Start: 100 images")
        page.says("job.destination: '/etc/cron.d/x' is not allowed")
        page.is_fine()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(("language", "start"), [("en", "Start: 100 images"), ("fr", "Commencer : 100 images")])
def test_a_refused_job_is_told_once_beside_its_button_and_nothing_is_covered(
    server: Site, language: str, start: str, width: int
) -> None:
    with server.opened(f"jobs?lang={language}#new", expected=LOST, width=width) as page:
        field(page, "Destination").fill("/etc/cron.d/x")
        page.press(start)
        told = page.page.get_by_text("job.destination: '/etc/cron.d/x' is not allowed")
        expect(told).to_have_count(1)
        expect(told).to_be_in_viewport(ratio=1)
        button = page.button(start)
        expect(button).to_be_in_viewport(ratio=1)
        assert button.evaluate(UNCOVERED) == []
        alert = page.page.get_by_role("alert").and_(page.page.locator(":visible"))
        alert.evaluate(
            "(element) => element.scrollIntoView({ block: 'center' })"
        )  # where its last line is below a phone's
        assert alert.evaluate(UNCOVERED) == []
        page.is_fine()


def test_what_is_wrong_with_a_file_is_told_beside_the_button_that_took_it(server: Site, tmp_path: Path) -> None:
    (tmp_path / "no.json").write_text("{")
    with server.opened("jobs#new") as page:
        page.opens("Import a document", tmp_path / "no.json")
        told = page.page.get_by_role("alert").and_(page.page.locator(":visible"))
        expect(told).to_have_count(1)
        expect(told).to_contain_text("no.json")
        expect(told).to_be_in_viewport(ratio=1)


def test_how_far_a_job_is_and_how_it_ends(server: Site) -> None:
    job, runner = asked(server), server.records.runner()
    with server.opened(f"jobs#job={job.job_id}") as page:
        page.says("It is the next one.")
        runner.take()
        runner.report(job.job_id, done=10, images_per_second=2.5, trouble="the store does not answer")
        page.says("10 of 40 images · 2.5 images/s · 12 s left")
        page.says("It waits. The server says: the store does not answer")
        page.is_fine()
        page.press("Cancel the job")
        page.says("Images that are there stay: 10 by now.")
        page.is_fine()
        page.page.get_by_role("dialog").get_by_role("button", name="Cancel the job").click()
        page.says("is ending")
        assert runner.report(job.job_id, done=16).cancel
        runner.report(job.job_id, done=20, ended=pb.JOB_STATE_CANCELLED)
        page.page.get_by_role("status").get_by_text("cancelled", exact=True).wait_for()
        page.is_fine()
        _, data = page.download("Export the document")
        assert read_job(data.decode()).count == 40
        page.press("Go on")
        page.says("It is the next one.")
        again = fetched(server, page, job.job_id)
    assert again.job.destination == job.destination


def test_why_a_job_failed(server: Site) -> None:
    job, runner = asked(server, "Broken"), server.records.runner()
    runner.take()
    runner.report(job.job_id, done=3, ended=pb.JOB_STATE_FAILED, reason="the disk is full")
    with server.opened("jobs") as page:
        card = page.page.locator(".card", has_text="Broken")
        expect(card.get_by_text("It could not go on. The server says: the disk is full")).to_be_visible()
        card.get_by_role("button", name="Open: Broken").click()
        page.says("with 3 images")
        page.is_fine()


def test_reasons_are_in_the_language_of_the_page(server: Site) -> None:
    """What waits, what has failed, and what happened; of a runner that gives no code the English, marked as such."""
    job, runner = asked(server, "Vide"), server.records.runner()
    runner.take()
    away = pb.JobReason(code="server_away")
    runner.report(job.job_id, done=3, trouble="sampling is not available", coded_trouble=away)
    with server.opened(f"jobs?lang=fr#job={job.job_id}") as page:
        page.says("Il attend. Une partie du serveur ne répond pas.")
        page.is_fine()
        why = pb.JobReason(code="store_refuses", values={"place": "s3://lots/vide", "text": "AccessDenied"})
        runner.report(job.job_id, done=3, ended=pb.JOB_STATE_FAILED, reason="not allowed", coded_reason=why)
        page.says("L’espace de stockage refuse : s3://lots/vide. Il répond : AccessDenied")  # noqa: RUF001
        expect(page.page.locator(".events .note")).to_have_text(re.compile("stockage refuse"))
        assert page.page.locator("main [lang=en]").count() == 0
        page.is_fine()
    old = asked(server, "Ancien")
    runner.take()
    runner.report(old.job_id, done=3, ended=pb.JOB_STATE_FAILED, reason="something of before")
    with server.opened(f"jobs?lang=fr#job={old.job_id}") as page:
        page.says("Le serveur précise, en anglais :")
        expect(page.page.locator("[lang=en]").get_by_text("something of before")).to_have_count(2)
        page.is_fine()


@pytest.mark.parametrize("width", SCREENS)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_part_in_each_language_and_width(server: Site, width: int, language: str) -> None:
    job, runner = asked(server, "Un titre assez long pour une petite page, " * 2), server.records.runner()
    runner.take()
    runner.report(job.job_id, done=10, images_per_second=2.5)
    waiting = asked(server, "")
    with server.opened(f"jobs?lang={language}", width=width) as page:
        page.page.locator(".card progress").first.wait_for()
        page.is_fine()
        page.page.goto(f"{server.url}jobs?lang={language}#job={job.job_id}")
        page.page.locator(".job progress").wait_for()
        page.is_fine()
        page.page.goto(f"{server.url}jobs?lang={language}#new")
        page.page.locator("#job-changes").wait_for()
        page.page.locator("[aria-labelledby=job-changes] .button").first.click()
        page.is_fine()
    runner.report(job.job_id, done=40, ended=pb.JOB_STATE_DONE)
    assert waiting.before == 1


def test_by_keyboard_alone(server: Site) -> None:
    asked(server, "By keys")
    with server.opened("jobs") as page:
        page.says("By keys")
        page.page.keyboard.press("Tab")
        page.page.keyboard.press("Enter")  # to the controls
        for _ in range(20):
            page.page.keyboard.press("Tab")
            if page.page.evaluate("document.activeElement.getAttribute('aria-label')") == "Open: By keys":
                break
        page.page.keyboard.press("Enter")
        page.says("All jobs")
        page.button("Cancel the job").focus()
        page.page.keyboard.press("Enter")
        page.page.get_by_role("dialog").wait_for()
        page.page.keyboard.press("Escape")
        expect(page.button("Cancel the job")).to_be_focused()


def test_a_document_from_a_file(server: Site, tmp_path: Path) -> None:
    made = {"format": "mammoganesis-bulk", "format_version": 1, "title": "By hand", "seeds": {"values": [3, 7]}}
    (tmp_path / "job.json").write_text(json.dumps(made))
    (tmp_path / "other.json").write_text('{"cuont": 3}')
    with server.opened("jobs#new") as page:
        for name in ("other.json", "job.json"):
            with page.page.expect_file_chooser() as chooser:
                page.press("Import a document")
            chooser.value.set_files(tmp_path / name)
            page.says("other.json is no document of a job" if name == "other.json" else "By hand: 2 images. Start it?")
        page.is_fine()
        page.press("Start")
        assert list(fetched(server, page).document.seeds.values) == [3, 7]
