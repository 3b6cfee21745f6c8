"""The pages of a reader, before real records behind a real edge."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Request, expect

from mammoganesis.v1 import cases_pb2
from mammoganesis.v1 import studies_pb2 as pb
from mammoganesis.v1 import study_design_pb2 as design_pb
from tests.support.browser import LOST, Opened
from tests.support.reading_page import (
    answers,
    begins,
    display,
    invited,
    is_still,
    light,
    says_nothing_telling,
    starts,
    written,
)
from tests.support.site import Site
from tests.support.studied import created, design, odd_one_out, prepared, rating

pytestmark = pytest.mark.browser


PICTURE = "ReaderStudyService/GetReadingPicture"


def task(name: str, **fields: object) -> design_pb.StudyTask:
    return design_pb.StudyTask(name=name, trials=1, **fields)  # type: ignore[arg-type]


UNAWARE = design_pb.StudyPhase(
    name="ordinary",
    awareness=design_pb.STUDY_AWARENESS_UNAWARE,
    tasks=[task("reading", reading=design_pb.ReadingTask())],
)
AFTER_CUES = design_pb.StudyPhase(
    name="cues",
    awareness=design_pb.STUDY_AWARENESS_AFTER_CUES,
    cues=["Vessels that end in nothing"],
    tasks=[task("again", rating=design_pb.RatingTask())],
)


def read_unaware(reader: Opened) -> None:
    """As in daily work; nothing says that there is more to it. Then whether anything seemed unusual."""
    says_nothing_telling(reader)
    starts(reader)
    says_nothing_telling(reader)
    for key in ("4", "4", "c"):
        reader.page.keyboard.press(key)
    assert reader.page.get_by_role("radio", name="4A: low suspicion").is_checked()
    assert reader.page.get_by_role("radio", name="C: heterogeneously dense").is_checked()
    is_still(reader)
    reader.is_fine()
    reader.page.keyboard.press("Enter")
    reader.page.get_by_role("radio", name="Yes").check()
    reader.page.get_by_label("What?").fill("The skin line")
    says_nothing_telling(reader)
    reader.is_fine()
    reader.press("Answer")


def read_practice(reader: Opened) -> None:
    """With feedback, which practice alone has."""
    starts(reader)
    reader.says("Practice")
    answer = reader.button("Answer")
    reader.page.keyboard.press("6")
    assert answer.is_disabled()  # the binary answer is asked too
    reader.page.keyboard.press("g")
    is_still(reader)
    reader.is_fine()
    reader.page.keyboard.press("Enter")
    reader.says("This image is")
    assert reader.page.get_by_text(re.compile("^(Right|Wrong)$")).count() == 1
    reader.is_fine()
    reader.page.keyboard.press("Enter")
    reader.says("Practice is over")
    reader.is_fine()


TASKS = [
    rating("one", trials=2, practice=1),
    odd_one_out("six", trials=1),
    task("two", forced_choice=design_pb.ForcedChoiceTask(images=2)),
    task("place", location=design_pb.LocationTask(places=2)),
    task("quality", quality=design_pb.QualityTask(anchors=["Bad", "Good", "Excellent"])),
]
TASKS[0].rating.binary_asked = True
KEYS = {
    "Which image is generated?": ("2",),
    "What looks wrong in this image?": ("ArrowRight", "Space", "ArrowDown", "Space", "5"),
    "How good is this image?": ("3",),
}


def read_informed(reader: Opened) -> None:
    """The task that comes next: the seed has put them into an order."""
    reader.button("Start").wait_for()
    reader.is_fine()
    if reader.page.get_by_text("Practice comes first").count():
        read_practice(reader)
        starts(reader)
        answers(reader, "2", "r")
        light(reader)
        keys: tuple[str, ...] = ("5", "g")
    else:
        starts(reader)
        keys = KEYS[reader.page.locator("legend").first.inner_text()]
    for key in keys:
        reader.page.keyboard.press(key)
    is_still(reader)
    reader.is_fine()
    assert reader.button("Answer").is_enabled()
    reader.page.keyboard.press("Enter")


def test_a_study_is_read_from_consent_to_debrief_by_keys(study_site: Site) -> None:
    phases = [UNAWARE, design_pb.StudyPhase(name="informed", tasks=TASKS), AFTER_CUES]
    shown = display(image_millimetres=60, distance_asked=True)
    study_id, token = invited(study_site, phases=phases, display=shown)
    with study_site.opened(f"reading#{token}", viewport={"width": 1280, "height": 720}, expected=LOST) as reader:
        page = reader.page
        page.get_by_role("checkbox").wait_for()
        assert reader.button("Go on").is_disabled()
        says_nothing_telling(reader)
        reader.is_fine()
        page.get_by_role("checkbox").check()
        reader.press("Go on")
        page.get_by_label("Years of experience").fill("8.5")
        page.get_by_label("Specialty").select_option("Breast radiology")
        reader.is_fine()
        reader.press("Go on")
        page.get_by_role("slider", name="Width of the card").fill("428")  # 5 pixels of a millimetre
        page.get_by_label("Distance from your eyes").fill("60")
        says_nothing_telling(reader)
        reader.is_fine()
        reader.press("Begin")
        reader.button("Start").wait_for()
        read_unaware(reader)
        for _ in TASKS:
            read_informed(reader)
        reader.says("Vessels that end in nothing")
        starts(reader)
        page.keyboard.press("1")
        page.keyboard.press("Enter")
        reader.says("Thank you, you have finished")
        reader.is_fine()
        assert token not in page.evaluate("performance.getEntriesByType('resource').map(one => one.name).join(' ')")
        study_site.records.studies.CloseStudy(pb.CloseStudyRequest(study_id=study_id))
        page.reload()
        reader.says("What you read")
        for answer in ("BI-RADS 4A, density C", "Something seemed unusual", "Definitely generated; decided: generated"):
            expect(page.get_by_role("cell", name=answer, exact=True)).to_have_count(1)
        reader.is_fine()
        page.get_by_role("row", name=re.compile("Generated: Image")).first.get_by_role("button").click()
        reader.drawn()
        reader.says("Your answer")
        reader.is_fine()
        page.go_back()
        reader.says("What you read")
    (person,) = study_site.records.studies.GetStudy(pb.GetStudyRequest(study_id=study_id)).readers
    assert (person.years, person.specialty, person.answered) == (8.5, "Breast radiology", person.trials)
    said = written(study_site, token)
    assert len({one.trial_id for one in said}) == len(said) == 10
    read, suspicion, *informed, last = (one.answer for one in said)
    assert (read.reading.bi_rads, read.reading.density) == (cases_pb2.BI_RADS_4A, cases_pb2.DENSITY_C)
    assert (suspicion.suspicion.suspected, suspicion.suspicion.text) == (True, "The skin line")
    ratings = [one.rating for one in informed if one.HasField("rating")]
    assert [(one.confidence, one.generated) for one in ratings] == [(6, True), (2, False), (5, True)]
    assert [one.chosen for one in informed if one.HasField("chosen")] == [1, 1]
    assert [one.quality for one in informed if one.HasField("quality")] == [3]
    (place,) = [one.location for one in informed if one.HasField("location")]
    (right, down), confidence = place.places, place.confidence
    assert (right.x > 0.5, down.x == right.x, down.y > right.y, confidence) == (True, True, True, 5)
    assert (last.rating.confidence, last.rating.HasField("generated")) == (1, False)
    for one in said:
        assert one.events[0].kind == pb.READING_EVENT_KIND_SHOWN
        assert one.events[-1].kind == pb.READING_EVENT_KIND_ANSWERED
        assert 0 < one.visible_milliseconds <= one.events[-1].milliseconds + 1


def test_what_is_agreed_to_is_in_the_pages_language_and_a_studys_own_text_is_marked(study_site: Site) -> None:
    _, ours = invited(study_site)
    own = design_pb.StudyReaders(consent="Committee 12/2026: you agree.", specialties=["Breast radiology"])
    _, theirs = invited(study_site, rating("one", instructions="Look at the edges."), readers=own)
    with study_site.opened(f"reading?lang=fr#{ours}", viewport={"width": 1280, "height": 720}) as reader:
        text = reader.page.locator("main .prose")
        expect(text).to_contain_text("La participation est volontaire")
        expect(text).to_have_attribute("lang", "fr")
        reader.is_fine()
        reader.page.locator("select.language").first.select_option("en")
        expect(text).to_contain_text("Taking part is voluntary")
        expect(text).to_have_attribute("lang", "en")
        reader.page.locator("select.language").first.select_option("fr")
        reader.page.goto(f"{study_site.url}reading?lang=fr#{theirs}")
        expect(text).to_have_text("Committee 12/2026: you agree.")
        expect(text).to_have_attribute("lang", "en")
        reader.page.get_by_role("checkbox").check()
        reader.press("Continuer")
        expect(reader.page.locator("option", has_text="Breast radiology")).to_have_attribute("lang", "en")
        reader.press("Commencer")
        expect(reader.page.get_by_text("Look at the edges.")).to_have_attribute("lang", "en")
        usual = reader.page.locator("main .prose").first
        expect(usual).to_contain_text("certaines sont réelles")
        expect(usual).to_have_attribute("lang", "fr")
        reader.page.locator("select.language").first.select_option("en")
        expect(usual).to_contain_text("are real, others")
        expect(usual).to_have_attribute("lang", "en")


def test_what_is_done_with_an_image_is_logged_and_a_reload_goes_on(study_site: Site) -> None:
    _, token = invited(study_site, rating(trials=3), display=display(corrections_allowed=True))
    with study_site.opened(f"reading#{token}") as reader:
        begins(reader)
        starts(reader)
        box = reader.page.locator(".pane").bounding_box()
        assert box
        middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        reader.page.mouse.move(*middle)
        reader.page.mouse.wheel(0, -400)
        reader.page.mouse.down()
        reader.page.mouse.move(middle[0] - 100, middle[1] + 50, steps=5)
        reader.page.mouse.up()
        reader.press("Invert")
        reader.page.keyboard.press("5")
        reader.page.reload()
        light(reader)
        expect(reader.page.get_by_role("radio", name="Probably generated")).to_be_checked()
        reader.page.keyboard.press("Enter")
        reader.says("Image 2 of 3")
        light(reader)
        reader.press("Earlier answers")
        reader.says("Your earlier answer")
        light(reader)
        reader.page.keyboard.press("1")
        reader.is_fine()
        reader.press("Change the answer")
        reader.says("Image 2 of 3")
        reader.until(lambda: len(written(study_site, token)) == 2)
    first, correction = written(study_site, token)
    assert (first.trial_id, first.answer.rating.confidence) == (correction.trial_id, 5)
    assert correction.answer.rating.confidence == 1
    ((zoom,), *_) = first.values(pb.READING_EVENT_KIND_ZOOM)
    assert zoom > 1
    windows = first.values(pb.READING_EVENT_KIND_WINDOW)
    centre, width, inverted = windows[-1]  # of the drag, then inverted; on a quick machine one event of both
    assert (width < 1, inverted) == (True, 1)
    assert 0 < centre < 1
    kinds = [event.kind for event in first.events]
    assert kinds.index(pb.READING_EVENT_KIND_HIDDEN) < kinds.index(pb.READING_EVENT_KIND_VISIBLE)
    times = [event.milliseconds for event in first.events]
    assert times == sorted(times)
    assert first.visible_milliseconds < times[-1]


def test_answers_outlive_the_server_and_come_once(study_site: Site) -> None:
    _, token = invited(study_site, rating(trials=6), display=display())
    with study_site.opened(f"reading#{token}", expected=LOST) as reader:
        reader.page.on("dialog", lambda dialog: dialog.accept())  # the browser asks before answers are left behind
        fetched: list[Request] = []
        reader.page.on("requestfinished", lambda one: fetched.append(one) if PICTURE in one.url else None)
        begins(reader)
        starts(reader)
        answers(reader, "1")
        reader.until(lambda: len(written(study_site, token)) == 1)
        light(reader)
        reader.until(lambda: len(fetched) == 6)  # one of each trial
        study_site.records.kill()
        for number, key in ((3, "2"), (4, "3")):  # the next images were fetched ahead
            answers(reader, key)
            reader.says(f"Image {number} of 6")
            light(reader)
        reader.says("2 answers are kept here")
        reader.is_fine()
        reader.page.keyboard.press("4")
        reader.page.reload()
        study_site.records.start_again()
        reader.says("Image 4 of 6")
        light(reader)
        expect(reader.page.get_by_role("radio", name="Possibly generated")).to_be_checked()
        for key in ("4", "5"):
            answers(reader, key)
            light(reader)
        reader.page.keyboard.press("6")
        reader.page.keyboard.press("Enter")
        reader.says("Thank you, you have finished")
    said = written(study_site, token)
    assert [one.answer.rating.confidence for one in said] == [1, 2, 3, 4, 5, 6]
    assert len({one.trial_id for one in said}) == 6


def speaks_of_fingers(phone: Opened, *words: str) -> None:
    """How to answer, without what a phone has not."""
    for each in words:
        phone.says(each)
    told = phone.page.locator("main").inner_text()
    assert not re.search("[Cc]lick|[Cc]liqu|wheel|molette|[Kk]ey|Touches|Enter|Entrée|[Dd]rag", told), told


def test_phones_and_small_windows_are_told_so(study_site: Site) -> None:
    _, token = invited(study_site, rating(trials=1), display=display(smallest_width=1000))
    with study_site.opened(f"reading#{token}", width=390) as phone:
        phone.says("Not on a phone")
        phone.is_fine()
    with study_site.opened(f"reading#{token}", viewport={"width": 900, "height": 700}) as small:
        small.says("The window is too small")
        small.is_fine()
        small.page.set_viewport_size({"width": 1200, "height": 700})
        small.page.get_by_role("checkbox").wait_for()
    _, token = invited(study_site, rating(trials=1), display=display(smallest_width=1000, phones_allowed=True))
    with study_site.opened(f"reading#{token}", width=390) as phone:
        begins(phone)
        speaks_of_fingers(phone, "Touch one of the six answers, then Answer.", "Two fingers zoom")
        phone.page.evaluate("localStorage.setItem('mammoganesis.language', 'fr')")
        phone.page.reload()
        speaks_of_fingers(phone, "une des six réponses, puis Répondre.", "Deux doigts agrandissent")
        phone.page.evaluate("localStorage.setItem('mammoganesis.language', 'en')")
        phone.page.reload()
        phone.button("Start").tap()
        light(phone)
        phone.is_fine()
        phone.page.get_by_text("Probably real").tap()
        phone.button("Answer").tap()
        phone.says("Thank you, you have finished")
    assert written(study_site, token)[0].answer.rating.confidence == 2


def test_on_a_phone_two_images_are_read_one_at_a_time(study_site: Site) -> None:
    two = design_pb.StudyTask(name="two", trials=2, forced_choice=design_pb.ForcedChoiceTask(images=2))
    _, token = invited(study_site, two, display=display(phones_allowed=True))
    with study_site.opened(f"reading#{token}", width=390) as phone:
        begins(phone)
        phone.button("Start").tap()
        light(phone)
        panes = phone.page.locator(".pane")
        expect(panes).to_have_count(1)
        phone.button("Next image").tap()
        expect(phone.page.locator(".viewer-turns")).to_contain_text("(2 of 2)")
        phone.is_fine()
        phone.page.get_by_label("Layout").select_option("all images")
        expect(panes).to_have_count(2)
        phone.page.get_by_role("radio").nth(1).check()
        phone.button("Answer").tap()
        light(phone)
        expect(panes).to_have_count(2)  # as the reader has chosen
        phone.page.get_by_role("radio").nth(0).check()
        phone.button("Answer").tap()
        phone.says("Thank you, you have finished")
    first, second = written(study_site, token)
    moves = [event.picture for event in first.events if event.kind == pb.READING_EVENT_KIND_ZOOM]
    assert moves[:2] == [0, 1]  # the log says that it opened with the first alone
    assert not [event for event in second.events if event.kind == pb.READING_EVENT_KIND_ZOOM]


def test_links_that_lead_nowhere_say_so_and_one_that_is_early_waits(study_site: Site) -> None:
    with study_site.opened("reading") as reader:
        reader.says("This link is not complete")
        reader.is_fine()
    with study_site.opened(f"reading#{'x' * 43}", expected="status of 404") as reader:
        reader.says("This link leads nowhere")
        reader.is_fine()
    study = prepared(study_site.records, created(study_site.records, design(rating(trials=1)), 16).study_id)
    invitation = pb.InviteReaderRequest(study_id=study.study_id, name="Dr Early")
    token = study_site.records.studies.InviteReader(invitation).token
    with study_site.opened(f"reading#{token}") as reader:
        reader.says("The study has not begun")
        reader.is_fine()
        opening = pb.OpenStudyRequest(study_id=study.study_id, protocol_hash=study.protocol_hash)
        study_site.records.studies.OpenStudy(opening)
        reader.page.get_by_role("checkbox").wait_for()  # the page asks by itself
        reader.says("Reader R1")
        invitation = pb.InviteReaderRequest(study_id=study.study_id, name="Dr Next")
        token = study_site.records.studies.InviteReader(invitation).token
        reader.page.goto(f"{study_site.url}reading#{token}")  # in the same tab
        reader.says("Reader R2")
