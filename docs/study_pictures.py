"""Pictures of docs/reader-study.md, drawn by docs/studio_pictures.py: who runs a study, and who reads it."""

from __future__ import annotations

import random
import re
import tempfile
from itertools import islice
from pathlib import Path

from PIL import Image

from docs.page_camera import LARGE, Camera
from mammoganesis.v1 import studies_pb2 as pb
from mammoganesis.v1 import study_design_pb2 as design_pb
from mammoganesis.v1.latents_pb2 import LOCALITY_MASKED
from mammoganesis.v1.style_transfer_pb2 import Point
from tests.support.reading_page import starts
from tests.support.studied import Reader, any_answer, odd_one_out, prepared, rating
from tests.support.studied import design as designed

DENSITIES = {"fatty": "A", "scattered": "B", "hetero": "C", "dense": "D"}  # in names of M-SYNTH's files
REALS = 40  # images of a study


def real_images(folder: Path, target: Path) -> None:
    """Simulated mammograms as files of a study, with a manifest: turned, their chest wall is at the top of the file."""
    lines = ["file,patient_id,view,density"]
    for number, path in enumerate(islice(sorted(folder.glob("*.jpg")), REALS)):
        name, kind = f"sim{number:03}.png", re.findall("D([a-z]+)", path.name)[0]
        picture = Image.open(path).convert("L").transpose(Image.Transpose.ROTATE_270)
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
        page.page.get_by_role("tab", name=re.compile("Real images")).click()
        with page.page.expect_file_chooser() as chooser:
            page.press("Choose a folder")
        chooser.value.set_files(folder)
        page.press(f"Add {REALS} images")
        page.until(lambda: page.page.locator(".reals img").count() >= 12, 300)
        page.says(f"{REALS} real images")
        page.page.evaluate("scrollTo(0, 0)")
        camera.take(page, "study_images")
        page.page.get_by_role("tab", name=re.compile("Design")).click()
        page.page.get_by_role("heading", name="What readers do").first.evaluate("e => e.scrollIntoView()")
        camera.take(page, "study_design")
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
        page.says("2 of 4 have finished reading")
        camera.take(page, "study_list")
    with camera.at(f"study#study={study_id}&part=readers") as page:
        page.says("Dr Lang")
        camera.take(page, "study_readers")
    people[3].begin()
    for number in (2, 3):
        reads(people[number], number)
    studies.CloseStudy(pb.CloseStudyRequest(study_id=study_id))
    with camera.at(f"study#study={study_id}&part=results") as page:
        page.page.get_by_role("group", name="Results of").wait_for(timeout=300_000)
        page.page.locator(".primary-result").wait_for()
        camera.take(page, "study_results")
    with camera.at("study#size=difference&auc=0.65") as page:
        page.page.get_by_role("table").first.wait_for()
        camera.take(page, "study_size")


def photograph_places(camera: Camera) -> None:
    """Results of marking what looks wrong, where masked transfers have true places: LROC, and marks on pictures."""
    task = design_pb.StudyTask(name="What looks wrong", trials=REALS, location=design_pb.LocationTask(places=1))
    made = designed(task, real=REALS // 2, synthesised=0, edited=REALS // 2, title="Found or not, 2026")
    made.generation.samples = 2 * REALS
    made.generation.locality, made.generation.transfer_probability = LOCALITY_MASKED, 1.0
    study = _drafted(camera, made)
    study = prepared(camera.site.records, study.study_id)
    studies = camera.site.records.studies
    studies.OpenStudy(pb.OpenStudyRequest(study_id=study.study_id, protocol_hash=study.protocol_hash))
    for number, name in enumerate(("Weiss", "Kiss", "Moreau", "Lang")):
        reader = Reader.invited(camera.site.records, study.study_id, f"Dr {name}")
        reader.begin()
        marks(reader, number)
    studies.CloseStudy(pb.CloseStudyRequest(study_id=study.study_id))
    with camera.at(f"study#study={study.study_id}&part=results", LARGE) as page:
        heading = page.page.get_by_role("heading", name="Places that were changed: found or not (LROC)")
        heading.wait_for(timeout=300_000)
        heading.evaluate("e => e.scrollIntoView()")
        camera.take(page, "study_lroc")


def marks(reader: Reader, number: int) -> None:
    """All trials, with one place each where tissue mostly is, drawn at random."""
    chance, reading = random.Random(number), reader.open()
    while reading.stage == pb.READING_STAGE_TRIALS:
        place = Point(x=chance.uniform(0.5, 0.95), y=chance.uniform(0.2, 0.8))
        answer = pb.ReadingAnswer(location=pb.LocationAnswer(confidence=chance.randint(1, 6), places=[place]))
        reading = reader.answer(reading.trials[0].trial_id, answer).reading


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
    study = prepared(camera.site.records, _drafted(camera, made).study_id)
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
            box = page.page.locator(".pane").first.bounding_box()
            assert box
            for x, y in PLACES if name == "location" else ():
                page.page.mouse.click(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
            for key in keys:
                page.page.keyboard.press(key)
            camera.take(page, f"reading_{name}")
            page.press("Answer")


def _drafted(camera: Camera, made: design_pb.StudyDesign) -> pb.Study:
    """A draft with the simulated mammograms as its real images."""
    studies = camera.site.records.studies
    study = studies.CreateStudy(pb.CreateStudyRequest(design=made)).study
    with tempfile.TemporaryDirectory() as folder:
        real_images(camera.reals, Path(folder))
        for path in sorted(Path(folder).glob("*.png")):
            real = design_pb.StudyReal(name=path.name, patient_id=path.stem)
            studies.AddReal(pb.AddRealRequest(study_id=study.study_id, real=real, data=path.read_bytes()))
    return study


READ = {"rating": ("2",), "six": ("3",), "location": ("5",)}
PLACES = ((0.62, 0.4), (0.57, 0.6))  # that are marked, shares of the pane
