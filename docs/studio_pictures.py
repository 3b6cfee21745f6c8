"""Draws the pictures of pages in docs/images again, from the demo bundle: `python -m docs.studio_pictures` (minutes).

    studio     choosing, editing, strip, difference, regions
    teaching   a screening case, its finding and questions, the quiz on a phone
    jobs       the list of jobs, two of them under way
    audit      the audit log of all that was done here before
    curation   the curation page
    study      a reader study from the list to its results, and the size of a study
    places     results of a study in which readers marked what looks wrong
    reading    what a reader sees

A studio of its own is started, with records in a folder that goes again. Cases, jobs and studies are made anew by
pressing what a person presses; answers of readers are drawn at random. Studies take simulated mammograms (M-SYNTH) for
real ones, from --reals; where that folder is not there, the pictures of these three stay as they are.
"""

from __future__ import annotations

import argparse
import os
import re
import secrets
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from docs.page_camera import KNOWS, LARGE, PHONE, WIDE, Camera
from docs.study_pictures import photograph_places, photograph_reading, photograph_study
from mammoganesis.v1 import bulk_pb2
from mammoganesis.v1 import bulk_service_pb2 as jobs_pb
from tests.places import DEMO_BUNDLE, ROOT
from tests.support.browser import PLAIN, chromium
from tests.support.site import running_site
from tests.support.studio_page import Studio

IMAGES = ROOT / "docs" / "images"
WOMAN = 21
SAME_WOMAN = f"""const drawn = crypto.getRandomValues.bind(crypto);
crypto.getRandomValues = (into) => into instanceof Uint32Array ? into.fill({WOMAN}) : drawn(into);"""
"""A new case is of a seed that is drawn: here always of this one."""


def main() -> None:
    """Draws all pictures, or those of some groups."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path, default=DEMO_BUNDLE, help="default: the demo's")
    parser.add_argument(
        "--reals",
        type=Path,
        default=Path(os.environ.get("MAMMOGRAMS", ROOT.parent / "shared" / "data")) / "msynth-simulated",
        help="folder of M-SYNTH's JPEG files (CC0); default: ../shared/data/msynth-simulated",
    )
    parser.add_argument("--only", choices=GROUPS, action="append", help="one group, may be given again; default: all")
    parser.add_argument("--out", type=Path, default=IMAGES, help="folder of the pictures; default: docs/images")
    given = parser.parse_args()
    groups = [group for group in GROUPS if group in (given.only or GROUPS)]
    if not given.reals.is_dir():
        print(
            f"{given.reals} is not there: pictures of {' and '.join(NEEDING_REALS)} stay as they are", file=sys.stderr
        )
        groups = [group for group in groups if group not in NEEDING_REALS]
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        try:
            browser = chromium(playwright, *PLAIN)
        except pytest.skip.Exception as lacking:
            print(f"{lacking}: the pictures of pages stay as they are", file=sys.stderr)
            return
        with running_site(browser, Path(folder), given.bundle.resolve()) as site:
            for group in groups:
                GROUPS[group](Camera(site, given.out.resolve(), given.reals))
        browser.close()


def photograph_studio(camera: Camera) -> None:
    """Of docs/studio.md, up to what is looked at."""
    with camera.at("", WIDE, "") as page:
        dialog = page.page.locator("dialog[open]")
        page.until(lambda: dialog.locator(".examples img").count() == 12, 300)
        dialog.locator("path").first.wait_for()
        camera.take(page, "studio_introduction")
    with camera.at("") as page:
        page.page.locator(".seeds img").nth(20).wait_for()
        camera.take(page, "studio_start")
    with camera.at("#screen=edit&seed=13&view=CC", LARGE) as page:
        edited(page, {"size": "0.6", "scattered density": "1"})
        camera.take(page, "studio")
    with camera.at("#screen=edit&seed=13&view=CC&mode=expert&strip=name:size") as page:
        edited(page, {"size": "-1"})
        page.until(lambda: page.page.locator(".strip img").count() == 7)
        camera.take(page, "studio_strip")
    with camera.at("#screen=edit&seed=13&view=CC") as page:
        edited(page, {"size": "0.6", "scattered density": "1"})
        page.page.get_by_label("Compare", exact=True).select_option(label="difference")
        page.drawn()
        camera.take(page, "studio_difference")
    with camera.at("#screen=edit&seed=13&view=CC&tab=region&overlay=regions") as page:
        page.shown().field("Reference seed").fill("8")
        page.button("central").click()
        page.until(lambda: len(page.recipe().style_transfers) == 1)
        page.shown().page.evaluate("scrollTo(0, 0)")
        camera.take(page, "studio_region")


def edited(page: Studio, sigmas: dict[str, str]) -> None:
    """Directions moved one after the other, each a step of the history."""
    for steps, (name, value) in enumerate(sigmas.items(), 2):
        page.shown().slider(name).fill(value)
        page.until(lambda steps=steps: page.page.locator(".history li").count() == steps)
    page.shown()
    page.page.locator(".useful").first.wait_for()


def photograph_teaching(camera: Camera) -> None:
    """A case from its beginning to a taker's phone."""
    with camera.at("cases", WIDE, KNOWS, SAME_WOMAN) as page:
        page.page.get_by_role("button", name="Screening case").click()
        camera.take(page.drawn(), "case_images")
        page.page.get_by_label("Title").fill("Asymmetric density, right breast")
        page.page.get_by_role("tab", name="Findings").click()
        page.press("Ellipse")
        page.drag((0.72, 0.5), (0.84, 0.65))
        page.page.get_by_label("Name").fill("Mass")
        camera.take(page, "case_finding")
        page.page.get_by_role("tab", name="Questions").click()
        page.press("Mark the finding", "BI-RADS category")
        right = page.page.get_by_role("checkbox", name=re.compile("^4: "))
        right.check()
        right.evaluate("e => e.scrollIntoView({block: 'center'})")
        camera.take(page, "case_questions")
        page.press("Publish as a quiz", "Publish")
        link = page.page.get_by_label("Link to the quiz").input_value()
        camera.take(page, "case_published")
    with camera.at(link.removeprefix(camera.site.url), PHONE) as page:
        page.press("Start")
        page.drawn().press("Point")
        box = page.page.locator(".pane").first.bounding_box()
        assert box
        page.page.touchscreen.tap(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.52)
        page.says("Place 1: ")
        camera.take(page, "quiz_phone")


