"""Launches over HTTP, by a browser's means, from a platform on another JOSE library; and what an attacker may try."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import grpc
import httpx
import jwt
import pytest

from mammoganesis.v1 import cases_pb2
from mammoganesis.v1 import lti_pb2 as pb
from mammoganesis.v1.lti_pb2_grpc import LtiLaunchServiceStub
from mammoganesis.v1.quizzes_pb2 import AnswerQuestionRequest, CloseQuizRequest, GetAttemptRequest, PublishQuizRequest
from services.access.assertions import said
from services.access.principals import EVERYBODY, Principal
from services.access.shared_secrets import SharedSecret
from services.lti import sending
from services.studio.calls import Terms
from services.studio.login import Door
from services.studio.lti import sender
from services.studio.sessions import COOKIE, TOKEN, TOKEN_COOKIE
from tests.support.lti_platform import LearningPlatform
from tests.support.lti_studio import SECRET, Launched, running_tool
from tests.support.lti_tokens import AGS, LTI, MEMBERSHIP, Signer
from tests.support.recorded import case

PAUSE_SECONDS = 0.05


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launched]:
    patch = pytest.MonkeyPatch()
    patch.setattr(sender, "LOOK_SECONDS", PAUSE_SECONDS)
    patch.setattr(sending, "FIRST_PAUSE_SECONDS", PAUSE_SECONDS)
    with running_tool(tmp_path_factory.mktemp("lti"), states=True) as running:
        yield running
    patch.undo()


@pytest.fixture
def platform(tool: Launched) -> Iterator[LearningPlatform]:
    """As it is by itself."""
    platform = tool.platform
    platform.down.clear()
    platform.scores.clear()
    platform.asked.clear()
    platform.change = lambda claims: claims
    platform.storage = False
    tool.register()
    yield platform
    platform.change = lambda claims: claims


class Browser:
    """One that follows nothing by itself. It keeps cookies as browsers do for 127.0.0.1, which they trust as they trust
    https; Python's own jar does not."""

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, address: str, told: dict[str, str] | None = None, **options: Any) -> httpx.Response:
        ours = urlsplit(address).hostname == "127.0.0.1"
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {**(told or {}), **({"cookie": cookie} if ours and cookie else {})}
        answer = httpx.request(method, address, headers=headers, timeout=60, **options)
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies = (
                {**self.cookies, name: value} if value else {k: v for k, v in self.cookies.items() if k != name}
            )
        return answer

    def login(self, address: str) -> httpx.Response:
        return self.ask("GET", address)

    def platform_form(self, address: str) -> tuple[str, dict[str, str]]:
        """What the platform's page posts after a login: its address and its fields."""
        answer = self.ask("GET", self.login(address).headers["location"])
        assert answer.status_code == 200, answer.text
        action = re.search(r'action="([^"]+)"', answer.text)
        assert action
        return action[1], dict(re.findall(r'name=(\w+) value="([^"]*)"', answer.text))

    def launch(self, address: str) -> httpx.Response:
        """The whole way."""
        action, fields = self.platform_form(address)
        return self.ask("POST", action, data=fields)


def _quiz(tool: Launched, title: str = "Masses") -> tuple[str, str]:
    made = tool.records.cases.CreateCase(cases_pb2.CreateCaseRequest(case=case(title)), timeout=60).case
    published = tool.records.quizzes.PublishQuiz(PublishQuizRequest(case_ids=[made.case_id], title=title), timeout=120)
    return published.quiz.quiz_id, made.case_id


@pytest.fixture(scope="module")
def quiz(tool: Launched) -> str:
    return _quiz(tool)[0]


_LINKS = iter(range(10_000))


def _link(platform: LearningPlatform, resource_id: str, maximum: float = 7) -> str:
    """A new link of the course, with a column where `maximum` says of how many points."""
    name = f"res-{next(_LINKS)}"
    column = platform.new_column({"label": name, "scoreMaximum": maximum})["id"] if maximum else ""
    platform.links[name] = f"{platform.tool}/lti/{resource_id}", column
    return name


