"""Launches over HTTP from a platform on another JOSE library: quizzes taken, grades and statements that arrive."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import grpc
import httpx
import pytest

from mammoganesis.v1 import cases_pb2
from mammoganesis.v1 import lti_pb2 as pb
from mammoganesis.v1.lti_pb2_grpc import LtiLaunchServiceStub
from mammoganesis.v1.quizzes_pb2 import CloseQuizRequest, GetAttemptRequest
from services.access.assertions import said
from services.access.principals import EVERYBODY, Principal
from tests.support.lti_browser import (
    Browser,
    attempt_of,
    claims_with,
    new_link,
    published_quiz,
    refused,
    take,
    until,
)
from tests.support.lti_platform import LearningPlatform
from tests.support.lti_studio import SECRET, Launched
from tests.support.lti_tokens import AGS, LTI, MEMBERSHIP
from tests.support.recorded import case


def test_a_learner_takes_a_quiz_and_the_grade_arrives_once(
    tool: Launched, platform: LearningPlatform, quiz: str
) -> None:
    link = new_link(platform, quiz)
    answer = Browser().launch(platform.login("ben", link))
    address = answer.headers["location"]
    assert address.startswith("../quiz?frame=1#")
    assert "ben" not in address
    attempt = attempt_of(answer)
    assert tool.records.quizzes.GetAttempt(GetAttemptRequest(attempt_id=attempt)).score.questions == 6
    assert attempt_of(Browser().launch(platform.login("ben", link))) == attempt  # another browser, the same learner
    assert attempt_of(Browser().launch(platform.login("cem", link))) != attempt
    platform.down["scores"] = 3
    platform.down["token"] = 1
    take(tool, attempt)
    until(lambda: platform.scores)
    [(column, score)] = platform.scores
    assert column == platform.links[link][1]
    assert (score["userId"], score["scoreGiven"], score["scoreMaximum"]) == ("user-ben", 6, 7)
    assert (score["activityProgress"], score["gradingProgress"]) == ("Completed", "FullyGraded")
    assert platform.asked.count("scores") == 4
    assert platform.asked.count("token") <= 2  # the second one was kept
    looks = len(platform.asked)
    other = attempt_of(Browser().launch(platform.login("cem", link)))
    take(tool, other)
    until(lambda: len(platform.scores) == 2)
    assert [score["userId"] for _, score in platform.scores] == ["user-ben", "user-cem"]  # the first was not sent again
    assert platform.asked[looks:].count("token") == 0


def test_a_column_is_made_where_the_platform_has_none(tool: Launched, platform: LearningPlatform, quiz: str) -> None:
    link = new_link(platform, quiz, maximum=0)
    before = len(platform.columns)
    for person in ("ben", "cem"):
        take(tool, attempt_of(Browser().launch(platform.login(person, link))))
    until(lambda: len(platform.scores) == 2)
    assert len(platform.columns) == before + 1
    made = platform.columns[platform.scores[0][0]]
    assert (made["resourceId"], made["resourceLinkId"], made["scoreMaximum"]) == (quiz, link, 7)
    assert made["label"] == "Masses"


def test_a_quiz_that_is_closed_gives_what_there_is(tool: Launched, platform: LearningPlatform) -> None:
    quiz_id, _ = published_quiz(tool, "Closed early")
    link = new_link(platform, quiz_id)
    attempt = attempt_of(Browser().launch(platform.login("ben", link)))
    Browser().launch(platform.login("cem", link))  # who answers nothing has no grade
    take(tool, attempt, ["1.1", "1.4"])
    tool.records.quizzes.CloseQuiz(CloseQuizRequest(quiz_id=quiz_id))
    until(lambda: platform.scores)
    assert [(score["userId"], score["scoreGiven"]) for _, score in platform.scores] == [("user-ben", 3)]
    assert attempt_of(Browser().launch(platform.login("ben", link))) == attempt  # to look at it


def test_statements_reach_a_store(tool: Launched, platform: LearningPlatform) -> None:
    quiz_id, _ = published_quiz(tool, "Stated")
    platform.down["statements"] = 2
    link = new_link(platform, quiz_id)
    take(tool, attempt_of(Browser().launch(platform.login("ben", link))))

    def told() -> list[dict[str, Any]]:
        return [one for one in platform.statements if quiz_id in one["object"]["id"]]

    until(lambda: len(told()) == 9)
    verbs = sorted(one["verb"]["id"].rpartition("/")[2] for one in told())
    assert verbs == ["answered"] * 6 + ["attempted", "completed", "scored"]
    assert all(one["actor"]["account"] == {"homePage": platform.url, "name": "user-ben"} for one in told())
    assert next(one for one in told() if "score" in one.get("result", {}) and "raw" in one["result"]["score"])[
        "result"
    ]["score"] == {"scaled": 0.8571, "raw": 6, "min": 0, "max": 7}
    assert len({one["id"] for one in platform.statements}) == len(platform.statements)
    assert "Bär" not in str(platform.statements)


def test_a_case_is_opened_by_a_link_of_its_own(tool: Launched, platform: LearningPlatform) -> None:
    made = tool.records.cases.CreateCase(cases_pb2.CreateCaseRequest(case=case("For a course"))).case
    link = new_link(platform, made.case_id, maximum=0)
    tokens = set()
    for person in ("ben", "anna", "cem"):
        address = Browser().launch(platform.login(person, link)).headers["location"]
        assert address.startswith("../share#")
        tokens.add(urlsplit(address).fragment)
    [token] = tokens
    assert tool.records.cases.OpenLink(cases_pb2.OpenLinkRequest(token=token)).case.title == "For a course"
    tool.records.cases.RevokeLink(cases_pb2.RevokeLinkRequest(token=token))
    again = Browser().launch(platform.login("ben", link)).headers["location"]
    assert urlsplit(again).fragment not in tokens


def test_an_educator_sees_who_has_taken_the_quiz(tool: Launched, platform: LearningPlatform, quiz: str) -> None:
    link = new_link(platform, quiz)
    take(tool, attempt_of(Browser().launch(platform.login("ben", link))))
    until(lambda: platform.scores)
    browser = Browser()
    address = browser.launch(platform.login("anna", link)).headers["location"]
    assert address.startswith("../lti#standing/")
    launch = urlsplit(address).fragment.partition("/")[2]

    def look() -> dict[str, Any]:
        return browser.ask("POST", f"{tool.base}/lti/standings", json={"launch": launch}).json()

    until(lambda: look()["people"][0]["grade"] == "sent")
    found = look()
    assert (found["title"], found["questions"], found["points"], found["names"]) == ("Masses", 6, 7, "")
    assert [(one["name"], one["grade"]) for one in found["people"]] == [("Ben Bär", "sent"), ("", "none")]
    assert (found["people"][0]["answered"], found["people"][0]["points"]) == (6, 6)
    platform.down["members"] = 1
    assert "503" in look()["names"]


def test_a_learners_launch_shows_nobody_else(tool: Launched, platform: LearningPlatform, quiz: str) -> None:
    link = new_link(platform, quiz)
    Browser().launch(platform.login("ben", link))
    stub = LtiLaunchServiceStub(grpc.insecure_channel(tool.records.address))
    word = said(Principal("studio", "studio"), SECRET)
    launch = pb.LtiLaunch(platform_id=tool.register(), subject="user-x", deployment_id="1", resource_id=quiz)
    secret = stub.RecordLaunch(pb.RecordLaunchRequest(word=word, launch=launch, nonce="n-1")).launch
    for path in ("standings", "resources"):
        answer = httpx.post(f"{tool.base}/lti/{path}", json={"launch": secret})
        assert answer.status_code == 403, answer.text
    form = {"launch": secret, "chosen": quiz}
    assert refused(httpx.post(f"{tool.base}/lti/return", data=form))


@pytest.mark.parametrize("word", ["", "a.b.c", said(EVERYBODY, SECRET), said(Principal("studio", "studio"), "x" * 32)])
def test_only_the_studio_records_launches(tool: Launched, word: str) -> None:
    stub = LtiLaunchServiceStub(grpc.insecure_channel(tool.records.address))
    with pytest.raises(grpc.RpcError) as caught:
        stub.FindPlatform(pb.FindPlatformRequest(word=word, issuer=tool.platform.url))
    assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED  # type: ignore[attr-defined]


def test_what_cannot_be_sent_is_seen(tool: Launched, platform: LearningPlatform, quiz: str) -> None:
    platform.down["scores"] = 10**6
    link = new_link(platform, quiz)
    take(tool, attempt_of(Browser().launch(platform.login("ben", link))))

    def trouble() -> str:
        found = tool.operator.ListPlatforms(pb.ListPlatformsRequest()).platforms
        return next((one.trouble for one in found if one.waiting), "")

    assert until(trouble) == "HTTP 503"
    platform.down["scores"] = 0
    until(lambda: platform.scores)


def test_a_launch_without_grades_waits_for_none(tool: Launched, platform: LearningPlatform, quiz: str) -> None:
    platform.change = claims_with(**{f"{AGS}claim/endpoint": None})
    link = new_link(platform, quiz)
    take(tool, attempt_of(Browser().launch(platform.login("ben", link))))
    platform.change = lambda claims: claims
    launch = urlsplit(Browser().launch(platform.login("anna", link)).headers["location"]).fragment.partition("/")[2]
    found = httpx.post(f"{tool.base}/lti/standings", json={"launch": launch}).json()
    assert found["people"][0]["grade"] == "not_taken"


def test_teachers_by_other_names_are_teachers(tool: Launched, platform: LearningPlatform, quiz: str) -> None:
    platform.change = claims_with(**{f"{LTI}roles": [f"{MEMBERSHIP}ContentDeveloper"]})
    address = Browser().launch(platform.login("ben", new_link(platform, quiz))).headers["location"]
    assert address.startswith("../lti#standing/")
