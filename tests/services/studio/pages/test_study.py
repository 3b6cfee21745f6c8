"""The page for who runs a reader study, from a preset to the results."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from mammoganesis.v1 import studies_pb2 as pb
from mammoganesis.v1 import study_design_pb2 as design_pb
from tests.support.browser import LOST, SCREENS, Opened
from tests.support.site import Site
from tests.support.studied import Reader, created, design, opened, rating, real_png

pytestmark = pytest.mark.browser


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twelve real images of six patients, a manifest that names one more, and a file that is none."""
    reals = tmp_path / "reals"
    reals.mkdir()
    lines = ["file;patient_id;view;side"]
    for i in range(12):
        (reals / f"real{i:03}.png").write_bytes(real_png(i))
        lines.append(f"real{i:03}.png;P{i // 2};{'CC' if i % 2 else 'MLO'};{'L' if i % 2 else 'R'}")
    (reals / "manifest.csv").write_text("\ufeff" + "\r\n".join([*lines, "gone.png;P9;CC;L"]), encoding="utf-8")
    (reals / "notes.txt").write_text("not an image")
    return reals


def test_the_size_of_a_study_is_asked_for_again_while_nobody_answers(site: Site) -> None:
    answer = "**/mammoganesis.v1.ReaderStudyService/SizeStudy"
    with site.opened(expected=LOST) as page:
        page.page.route(answer, lambda route: route.abort())
        page.page.goto(f"{site.url}study")
        page.press("Size of a study")
        page.says("The studio does not answer; trying again")
        page.page.unroute(answer)
        page.page.get_by_role("table").first.wait_for()
        expect(page.page.get_by_text("does not answer")).to_have_count(0)


def study_id_of(page: Opened) -> str:
    page.until(lambda: "study=" in page.page.url)
    return re.findall(r"study_[0-9a-f]{32}", page.page.url)[0]


def field(page: Opened, name: str) -> Locator:
    return page.page.get_by_role("textbox", name=name, exact=True)


def part(page: Opened, name: str) -> None:
    page.page.get_by_role("tab", name=re.compile(name)).click()


def fetched(site: Site, study_id: str) -> pb.GetStudyResponse:
    return site.records.studies.GetStudy(pb.GetStudyRequest(study_id=study_id))


def saved(page: Opened) -> None:
    page.page.locator(".saving-state.saved").wait_for()


def test_from_a_preset_to_an_open_study(study_site: Site, folder: Path) -> None:
    with study_site.opened("study") as page:
        page.page.get_by_role("button", name=re.compile("^The paper.s Turing test")).click()
        study_id = study_id_of(page)
        page.says("No real image has been given yet.")
        page.is_fine()
        field(page, "Title").fill("Told apart")
        field(page, "Images that readers see").fill("12")
        field(page, "Generated images made").fill("20")
        page.page.get_by_text("A given number of each instead of chance").click()
        for name, count in {"real": 8, "generated, not edited": 3, "generated and edited": 1}.items():
            field(page, name).fill(str(count))
        field(page, "Number of answers").nth(1).fill("9")
        saved(page)

        part(page, "Real images")
        with page.page.expect_file_chooser() as chooser:
            page.press("Choose a folder")
        chooser.value.set_files(folder)
        page.says("The manifest names gone.png, which was not chosen.")
        page.says("notes.txt")
        page.is_fine()
        page.press("Add 12 images")
        page.says("12 real images")
        page.says("of 6 patients")
        page.until(lambda: page.page.locator(".reals img").count() == 12)
        page.press("Remove: real011.png")
        page.says("11 real images")
        page.is_fine()

        part(page, "Design")
        page.says("9 trials of 6 images, nothing twice, need 45 different real images")
        page.is_fine()
        part(page, "Prepare and open")
        assert page.button("Prepare the study").is_disabled()
        page.is_fine()
        page.press("To the design")
        page.press("Remove: Find the generated one")
        saved(page)
        part(page, "Prepare and open")
        page.press("Prepare the study")
        page.says("12 images, drawn at random")
        page.is_fine()
        ready = fetched(study_site, study_id)
        assert page.page.get_by_label("Protocol hash (SHA-256)").input_value() == ready.study.protocol_hash
        page.press("Open the study")
        dialog = page.page.get_by_role("dialog")
        expect(dialog.get_by_text(ready.study.protocol_hash)).to_be_visible()
        assert dialog.get_by_role("button", name="Open the study").is_disabled()
        page.is_fine()
        dialog.get_by_text("I have read the protocol").click()
        dialog.get_by_role("button", name="Open the study").click()
        page.says("Nobody has been invited yet.")
    whole = fetched(study_site, study_id)
    assert whole.study.state == pb.STUDY_STATE_OPEN
    assert whole.design.title == "Told apart"
    assert whole.composition == design_pb.StudyComposition(real=8, synthesised=3, edited=1)
    assert {(real.patient_id, real.view, real.side) for real in whole.reals[:2]} == {("P0", 2, 2), ("P0", 1, 1)}
    assert len(whole.reals) == 11


