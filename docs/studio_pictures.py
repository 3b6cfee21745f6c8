"""Draws the pictures of pages in docs/images again, from the demo bundle: `python docs/studio_pictures.py` (minutes).

    studio     choosing, editing, strip, difference, regions
    teaching   a screening case, its finding and questions, the quiz on a phone
    jobs       the list of jobs, two of them under way
    audit      the audit log of all that was done here before
    curation   the curation page
    study      a reader study from the list to its results, and the size of a study
    reading    what a reader sees

A studio of its own is started, with records in a folder that goes again. Cases, jobs and studies are made anew by
pressing what a person presses; answers of readers are drawn at random. Studies take simulated mammograms (M-SYNTH) for
real ones, from --reals; where that folder is not there, the pictures of `study` and `reading` stay as they are.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import re
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # for tests.support, which has the pages' hands and eyes

from mammoganesis.v1 import bulk_pb2  # noqa: E402
from mammoganesis.v1 import bulk_service_pb2 as jobs_pb  # noqa: E402
from mammoganesis.v1 import studies_pb2 as pb  # noqa: E402
from mammoganesis.v1 import study_design_pb2 as design_pb  # noqa: E402
from tests.support.browser import PLAIN, Opened, chromium, opened  # noqa: E402
from tests.support.reading_page import starts  # noqa: E402
from tests.support.site import Site, running_site  # noqa: E402
from tests.support.studied import (  # noqa: E402
    Reader,
    any_answer,
    odd_one_out,
    prepared,
    rating,
)
from tests.support.studied import design as designed  # noqa: E402
from tests.support.studio_page import Studio  # noqa: E402

IMAGES = ROOT / "docs" / "images"
WIDE, LARGE, PHONE = (1200, 750), (1280, 860), (390, 844)  # windows, pixels
KNOWS = "localStorage.setItem('mammoganesis.introduced', '1')"  # the introduction
WOMAN = 21
SAME_WOMAN = f"""const drawn = crypto.getRandomValues.bind(crypto);
crypto.getRandomValues = (into) => into instanceof Uint32Array ? into.fill({WOMAN}) : drawn(into);"""
"""A new case is of a seed that is drawn: here always of this one."""

DENSITIES = {"fatty": "A", "scattered": "B", "hetero": "C", "dense": "D"}  # in names of M-SYNTH's files
REALS = 40  # images of a study


@dataclass(frozen=True)
class Camera:
    """A studio, and where its pictures go."""

    site: Site
    images: Path
    reals: Path

    @contextmanager
    def at(self, address: str, size: tuple[int, int] = WIDE, *scripts: str) -> Iterator[Studio]:
        """A page of the studio in a window of this size, whose visitor knows the introduction."""
        width = {"width": size[0]} if size == PHONE else {}
        look: dict[str, Any] = {"viewport": {"width": size[0], "height": size[1]}, **width}
        with opened(self.site.browser, Studio, self.site.url, **look) as page:
            for script in scripts or (KNOWS,):
                page.page.add_init_script(script)
            page.page.goto(self.site.url + address)
            yield page

    def take(self, page: Opened, name: str) -> None:
        """The window as it is once nothing in it is being loaded, with 256 colours, as docs/images/NAME.png."""
        page.until(lambda: not page.page.evaluate(LOADING), 300)
        page.page.evaluate("document.activeElement?.blur()")
        page.settled()
        picture = Image.open(io.BytesIO(page.page.screenshot(animations="disabled"))).convert("RGB")
        path = self.images / f"{name}.png"
        picture.quantize(256, Image.Quantize.MAXCOVERAGE, 3, dither=Image.Dither.NONE).save(path, optimize=True)
        print(f"{path}  {path.stat().st_size / 1000:.0f} kB", flush=True)


LOADING = """() => [...document.querySelectorAll('[aria-busy=true], .pane:not([data-ready=true])')].some((e) => {
    const { top, bottom, width } = e.getBoundingClientRect();
    return width > 0 && bottom > 0 && top < innerHeight;
})"""


def main() -> None:
    """Draws all pictures, or those of some groups."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path, default=ROOT / "deploy/bundles/demo", help="default: the demo's")
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
    os.chdir(ROOT)
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
    with camera.at("#screen=edit&seed=13", LARGE) as page:
        edited(page, {"size": "0.6", "scattered density": "1"})
        camera.take(page, "studio")
    with camera.at("#screen=edit&seed=13&mode=expert&strip=name:size") as page:
        edited(page, {"size": "-1"})
        page.until(lambda: page.page.locator(".strip img").count() == 7)
        camera.take(page, "studio_strip")
    with camera.at("#screen=edit&seed=13") as page:
        edited(page, {"size": "0.6", "scattered density": "1"})
        page.page.get_by_label("Compare", exact=True).select_option(label="difference")
        page.drawn()
        camera.take(page, "studio_difference")
    with camera.at("#screen=edit&seed=13&tab=region&overlay=regions") as page:
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
        box = page.page.locator(".pane").first.bounding_box()
        assert box
        x, y = box["x"] + box["width"] * 0.72, box["y"] + box["height"] * 0.5
        page.page.mouse.move(x, y)
        page.page.mouse.down()
        page.page.mouse.move(x + 45, y + 35, steps=4)
        page.page.mouse.up()
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