def _attempt(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    return urlsplit(answer.headers["location"]).fragment.partition("/")[2]


def _answers() -> dict[str, dict[str, Any]]:
    return {
        "1.1": {"choice": 0},
        "1.2": {"choices": {"choices": [0, 1]}},
        "1.3": {"bi_rads": "BI_RADS_4"},
        "1.4": {"density": "DENSITY_C"},
        "1.5": {"places": {"places": [{"picture_id": "1.1", "point": {"x": 0.5, "y": 0.5}}]}},
        "1.6": {"text": "nonsense"},
    }


def _take(tool: Launched, attempt: str, names: list[str] | None = None) -> None:
    for name, answer in _answers().items():
        if names is None or name in names:
            request = AnswerQuestionRequest(attempt_id=attempt, question_id=name, answer=answer)
            tool.records.quizzes.AnswerQuestion(request, timeout=60)


def _until(condition: Callable[[], Any]) -> Any:
    """The test's own time limit ends the wait."""
    while not (found := condition()):
        time.sleep(PAUSE_SECONDS)
    return found


def _refused(answer: httpx.Response) -> str:
    """What the page says of a refusal."""
    assert answer.status_code in (400, 401, 403, 404, 409), (answer.status_code, answer.headers)
    found = re.search(r'<meta name="lti" content="([^"]+)"', answer.text)
    assert found
    assert "location" not in answer.headers
    return found[1].replace("&quot;", '"')


def test_a_learner_takes_a_quiz_and_the_grade_arrives_once(
    tool: Launched, platform: LearningPlatform, quiz: str
) -> None:
    link = _link(platform, quiz)
    answer = Browser().launch(platform.login("ben", link))
    address = answer.headers["location"]
    assert address.startswith("../quiz?frame=1#")
    assert "ben" not in address
    attempt = _attempt(answer)
    assert tool.records.quizzes.GetAttempt(GetAttemptRequest(attempt_id=attempt)).score.questions == 6
    assert _attempt(Browser().launch(platform.login("ben", link))) == attempt  # another browser, the same learner
    assert _attempt(Browser().launch(platform.login("cem", link))) != attempt
    platform.down["scores"] = 3
    platform.down["token"] = 1
    _take(tool, attempt)
    _until(lambda: platform.scores)
    [(column, score)] = platform.scores
    assert column == platform.links[link][1]
    assert (score["userId"], score["scoreGiven"], score["scoreMaximum"]) == ("user-ben", 6, 7)
    assert (score["activityProgress"], score["gradingProgress"]) == ("Completed", "FullyGraded")
    assert platform.asked.count("scores") == 4
    assert platform.asked.count("token") <= 2  # the second one was kept
    looks = len(platform.asked)
    other = _attempt(Browser().launch(platform.login("cem", link)))
    _take(tool, other)
    _until(lambda: len(platform.scores) == 2)
    assert [score["userId"] for _, score in platform.scores] == ["user-ben", "user-cem"]  # the first was not sent again
    assert platform.asked[looks:].count("token") == 0


def test_a_column_is_made_where_the_platform_has_none(tool: Launched, platform: LearningPlatform, quiz: str) -> None:
    link = _link(platform, quiz, maximum=0)
    before = len(platform.columns)
    for person in ("ben", "cem"):
        _take(tool, _attempt(Browser().launch(platform.login(person, link))))
    _until(lambda: len(platform.scores) == 2)
    assert len(platform.columns) == before + 1
    made = platform.columns[platform.scores[0][0]]
    assert (made["resourceId"], made["resourceLinkId"], made["scoreMaximum"]) == (quiz, link, 7)
    assert made["label"] == "Masses"


def test_a_quiz_that_is_closed_gives_what_there_is(tool: Launched, platform: LearningPlatform) -> None:
    quiz_id, _ = _quiz(tool, "Closed early")
    link = _link(platform, quiz_id)
    attempt = _attempt(Browser().launch(platform.login("ben", link)))
    Browser().launch(platform.login("cem", link))  # who answers nothing has no grade
    _take(tool, attempt, ["1.1", "1.4"])
    tool.records.quizzes.CloseQuiz(CloseQuizRequest(quiz_id=quiz_id))
    _until(lambda: platform.scores)
    assert [(score["userId"], score["scoreGiven"]) for _, score in platform.scores] == [("user-ben", 3)]
    assert _attempt(Browser().launch(platform.login("ben", link))) == attempt  # to look at it


def test_statements_reach_a_store(tool: Launched, platform: LearningPlatform) -> None:
    quiz_id, _ = _quiz(tool, "Stated")
    platform.down["statements"] = 2
    link = _link(platform, quiz_id)
    _take(tool, _attempt(Browser().launch(platform.login("ben", link))))

    def told() -> list[dict[str, Any]]:
        return [one for one in platform.statements if quiz_id in one["object"]["id"]]

    _until(lambda: len(told()) == 9)
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
    link = _link(platform, made.case_id, maximum=0)
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
    link = _link(platform, quiz)
    _take(tool, _attempt(Browser().launch(platform.login("ben", link))))
    _until(lambda: platform.scores)
    browser = Browser()
    address = browser.launch(platform.login("anna", link)).headers["location"]
    assert address.startswith("../lti#standing/")
    launch = urlsplit(address).fragment.partition("/")[2]

    def look() -> dict[str, Any]:
        return browser.ask("POST", f"{tool.base}/lti/standings", json={"launch": launch}).json()

    _until(lambda: look()["people"][0]["grade"] == "sent")
    found = look()
    assert (found["title"], found["questions"], found["points"], found["names"]) == ("Masses", 6, 7, "")
    assert [(one["name"], one["grade"]) for one in found["people"]] == [("Ben Bär", "sent"), ("", "none")]
    assert (found["people"][0]["answered"], found["people"][0]["points"]) == (6, 6)
    platform.down["members"] = 1
    assert "503" in look()["names"]


def test_a_learners_launch_shows_nobody_else(tool: Launched, platform: LearningPlatform, quiz: str) -> None:
    link = _link(platform, quiz)
    Browser().launch(platform.login("ben", link))
    stub = LtiLaunchServiceStub(grpc.insecure_channel(tool.records.address))
    word = said(Principal("studio", "studio"), SECRET)
    launch = pb.LtiLaunch(platform_id=tool.register(), subject="user-x", deployment_id="1", resource_id=quiz)
    secret = stub.RecordLaunch(pb.RecordLaunchRequest(word=word, launch=launch, nonce="n-1")).launch
    for path in ("standings", "resources"):
        answer = httpx.post(f"{tool.base}/lti/{path}", json={"launch": secret})
        assert answer.status_code == 403, answer.text
    form = {"launch": secret, "chosen": quiz}
    assert _refused(httpx.post(f"{tool.base}/lti/return", data=form))


@pytest.mark.parametrize("word", ["", "a.b.c", said(EVERYBODY, SECRET), said(Principal("studio", "studio"), "x" * 32)])
def test_only_the_studio_records_launches(tool: Launched, word: str) -> None:
    stub = LtiLaunchServiceStub(grpc.insecure_channel(tool.records.address))
    with pytest.raises(grpc.RpcError) as caught:
        stub.FindPlatform(pb.FindPlatformRequest(word=word, issuer=tool.platform.url))
    assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED  # type: ignore[attr-defined]


def _with(**changed: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda claims: {name: value for name, value in (claims | changed).items() if value is not None}


HOSTILE: dict[str, tuple[Callable[[dict[str, Any]], dict[str, Any]], str]] = {
    "wrong audience": (_with(aud="another-tool"), "aud"),
    "another tool's azp": (_with(aud=["tool-7", "x"], azp="x"), "azp"),
    "another issuer": (_with(iss="https://evil.example.org"), "iss"),
    "expired": (_with(exp=int(time.time()) - 3600), "exp"),
    "of last week": (_with(iat=int(time.time()) - 7 * 86400), "iat"),
    "another deployment": (_with(**{f"{LTI}deployment_id": "2"}), "deployment_id"),
    "no nonce": (_with(nonce=None), "nonce"),
    "another nonce": (_with(nonce="forged"), "nonce"),
    "no subject": (_with(sub=None), "sub"),
    "another version": (_with(**{f"{LTI}version": "1.1"}), "version"),
    "another message": (_with(**{f"{LTI}message_type": "LtiStartProctoring"}), "message_type"),
    "a target elsewhere": (
        _with(**{f"{LTI}target_link_uri": "https://evil.example.org/lti/launch"}),
        "target_link_uri",
    ),
    "a quiz that is not there": (None, "no quiz"),  # type: ignore[dict-item]
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_launch_that_is_not_right_is_refused(
    tool: Launched, platform: LearningPlatform, quiz: str, what: str
) -> None:
    change, why = HOSTILE[what]
    link = _link(platform, quiz)
    address = platform.login("ben", link)
    gone = _with(**{f"{LTI}target_link_uri": f"{tool.base}/lti/quiz_{'0' * 32}"})
    platform.change = change or gone
    assert why in _refused(Browser().launch(address))


def _forged(platform: LearningPlatform, token: str, how: str) -> str:
    claims = jwt.decode(token, options={"verify_signature": False})
    if how == "none":
        return jwt.encode(claims, "", "none", {"kid": platform.signer.kid})
    if how == "HS256":
        return jwt.encode(claims, "x" * 40, "HS256", {"kid": platform.signer.kid})
    if how == "another key":
        return Signer(platform.signer.kid).signed(claims)
    return token[:-6] + "AAAAAA"


@pytest.mark.parametrize("how", ["none", "HS256", "another key", "changed"])
def test_a_token_that_the_platform_has_not_signed_is_refused(platform: LearningPlatform, quiz: str, how: str) -> None:
    browser = Browser()
    action, fields = browser.platform_form(platform.login("ben", _link(platform, quiz)))
    answer = browser.ask("POST", action, data=fields | {"id_token": _forged(platform, fields["id_token"], how)})
    assert "token:" in _refused(answer)


def test_a_launch_is_taken_once(platform: LearningPlatform, quiz: str) -> None:
    browser = Browser()
    action, fields = browser.platform_form(platform.login("ben", _link(platform, quiz)))
    cookies = dict(browser.cookies)
    assert browser.ask("POST", action, data=fields).status_code == 303
    thief = Browser()
    thief.cookies = cookies
    replayed = thief.ask("POST", action, data=fields)  # by who has stolen all of it
    assert "there before" in _refused(replayed)


def test_a_launch_is_of_the_browser_that_asked(platform: LearningPlatform, quiz: str) -> None:
    """Login CSRF: a victim's browser is sent an attacker's launch."""
    attacker, victim = Browser(), Browser()
    action, fields = attacker.platform_form(platform.login("ben", _link(platform, quiz)))
    victim.platform_form(platform.login("cem", _link(platform, quiz)))
    answer = victim.ask("POST", action, data=fields)
    assert answer.status_code == 200
    assert "location" not in answer.headers
    assert "&quot;mode&quot;: &quot;window&quot;" in answer.text  # its own cookie is of another login
    name = next(iter(attacker.cookies))
    other = next(iter(victim.cookies.values()))
    victim.cookies = {name: other}
    mixed = victim.ask("POST", action, data=fields)
    assert "another browser" in _refused(mixed)


@pytest.mark.parametrize("state", ["", "x", "a.b.c"])
def test_a_launch_without_a_login_is_refused(platform: LearningPlatform, quiz: str, state: str) -> None:
    browser = Browser()
    action, fields = browser.platform_form(platform.login("ben", _link(platform, quiz)))
    assert "state:" in _refused(browser.ask("POST", action, data=fields | {"state": state}))
    assert "state:" in _refused(browser.ask("POST", action, data={"id_token": fields["id_token"]}))


def test_a_browser_without_cookies_goes_on_by_the_platforms_storage(platform: LearningPlatform, quiz: str) -> None:
    platform.storage = True
    browser = Browser()
    answer = browser.login(platform.login("ben", _link(platform, quiz)))
    told = answer.text
    secret = re.search(r"secret&quot;: &quot;([\w-]+)", told)
    go = re.search(r"go&quot;: &quot;([^&]+(?:&amp;[^&]+)*)&quot;", told)
    assert secret
    assert go
    browser.cookies.clear()
    form = browser.ask("GET", go[1].replace("&amp;", "&"))
    fields = dict(re.findall(r'name=(\w+) value="([^"]*)"', form.text))
    action = f"{platform.tool}/lti/launch"
    waiting = browser.ask("POST", action, data=fields)
    assert waiting.status_code == 200
    assert "&quot;mode&quot;: &quot;fetch&quot;" in waiting.text
    assert secret[1] not in waiting.text
    for wrong in ("", "x" * 32):
        assert browser.ask("POST", action, json=fields | {"browser": wrong}).status_code == 401
    went = browser.ask("POST", action, json=fields | {"browser": secret[1]})
    assert went.json()["go"].startswith("../quiz?frame=1#")


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"iss": "https://unknown.example.org"}, 404),
        ({"client_id": "unknown"}, 404),
        ({"lti_deployment_id": "9"}, 401),
        ({"target_link_uri": "https://evil.example.org/"}, 400),
        ({"login_hint": ""}, 400),
        ({"iss": ""}, 400),
        ({"login_hint": "x" * 5000}, 400),
    ],
)
def test_a_login_that_is_not_right_is_refused(
    platform: LearningPlatform, quiz: str, changed: dict[str, str], status: int
) -> None:
    answer = Browser().login(platform.login("ben", _link(platform, quiz), **changed))
    assert answer.status_code == status
    assert _refused(answer)