@pytest.mark.parametrize("width", SCREENS)
def test_every_part_of_a_study_fits_the_screen(study_site: Site, width: int) -> None:
    study = created(study_site.records, design(rating(practice=2)), reals=10)
    for i in range(3):
        Reader.invited(study_site.records, study.study_id, f"Dr Reader of some long name {i}")
    with study_site.opened(f"study#study={study.study_id}", width=width) as page:
        for name in ("Design", "Real images", "Prepare and open", "Readers", "Results"):
            part(page, name)
            page.settled().is_fine()
        page.press("All studies")
        page.page.get_by_role("button", name="Open: Told apart").first.wait_for()
        page.is_fine()


def test_what_is_refused_is_said_at_its_field_and_nothing_is_lost(study_site: Site) -> None:
    study = created(study_site.records, design(), reals=1)
    with study_site.opened(f"study#study={study.study_id}", expected=LOST) as page:
        title = field(page, "Title")
        title.fill("")
        page.page.locator('.said[data-field="title"]').get_by_text("is not allowed").wait_for()
        page.is_fine()
        page.says("Not saved.")
        title.fill("Told apart again")
        saved(page)
        psi = field(page, "Truncation ψ")
        psi.fill("3")
        page.says("A number from 0 to 2.")
        page.is_fine()
        page.press("Undo")
        assert title.input_value() == "Told apart"
    assert fetched(study_site, study.study_id).design.generation.truncation_psi == 0.65


def test_a_design_is_a_document(study_site: Site, tmp_path: Path) -> None:
    study = created(study_site.records, design(rating(practice=2)), reals=1)
    with study_site.opened(f"study#study={study.study_id}") as page:
        name, content = page.download("Export the document")
        assert name == "told_apart.json"
        document = json.loads(content)
        assert document["phases"][0]["tasks"][0]["practice"] == 2
        document["title"] = "By hand"
        file = tmp_path / "by hand.json"
        file.write_text("\ufeff" + json.dumps(document), encoding="utf-8")
        page.press("All studies")
        with page.page.expect_file_chooser() as chooser:
            page.press("Import a document")
        chooser.value.set_files(file)
        page.page.get_by_role("heading", name="By hand").wait_for()
        made = fetched(study_site, study_id_of(page)).design
        made.title = "Told apart"
        assert made == fetched(study_site, study.study_id).design
        page.press("All studies")
        file.write_text('{"titel": "x"}')
        with page.page.expect_file_chooser() as chooser:
            page.press("Import a document")
        chooser.value.set_files(file)
        page.says("by hand.json is no study document")
        page.is_fine()


def test_readers_are_invited_followed_and_forgotten(study_site: Site) -> None:
    study = opened(study_site.records)
    with study_site.opened(f"study#study={study.study_id}") as page:
        page.page.get_by_label("Name of the reader").fill("Dr First")
        page.page.get_by_label("Name of the reader").press("Enter")
        link = page.page.get_by_label("Link of Dr First").input_value()
        assert link.startswith(f"{study_site.url}reading#")
        page.is_fine()
        page.press("I have kept it")
        reader = Reader(study_site.records, link.rpartition("#")[2])
        reader.begin()
        reader.read_all()
        page.page.reload()
        page.says("12 answers")
        page.says("finished")
        assert link.rpartition("#")[2] not in page.page.content()
        page.is_fine()
        page.press("Forget: R1 Dr First")
        page.page.get_by_role("dialog").get_by_role("button", name="Forget", exact=True).click()
        page.says("name deleted")
        page.press("Revoke: R1")
        page.page.get_by_role("dialog").get_by_role("button", name="Revoke", exact=True).click()
        page.says("link revoked")
        page.is_fine()
        page.press("Close the study")
        page.says("Close this study?")
        page.is_fine()
        page.press("Yes, close it")
        assert fetched(study_site, study.study_id).study.state == pb.STUDY_STATE_OPEN
        page.is_fine()
        page.press("Close for good")
        page.page.get_by_role("table", name=re.compile("^Readers, 95")).wait_for()
        page.is_fine()
        name, answers = page.download("Answers (CSV)")
        assert name == "told_apart_answers.csv"
        assert len(answers.splitlines()) == 1 + 12
        page.press("Images most often recognised and mistaken")
        page.page.locator(".reals img").first.wait_for()
        page.is_fine()
    closed = fetched(study_site, study.study_id)
    assert closed.study.state == pb.STUDY_STATE_CLOSED
    assert closed.readers[0].name == ""
