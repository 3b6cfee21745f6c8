"""Pages of cases, quizzes and shared links, as teachers and trainees use them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from mammoganesis.v1 import cases_pb2 as pb
from mammoganesis.v1 import images_pb2
from mammoganesis.v1 import quizzes_pb2 as qb
from tests.support.browser import LOST, SCREENS, Opened, opened
from tests.support.recorded import case
from tests.support.site import Site, running_site

pytestmark = pytest.mark.browser


def created(site: Site, **fields: Any) -> pb.Case:
    return site.records.cases.CreateCase(pb.CreateCaseRequest(case=case(**fields))).case


def published(site: Site, **fields: Any) -> qb.Quiz:
    request = qb.PublishQuizRequest(case_ids=[created(site, **fields).case_id], title="Masses")
    return site.records.quizzes.PublishQuiz(request).quiz


def test_a_search_asks_again_with_enter(site: Site) -> None:
    """Others write meanwhile; what is searched for stays."""
    with site.opened("cases#query=Asked+again") as page:
        page.says("No title has these words")
        created(site, title="Asked again")
        page.page.get_by_role("searchbox").focus()
        page.page.keyboard.press("Enter")
        page.page.get_by_role("heading", name="Asked again").wait_for()


def test_a_screening_case_becomes_a_quiz(site: Site) -> None:
    with site.opened("cases") as teacher:
        teacher.page.get_by_role("button", name="Screening case").click()
        teacher.drawn()
        teacher.is_fine()
        teacher.press("Share")  # before it is saved: there can be no link, and none is asked for
        teacher.says("No link yet")
        teacher.page.keyboard.press("Escape")
        teacher.page.get_by_label("Title").fill("Four views")
        teacher.page.get_by_role("tab", name="Findings").click()
        teacher.press("Ellipse")
        teacher.drag((0.3, 0.5), (0.42, 0.62), pane=1)
        teacher.page.get_by_label("Name").fill("Mass")
        teacher.is_fine()
        teacher.page.get_by_role("tab", name="Questions").click()
        teacher.press("Mark the finding", "BI-RADS category")
        teacher.is_fine()
        teacher.press("Publish as a quiz", "Publish")  # what lacks is said, nothing is published
        teacher.says("To be completed first: which category is right")
        teacher.page.get_by_role("checkbox", name=re.compile("^4: ")).check()
        teacher.press("Publish as a quiz", "Publish")
        link = teacher.page.get_by_label("Link to the quiz").input_value()
        teacher.is_fine()
    (summary,) = site.records.cases.ListCases(pb.ListCasesRequest(query="four views")).cases
    saved = site.records.cases.GetCase(pb.GetCaseRequest(case_id=summary.case_id)).case
    sides = [(image.side, image.view, image.mirrored) for image in saved.images]
    assert sides == [
        (side, view, side == images_pb2.SIDE_LEFT)
        for view in (images_pb2.VIEW_CC, images_pb2.VIEW_MLO)
        for side in (images_pb2.SIDE_RIGHT, images_pb2.SIDE_LEFT)
    ]
    ((mark,),) = [finding.marks for finding in saved.findings]
    assert mark.image_id == "image-2"
    assert mark.ellipse.radius_x > 0
    assert saved.questions[0].mark.finding_ids == ["finding-1"]
    quiz = site.records.quizzes.OpenQuiz(qb.OpenQuizRequest(token=link.rpartition("#")[2]))
    assert len(quiz.cases[0].pictures) == 4


@pytest.mark.parametrize("width", SCREENS)
def test_a_trainee_takes_a_quiz(site: Site, width: int) -> None:
    quiz = published(site)
    with site.opened(f"quiz#{quiz.token}", width=width) as trainee:
        trainee.button("Start").wait_for()
        expect(trainee.page.get_by_text("They are not for diagnosis")).to_have_count(1)
        trainee.is_fine()
        trainee.press("Start")
        trainee.drawn()
        assert trainee.button("Answer").is_disabled()
        assert "secret" not in trainee.page.content()
        trainee.page.get_by_role("radio", name="Nothing").check()
        trainee.is_fine()
        trainee.page.reload()
        expect(trainee.page.get_by_role("radio", name="Nothing")).to_be_checked()
        trainee.press("Answer")
        trainee.says("secret-explanation")
        trainee.page.get_by_text("Wrong", exact=True).wait_for()
        expect(trainee.page.get_by_role("status").filter(has_text="Wrong")).to_be_focused()  # keys go on from here
        trainee.says("(your answer, wrong)")
        trainee.is_fine()
        assert "secret-finding" not in trainee.page.content()  # it is still to be marked
        trainee.press("Next question")
        for choice in ("a", "b"):
            trainee.page.get_by_role("checkbox", name=choice, exact=True).check()
        trainee.press("Answer", "Next question")
        trainee.page.get_by_role("radio", name=re.compile("^4C: ")).check()
        trainee.press("Answer", "Next question")
        trainee.page.get_by_role("radio", name=re.compile("^C: ")).check()
        trainee.press("Answer", "Next question")
        mark_with_keys(trainee)
        trainee.is_fine()
        trainee.press("Answer")
        trainee.says("Finding 1")
        assert "secret-finding" not in trainee.page.content()  # it is still to be named
        trainee.press("Next question")
        trainee.page.get_by_role("textbox").fill("Secret ANSWER")
        trainee.press("Answer")
        trainee.says("secret-notes")
        trainee.is_fine()
        trainee.press("To the score")
        trainee.says("All questions are answered: 6 of 6.")
        expect(trainee.page.get_by_role("heading", name="Masses")).to_be_focused()
        trainee.is_fine()
        trainee.page.reload()
        trainee.says("All questions are answered: 6 of 6.")
    results = site.records.quizzes.GetQuizResults(qb.GetQuizResultsRequest(quiz_id=quiz.quiz_id))
    assert results.finished == 1
    assert [one.group.right for one in results.questions if one.group.HasField("right")][:4] == [0, 1, 1, 1]
    assert [one.group.answers for one in results.questions] == [1] * 6


def mark_with_keys(trainee: Opened) -> None:
    """A place in the middle of the first picture, without a pointer."""
    trainee.press("Point")
    trainee.page.locator(".viewer-stage").focus()
    trainee.page.keyboard.press("Enter")
    trainee.says("Place 1: ")


def test_on_a_phone_images_open_one_at_a_time_unless_somebody_has_chosen(site: Site) -> None:
    quiz = published(site)
    with site.opened(f"quiz#{quiz.token}", width=390) as trainee:
        page = trainee.page
        trainee.button("Start").tap()
        trainee.drawn()
        expect(page.locator(".pane")).to_have_count(1)
        turned = page.locator(".viewer-turns")
        expect(turned).to_contain_text("(1 of 2)")
        trainee.button("Next image").tap()
        expect(turned).to_contain_text("(2 of 2)")
        trainee.drawn()
        trainee.is_fine()
        page.get_by_label("Layout").select_option("right and left")
        expect(page.locator(".pane")).to_have_count(2)
        page.get_by_role("radio", name="Nothing").check()
        trainee.press("Answer", "Next question")
        expect(page.locator(".pane")).to_have_count(2)
    with site.opened(f"quiz#{quiz.token}", width=1280) as trainee:
        trainee.press("Start")
        expect(trainee.page.locator(".pane")).to_have_count(2)


def test_an_answer_outlives_the_connection(browser: Browser, tmp_path: Path) -> None:
    with running_site(browser, tmp_path) as site:
        quiz = published(site)
        with site.opened(f"quiz#{quiz.token}", expected=LOST) as trainee:
            trainee.press("Start")
            trainee.page.get_by_role("radio", name="A mass").check()
            site.records.kill()
            trainee.press("Answer")
            trainee.says("Your answer is kept here. A part of the server does not answer; trying again")
            trainee.page.reload()
            site.records.start_again()
            trainee.says("(your answer, right)")  # the answer that was on its way is sent without being asked for again
            trainee.is_fine()
        results = site.records.quizzes.GetQuizResults(qb.GetQuizResultsRequest(quiz_id=quiz.quiz_id))
        assert (results.questions[0].group.answers, results.quiz.attempts) == (1, 1)


def test_results_show_what_the_group_answered(site: Site) -> None:
    quiz = published(site)
    for choice in (0, 0, 1):
        attempt = site.records.quizzes.StartAttempt(qb.StartAttemptRequest(token=quiz.token)).attempt_id
        answer = qb.AnswerQuestionRequest(attempt_id=attempt, question_id="1.1", answer=qb.Answer(choice=choice))
        site.records.quizzes.AnswerQuestion(answer)
    with site.opened(f"cases#quiz={quiz.quiz_id}") as teacher:
        teacher.says("Attempts: 3. Finished: 0.")
        teacher.says("2 (67%)")
        teacher.press("Show on the images")
        teacher.drawn()
        teacher.is_fine()


def test_titles_of_any_length_and_script_fit_a_phone(site: Site) -> None:
    long = "Distortion in the " + "upper_outer_quadrant" * 4
    quiz = published(site, title=long)
    with site.opened(f"cases#quiz={quiz.quiz_id}", width=390) as teacher:
        teacher.says(f"Case 1: {long}")
        teacher.fits()
    hebrew = site.records.quizzes.PublishQuiz(
        qb.PublishQuizRequest(case_ids=[created(site).case_id], title="\u05d2\u05d5\u05e9 (BI-RADS 4)")
    ).quiz
    with site.opened(f"quiz#{hebrew.token}", width=390) as trainee:
        heading = trainee.page.get_by_role("heading", level=1)
        expect(heading).to_contain_text("BI-RADS 4")
        first, last = heading.evaluate(ENDS)
        assert first > last  # the first letter stands right of the last


ENDS = """heading => [0, heading.textContent.length - 3].map((at) => {
    const range = document.createRange();
    range.setStart(heading.firstChild, at);
    range.setEnd(heading.firstChild, at + 1);
    return range.getBoundingClientRect().left;
})"""
"""Where the first letter of a heading stands, and the last but two."""


def test_somebody_else_was_faster(site: Site) -> None:
    one = created(site, title="Race")
    with site.opened(f"cases#case={one.case_id}", expected="status of 409|ABORTED") as teacher:
        teacher.page.get_by_label("Title").fill("Mine")
        one.title = "Theirs"
        site.records.cases.SaveCase(pb.SaveCaseRequest(case=one))
        teacher.press("Save")
        teacher.says("Somebody else has saved another version since")
        teacher.is_fine()
        teacher.press("Save mine as the next version")
        teacher.says("Saved, version 3")
        teacher.page.get_by_text("More", exact=True).click()
        teacher.press("Versions")
        teacher.press("Read version 2")
        teacher.says("This is version 2")
        teacher.drawn()
        teacher.is_fine()
        expect(teacher.page.get_by_role("heading", name="Theirs")).to_be_visible()


def test_what_is_not_saved_is_asked_about_and_kept(site: Site) -> None:
    one = created(site, title="Unsaved")
    with site.opened(f"cases#case={one.case_id}") as teacher:
        teacher.page.get_by_label("Title").fill("Changed")
        teacher.page.on("dialog", lambda dialog: dialog.accept())  # the browser's own question
        teacher.page.reload()
        teacher.says("Changes of an earlier visit")
        expect(teacher.page.get_by_label("Title")).to_have_value("Changed")
        teacher.press("All cases")
        teacher.says("Leave with unsaved changes?")
        teacher.is_fine()
        teacher.press("Stay", "All cases", "Save and leave")
        teacher.page.get_by_role("link", name="Changed").wait_for()
        teacher.page.go_back()
        teacher.says("Saved, version 2")


def test_a_link_is_read_until_it_is_revoked(site: Site) -> None:
    one = created(site, title="Shared")
    with site.opened(f"cases#case={one.case_id}") as teacher:
        teacher.press("Share", "Make a link")
        link = teacher.page.get_by_label("Address of the link 1").input_value()
        teacher.is_fine()
        for width in SCREENS:
            with site.opened(link, width=width, expected="status of 404") as reader:
                reader.drawn()
                reader.page.get_by_role("checkbox", name="Show the answers").check()
                reader.says("secret-notes")
                reader.is_fine()
        teacher.press("Revoke the link 1")
        expect(teacher.button("Revoke the link 1")).to_have_count(0)
        teacher.says("revoked")
        with site.opened(link, expected="status of 404") as reader:
            reader.says("This link leads nowhere")
            reader.says("It has ended, was revoked, or was not copied whole.")
            reader.is_fine()
    with site.opened("quiz?lang=fr#no-such-quiz-here", expected="status of 404") as taker:
        taker.says("Il n\N{RIGHT SINGLE QUOTATION MARK}y a aucun questionnaire à ce lien.")
    with site.opened("quiz") as taker:
        taker.says("Open the link to the quiz as you were given it.")


@pytest.mark.parametrize("width", SCREENS)
def test_a_collection_is_put_into_order(site: Site, width: int) -> None:
    ids = [created(site, title=f"Case {name} {width}").case_id for name in "ABC"]
    collection = pb.Collection(title="Course", case_ids=ids)
    made = site.records.cases.CreateCollection(pb.CreateCollectionRequest(collection=collection)).collection
    with site.opened(f"cases#collection={made.collection_id}", width=width) as teacher:
        teacher.button(f"Down: Case A {width}").focus()
        teacher.page.keyboard.press("Enter")
        teacher.says("is at place 2 of 3")
        teacher.page.keyboard.press("Enter")  # the focus goes with the case
        teacher.says("is at place 3 of 3")
        if width > 900:
            handle, first = teacher.page.locator(".handle").nth(1), teacher.page.locator(".ordered > li").first
            handle.drag_to(first, target_position={"x": 20, "y": 5})
        teacher.is_fine()
        teacher.press("Save")
        teacher.says("Saved, version 2")
    asked = pb.GetCollectionRequest(collection_id=made.collection_id)
    order = [ids.index(one) for one in site.records.cases.GetCollection(asked).collection.case_ids]
    assert order == ([2, 1, 0] if width > 900 else [1, 2, 0])


def test_cases_travel_as_files(site: Site, tmp_path: Path) -> None:
    created(site, title="Travelling mass")
    with site.opened("cases#query=travelling") as teacher:
        teacher.page.get_by_role("checkbox", name="Choose: Travelling mass").check()
        for form in ("ZIP", "JSON"):
            with teacher.page.expect_download() as download:
                teacher.press(f"Export {form}")
            file = tmp_path / download.value.suggested_filename
            assert file.name == f"travelling_mass.{form.lower()}"
            download.value.save_as(file)
            there = number_of_cases(site, "travelling mass")
            teacher.page.locator("input[type=file]").set_input_files(file)
            teacher.until(lambda there=there: number_of_cases(site, "travelling mass") == there + 1)
            teacher.says("Imported: 1")
        teacher.is_fine()
    assert number_of_cases(site, "travelling mass") == 3


def number_of_cases(site: Site, query: str) -> int:
    return len(site.records.cases.ListCases(pb.ListCasesRequest(query=query)).cases)


def test_a_case_is_deleted_and_back(site: Site) -> None:
    created(site, title="Fleeting")
    with site.opened("cases#query=fleeting") as teacher:
        teacher.press("Duplicate: Fleeting")
        teacher.page.get_by_role("link", name="Fleeting (copy)").wait_for()
        teacher.press("Delete: Fleeting (copy)")
        teacher.says("Deleted: Fleeting (copy)")
        teacher.page.get_by_role("link", name="Fleeting (copy)").wait_for(state="detached")
        teacher.press("Undo")
        teacher.page.get_by_role("link", name="Fleeting (copy)").wait_for()
        teacher.is_fine()


def test_a_quiz_in_a_frame_tells_the_page_around_it(whole_browser: Browser, site: Site) -> None:
    quiz = published(site)
    with opened(whole_browser, Opened, site.platform) as course:
        course.page.goto(site.platform)
        course.page.evaluate(f"document.querySelector('iframe').src = '{site.url}quiz?frame=1#{quiz.token}'")
        frame = course.page.frame_locator("iframe")
        frame.get_by_role("button", name="Start").click()
        assert frame.get_by_role("banner").count() == 0
        frame.get_by_role("radio", name="A mass").check()
        frame.get_by_role("button", name="Answer").click()
        frame.get_by_role("button", name="Next question").wait_for()
        # A page's messages come when it has drawn: its height, too, is told after the answer.
        course.until(lambda: {"answered", "height"} <= {data["type"] for _, data in course.page.evaluate("told")})
        told = course.page.evaluate("told")
    assert {origin for origin, _ in told} == {site.url.rstrip("/")}
    said = {data["type"]: data for _, data in told}
    assert said["ready"] == {"source": "mammoganesis", "version": 1, "type": "ready", "title": "Masses", "questions": 6}
    assert said["state"] == {
        "source": "mammoganesis",
        "version": 1,
        "type": "state",
        "question": 1,
        "answered": 0,
        "questions": 6,
    }
    assert (said["answered"]["question"], said["answered"]["score"], said["answered"]["points"]) == ("1.1", 1, 1)
    assert said["height"]["height"] > 100