def test_a_login_may_be_posted_and_leave_out_what_it_may(platform: LearningPlatform, quiz: str) -> None:
    query = urlsplit(platform.login("ben", _link(platform, quiz), client_id="", lti_deployment_id="")).query
    answer = httpx.post(f"{platform.tool}/lti/login", data={k: v[0] for k, v in parse_qs(query).items()})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{platform.url}/auth?")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-lti-")
    assert {"Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"} <= set(cookie.split("; "))


def test_the_platforms_keys_may_change_and_be_away(tool: Launched, platform: LearningPlatform, quiz: str) -> None:
    link = _link(platform, quiz)
    assert Browser().launch(platform.login("ben", link)).status_code == 303
    platform.down["jwks"] = 1000
    assert Browser().launch(platform.login("ben", link)).status_code == 303  # the keys are known
    platform.down["jwks"] = 0


def test_a_platform_whose_keys_nobody_knows_is_asked_later(
    tool: Launched, platform: LearningPlatform, quiz: str
) -> None:
    message = platform.message
    message.jwks_url = f"{platform.url}/jwks?another"
    tool.operator.SavePlatform(pb.SavePlatformRequest(platform=message))
    platform.down["jwks"] = 1
    answer = Browser().launch(platform.login("ben", _link(platform, quiz)))
    assert answer.status_code == 503
    assert "keys are not known" in answer.text