def real_images(folder: Path, target: Path) -> None:
    """Simulated mammograms as files of a study, with a manifest."""
    lines = ["file,patient_id,view,density"]
    for number, path in enumerate(islice(sorted(folder.glob("*.jpg")), REALS)):
        name, kind = f"sim{number:03}.png", re.findall("D([a-z]+)", path.name)[0]
        picture = Image.open(path).convert("L")
        picture.thumbnail((512, 512), Image.Resampling.BOX)
        picture.save(target / name)
        lines.append(f"{name},S{number:03},CC,{DENSITIES[kind]}")
    (target / "manifest.csv").write_text("\n".join(lines), encoding="utf-8")


def photograph_study(camera: Camera) -> None:
    """The paper's Turing test in small, from the list to its results, and how large a study has to be."""
    studies = camera.site.records.studies
    with tempfile.TemporaryDirectory() as folder, camera.at("study") as page:
        real_images(camera.reals, Path(folder))
        page.page.get_by_role("button", name=re.compile("^The paper.s Turing test")).click()
        page.until(lambda: "study=" in page.page.url)
        (study_id,) = re.findall(r"study_[0-9a-f]{32}", page.page.url)
        for name, value in {"Images that readers see": "40", "Generated images made": "100"}.items():
            page.field(name).fill(value)
        page.page.get_by_text("A given number of each instead of chance").click()
        for name, value in {"real": "20", "generated, not edited": "13", "generated and edited": "7"}.items():
            page.field(name).fill(value)
        page.field("Number of answers").nth(1).fill("4")
        page.page.locator(".saving-state.saved").wait_for()
        page.page.get_by_role("heading", name="What readers do").evaluate("e => e.scrollIntoView()")
        camera.take(page, "study_design")
        page.page.get_by_role("tab", name=re.compile("Real images")).click()
        with page.page.expect_file_chooser() as chooser:
            page.press("Choose a folder")
        chooser.value.set_files(folder)
        page.press(f"Add {REALS} images")
        page.until(lambda: page.page.locator(".reals img").count() >= 12, 300)
        page.says(f"{REALS} real images")
        page.page.evaluate("scrollTo(0, 0)")
        camera.take(page, "study_images")
        page.page.get_by_role("tab", name=re.compile("Prepare and open")).click()
        page.press("Prepare the study")
        page.page.get_by_text("40 images, drawn at random").wait_for(timeout=300_000)
        camera.take(page, "study_ready")
    told = studies.GetStudy(pb.GetStudyRequest(study_id=study_id)).study
    studies.OpenStudy(pb.OpenStudyRequest(study_id=study_id, protocol_hash=told.protocol_hash))
    people = [
        Reader.invited(camera.site.records, study_id, f"Dr {name}") for name in ("Weiss", "Kiss", "Moreau", "Lang")
    ]
    for number, reader in enumerate(people[:3]):
        reader.begin()
        reads(reader, number, 17 if number == 2 else None)
    with camera.at("study") as page:
        page.says("2 of 4 readers have finished")
        camera.take(page, "study_list")
        page.page.goto(f"{page.url}study#study={study_id}&part=readers")
        page.says("Dr Lang")
        camera.take(page, "study_readers")
    people[3].begin()
    for number in (2, 3):
        reads(people[number], number)
    studies.CloseStudy(pb.CloseStudyRequest(study_id=study_id))
    with camera.at(f"study#study={study_id}&part=results") as page:
        page.page.get_by_role("group", name="Results of").wait_for(timeout=300_000)
        page.says("95% interval")
        camera.take(page, "study_results")
        page.page.goto(f"{page.url}study#size=difference&auc=0.65")
        page.page.locator("svg").first.wait_for()
        page.says("Probability of showing it")
        camera.take(page, "study_size")


