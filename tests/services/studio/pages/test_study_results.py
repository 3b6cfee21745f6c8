"""The results of a closed study of three phases on its page: every task seen, every file taken away, both languages."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable

import pytest

from mammoganesis.v1 import studies_pb2 as pb
from mammoganesis.v1 import study_design_pb2 as design_pb
from mammoganesis.v1.latents_pb2 import LOCALITY_MASKED
from mammoganesis.v1.style_transfer_pb2 import Point
from tests.support.browser import SCREENS
from tests.support.site import Site
from tests.support.studied import Reader, any_answer, design, opened, rating

pytestmark = pytest.mark.browser


def _phases() -> list[design_pb.StudyPhase]:
    reading = design_pb.StudyTask(name="Ordinary reading", reading={})
    pairs = design_pb.StudyTask(name="Pairs", forced_choice={"images": 2})
    marks = design_pb.StudyTask(name="Marks", location={"places": 2})
    quality = design_pb.StudyTask(name="Quality", quality={})
    return [
        design_pb.StudyPhase(name="unaware", awareness="STUDY_AWARENESS_UNAWARE", tasks=[reading]),
        design_pb.StudyPhase(name="informed", tasks=[rating("Before cues"), pairs, marks, quality]),
        design_pb.StudyPhase(
            name="after", awareness="STUDY_AWARENESS_AFTER_CUES", cues=["Wavy skin"], tasks=[rating("After cues")]
        ),
    ]


def _answer(number: int) -> Callable[[pb.Trial], pb.ReadingAnswer]:
    """Of a reader: other ones than the reader's before."""

    def answer(trial: pb.Trial) -> pb.ReadingAnswer:
        asked, turn = trial.WhichOneof("asked"), trial.number + number
        if asked == "rating":
            return pb.ReadingAnswer(rating=pb.RatingAnswer(confidence=turn % 6 + 1))
        if asked == "location":
            places = [Point(x=0.6 + 0.1 * (turn % 3), y=0.3 + 0.1 * (turn % 5))]
            return pb.ReadingAnswer(location=pb.LocationAnswer(confidence=turn % 6 + 1, places=places))
        if asked == "quality":
            return pb.ReadingAnswer(quality=turn % 5 + 1)
        if asked == "forced_choice":
            return pb.ReadingAnswer(chosen=turn % 2)
        return any_answer(trial)

    return answer


@pytest.fixture(scope="module")
def closed_study_id(study_site: Site) -> str:
    """Read by three, and closed."""
    made = design(real=10, synthesised=3, edited=5, title="Three phases")
    made.generation.locality, made.generation.transfer_probability = LOCALITY_MASKED, 1.0
    del made.phases[:]
    made.phases.extend(_phases())
    study = opened(study_site.records, made, reals=12)
    for number in range(3):
        reader = Reader.invited(study_site.records, study.study_id, f"Dr {number}")
        reader.begin()
        reader.read_all(_answer(number))
    study_site.records.studies.CloseStudy(pb.CloseStudyRequest(study_id=study.study_id))
    return study.study_id


@pytest.mark.parametrize("width", SCREENS)
def test_every_view_of_the_results_is_there(study_site: Site, closed_study_id: str, width: int) -> None:
    with study_site.opened(f"study#study={closed_study_id}&part=results", width=width) as page:
        views = page.page.get_by_role("group", name="Results of").get_by_role("button")
        page.until(lambda: views.count() == 8)
        names = [views.nth(i).inner_text() for i in range(views.count())]
        assert names[:2] == ["unaware: Ordinary reading", "informed: Before cues"]
        for name in names:
            page.page.get_by_role("button", name=name, exact=True).click()
            page.page.get_by_role("heading", name=name, exact=True).wait_for()
            page.settled().is_fine()
        page.page.get_by_role("button", name="informed: Pairs", exact=True).click()
        page.says("Who guesses is right in one of 2.")
        page.page.get_by_role("button", name="Phases compared", exact=True).click()
        page.says("Phases compared: all the same?")