def test_a_platform_that_was_removed_launches_no_more(tool: Launched, platform: LearningPlatform, quiz: str) -> None:
    browser = Browser()
    action, fields = browser.platform_form(platform.login("ben", _link(platform, quiz)))
    tool.operator.RemovePlatform(pb.RemovePlatformRequest(platform_id=tool.register()))
    assert "removed" in _refused(browser.ask("POST", action, data=fields))
    assert Browser().login(platform.login("ben", _link(platform, quiz))).status_code == 404


def test_a_platform_registers_itself_once(tool: Launched, platform: LearningPlatform, quiz: str) -> None:
    invited = tool.operator.CreateEnrolment(pb.CreateEnrolmentRequest(name="By itself", issuer=platform.url))
    query = {
        "token": invited.token,
        "openid_configuration": f"{platform.url}/openid-configuration",
        "registration_token": "platforms-own",
    }
    address = f"{tool.base}/lti/register?{urlencode(query)}"
    answer = httpx.get(address)
    assert answer.status_code == 200, answer.text
    assert "&quot;mode&quot;: &quot;registered&quot;" in answer.text
    wanted = platform.registrations[platform.client_id]
    assert wanted["jwks_uri"] == f"{tool.base}/lti/jwks"
    assert Browser().launch(platform.login("ben", _link(platform, quiz))).status_code == 303
    assert _refused(httpx.get(address))
    assert len(platform.registrations) == 1
    platform.client_id = "tool-7"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"token": "no-such-token"}, "registration address"),
        ({"openid_configuration": "http://10.0.0.1/x"}, "openid_configuration"),
        ({"openid_configuration": "file:///etc/passwd"}, "openid_configuration"),
        ({"openid_configuration": ""}, "openid_configuration"),
        ({"registration_token": "a\r\nb"}, "registration_token"),
    ],
)
def test_a_registration_that_is_not_right_asks_nobody(
    tool: Launched, platform: LearningPlatform, changed: dict[str, str], why: str
) -> None:
    invited = tool.operator.CreateEnrolment(pb.CreateEnrolmentRequest())
    query = {"token": invited.token, "openid_configuration": f"{platform.url}/openid-configuration"} | changed
    assert why in _refused(httpx.get(f"{tool.base}/lti/register?{urlencode(query)}"))
    assert not {"openid-configuration", "registration"} & set(platform.asked)