def reads(reader: Reader, number: int, trials: int | None = None) -> None:
    """So many trials, all that are left by default, with answers that are drawn, other ones for each reader."""
    chance, reading = random.Random(number), reader.open()
    while reading.stage == pb.READING_STAGE_TRIALS and trials != 0:
        trial = reading.trials[0]
        answer = any_answer(trial)
        if trial.WhichOneof("asked") == "rating":
            answer.rating.confidence = chance.randint(1, 6)
        else:
            answer.chosen = chance.randrange(6)
        reading = reader.answer(trial.trial_id, answer).reading
        trials = None if trials is None else trials - 1


def photograph_reading(camera: Camera) -> None:
    """A reader's screens: the card, one image, six images, places in an image."""
    marks = design_pb.StudyTask(name="Places", trials=20, location=design_pb.LocationTask(places=3))
    tasks = {"one": rating(trials=1), "six": odd_one_out(trials=1), "places": marks}
    made = designed(real=20, synthesised=13, edited=7, title="Reading mammograms, 2026")
    made.display.MergeFrom(design_pb.StudyDisplay(dark_milliseconds=50, image_millimetres=120, distance_asked=True))
    del made.phases[:]
    made.phases.extend(design_pb.StudyPhase(name=name, tasks=[task]) for name, task in tasks.items())
    studies = camera.site.records.studies
    study = studies.CreateStudy(pb.CreateStudyRequest(design=made)).study
    with tempfile.TemporaryDirectory() as folder:
        real_images(camera.reals, Path(folder))
        for path in sorted(Path(folder).glob("*.png")):
            real = design_pb.StudyReal(name=path.name, patient_id=path.stem)
            studies.AddReal(pb.AddRealRequest(study_id=study.study_id, real=real, data=path.read_bytes()))
    study = prepared(camera.site.records, study.study_id)
    studies.OpenStudy(pb.OpenStudyRequest(study_id=study.study_id, protocol_hash=study.protocol_hash))
    token = Reader.invited(camera.site.records, study.study_id).token
    with camera.at(f"reading#{token}", LARGE) as page:
        page.page.get_by_role("checkbox").check()
        page.press("Go on", "Go on")
        page.page.get_by_role("slider", name="Width of the card").fill("324")
        page.page.get_by_label("Distance from your eyes").fill("60")
        camera.take(page, "reading_card")
        page.press("Begin")
        for name, keys in READ.items():
            starts(page)
            for key in keys:
                page.page.keyboard.press(key)
            camera.take(page, f"reading_{name}")
            page.page.keyboard.press("Enter")


READ = {
    "rating": ("2",),
    "six": ("3",),
    "location": ("ArrowRight", "ArrowRight", "Space", "ArrowDown", "ArrowDown", "ArrowRight", "Space", "5"),
}
GROUPS: dict[str, Callable[[Camera], None]] = {
    "studio": photograph_studio,
    "teaching": photograph_teaching,
    "jobs": photograph_jobs,
    "audit": photograph_audit,
    "curation": photograph_curation,
    "study": photograph_study,
    "reading": photograph_reading,
}
NEEDING_REALS = ("study", "reading")

if __name__ == "__main__":
    main()