def photograph_jobs(camera: Camera) -> None:
    """Jobs of which one is done, one runs and one waits, as their worker tells it."""
    bulk, runner = camera.site.records.bulk, camera.site.records.runner()
    titles = {"Screening set, CC and MLO": 200, "Denser and as they come": 2000, "Slides for Monday": 24}
    asked = []
    for number, (title, images) in enumerate(titles.items(), 1):
        document = bulk_pb2.BulkJob(format="mammoganesis-bulk", format_version=1, title=title, count=images)
        document.destination = f"s3://teaching/mammograms/set-{number}"
        request = jobs_pb.CreateJobRequest(token=secrets.token_hex(16), job=document)
        asked.append(bulk.CreateJob(request).job.job_id)
    runner.take()
    runner.report(asked[0], done=200, ended=jobs_pb.JOB_STATE_DONE)
    runner.take()
    runner.report(asked[1], done=740, images_per_second=6.5)
    with camera.at("jobs") as page:
        page.says("740 of 2,000 images")
        camera.take(page, "jobs")
    for job_id in asked[1:]:
        bulk.CancelJob(jobs_pb.CancelJobRequest(job_id=job_id))
    runner.report(asked[1], done=740, ended=jobs_pb.JOB_STATE_CANCELLED)


def photograph_audit(camera: Camera) -> None:
    """What the groups before have left in the log."""
    with camera.at("audit") as page:
        page.says("Unbroken, up to the newest entry")
        camera.take(page, "audit")


def photograph_curation(camera: Camera) -> None:
    """The first component and its strips."""
    with camera.at("curate", LARGE) as page:
        page.page.locator("#component-0 img").nth(20).wait_for()
        camera.take(page, "curation")


GROUPS: dict[str, Callable[[Camera], None]] = {
    "studio": photograph_studio,
    "teaching": photograph_teaching,
    "jobs": photograph_jobs,
    "audit": photograph_audit,
    "curation": photograph_curation,
    "study": photograph_study,
    "places": photograph_places,
    "reading": photograph_reading,
}
NEEDING_REALS = ("study", "places", "reading")

if __name__ == "__main__":
    main()