def test_an_issuer_other_than_the_invited_is_refused(tool: Launched, platform: LearningPlatform) -> None:
    invited = tool.operator.CreateEnrolment(pb.CreateEnrolmentRequest(issuer="https://lms.example.org"))
    query = {"token": invited.token, "openid_configuration": f"{platform.url}/openid-configuration"}
    assert "issuer" in _refused(httpx.get(f"{tool.base}/lti/register?{urlencode(query)}"))


def test_what_cannot_be_sent_is_seen(tool: Launched, platform: LearningPlatform, quiz: str) -> None:
    platform.down["scores"] = 10**6
    link = _link(platform, quiz)
    _take(tool, _attempt(Browser().launch(platform.login("ben", link))))

    def trouble() -> str:
        found = tool.operator.ListPlatforms(pb.ListPlatformsRequest()).platforms
        return next((one.trouble for one in found if one.waiting), "")

    assert _until(trouble) == "HTTP 503"
    platform.down["scores"] = 0
    _until(lambda: platform.scores)


def test_a_launch_without_grades_waits_for_none(tool: Launched, platform: LearningPlatform, quiz: str) -> None:
    platform.change = _with(**{f"{AGS}claim/endpoint": None})
    link = _link(platform, quiz)
    _take(tool, _attempt(Browser().launch(platform.login("ben", link))))
    platform.change = lambda claims: claims
    launch = urlsplit(Browser().launch(platform.login("anna", link)).headers["location"]).fragment.partition("/")[2]
    found = httpx.post(f"{tool.base}/lti/standings", json={"launch": launch}).json()
    assert found["people"][0]["grade"] == "not_taken"