def test_marks_and_places_are_drawn_where_they_are(study_site: Site, closed_study_id: str) -> None:
    """Of each picture, what the services tell of it."""
    asked = pb.GetStudyResultsRequest(study_id=closed_study_id, language="fr")
    told = json.loads(study_site.records.studies.GetStudyResults(asked, timeout=120).results_json)
    found = next(task["localisation"] for task in told["tasks"] if task["task"] == "Marks")
    placed = [image for image in found["images"] if image["place"]]
    others = [image for image in found["images"] if image["marks"] and not image["place"]]
    assert len(placed) == 5
    notes = [note for task in told["tasks"] if task["results"] for note in task["results"]["notes"]]
    assert any("3 lecteurs" in note and "pour de nouveaux lecteurs est large" in note for note in notes)
    with study_site.opened(f"study#study={closed_study_id}&part=results") as page:
        page.page.get_by_role("button", name="informed: Marks", exact=True).click()
        page.page.get_by_role("heading", name="Places that were changed: found or not (LROC)").wait_for()
        drawn = page.page.locator(".marked-picture")
        drawn.first.scroll_into_view_if_needed()
        drawn.first.locator("img").wait_for()
        assert drawn.count() == len(placed) + min(8, len(others))
        outlines = page.page.locator(".marked-picture .place").count()
        assert outlines == sum(len(image["place"]) for image in placed)
        met = sum(mark["met"] is True for image in placed for mark in image["marks"])
        assert page.page.locator(".marked-picture .met").count() == met
        box, picture = drawn.first.locator("svg").bounding_box(), drawn.first.locator("img").bounding_box()
        assert box is not None
        assert picture is not None
        assert [box[side] for side in ("x", "y", "width")] == pytest.approx(
            [picture[side] for side in ("x", "y", "width")], abs=1
        )
        page.is_fine()


def _is_html(data: bytes) -> bool:
    return data.startswith(b"<!DOCTYPE html>") and b"Three phases" in data


def _is_csv(data: bytes) -> bool:
    lines = data.decode("utf-8-sig").splitlines()
    return "met" in lines[0].split(",") and len(lines) == 1 + 3 * (18 * 5 + 8 + 1)


def _is_zip(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        names = packed.namelist()
    return {"report.html", "report.pdf", "answers.csv", "ratings.imrmc"} <= set(names) and any(
        name.startswith("places/") for name in names
    )


FILES: dict[str, Callable[[bytes], bool]] = {
    "Report (HTML)": _is_html,
    "Report (PDF)": lambda data: data.startswith(b"%PDF-"),
    "Answers (CSV)": _is_csv,
    "Whole study (JSON)": lambda data: len(json.loads(data)["readers"]) == 3,
    "iMRMC file": lambda data: b"BEGIN DATA" in data,
    "xAPI statements": lambda data: all(json.loads(line)["verb"] for line in data.splitlines()),
    "Everything (ZIP)": _is_zip,
}


def test_every_file_is_taken_away(study_site: Site, closed_study_id: str) -> None:
    with study_site.opened(f"study#study={closed_study_id}&part=results") as page:
        page.page.get_by_role("group", name="Results of").wait_for()
        for name, fits in FILES.items():
            file, data = page.download(name)
            assert file.startswith("three_phases_"), name
            assert fits(data), name
            page.until(lambda name=name: page.button(name).is_enabled())
        page.is_fine()


def test_results_are_told_in_french(study_site: Site, closed_study_id: str) -> None:
    with study_site.opened(f"study#study={closed_study_id}&part=results", locale="fr-FR") as page:
        page.page.get_by_role("button", name="informed : Before cues", exact=True).click()
        page.page.get_by_text("pour de nouveaux lecteurs est large").first.wait_for()
        page.is_fine()