def test_teachers_by_other_names_are_teachers(tool: Launched, platform: LearningPlatform, quiz: str) -> None:
    platform.change = _with(**{f"{LTI}roles": [f"{MEMBERSHIP}ContentDeveloper"]})
    address = Browser().launch(platform.login("ben", _link(platform, quiz))).headers["location"]
    assert address.startswith("../lti#standing/")


def test_the_studio_without_keys_is_no_tool(tool: Launched) -> None:
    from tests.support.studio_server import running_studio, send

    with running_studio(tool.records.address) as port:
        assert send(port, "GET", "/lti/jwks").status == 409
        assert send(port, "GET", "/lti/login?iss=x").status == 409
        assert send(port, "GET", "/lti").status == 200
        assert send(port, "GET", "/lti/tool").json == {"base": None}


def test_keys_are_read_again_when_they_change(tool: Launched) -> None:
    before = httpx.get(f"{tool.base}/lti/jwks").json()["keys"]
    assert [sorted(key) for key in before] == [["alg", "e", "kid", "kty", "n", "use"]]


def test_the_address_of_a_form_is_the_platforms(tool: Launched, platform: LearningPlatform) -> None:
    plain = httpx.get(f"{tool.base}/lti").headers["content-security-policy"]
    assert "form-action 'self'" in plain
    assert f"frame-ancestors {platform.url}" in plain
    assert "form-action 'none'" in httpx.get(f"{tool.base}/").headers["content-security-policy"]


def test_where_people_log_in_a_launch_is_a_login(tmp_path: Path) -> None:
    """Of the launch's role alone, in the frame alone."""
    asks = {"identity": "on", "studio_secret": SECRET}
    door = Door(None, "https://studio.example.org", ["a-secret-that-seals-sessions-0123456789"])
    with running_tool(tmp_path, edge=asks, door=door, terms=Terms(secret=SharedSecret(SECRET))) as tool:
        word = tool.records.word
        made = tool.records.cases.CreateCase(cases_pb2.CreateCaseRequest(case=case("Known")), metadata=word).case
        learner, teacher = Browser(), Browser()
        learner.launch(tool.platform.login("ben", _link(tool.platform, made.case_id, maximum=0)))
        teacher.launch(tool.platform.login("anna", ""))
        assert {name for name in learner.cookies if "lti" not in name} == {COOKIE, TOKEN_COOKIE}

        def status(browser: Browser, rpc: str) -> int:
            body = {"case_id": made.case_id} if rpc == "GetCase" else {}
            told = {TOKEN: browser.cookies[TOKEN_COOKIE]}
            address = f"{tool.base}/mammoganesis.v1.CaseService/{rpc}"
            return browser.ask("POST", address, json=body, told=told).status_code

        calls = {"GetCase": (200, 200), "CreateCollection": (403, 400)}
        for rpc, expected in calls.items():
            assert (status(learner, rpc), status(teacher, rpc)) == expected, rpc
        nobody = httpx.post(f"{tool.base}/mammoganesis.v1.CaseService/GetCase", json={"case_id": made.case_id})
        assert nobody.status_code == 401
        again = learner.launch(tool.platform.login("ben", _link(tool.platform, made.case_id, maximum=0)))
        assert again.status_code == 303  # a session that is there does not stand in the way of another launch
